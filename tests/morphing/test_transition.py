from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from morphlapse.errors import EncodeError, PhotoError
from morphlapse.geometry.similarity import similarity
from morphlapse.imaging.compare import psnr
from morphlapse.imaging.filters import gaussian_blur
from morphlapse.imaging.velocity import displacement_at, smallest_area, trace
from morphlapse.imaging.warp import resize
from morphlapse.morphing.hints import Hints
from morphlapse.morphing.layer import lay_out, make_layer
from morphlapse.morphing.maps import Maps
from morphlapse.morphing.search import Guide, morph_layers
from morphlapse.morphing.tint import Tint
from morphlapse.morphing.transition import Morph
from morphlapse.options import MorphOptions
from morphlapse.records import Size
from synthetic import picture, smooth_velocity, warped_pair

SIZE = Size(96, 128)
NAMES = ("astronaut", "coffee", "chelsea")


def layer_of(name: str, size: Size = SIZE):
    return make_layer(picture(name, size)[0], np.eye(3), size)


@cache
def morph_between(a: str, b: str) -> Morph:
    """What several laws ask of one pair is solved once."""
    return morph_layers(layer_of(a), layer_of(b))


@pytest.fixture(scope="module")
def morph() -> Morph:
    return morph_between("astronaut", "chelsea")


def test_the_first_frame_is_the_first_picture(morph):
    assert torch.equal(morph.frame_at(0.0), picture("astronaut", SIZE)[0].clamp(0, 1))


def test_the_last_frame_is_the_last_picture(morph):
    assert torch.equal(morph.frame_at(1.0), picture("chelsea", SIZE)[0].clamp(0, 1))


@pytest.mark.parametrize("t", [1e-4, 1.0 - 1e-4])
def test_nothing_jumps_at_the_ends(morph, t):
    assert (morph.frame_at(t) - morph.frame_at(float(round(t)))).abs().max() < 0.01


@given(a=st.sampled_from(NAMES), b=st.sampled_from(NAMES), t=st.floats(0.01, 0.99))
@settings(max_examples=4, deadline=None)
def test_exchanged_pictures_give_the_film_backwards(a, b, t):
    there, back = morph_between(a, b), morph_between(b, a)
    assert (there.frame_at(t) - back.frame_at(1.0 - t)).abs().mean() < 1e-4


@given(a=st.sampled_from(NAMES), b=st.sampled_from(NAMES), s=st.floats(-1, 1))
@settings(max_examples=4, deadline=None)
def test_no_morph_folds(a, b, s):
    path = trace(morph_between(a, b).maps.velocity)
    assert smallest_area(displacement_at(path, s)).min() > 0.0


@given(x=st.floats(20, 100), y=st.floats(20, 70), t=st.floats(0, 1))
@settings(max_examples=10, deadline=None)
def test_points_carried_there_and_back_are_where_they_were(morph, x, y, t):
    points = torch.tensor([[x, y]])
    back = morph.carry(morph.carry(points, t), 0.0, from_t=t)
    assert (back - points).norm() < 0.1


def test_points_land_on_what_they_show():
    a, b, truth = warped_pair("astronaut", Size(160, 160), 8.0)
    found = morph_layers(make_layer(a[0], np.eye(3), Size(160, 160)), make_layer(b[0], np.eye(3), Size(160, 160)))
    points = torch.tensor([[40.0, 50.0], [80.0, 80.0], [110.0, 60.0]])
    wanted = points + truth[0, :, points[:, 1].long(), points[:, 0].long()].T
    assert (found.carry(points, 1.0) - wanted).norm(dim=-1).max() < 0.6


def test_the_frame_between_shows_the_motion_half_way():
    a, b, _ = warped_pair("astronaut", Size(160, 160), 10.0, seed=4)
    layers = [make_layer(image[0], np.eye(3), Size(160, 160)) for image in (a, b)]
    middle = morph_layers(layers[0], layers[1]).frame_at(0.5)
    mixed = 0.5 * (a[0] + b[0])
    steepness = [float(image.diff(dim=-1).abs().mean()) for image in (middle, mixed, a[0])]
    assert steepness[0] > 0.9 * steepness[2] > steepness[1]


def test_another_light_flows_without_a_jump():
    a = picture("astronaut", SIZE)
    b = (a * 0.6 + 0.1).clamp(0, 1)
    morph = morph_layers(make_layer(a[0], np.eye(3), SIZE), make_layer(b[0], np.eye(3), SIZE))
    levels = torch.tensor([float(morph.frame_at(t).mean()) for t in np.linspace(0, 1, 9)])
    assert levels.diff().max() < 0.0
    assert levels.diff().abs().max() < 2.0 * levels.diff().abs().mean()


def test_pictures_that_show_the_same_agree():
    a, b, _ = warped_pair("astronaut", SIZE, 5.0)
    same = morph_layers(make_layer(a[0], np.eye(3), SIZE), make_layer(b[0], np.eye(3), SIZE))
    other = morph_between("astronaut", "coffee")
    assert same.agreement > 0.85 > 0.7 > other.agreement


def test_a_framing_is_undone_first():
    a = picture("astronaut", Size(160, 160))
    turn = similarity(1.15, 0.2, (3.0, -5.0), centre=(80.0, 80.0))
    layers = [make_layer(a[0], np.eye(3), Size(160, 160)), make_layer(a[0], turn, Size(160, 160))]
    morph = morph_layers(layers[0], layers[1], Guide(b_from_a=turn))
    assert morph.maps.velocity.abs().mean() < 1.0
    assert torch.equal(morph.frame_at(0.0), lay_out(layers[0])[0])
    assert torch.equal(morph.frame_at(1.0), lay_out(layers[1])[0])
    point = torch.tensor([[70.0, 90.0]])
    wanted = torch.from_numpy(turn[:2, :2] @ point[0].double().numpy() + turn[:2, 2]).float()
    assert (morph.carry(point, 1.0)[0] - wanted).norm() < 0.5


def test_hints_lead_what_the_pictures_do_not():
    flat = [make_layer(torch.full((3, 96, 128), grey), np.eye(3), SIZE) for grey in (0.4, 0.6)]
    hints = Hints(torch.tensor([[60.0, 50.0]]), torch.tensor([[66.0, 50.0]]), torch.ones(1))
    morph = morph_layers(flat[0], flat[1], Guide(hints=hints))
    assert (morph.carry(hints.a, 1.0) - hints.b).norm() < 1.0


def test_saved_maps_give_the_same_film(morph, tmp_path):
    morph.save(tmp_path / "maps.npz")
    again = Morph(morph.a, morph.b, morph.maps).load(tmp_path / "maps.npz")
    assert torch.equal(again.frame_at(0.3), morph.frame_at(0.3))


@pytest.mark.parametrize("facts", [{"formula": "source"}, {"add_first": True}])
def test_saved_maps_know_their_formula(morph, facts, tmp_path):
    made = Morph(morph.a, morph.b, replace(morph.maps, **facts))
    made.save(tmp_path / "maps.npz")
    assert torch.equal(morph.load(tmp_path / "maps.npz").frame_at(0.3), made.frame_at(0.3))
    assert not torch.equal(morph.frame_at(0.3), made.frame_at(0.3))


def test_less_warp_goes_less_far_and_the_ends_stay(morph):
    half = morph_layers(morph.a, morph.b, Guide(MorphOptions(warp=0.5)))
    points = torch.tensor([[40.0, 50.0], [90.0, 30.0]])
    assert torch.allclose(half.carry(points, 1.0), morph.carry(points, 0.5), atol=1e-3)
    assert torch.equal(half.frame_at(1.0), morph.frame_at(1.0))


def test_more_warp_does_not_fold():
    path = trace(morph_layers(layer_of("rocket"), layer_of("coffee"), Guide(MorphOptions(warp=2.0))).maps.velocity)
    assert all(smallest_area(displacement_at(path, s)).min() > 0.0 for s in (-1.0, -0.5, 0.5, 1.0))


def test_without_warp_a_framing_is_left_too():
    turn = similarity(1.2, 0.3, (3.0, -5.0), centre=(60.0, 50.0))
    layers = [layer_of("astronaut"), make_layer(picture("astronaut", SIZE)[0], turn, SIZE)]
    options = MorphOptions(warp=0.0, tint=0.0, effort="quick", blend="plain")
    morph = morph_layers(layers[0], layers[1], Guide(options, b_from_a=turn))
    ends = [lay_out(layer)[0] for layer in layers]
    assert torch.allclose(morph.carry(torch.tensor([[30.0, 40.0]]), 1.0), torch.tensor([[30.0, 40.0]]), atol=1e-3)
    assert (morph.frame_at(0.5) - 0.5 * (ends[0] + ends[1]))[:, 20:-20, 20:-20].abs().mean() < 1e-3


@pytest.mark.parametrize("side", ["a", "b"])
@pytest.mark.parametrize("size", [Size(192, 256), Size(50, 90), SIZE])
def test_an_image_of_any_size_takes_the_place_of_a_picture(morph, side, size):
    own = 0.0 if side == "a" else 1.0
    image = picture("coffee", size)[0]
    assert torch.equal(morph.apply(image, own, side=side), image)
    moved = morph.apply(image, 1.0 - own, side=side)
    assert moved.shape == image.shape
    assert 0.0 <= moved.min() < moved.max() <= 1.0


@pytest.mark.parametrize("t", [0.3, 1.0])
def test_maps_fit_a_picture_of_twice_the_size(morph, t):
    small = picture("coffee", SIZE)
    large = resize(small, Size(192, 256))
    again = resize(morph.apply(large[0], t)[None], SIZE)
    assert psnr(again, morph.apply(small[0], t)[None]).item() > 30.0


def test_both_pictures_under_the_maps_make_the_frame(morph):
    ends = [picture(name, SIZE)[0] for name in ("astronaut", "chelsea")]
    mixed = 0.6 * morph.apply(ends[0], 0.4) + 0.4 * morph.apply(ends[1], 0.4, side="b")
    frame = replace(morph, blend="plain").frame_at(0.4)
    assert psnr(mixed[None, :, 20:-20, 20:-20], frame[None, :, 20:-20, 20:-20]).item() > 34.0


@given(t=st.floats(0, 1), side=st.sampled_from(["a", "b"]))
@settings(max_examples=4, deadline=None)
def test_a_mask_is_moved_and_not_tinted(morph, t, side):
    assert torch.allclose(morph.apply(torch.ones(1, 30, 40), t, side=side), torch.ones(1, 30, 40))


def test_a_mask_goes_where_its_points_go(morph):
    mask = torch.zeros(1, 96, 128)
    mask[:, 40:57, 56:73] = 1.0
    moved = morph.apply(mask, 1.0)[0]
    y, x = torch.meshgrid(torch.arange(96.0), torch.arange(128.0), indexing="ij")
    centre = torch.stack([(x * moved).sum(), (y * moved).sum()]) / moved.sum()
    assert (centre - morph.carry(torch.tensor([[64.0, 48.0]]), 1.0)[0]).norm() < 3.0


def test_all_maps_are_in_one_picture(morph):
    drawn = morph.maps_picture()
    assert drawn.shape == (3, 2 * (96 + 28), 5 * 128 + 4 * 4)
    assert 0.0 <= drawn.min() < drawn.max() <= 1.0


@pytest.mark.parametrize("content", [b"no maps", b"PK\x03\x04 half an archive"])
def test_maps_are_not_read_from_other_files(morph, tmp_path, content):
    (tmp_path / "maps.npz").write_bytes(content)
    with pytest.raises(PhotoError, match=r"maps\.npz: no maps"):
        morph.load(tmp_path / "maps.npz")


def test_maps_are_not_written_where_no_folder_is(morph, tmp_path):
    with pytest.raises(EncodeError, match="cannot be written"):
        morph.save(tmp_path / "none" / "maps.npz")


@pytest.mark.parametrize("size", [Size(1, 1), Size(1, 40), Size(5, 7)])
def test_pictures_without_structure_dissolve(size):
    layers = [make_layer(torch.full((3, size.height, size.width), grey), np.eye(3), size) for grey in (0.0, 1.0)]
    frame = morph_layers(layers[0], layers[1]).frame_at(0.5)
    assert torch.allclose(frame, torch.tensor(0.5), atol=0.15)


def test_the_working_size_is_an_option():
    morph = morph_layers(layer_of("astronaut"), layer_of("chelsea"), Guide(MorphOptions(working_px=64)))
    assert max(morph.maps.velocity.shape[-2:]) <= 64


def test_a_frame_read_bilinearly_is_nearly_the_final_one(morph):
    assert psnr(morph.frame_at(0.4)[None], morph.frame_at(0.4, final=False)[None]).item() > 28.0


@pytest.mark.parametrize("final", [True, False])
@pytest.mark.parametrize("of", ["velocity", "a", "b"])
def test_a_frame_is_differentiable(of, final):
    size = Size(24, 32)
    generator = torch.Generator().manual_seed(3)
    smooth = [gaussian_blur(torch.rand(1, 3, 24, 32, generator=generator), 3.0) for _ in range(3)]
    tint = Tint(torch.ones(1, 3, 6, 8), torch.zeros(1, 3, 6, 8))
    maps = Maps(smooth_velocity(size, 2.3), tint, tint, smooth[2][:, :1], smooth[2][:, 1:2])

    def frame_of(change: torch.Tensor) -> torch.Tensor:
        moved = {"velocity": maps.velocity, "a": smooth[0], "b": smooth[1]}
        moved[of] = moved[of] + change
        layers = [make_layer(moved[name][0], np.eye(3), size) for name in ("a", "b")]
        return Morph(layers[0], layers[1], replace(maps, velocity=moved["velocity"])).frame_at(0.3, final=final)

    start = maps.velocity if of == "velocity" else smooth[0]
    change = torch.zeros_like(start, requires_grad=True)
    way = gaussian_blur(torch.randn(start.shape, generator=generator), 4.0)
    weight = torch.rand(3, 24, 32, generator=generator)
    (frame_of(change) * weight).sum().backward()
    assert change.grad is not None
    assert torch.isfinite(change.grad).all()
    # Without a gradient to carry, positions are rounded (imaging.warp.sample_bent).
    ahead, behind = (((frame_of(change + h * way)) * weight).sum().detach() for h in (1e-2, -1e-2))
    assert float((change.grad * way).sum()) == pytest.approx(float(ahead - behind) / 2e-2, rel=0.05, abs=0.02)


@pytest.mark.parametrize("final", [True, False])
def test_frames_are_usual_tensors_and_what_they_keep_may_meet_a_gradient_later(final):
    size = Size(24, 32)
    morph = morph_layers(layer_of("astronaut", size), layer_of("chelsea", size))
    frame = morph.frame_at(0.4, final=final)
    assert not frame.is_inference()
    assert not any(each.is_inference() for each in (morph.maps.velocity, *morph.maps.tint, morph.maps.lead))
    frame.mul_(0.5)
    velocity = morph.maps.velocity.clone().requires_grad_()
    replace(morph, maps=replace(morph.maps, velocity=velocity)).frame_at(0.4, final=final).sum().backward()
    assert velocity.grad is not None
    assert velocity.grad.abs().max() > 0.0
    image = picture("coffee", size)[0].clone().requires_grad_()
    morph.apply(image, 0.4).sum().backward()
    assert image.grad is not None
    assert torch.isfinite(image.grad).all()
