"""A drawn figure that moves before a picture: what is behind it is known."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from morphlapse.errors import PhotoError
from morphlapse.imaging.warp import resize
from morphlapse.morphing.apart import ApartMorph, Cutout, cut_out, fill_in_place, make_backdrop, morph_apart
from morphlapse.morphing.layer import make_layer
from morphlapse.morphing.search import Guide
from morphlapse.options import MorphOptions
from morphlapse.records import Size
from synthetic import picture

SIZE = Size(96, 128)
BEHIND = picture("rocket", SIZE)
MODES = ("morph", "dissolve", "stay", "#204060", "transparent")
SHIFT = 18
FAR = (slice(None), slice(0, 12))
"""Pixels that the figure never comes near."""


def outline(left: int) -> Tensor:
    mask = torch.zeros(1, 1, SIZE.height, SIZE.width)
    mask[..., 30:80, left : left + 22] = 1.0
    return mask


def photo(left: int) -> Tensor:
    coat = picture("coffee", Size(50, 22))
    image = BEHIND.clone()
    image[..., 30:80, left : left + 22] = coat
    return image


def cut(left: int) -> Cutout:
    return cut_out(make_layer(photo(left)[0], np.eye(3), SIZE), outline(left))


def made(background: str, first: int = 40, second: int = 40 + SHIFT) -> ApartMorph:
    a, b = cut(first), cut(second)
    stays = fill_in_place(a, b) if background == "stay" else None
    return morph_apart(a, b, Guide(MorphOptions(background=background)), stays)


@pytest.fixture(scope="module")
def morphs() -> dict[str, ApartMorph]:
    return {mode: made(mode) for mode in MODES}


@pytest.mark.parametrize("mode", ["morph", "dissolve"])
def test_the_ends_are_the_photos(morphs, mode):
    assert torch.equal(morphs[mode].frame_at(0.0), photo(40)[0])
    assert torch.equal(morphs[mode].frame_at(1.0), photo(40 + SHIFT)[0])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("t", [1e-4, 1.0 - 1e-4])
def test_nothing_jumps_at_the_ends(morphs, mode, t):
    jump = (morphs[mode].frame_at(t) - morphs[mode].frame_at(float(round(t)))).abs()
    assert jump[:3].max() < 0.01 if mode != "transparent" else jump.mean() < 1e-3


@pytest.mark.parametrize("mode", ["morph", "#204060"])
def test_exchanged_photos_give_the_film_backwards(morphs, mode):
    back = made(mode, 40 + SHIFT, 40)
    assert (morphs[mode].frame_at(0.3) - back.frame_at(0.7)).abs().mean() < 1e-4


@pytest.mark.parametrize("t", [0.0, 0.3, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("mode", ["dissolve", "stay"])
def test_a_background_that_is_the_same_does_not_move(morphs, mode, t):
    assert (morphs[mode].frame_at(t) - BEHIND[0])[FAR].abs().max() < 1e-5


@pytest.mark.parametrize("t", [0.0, 0.3, 0.5, 0.9, 1.0])
def test_a_colour_is_that_colour_all_around(morphs, t):
    frame = morphs["#204060"].frame_at(t)
    wanted = torch.tensor([0x20, 0x40, 0x60]).view(3, 1, 1) / 255.0
    assert torch.allclose(frame[FAR], wanted.expand(3, *frame[FAR].shape[1:]), atol=1e-6)
    assert torch.allclose(frame[:, :, -22:], wanted.expand(3, SIZE.height, 22), atol=1e-6)


def test_before_nothing_frames_have_an_alpha(morphs):
    frame = morphs["transparent"].frame_at(0.5)
    assert frame.shape == (4, SIZE.height, SIZE.width)
    assert frame[3][FAR[1:]].max() == 0.0
    assert frame[3, 45:65, 56:64].min() > 0.95


@pytest.mark.parametrize("mode", ["morph", "dissolve", "stay"])
def test_what_is_uncovered_comes_from_the_other_photo(morphs, mode):
    """The left part of the figure's place: uncovered at once, and seen in the second photo only."""
    uncovered = (slice(None), slice(35, 75), slice(41, 49))
    # In the middle the figure has left these columns.
    assert (morphs[mode].frame_at(0.75) - BEHIND[0])[uncovered].abs().mean() < 0.06


def test_a_coarse_outline_is_found_to_the_pixel():
    y, x = torch.meshgrid(torch.arange(160.0), torch.arange(160.0), indexing="ij")
    disc = (((x - 80.0) ** 2 + (y - 70.0) ** 2).sqrt() < 45.0).float()[None, None]
    coarse = resize(resize(disc, Size(20, 20)), Size(160, 160))
    found = cut_out(make_layer((0.2 + 0.5 * disc)[0].expand(3, -1, -1), np.eye(3), Size(160, 160)), coarse).alpha
    assert (found - disc).abs().mean() < 0.5 * (coarse - disc).abs().mean()


def test_the_plate_from_the_other_photo_is_the_truth_and_alone_it_is_smooth():
    a, b = cut(20), cut(80)
    hole = (slice(None), slice(None), slice(35, 75), slice(23, 39))
    assert (fill_in_place(a, b) - BEHIND)[hole].abs().mean() < 0.02
    assert (fill_in_place(a, b) - BEHIND)[hole].abs().mean() < 0.5 * (a.plate - BEHIND)[hole].abs().mean()


def test_other_light_is_brought_to_this_photos():
    a, b = cut(20), cut(80)
    dim = Cutout(0.6 * b.photo, b.alpha, b.around)
    hole = (slice(None), slice(None), slice(35, 75), slice(23, 39))
    assert (fill_in_place(a, dim) - BEHIND)[hole].mean().abs() < 0.08


def test_the_blurred_backdrop_has_nothing_of_the_figure():
    white = Cutout(torch.where(outline(40) > 0.0, 1.0, 0.2 * BEHIND), outline(40), BEHIND)
    assert make_backdrop("blur", white).max() < 0.4


def test_points_are_carried_with_the_figure(morphs):
    moved = morphs["dissolve"].carry(torch.tensor([[51.0, 55.0]]), 1.0)
    assert abs(float(moved[0, 0]) - 51.0 - SHIFT) < 3.0


@pytest.mark.parametrize("mode", ["morph", "dissolve"])
def test_saved_maps_give_the_same_film(morphs, mode, tmp_path):
    morph = morphs[mode]
    morph.save(tmp_path / "maps.npz")
    still = torch.zeros_like(morph.maps.velocity)
    forgotten = replace(morph, front=replace(morph.front, maps=replace(morph.maps, velocity=still)))
    assert not torch.equal(forgotten.frame_at(0.4), morph.frame_at(0.4))
    assert torch.equal(forgotten.load(tmp_path / "maps.npz").frame_at(0.4), morph.frame_at(0.4))


def test_maps_of_a_subject_alone_are_not_those_of_a_background_that_moves(morphs, tmp_path):
    morphs["dissolve"].save(tmp_path / "maps.npz")
    with pytest.raises(PhotoError, match=r"maps\.npz: no maps of such a morph"):
        morphs["morph"].load(tmp_path / "maps.npz")
