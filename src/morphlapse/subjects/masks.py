"""From the pose network's mask, which lies in a turned crop, to a `Mask` that lies straight in the picture."""

from __future__ import annotations

import math

import cv2
import numpy as np
import torch
from jaxtyping import Bool, Float
from numpy import ndarray

from morphlapse.geometry.box import clip_box
from morphlapse.geometry.similarity import Matrix, invert, map_points
from morphlapse.imaging.warp import warp_by_matrix
from morphlapse.records import Box, Mask, Size
from morphlapse.subjects.crops import Crop, picture_from_crop

LONG_SIDE = 256
"""Of a mask's grid, at most."""

SLACK_PX = 4
"""How far outside the mask a keypoint may lie and still be on it, in pixels of the network's mask: a sixtieth of the
height of a standing person."""


def box_of_crop(crop: Crop, size: Size) -> Box:
    """The part of a crop that lies inside the picture, as a straight box."""
    half = 0.5 * crop.side * (abs(math.cos(crop.angle_rad)) + abs(math.sin(crop.angle_rad)))
    return clip_box(Box(crop.x - half, crop.y - half, crop.x + half, crop.y + half), size)


def straighten_mask(weight: Float[ndarray, "n n"], crop: Crop, size: Size) -> Mask:
    """Put a crop's mask on a straight grid over the part of the crop inside the picture; the box has an area."""
    box = box_of_crop(crop, size)
    scale = min(LONG_SIDE / max(box.width, box.height), len(weight) / crop.side)
    grid = Size(max(1, round(box.height * scale)), max(1, round(box.width * scale)))
    crop_from_grid = invert(picture_from_crop(crop, len(weight))) @ _picture_from_grid(box, grid)
    source = torch.from_numpy(np.ascontiguousarray(weight, dtype=np.float32))[None, None]
    straight = warp_by_matrix(source, torch.from_numpy(crop_from_grid)[None], grid, border="zeros")
    return Mask((straight[0, 0] * 255.0).round().clamp(0.0, 255.0).byte().numpy(), box)


def _picture_from_grid(box: Box, grid: Size) -> Matrix:
    x, y = box.width / grid.width, box.height / grid.height
    return np.array([[x, 0.0, box.left + 0.5 * x], [0.0, y, box.top + 0.5 * y], [0.0, 0.0, 1.0]])


def is_on_mask(weight: Float[ndarray, "n n"], crop: Crop, points: Float[ndarray, "k 2"]) -> Bool[ndarray, " k"]:
    """Which points of the picture lie on a crop's mask or close by it."""
    side = 2 * SLACK_PX + 1
    wide = cv2.dilate((weight > 0.5).astype(np.uint8), np.ones((side, side), dtype=np.uint8))
    at = map_points(invert(picture_from_crop(crop, len(weight))), points).round().astype(np.int64)
    x, y = np.clip(at, 0, len(weight) - 1).T
    return (wide[y, x] > 0) & ((at >= 0) & (at < len(weight))).all(axis=1)
