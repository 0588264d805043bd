"""A picture is continued by its neighbours: the whole world is known, and each picture is a part of it."""

import numpy as np
import pytest
import torch
from torch import Tensor

from morphlapse.geometry.similarity import similarity
from morphlapse.imaging.warp import size_of, warp_by_matrix
from morphlapse.morphing.extend import extend_layer
from morphlapse.morphing.layer import Layer, lay_out, make_layer
from morphlapse.records import Size
from synthetic import picture

CANVAS = Size(96, 128)
WORLD = picture("coffee", CANVAS)


def part(left: int, top: int, width: int, height: int, *, gain: float = 1.0) -> Layer:
    """What a photo of a part of the world shows, perhaps darker, where it lies."""
    image = gain * WORLD[0, :, top : top + height, left : left + width]
    return make_layer(image, similarity(shift=(float(left), float(top))), CANVAS)


def apart(image: Tensor, *, rows: slice = slice(None), columns: slice = slice(None)) -> float:
    """Mean difference from the world in a region."""
    return float((image - WORLD).abs()[..., rows, columns].mean())


def test_a_picture_that_fills_the_canvas_is_left_alone():
    whole = part(0, 0, 128, 96)
    assert extend_layer(whole, iter(())) is whole


def test_what_neighbours_show_is_seen_beyond_the_edge():
    alone, right = part(0, 0, 70, 96), part(40, 0, 88, 96)
    extended = extend_layer(alone, [right])
    assert extended.covers
    assert apart(lay_out(extended)) < 1e-3
    assert apart(lay_out(alone)) > 0.02


def test_the_picture_keeps_its_own_pixels_but_for_a_seam():
    alone, other = part(0, 0, 70, 96), make_layer(torch.rand(3, 96, 128), np.eye(3), CANVAS)
    extended = extend_layer(alone, [other])
    assert torch.equal(extended.image[..., :96, :66], alone.image[..., :66])


def test_the_nearest_neighbour_comes_first():
    alone, wrong = part(0, 0, 70, 96), make_layer(torch.rand(3, 96, 128), np.eye(3), CANVAS)
    extended = extend_layer(alone, [part(40, 0, 88, 96), wrong])
    assert apart(lay_out(extended)) < 1e-3


def test_no_more_neighbours_are_read_than_are_needed():
    def others():
        yield part(0, 0, 128, 96)
        raise AssertionError

    extend_layer(part(0, 0, 70, 96), others())


def test_a_darker_neighbour_gets_the_light_of_the_picture():
    alone, right = part(0, 0, 70, 96), part(40, 0, 88, 96, gain=0.6)
    seam = lay_out(extend_layer(alone, [right]))
    assert apart(seam, columns=slice(70, 90)) < 0.5 * 0.4 * float(WORLD[..., 70:90].mean())


def test_what_nobody_shows_is_the_fill():
    alone, right = part(0, 0, 40, 96), part(30, 0, 30, 96)
    extended = lay_out(extend_layer(alone, [right]))
    assert float((extended - lay_out(alone))[..., 80:].abs().mean()) < 0.01


def test_alone_a_picture_keeps_its_edge():
    alone = part(0, 0, 70, 96)
    assert torch.allclose(lay_out(extend_layer(alone, [])), lay_out(alone), atol=0.1)
    assert torch.allclose(lay_out(extend_layer(alone, []))[..., :69], lay_out(alone)[..., :69], atol=1e-5)


@pytest.mark.parametrize("scale", [0.5, 1.0, 2.0])
def test_turned_and_scaled_pictures_join_too(scale: float):
    turn = similarity(scale, 0.2, (20.0, -10.0))
    size = Size(round(50 / scale), round(60 / scale))
    image = warp_by_matrix(WORLD, torch.from_numpy(turn)[None], size, resampling="catmull_rom")[0].clamp(0.0, 1.0)
    extended = extend_layer(make_layer(image, turn, CANVAS), [part(0, 0, 128, 96)])
    assert extended.covers
    assert size_of(lay_out(extended)) == CANVAS
    assert apart(lay_out(extended), rows=slice(2, -2), columns=slice(2, -2)) < 0.03
