"""Pairs of pictures of which one is the other under a known transform, in another light and with noise."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
import skimage.data
import torch
from numpy.typing import NDArray
from torch import Tensor
from worlds import change_light

from morphlapse.geometry.similarity import map_points, similarity
from morphlapse.records import Size

FRAME = Size(384, 512)
MIDDLE = ((FRAME.width - 1) / 2.0, (FRAME.height - 1) / 2.0)
PICTURES = ("astronaut", "coffee", "chelsea", "rocket", "stereo_motorcycle")
"""Of scikit-image's wheel."""
LEVELS = {"small": (2.0, 0.03, 0.02), "medium": (8.0, 0.12, 0.06), "large": (25.0, 0.35, 0.15)}
"""Turn in degrees, growth or its inverse, and shift over the sides: each at most."""
FINE = 2
"""Samples per pixel and axis of a rendered picture."""
NOISE = 0.02
BEYOND = {"mirrored": cv2.BORDER_REFLECT_101, "black": cv2.BORDER_CONSTANT}
"""What a picture shows beyond its photo's border."""


@dataclass(frozen=True, eq=False)
class Case:
    """Two pictures and the transform between them."""

    name: str
    moving: Tensor
    """(3, H, W)"""
    fixed: Tensor
    """(3, H2, W2)"""
    truth: NDArray[np.float64]
    """`fixed_from_moving`."""

    def miss(self, matrix: NDArray[np.float64]) -> float:
        """Mean distance in pixels of the moving picture's corners from where they belong."""
        height, width = self.moving.shape[-2:]
        corners = np.array([[0.0, 0.0], [width - 1.0, 0.0], [width - 1.0, height - 1.0], [0.0, height - 1.0]])
        apart = map_points(matrix, corners) - map_points(self.truth, corners)
        return float(np.linalg.norm(apart, axis=1).mean())


def read_source(name: str) -> NDArray[np.float32]:
    """(H, W, 3), 0 to 1."""
    picture = getattr(skimage.data, name)()
    picture = picture[0] if isinstance(picture, tuple) else picture
    return picture[..., :3].astype(np.float32) / 255.0


def render(source: NDArray[np.float32], source_from_picture: NDArray[np.float64], beyond: str) -> Tensor:
    """What a frame sees of a photo, (3, H, W)."""
    inner = similarity(1.0 / FINE, shift=(0.5 / FINE - 0.5, 0.5 / FINE - 0.5))
    size = (FINE * FRAME.width, FINE * FRAME.height)
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    fine = cv2.warpPerspective(source, source_from_picture @ inner, size, flags=flags, borderMode=BEYOND[beyond])
    picture = cv2.resize(fine, (FRAME.width, FRAME.height), interpolation=cv2.INTER_AREA)
    return torch.from_numpy(picture).permute(2, 0, 1).clamp(0.0, 1.0).contiguous()


def make_case(picture: str, truth: NDArray[np.float64], seed: int, beyond: str) -> Case:
    """The fixed picture is the photo's middle; the moving one is darker, of another contrast, and both are noisy."""
    source = read_source(picture)
    height, width = source.shape[:2]
    zoom = min(height / FRAME.height, width / FRAME.width)
    source_from_fixed = similarity(
        zoom, shift=((width - 1) / 2 - zoom * MIDDLE[0], (height - 1) / 2 - zoom * MIDDLE[1])
    )
    fixed = render(source, source_from_fixed, beyond)
    moving = change_light(render(source, source_from_fixed @ truth, beyond)[None], seed)[0]
    noise = torch.randn(fixed.shape, generator=torch.Generator().manual_seed(seed))
    return Case(f"{picture}/{seed} {beyond}", moving, (fixed + NOISE * noise).clamp(0.0, 1.0), truth)


def similarity_about_middle(scale: float, degrees: float, shift: tuple[float, float]) -> NDArray[np.float64]:
    """`shift` is over the sides of the frame."""
    return similarity(scale, math.radians(degrees), (shift[0] * FRAME.width, shift[1] * FRAME.height), centre=MIDDLE)


def make_level_cases(level: str, count: int) -> Iterator[Case]:
    """Similarities within the bounds of a level."""
    degrees, growth, shift = LEVELS[level]
    chance = np.random.default_rng(list(LEVELS).index(level))
    for k in range(count):
        turn, grown, x, y = chance.uniform(-1.0, 1.0, 4)
        truth = similarity_about_middle((1.0 + growth) ** grown, degrees * turn, (shift * x, shift * y))
        yield make_case(PICTURES[k % len(PICTURES)], truth, k, list(BEYOND)[k % 2])


def make_free_cases(count: int) -> Iterator[Case]:
    """Any turn, scales from 1/2 to 2, shifts up to a quarter of the sides."""
    chance = np.random.default_rng(7)
    for k in range(count):
        turn, grown, x, y = chance.uniform(-1.0, 1.0, 4)
        truth = similarity_about_middle(2.0**grown, 180.0 * turn, (0.25 * x, 0.25 * y))
        yield make_case(PICTURES[k % len(PICTURES)], truth, k, list(BEYOND)[k % 2])


def make_shift_cases(count: int) -> Iterator[Case]:
    """Mere shifts, up to 15 % of the sides."""
    chance = np.random.default_rng(5)
    for k in range(count):
        x, y = chance.uniform(-0.15, 0.15, 2)
        truth = similarity_about_middle(1.0, 0.0, (x, y))
        yield make_case(PICTURES[k % len(PICTURES)], truth, k, list(BEYOND)[k % 2])


def hide_third(case: Case, seed: int) -> Case:
    """The same pair, a third of the moving picture covered by another photo."""
    other = render(read_source(PICTURES[(seed + 1) % len(PICTURES)]), np.eye(3), "mirrored")
    moving = case.moving.clone()
    moving[..., : FRAME.width // 3] = other[..., : FRAME.width // 3]
    return replace(case, moving=moving)
