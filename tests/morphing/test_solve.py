import pytest
import torch

from morphlapse.imaging.velocity import flow
from morphlapse.imaging.warp import resize_field, size_of
from morphlapse.morphing.gauss_newton import DEFAULTS
from morphlapse.morphing.hints import Hints
from morphlapse.morphing.solve import solve_velocity
from morphlapse.records import Size
from synthetic import picture, warped_pair

SIZE = Size(192, 192)


def error_of(velocity: torch.Tensor, truth: torch.Tensor) -> float:
    found = flow(resize_field(velocity, size_of(truth)), 8)
    return float((found - truth)[..., 16:-16, 16:-16].norm(dim=1).mean())


@pytest.mark.parametrize(
    ("name", "amplitude", "limit"),
    [
        ("astronaut", 6.0, 0.15),
        ("coffee", 16.0, 0.4),
        pytest.param("astronaut", 16.0, 0.4, marks=pytest.mark.hard),
        pytest.param("coffee", 6.0, 0.15, marks=pytest.mark.hard),
    ],
)
def test_a_known_warp_is_found(name, amplitude, limit):
    a, b, truth = warped_pair(name, SIZE, amplitude, seed=1)
    assert error_of(solve_velocity(a, b), truth) < limit


def test_a_known_warp_is_found_under_another_light():
    a, b, truth = warped_pair("astronaut", SIZE, 12.0, seed=2)
    b = (b**1.3 * 0.85 + 0.03 + 0.02 * torch.randn(b.shape, generator=torch.Generator().manual_seed(0))).clamp(0, 1)
    assert error_of(solve_velocity(a, b), truth) < 0.8


def test_what_moves_too_far_to_be_followed_is_found_by_its_features():
    a, b, truth = warped_pair("chelsea", Size(256, 256), 75.0, seed=3)
    assert error_of(solve_velocity(a, b), truth) < 1.0


def test_what_has_nothing_in_common_is_hardly_bent():
    a, b = picture("astronaut", SIZE), picture("coffee", SIZE)
    bent, free = (
        solve_velocity(a, b, DEFAULTS._replace(doubtful=doubtful)).diff(dim=-1).square().mean()
        for doubtful in (DEFAULTS.doubtful, -1.0)
    )
    assert bent < 0.5 * free


def test_the_other_direction_is_the_same_velocity_backwards():
    a, b = picture("astronaut", Size(96, 128)), picture("coffee", Size(96, 128))
    assert torch.allclose(solve_velocity(a, b), -solve_velocity(b, a), atol=1e-3)


def test_pairs_of_a_batch_are_solved_as_alone():
    a, b, _ = warped_pair("astronaut", Size(96, 96), 5.0)
    c, d, _ = warped_pair("chelsea", Size(96, 96), 5.0)
    together = solve_velocity(torch.cat((a, c)), torch.cat((b, d)))
    assert torch.allclose(together[1:], solve_velocity(c, d), atol=1e-3)


def test_equal_pictures_do_not_move():
    a = picture(size=Size(96, 96))
    assert solve_velocity(a, a).abs().max() < 1e-4


def test_twice_the_size_gives_the_same_motion():
    a, b, truth = warped_pair("astronaut", Size(192, 192), 10.0, seed=3)
    halved = Size(96, 96)
    small = solve_velocity(resize_field_free(a, halved), resize_field_free(b, halved))
    assert error_of(small, truth) < 0.5


def resize_field_free(image: torch.Tensor, size: Size) -> torch.Tensor:
    from morphlapse.imaging.warp import resize

    return resize(image, size)


def test_a_hint_is_followed_where_the_pictures_say_nothing():
    flat = torch.full((1, 3, 64, 64), 0.5)
    hints = Hints(torch.tensor([[30.0, 30.0]]), torch.tensor([[34.0, 33.0]]), torch.ones(1))
    moved = flow(resize_field(solve_velocity(flat, flat, hints=hints), Size(64, 64)), 8)
    assert torch.allclose(moved[0, :, 30, 30], torch.tensor([4.0, 3.0]), atol=0.5)


@pytest.mark.parametrize("size", [Size(12, 12), Size(12, 300), Size(300, 12), Size(33, 47)])
def test_any_shape_is_solved(size):
    a, b = picture("astronaut", size), picture("coffee", size)
    velocity = solve_velocity(a, b)
    assert torch.isfinite(velocity).all()


def test_flat_pictures_do_not_move():
    black, white = torch.zeros(1, 3, 48, 48), torch.ones(1, 3, 48, 48)
    assert solve_velocity(black, white).abs().max() < 1e-3
