import numpy as np
import skimage.data
import torch

from morphlapse.imaging.velocity import flow
from morphlapse.imaging.warp import pixel_positions, resize_field, sample, size_of
from morphlapse.morphing import dense
from morphlapse.morphing.dense import find_flow, join_flow, measure_nearness
from morphlapse.morphing.hints import Hints
from morphlapse.morphing.search import find_velocity
from morphlapse.options import MorphOptions
from morphlapse.records import Size
from synthetic import picture, warped_pair

SIZE = Size(160, 160)


def shifted_square(x: int) -> torch.Tensor:
    """A picture in which a small square of another one stands at x."""
    image = picture("coffee", SIZE).clone()
    image[..., 56:104, x : x + 48] = picture("astronaut", Size(96, 96))[..., 20:68, 20:68]
    return image


def test_flow_leads_from_the_midpoint_to_both_pictures():
    a, b, _ = warped_pair("astronaut", SIZE, 4.0)
    u, trust = find_flow(a, b)
    positions = pixel_positions(SIZE, like=a)
    read = [sample(x, positions + s * u.movedim(1, -1)) for x, s in ((a, -0.5), (b, 0.5))]
    assert (read[0] - read[1])[..., 8:-8, 8:-8].abs().mean() < 0.5 * (a - b)[..., 8:-8, 8:-8].abs().mean()
    assert trust[..., 8:-8, 8:-8].mean() > 0.8


def test_flow_of_exchanged_pictures_is_the_opposite():
    a, b, _ = warped_pair("coffee", SIZE, 5.0)
    assert torch.allclose(find_flow(a, b)[0], -find_flow(b, a)[0], atol=1e-5)


def test_what_moves_against_all_else_is_followed():
    a, b = shifted_square(52), shifted_square(58)
    joined = join_flow(a, b, torch.zeros(1, 2, 80, 80))
    inside = joined[0, :, 34:46, 34:46].mean(dim=(-2, -1)) * 2.0
    assert (inside - torch.tensor([6.0, 0.0])).abs().max() < 1.0
    assert joined[..., :20].abs().max() < 0.5


def test_where_the_velocity_is_right_flow_changes_nothing():
    a = picture("astronaut", SIZE)
    assert join_flow(a, a, torch.zeros(1, 2, 80, 80)).abs().max() < 0.05


def test_edges_of_motion_are_kept_sharp(monkeypatch):
    left, right, disparity = skimage.data.stereo_motorcycle()
    a, b = (torch.from_numpy(each.copy()).permute(2, 0, 1)[None] / 255.0 for each in (left, right))
    known = np.isfinite(disparity)

    def error() -> float:
        found = flow(resize_field(find_velocity(a, b, MorphOptions()), size_of(a)), 10)[0].numpy()
        return float(np.hypot(found[0] + disparity, found[1])[known].mean())

    sharp = error()
    monkeypatch.setattr(dense, "EDGE", 1e9)
    assert sharp < 2.45
    assert sharp + 0.1 < error()


def test_about_a_hint_the_velocity_stays():
    a, b = shifted_square(52), shifted_square(58)
    middle = torch.tensor([[80.0, 80.0]])
    hints = Hints(middle, middle, torch.ones(1))
    assert measure_nearness(hints, a)[0, 0, 80, 80] > 0.9
    free, held = (join_flow(a, b, torch.zeros(1, 2, 80, 80), each)[0, 0, 40, 40] for each in (None, hints))
    assert held < 0.2 * free


def test_pictures_that_are_too_small_keep_their_velocity():
    velocity = torch.ones(1, 2, 8, 8)
    assert join_flow(torch.rand(1, 3, 16, 16), torch.rand(1, 3, 16, 16), velocity) is velocity
