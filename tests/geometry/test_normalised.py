"""Normalised coordinates against kornia and torch."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from kornia.geometry import denormalize_homography, normalize_homography  # noqa: TID251

from morphlapse.geometry.normalised import normalise_axes, normalised_from_pixels, pixels_from_normalised
from morphlapse.geometry.similarity import invert, map_points, similarity
from morphlapse.records import Size

sizes = st.builds(Size, st.integers(2, 3000), st.integers(2, 3000))
matrices = st.builds(
    lambda scale, angle, x, y, tilt: (
        similarity(scale, angle, (x, y)) @ np.array([[1.0, 0.1, 0.0], [0.0, 1.0, 0.0], [tilt, 0.0, 1.0]])
    ),
    st.floats(0.5, 2.0),
    st.floats(-3.0, 3.0),
    st.floats(-100.0, 100.0),
    st.floats(-100.0, 100.0),
    st.floats(0.0, 1e-4),
)


@given(matrices, sizes, sizes, st.booleans())
def test_there_and_back_changes_nothing(matrix, moving, fixed, align_corners):
    there = normalised_from_pixels(matrix, moving, fixed, align_corners=align_corners)
    back = pixels_from_normalised(there, moving, fixed, align_corners=align_corners)
    corners = np.array([[0.0, 0.0], [moving.width, 0.0], [0.0, moving.height]])
    assert np.allclose(map_points(back, corners), map_points(matrix / matrix[2, 2], corners), atol=1e-6)


@given(matrices, sizes, sizes)
def test_kornia_converts_alike(matrix, moving, fixed):
    ours = normalised_from_pixels(matrix, moving, fixed)
    way = torch.from_numpy(invert(matrix))[None]
    shapes = (fixed.height, fixed.width), (moving.height, moving.width)
    theirs = normalize_homography(way, *shapes, align_corners=False)[0].numpy()
    assert np.allclose(ours, theirs / theirs[2, 2], rtol=1e-6, atol=1e-9)
    again = denormalize_homography(torch.from_numpy(ours)[None], *shapes, align_corners=False)[0].numpy()
    assert np.allclose(invert(again), pixels_from_normalised(ours, moving, fixed), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("align_corners", [False, True])
def test_torch_reads_where_the_matrix_says(align_corners):
    moving, fixed = Size(40, 60), Size(30, 50)
    ramp = torch.stack(torch.meshgrid(torch.arange(40.0), torch.arange(60.0), indexing="ij")).flip(0)[None].double()
    matrix = similarity(1.1, 0.1, (-8.0, -7.0))
    theta = torch.from_numpy(normalised_from_pixels(matrix, moving, fixed, align_corners=align_corners))[None, :2]
    grid = torch.nn.functional.affine_grid(theta, [1, 2, 30, 50], align_corners=align_corners)  # noqa: TID251
    read = torch.nn.functional.grid_sample(ramp, grid, align_corners=align_corners)  # noqa: TID251
    at = np.array([[25.0, 15.0], [10.0, 20.0]])
    found = [read[0, :, int(y), int(x)].numpy() for x, y in at]
    assert np.allclose(found, map_points(invert(matrix), at), atol=1e-9)


@given(sizes)
def test_edges_are_at_one(size):
    corner = np.array([[-0.5, -0.5], [size.width - 0.5, size.height - 0.5]])
    assert np.allclose(map_points(normalise_axes(size), corner), [[-1.0, -1.0], [1.0, 1.0]])
