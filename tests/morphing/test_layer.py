from dataclasses import replace

import numpy as np
import pytest
import torch

from morphlapse.geometry.similarity import similarity
from morphlapse.imaging.warp import pixel_positions
from morphlapse.morphing.depth import fade, measure_depth
from morphlapse.morphing.layer import lay_out, make_layer, read_layer
from morphlapse.records import Size
from synthetic import picture

CANVAS = Size(60, 80)


def test_a_picture_that_fits_is_shown_as_it_is():
    image = picture(size=CANVAS)[0]
    assert torch.allclose(lay_out(make_layer(image, np.eye(3), CANVAS))[0], image, atol=1e-6)


def test_around_a_small_picture_there_is_its_colour_and_no_streak():
    image = picture(size=Size(30, 40))[0]
    shown = lay_out(make_layer(image, similarity(shift=(20.0, 15.0)), CANVAS, "#ff8000"))[0]
    assert torch.allclose(shown[:, 5, 5], torch.tensor([1.0, 128 / 255, 0.0]))
    assert torch.allclose(shown[:, 15:45, 20:60], image, atol=1e-5)


def test_around_a_small_picture_there_is_a_blur_of_it():
    image = picture(size=Size(30, 40))[0]
    shown = lay_out(make_layer(image, similarity(shift=(20.0, 15.0)), CANVAS, "blur"))[0]
    border = shown[:, :10]
    assert border.diff(dim=-1).abs().max() < 0.2 * image.diff(dim=-1).abs().max()
    assert (border.mean() - image.mean()).abs() < 0.15


def test_a_large_picture_is_prefiltered():
    checker = torch.zeros(3, 240, 320)
    checker[:, ::2, ::2] = 1.0
    checker[:, 1::2, 1::2] = 1.0
    shrink = similarity(0.25, shift=(-0.375, -0.375))
    shown = lay_out(make_layer(checker, shrink, CANVAS))[0]
    assert torch.allclose(shown[:, 2:-2, 2:-2], torch.tensor(0.5), atol=0.02)


# Edges that overshoot are clipped before they are read.
@pytest.mark.parametrize(("final", "most"), [(True, 8.0), (False, 1.01)])
def test_a_photo_of_eight_bits_is_read_from_bytes(final, most):
    layer = make_layer(picture(size=CANVAS)[0], similarity(0.9, 0.1, (3.0, 5.0)), CANVAS)
    bend = torch.rand(1, 2, 15, 20, generator=torch.Generator().manual_seed(0))
    exact, quick = (
        read_layer(each, np.eye(3), bend, CANVAS, final=final) for each in (layer, replace(layer, eight_bit=True))
    )
    assert 0.0 < float((exact - quick).abs().max()) < most / 255.0


def test_a_layer_is_valid_inside_and_not_beyond():
    layer = make_layer(picture(size=CANVAS)[0], np.eye(3), CANVAS)
    positions = pixel_positions(CANVAS, like=layer.image) + torch.tensor([40.0, 0.0])
    valid = fade(measure_depth([layer], positions), 4.0)
    assert valid[0, 0, 30, 20] == 1.0
    assert valid[0, 0, 30, 60] == 0.0
    assert valid.diff(dim=-1).max() <= 0.0


def test_what_the_crop_cut_off_is_still_there():
    image = picture(size=Size(60, 160))[0]
    layer = make_layer(image, similarity(shift=(-40.0, 0.0)), CANVAS)
    bend = torch.zeros(1, 2, 15, 20)
    bend[:, 0] = 30.0
    colour = read_layer(layer, np.eye(3), bend, CANVAS)
    assert torch.allclose(colour[0, :, 30, 79], image[:, 30, 149], atol=1e-3)
    positions = pixel_positions(CANVAS, like=image) + torch.tensor([30.0, 0.0])
    assert fade(measure_depth([layer], positions), 2.0)[0, 0, 30, 79] == 1.0
