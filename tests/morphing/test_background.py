import numpy as np
import pytest
import torch

from morphlapse.imaging.velocity import flow
from morphlapse.imaging.warp import resize_field, warp_by_field
from morphlapse.morphing.background import Masks, calm_background
from morphlapse.morphing.layer import make_layer
from morphlapse.morphing.search import Guide, morph_layers
from morphlapse.options import MorphOptions
from morphlapse.records import Size
from synthetic import picture, smooth_velocity

SIZE = Size(160, 160)
CELLS = Size(80, 80)
MASK = torch.zeros(1, 1, 160, 160)
MASK[..., 50:110, 50:110] = 1.0
MASKS = Masks(MASK, MASK)


@pytest.fixture(scope="module")
def moved() -> tuple[torch.Tensor, torch.Tensor]:
    """A motion, and the picture that it makes of the astronaut."""
    velocity = smooth_velocity(SIZE, 8.0, seed=3)
    return velocity, warp_by_field(picture("astronaut", SIZE), flow(-velocity, 8)).clamp(0.0, 1.0)


def test_a_background_that_has_no_counterpart_stands_still(moved):
    velocity, _ = moved
    calm = calm_background(picture("astronaut", SIZE), picture("coffee", SIZE), velocity, MASKS)
    share = calm.norm(dim=1) / velocity.norm(dim=1).clamp_min(1e-3)
    assert share[0, 55:105, 55:105].min() > 0.95
    assert share[0, :20, 10:-10].mean() < 0.05


def test_a_background_that_is_seen_in_both_keeps_its_motion(moved):
    velocity, b = moved
    calm = calm_background(picture("astronaut", SIZE), b, velocity, MASKS)
    assert (calm - velocity).norm(dim=1)[0, 12:-12, 12:-12].mean() < 0.15 * velocity.norm(dim=1).mean()


def test_exchanged_pictures_are_calmed_alike(moved):
    velocity, b = moved
    there = calm_background(picture("astronaut", SIZE), b, velocity, MASKS)
    back = calm_background(b, picture("astronaut", SIZE), -velocity, MASKS)
    assert torch.allclose(there, -back, atol=1e-4)


def test_the_grid_of_the_velocity_may_be_coarser(moved):
    velocity, b = moved
    coarse = calm_background(picture("astronaut", SIZE), b, resize_field(velocity, CELLS), MASKS)
    fine = calm_background(picture("astronaut", SIZE), b, velocity, MASKS)
    assert (resize_field(coarse, SIZE) - fine).norm(dim=1).mean() < 0.2


def test_a_morph_with_masks_dissolves_what_is_behind():
    layers = [make_layer(picture(name, SIZE)[0], np.eye(3), SIZE) for name in ("astronaut", "rocket")]
    guides = [Guide(MorphOptions(background=background), masks=MASKS) for background in ("auto", "whole")]
    calm, whole = (morph_layers(layers[0], layers[1], guide).maps.velocity.norm(dim=1) for guide in guides)
    assert calm[0, :15].mean() < 0.4 * whole[0, :15].mean()
    assert calm[0, 35:45, 35:45].mean() > 0.9 * whole[0, 35:45, 35:45].mean()
