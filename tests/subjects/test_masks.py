import math

import numpy as np
import pytest

from morphlapse.geometry.similarity import map_points
from morphlapse.records import Box, Size
from morphlapse.subjects.crops import Crop, picture_from_crop
from morphlapse.subjects.masks import LONG_SIDE, SLACK_PX, box_of_crop, is_on_mask, straighten_mask
from morphlapse.subjects.scaling import paint_mask

SIZE = Size(120, 160)


def disc(middle: tuple[float, float], radius: float) -> np.ndarray:
    y, x = np.indices((256, 256))
    return (np.hypot(x - middle[0], y - middle[1]) <= radius).astype(np.float64)


def test_the_box_of_a_crop_inside_the_picture_is_the_crop() -> None:
    assert box_of_crop(Crop(50.0, 60.0, 40.0), SIZE) == Box(30.0, 40.0, 70.0, 80.0)


def test_the_box_of_a_crop_ends_with_the_picture() -> None:
    assert box_of_crop(Crop(80.0, 60.0, 1000.0, 0.3), SIZE) == Box(-0.5, -0.5, 159.5, 119.5)


def test_the_box_of_a_turned_crop_has_all_its_corners() -> None:
    crop = Crop(80.0, 60.0, 40.0, 0.7)
    corners = map_points(picture_from_crop(crop, 4), np.array([[-0.5, -0.5], [3.5, -0.5], [3.5, 3.5], [-0.5, 3.5]]))
    box = box_of_crop(crop, SIZE)
    assert (box.left, box.right) == pytest.approx((corners[:, 0].min(), corners[:, 0].max()))
    assert (box.top, box.bottom) == pytest.approx((corners[:, 1].min(), corners[:, 1].max()))


@pytest.mark.parametrize("angle_rad", [0.0, 0.5, -2.0, math.pi / 2])
def test_a_disc_in_a_turned_crop_is_a_disc_at_its_place_in_the_picture(angle_rad: float) -> None:
    crop = Crop(90.0, 55.0, 128.0, angle_rad)
    painted = paint_mask(straighten_mask(disc((160.0, 110.0), 40.0), crop, SIZE), SIZE, np.eye(3))[0].numpy()
    x, y = map_points(picture_from_crop(crop, 256), np.array([[160.0, 110.0]]))[0]
    rows, columns = np.indices(painted.shape)
    distance = np.hypot(columns - x, rows - y)
    assert painted[distance < 18.5].min() > 0.9
    assert painted[distance > 21.5].max() < 0.1


@pytest.mark.parametrize("side", [30.0, 200.0, 4000.0])
def test_the_grid_is_never_finer_than_the_networks_nor_larger_than_allowed(side: float) -> None:
    size = Size(1500, 1000)
    mask = straighten_mask(disc((128.0, 128.0), 60.0), Crop(500.0, 700.0, side), size)
    assert max(mask.weight.shape) <= LONG_SIDE
    assert mask.weight.shape[1] / mask.box.width <= 256 / side + 0.02


def test_weights_become_bytes_by_rounding() -> None:
    mask = straighten_mask(np.full((256, 256), 0.5), Crop(80.0, 60.0, 80.0), SIZE)
    assert mask.weight[mask.weight.shape[0] // 2, mask.weight.shape[1] // 2] == 128


def test_points_on_the_mask_or_close_to_it_are_told_from_others() -> None:
    crop = Crop(127.5, 127.5, 256.0)
    points = np.array([[100.0, 100.0], [100.0 + 20 + SLACK_PX - 1, 100.0], [100.0 + 20 + SLACK_PX + 2, 100.0]])
    assert is_on_mask(disc((100.0, 100.0), 20.0), crop, points).tolist() == [True, True, False]


def test_points_outside_the_crop_are_never_on_the_mask() -> None:
    full = np.ones((256, 256))
    points = np.array([[-1.0, 100.0], [100.0, 300.0], [100.0, 100.0]])
    assert is_on_mask(full, Crop(127.5, 127.5, 256.0), points).tolist() == [False, False, True]
