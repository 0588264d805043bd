"""Reduced copies and the grid between two pictures."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from morphlapse.alignment.levels import Picture, anchor_of, find_overlap, make_level, make_readable, place_grid
from morphlapse.alignment.losses import LOSSES
from morphlapse.alignment.models import split_evenly
from morphlapse.geometry.similarity import similarity
from morphlapse.imaging.warp import map_positions, size_of
from morphlapse.records import Size
from synthetic import ramp

L2 = LOSSES["l2"]
IDENTITY = torch.eye(3, dtype=torch.float64)


def picture_of(image):
    return Picture(image, None, IDENTITY, size_of(image))


def splits(matrix):
    return split_evenly(torch.from_numpy(matrix)[None], (30.0, 20.0))


@settings(deadline=None, max_examples=15)
@given(st.floats(-2.5, 2.5), st.floats(0.7, 1.4), st.sampled_from([1.0, 0.5, 0.3]))
def test_a_reduced_ramp_tells_where_it_was_read(angle, scale, density):
    picture = picture_of(ramp(Size(80, 120)))
    split = splits(similarity(scale, angle, (5.0, -3.0), centre=(60.0, 40.0)))
    level = make_level((picture, picture), split, L2, density=density)
    values, seen = level.fixed.read(split.fixed_from_mid, level.grid)
    wanted = level.grid.mapped(split.fixed_from_mid).movedim(-1, 1)
    inside = (seen == 1.0).expand_as(values) & (wanted > 10.0) & (wanted < 69.0)
    assert torch.allclose(values[inside].double(), wanted[inside].double(), atol=0.1)


@pytest.mark.parametrize("scale", [2.0, 0.5])
def test_things_have_one_size_in_both_copies(scale):
    picture = picture_of(ramp(Size(80, 120)))
    level = make_level((picture, picture), splits(similarity(scale)), L2, density=1.0)
    moving, fixed = (side.layers.shape[-1] for side in (level.moving, level.fixed))
    assert fixed / moving == pytest.approx(1.0 / scale, rel=0.03)
    assert max(moving, fixed) == 120


def test_the_grid_covers_what_both_show():
    split = splits(similarity(shift=(50.0, 0.0)))
    low, high = find_overlap(split, Size(40, 100), Size(40, 100))[0]
    assert torch.allclose(high - low, torch.tensor([49.0, 39.0], dtype=torch.float64))


def test_pictures_that_do_not_meet_have_an_inverted_overlap():
    low, high = find_overlap(splits(similarity(shift=(500.0, 0.0))), Size(40, 100), Size(40, 100))[0]
    assert (high < low).any()


@pytest.mark.parametrize("bottom", [(0.0, 0.0, 1.0), (1e-3, -2e-3, 1.0)])
def test_the_grid_is_mapped_as_positions_are(bottom):
    matrix = torch.from_numpy(similarity(1.2, 0.3, (4.0, 5.0)))[None].clone()
    matrix[0, 2] = torch.tensor(bottom, dtype=torch.float64)
    grid = place_grid(torch.tensor([[[3.0, 4.0], [40.0, 30.0]]]), 2.0, like=torch.zeros(1))
    y, x = torch.meshgrid(grid.rows[0], grid.columns[0], indexing="ij")
    plain = map_positions(matrix, torch.stack((x, y), dim=-1)[None])
    assert torch.allclose(grid.mapped(matrix), plain, atol=1e-3)


def test_what_lies_outside_does_not_count():
    side = make_readable(picture_of(torch.ones(1, 1, 20, 30)), L2)
    grid = place_grid(torch.tensor([[[-10.0, -10.0], [40.0, 30.0]]]), 1.0, like=torch.zeros(1))
    _, seen = side.read(IDENTITY[None], grid)
    positions = grid.mapped(IDENTITY[None])
    outside = (positions[..., 0] < -0.01) | (positions[..., 0] > 29.01)
    assert seen[:, 0][outside].abs().max() < 0.02
    assert seen.max() == 1.0


def test_parameters_are_anchored_in_the_mass():
    image = torch.zeros(1, 2, 40, 60)
    image[0, 0, 10, 12] = image[0, 1, 30, 20] = 1.0
    assert torch.allclose(anchor_of(picture_of(image), L2), torch.tensor([[16.0, 20.0]], dtype=torch.float64))
    assert np.allclose(anchor_of(picture_of(image), LOSSES["correlation"]), [[29.5, 19.5]])
