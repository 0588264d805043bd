"""Masks times Gaussians."""

import numpy as np
import pytest
import torch

from morphlapse.alignment.targets import Aim, render_mask, render_targets
from morphlapse.geometry.similarity import map_points, similarity
from morphlapse.imaging.warp import pixel_positions
from morphlapse.records import Box, Mask, Size

POINTS = np.array([[40.0, 30.0], [70.0, 60.0]])
SIZE = Size(100, 120)
LEFT_HALF = Mask(
    np.repeat(np.array([[255] * 60 + [0] * 60], dtype=np.uint8), 100, axis=0), Box(-0.5, -0.5, 119.5, 99.5)
)


def centroids(targets):
    positions = pixel_positions(SIZE, like=targets)[0]
    return torch.einsum("khw,hwd->kd", targets, positions) / targets.sum(dim=(1, 2))[:, None]


def test_each_channel_lies_around_its_keypoint():
    targets = render_targets(Aim(POINTS, np.ones(2), 100.0, None), np.eye(3), SIZE)
    assert torch.allclose(centroids(targets), torch.tensor(POINTS).float(), atol=0.01)


def test_channels_have_one_sum_whatever_the_mask_cuts():
    aim = Aim(np.array([[59.0, 50.0], [30.0, 50.0]]), np.ones(2), 100.0, LEFT_HALF)
    sums = render_targets(aim, np.eye(3), SIZE).sum(dim=(1, 2))
    assert sums[0].item() == pytest.approx(sums[1].item(), rel=1e-3)


def test_the_mask_cuts_the_gaussian():
    targets = render_targets(Aim(np.array([[59.0, 50.0]]), np.ones(1), 100.0, LEFT_HALF), np.eye(3), SIZE)
    assert targets[0, :, 62:].abs().max() == 0.0
    assert targets[0, 50, 55] > 0.0


def test_a_hidden_keypoint_has_an_empty_channel():
    targets = render_targets(Aim(POINTS, np.array([1.0, 0.0]), 100.0, None), np.eye(3), SIZE)
    assert targets[1].abs().max() == 0.0


def test_the_gaussians_grow_with_the_person():
    def spread(matrix):
        targets = render_targets(Aim(POINTS[:1], np.ones(1), 60.0, None), matrix, SIZE)
        positions = pixel_positions(SIZE, like=targets)[0]
        apart = (positions - centroids(targets)[0]).square().sum(dim=-1)
        return float((targets[0] * apart).sum() / targets[0].sum()) ** 0.5

    assert spread(similarity(1.5)) == pytest.approx(1.5 * spread(np.eye(3)), rel=0.02)


def test_a_mask_is_read_where_it_lies():
    matrix = similarity(0.5, 0.0, (10.0, 20.0))
    drawn = render_mask(LEFT_HALF, matrix, SIZE)[0]
    edge = map_points(matrix, np.array([[59.5, 50.0]]))[0]
    assert drawn[round(edge[1]), : int(edge[0])].max() == 1.0
    assert drawn[round(edge[1]), int(edge[0]) + 2 :].max() == 0.0
    assert drawn[round(edge[1]), :9].max() == 0.0
