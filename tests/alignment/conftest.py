"""Pairs of pictures of which one is the other, moved by a known transform and lit otherwise."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import skimage.data
import torch
from torch import Tensor

from morphlapse.geometry.similarity import invert, map_points, similarity
from morphlapse.imaging.warp import warp_by_matrix
from morphlapse.records import Size

SIZE = Size(192, 256)
CENTRE = ((SIZE.width - 1) / 2.0, (SIZE.height - 1) / 2.0)


def corners(size: Size = SIZE) -> np.ndarray:
    right, bottom = size.width - 1.0, size.height - 1.0
    return np.array([[0.0, 0.0], [right, 0.0], [right, bottom], [0.0, bottom]])


def render(name: str, source_from_picture: np.ndarray, size: Size = SIZE) -> Tensor:
    """A view of a photo of scikit-image's wheel, four samples a pixel."""
    source = torch.from_numpy(getattr(skimage.data, name)()[..., :3].copy()).permute(2, 0, 1)[None].float() / 255.0
    fine = source_from_picture @ similarity(0.5, shift=(-0.25, -0.25))
    twice = Size(2 * size.height, 2 * size.width)
    view = warp_by_matrix(source, torch.from_numpy(fine)[None], twice)
    return view.reshape(3, size.height, 2, size.width, 2).mean(dim=(2, 4))


@pytest.fixture(scope="session")
def make_pair() -> Callable[..., tuple[Tensor, Tensor]]:
    """Moving and fixed picture for a `fixed_from_moving`; moving is darker, of another contrast, and both are noisy."""

    def make(matrix: np.ndarray, *, name: str = "astronaut", light: bool = True, size: Size = SIZE):
        zoom = {"astronaut": 1.3, "coffee": 1.5, "chelsea": 1.1}[name]
        middle = {"astronaut": (256.0, 200.0), "coffee": (300.0, 200.0), "chelsea": (225.0, 150.0)}[name]
        source_from_fixed = similarity(zoom, shift=(middle[0] - zoom * CENTRE[0], middle[1] - zoom * CENTRE[1]))
        fixed, moving = render(name, source_from_fixed), render(name, source_from_fixed @ matrix, size)
        if light:
            generator = torch.Generator().manual_seed(0)
            moving = 0.85 * moving.clamp(0.0, 1.0) ** 1.3
            moving = moving + 0.02 * torch.randn(moving.shape, generator=generator)
            fixed = fixed + 0.02 * torch.randn(fixed.shape, generator=generator)
        return moving.clamp(0.0, 1.0), fixed.clamp(0.0, 1.0)

    return make


@pytest.fixture(scope="session")
def miss() -> Callable[..., float]:
    """How far the corners land from where they belong, in pixels, on average."""

    def measure(found: np.ndarray, truth: np.ndarray, size: Size = SIZE) -> float:
        apart = map_points(found, corners(size)) - map_points(truth, corners(size))
        return float(np.linalg.norm(apart, axis=1).mean())

    return measure


def about_centre(scale: float, degrees: float, shift: tuple[float, float] = (0.0, 0.0)) -> np.ndarray:
    """A similarity about the picture's middle."""
    return similarity(scale, math.radians(degrees), shift, centre=CENTRE)


@pytest.fixture(scope="session")
def move() -> Callable[..., np.ndarray]:
    """Makes a similarity about the picture's middle, of scale, degrees and shift."""
    return about_centre


@pytest.fixture(scope="session")
def back() -> Callable[[np.ndarray], np.ndarray]:
    """The inverse."""
    return invert
