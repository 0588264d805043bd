"""The equations of a registration's step."""

import pytest
import torch

from morphlapse.alignment.equations import find_moments, look_at, pair_moments
from morphlapse.alignment.levels import Level, Picture, make_readable, place_grid
from morphlapse.alignment.losses import LOSSES
from morphlapse.alignment.models import GENERATORS, name_family, split_evenly
from morphlapse.imaging.warp import size_of

INNER = torch.tensor([[[20.0, 20.0], [230.0, 170.0]]])
"""Positions here are seen in either picture."""


def make_level(moving, fixed) -> Level:
    identity = torch.eye(3, dtype=torch.float64)
    first, second = (
        make_readable(Picture(image[None], None, identity, size_of(image[None])), LOSSES["l2"])
        for image in (moving, fixed)
    )
    return Level(first, second, place_grid(INNER, 2.0, like=torch.zeros(1)))


@pytest.mark.parametrize("model", GENERATORS)
def test_moments_give_the_equations_that_derivatives_give(model, make_pair, move):
    level = make_level(*make_pair(move(1.01, 1.0, (2.0, -1.0))))
    split = split_evenly(torch.from_numpy(move(1.0, 0.5, (0.5, 0.3)))[None], (127.5, 95.5))
    family = name_family(model, level.grid.centre.double(), level.grid.radius.double())
    closed = look_at(level, split, family, LOSSES["l2"])
    free = look_at(level, split, family, lambda a, b: (a - b).square().sum(dim=1).mean())
    assert torch.allclose(closed.loss, free.loss, rtol=1e-4)
    size = closed.slope.abs().max()
    assert torch.allclose(2.0 * closed.slope, free.slope.double(), atol=1e-3 * float(size))
    size = closed.curvature.abs().max()
    assert torch.allclose(2.0 * closed.curvature, free.curvature.double(), atol=1e-3 * float(size))


def test_a_moment_is_a_sum_over_the_grid():
    grid = place_grid(torch.tensor([[[3.0, 4.0], [40.0, 30.0]]]), 1.0, like=torch.zeros(1, dtype=torch.float64))
    values = torch.rand(1, 1, grid.rows.shape[1], grid.columns.shape[1], dtype=torch.float64)
    y, x = torch.meshgrid(grid.rows[0] - grid.centre[0, 1], grid.columns[0] - grid.centre[0, 0], indexing="ij")
    x, y = x / grid.radius, y / grid.radius
    moments = find_moments(values, grid, degree=4)
    assert torch.allclose(moments[0, 0, 3, 1], (values * x * y**3).sum())
    paired = pair_moments(moments[:, 0], ((1, 0), (1, 1)))
    assert torch.allclose(paired[0, 0, 1], (values * x**2 * y).sum())


def test_a_transform_that_leaves_no_overlap_has_no_finite_loss(make_pair, move):
    level = make_level(*make_pair(move(1.0, 0.0)))
    far = split_evenly(torch.from_numpy(move(1.0, 0.0, (900.0, 0.0)))[None], (127.5, 95.5))
    family = name_family("translation", level.grid.centre.double(), level.grid.radius.double())
    look = look_at(level, far, family, LOSSES["l2"])
    assert not look.usable.any()
