import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from morphlapse.geometry.similarity import invert, map_points, similarity
from morphlapse.imaging.warp import warp_by_matrix
from morphlapse.records import Size
from morphlapse.subjects.crops import Crop, bytes_from_image, cut, make_copies, picture_from_crop, whole_picture

crops = st.builds(
    Crop, st.floats(-50.0, 300.0), st.floats(-50.0, 300.0), st.floats(10.0, 900.0), st.floats(-math.pi, math.pi)
)


def smooth_picture(height: int = 200, width: int = 320) -> torch.Tensor:
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return torch.stack((x / width, y / height, 0.5 + 0.4 * torch.sin(x / 25.0) * torch.cos(y / 20.0)))


@settings(deadline=None, max_examples=10)
@given(crops, st.integers(8, 256))
def test_the_middle_of_a_crop_is_the_middle_of_its_pixels(crop: Crop, pixels: int) -> None:
    middle = np.full((1, 2), (pixels - 1) / 2)
    np.testing.assert_allclose(map_points(picture_from_crop(crop, pixels), middle)[0], (crop.x, crop.y), atol=1e-9)


@settings(deadline=None, max_examples=10)
@given(crops, st.integers(8, 256))
def test_the_edges_of_a_crop_are_its_side_apart(crop: Crop, pixels: int) -> None:
    left, right = map_points(picture_from_crop(crop, pixels), np.array([[-0.5, 3.0], [pixels - 0.5, 3.0]]))
    assert math.dist(left, right) == pytest.approx(crop.side)


def test_a_turned_crop_has_its_upright_turned_clockwise() -> None:
    up_from_middle = map_points(picture_from_crop(Crop(0.0, 0.0, 10.0, math.pi / 2), 11), np.array([[5.0, 0.0]]))[0]
    assert up_from_middle[0] > 4.0
    assert abs(up_from_middle[1]) < 1e-9


@pytest.mark.parametrize("size", [Size(100, 60), Size(60, 100), Size(50, 50)])
def test_the_whole_picture_fits_its_crop_edge_to_edge(size: Size) -> None:
    corners = np.array([[-0.5, -0.5], [size.width - 0.5, size.height - 0.5]])
    found = map_points(invert(picture_from_crop(whole_picture(size), 128)), corners)
    assert found.min() == pytest.approx(-0.5)
    assert found.max() == pytest.approx(127.5)


def test_a_crop_of_the_whole_at_its_own_size_is_the_picture() -> None:
    picture = bytes_from_image(smooth_picture(96, 96))
    copies = make_copies(picture)
    np.testing.assert_array_equal(cut(copies, whole_picture(copies.size), 96, border="zeros"), picture)


@pytest.mark.parametrize("crop", [Crop(120.0, 90.0, 100.0, 0.4), Crop(150.3, 80.7, 180.0, -2.0)])
def test_a_crop_is_what_warping_the_picture_gives(crop: Crop) -> None:
    image = smooth_picture()
    found = cut(make_copies(bytes_from_image(image)), crop, 64, border="replicate")
    backward = torch.from_numpy(picture_from_crop(crop, 64))[None]
    expected = bytes_from_image(warp_by_matrix(image[None], backward, Size(64, 64))[0])
    assert np.abs(found.astype(int) - expected).max() <= 4


@pytest.mark.parametrize("side", [200.0, 400.0, 800.0, 1500.0])
def test_a_crop_from_any_copy_shows_the_same_place(side: float) -> None:
    image = smooth_picture(1200, 1600)
    crop = Crop(800.0, 600.0, side, 0.2)
    found = cut(make_copies(bytes_from_image(image)), crop, 65, border="replicate")
    x, y = map_points(picture_from_crop(crop, 65), np.array([[20.0, 25.0]]))[0]
    assert found[25, 20, :2] == pytest.approx([255.0 * x / 1600, 255.0 * y / 1200], abs=1.6)


def test_a_pattern_finer_than_the_crop_is_averaged_not_aliased() -> None:
    checks = np.repeat((np.indices((512, 512)).sum(axis=0) % 2 * 255).astype(np.uint8)[..., None], 3, axis=2)
    found = cut(make_copies(checks), Crop(255.5, 255.5, 512.0, 0.1), 64, border="replicate")
    assert np.abs(found.astype(int) - 128).max() <= 2


def test_outside_the_picture_a_crop_is_black_or_the_border() -> None:
    copies = make_copies(np.full((80, 80, 3), 200, dtype=np.uint8))
    corner = Crop(-0.5, -0.5, 40.0)
    assert cut(copies, corner, 40, border="zeros")[:18, :18].max() == 0
    assert cut(copies, corner, 40, border="replicate").min() == 200


def test_bytes_are_rounded_and_clamped() -> None:
    image = torch.tensor([-0.5, 0.1, 2.0])[:, None, None].expand(3, 1, 1)
    assert bytes_from_image(image)[0, 0].tolist() == [0, 26, 255]


def test_an_image_that_carries_a_gradient_is_left_unchanged() -> None:
    image = torch.full((3, 4, 4), 0.3).requires_grad_()
    bytes_from_image(image)
    assert float(image.detach().mean()) == pytest.approx(0.3)


@settings(deadline=None, max_examples=10)
@given(crops)
def test_a_crop_is_a_similarity_of_the_picture(crop: Crop) -> None:
    expected = similarity(crop.side / 100.0, crop.angle_rad)
    np.testing.assert_allclose(picture_from_crop(crop, 100)[:2, :2], expected[:2, :2], atol=1e-9)
