"""A drawn figure that moves before a picture: what is behind it is known."""

from dataclasses import replace

import pytest
import torch

from cutouts import BEHIND, SIZE, cut, photo
from morphlapse.errors import PhotoError
from morphlapse.morphing.apart import ApartMorph, morph_apart
from morphlapse.morphing.cutout import fill_in_place
from morphlapse.morphing.search import Guide
from morphlapse.options import MorphOptions

MODES = ("morph", "dissolve", "stay", "#204060", "transparent")
SHIFT = 18
FAR = (slice(None), slice(0, 12))
"""Pixels that the figure never comes near."""


def made(background: str, first: int = 40, second: int = 40 + SHIFT) -> ApartMorph:
    a, b = cut(first), cut(second)
    stays = fill_in_place(a, b) if background == "stay" else None
    return morph_apart(a, b, Guide(MorphOptions(background=background, effort="quick")), stays)


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
