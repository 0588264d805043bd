"""Pairs whose motion is known: what the morphs are measured on."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import skimage.data
import torch
from numpy.typing import NDArray
from torch import Tensor

from morphlapse.imaging.velocity import compose, flow
from morphlapse.imaging.warp import (
    coverage,
    pixel_positions,
    resize,
    resize_field,
    size_of,
    warp_by_field,
)
from morphlapse.morphing.layer import Layer, lay_out, make_layer
from morphlapse.records import Size

KNOWN_PX = 512
"""Side of the pictures that are warped by known fields."""
AMPLITUDES = (16, 40, 80, 140)
"""Largest displacements of the known warps, in pixels."""
PICTURES = ("astronaut", "coffee", "chelsea")
"""Pictures of scikit-image's wheel."""
SQUARINGS = 10


@dataclass(frozen=True, eq=False)
class Pair:
    """Two pictures on one canvas."""

    name: str
    a: Layer
    b: Layer

    @property
    def images(self) -> tuple[Tensor, Tensor]:
        """Both as they lie on the canvas, (1, 3, H, W)."""
        return lay_out(self.a), lay_out(self.b)


@dataclass(frozen=True, eq=False)
class World:
    """A pair whose motion is known."""

    pair: Pair
    truth: Tensor
    """(1, 2, H, W): what p of a shows is at p + truth(p) of b."""
    valid: Tensor
    """(H, W), True where the truth is known."""
    half: Tensor | None = None
    """(1, 3, H, W) the true picture halfway."""


def pair_of(name: str, a: Tensor, b: Tensor) -> Pair:
    """A pair of two pictures (1, 3, H, W) of one size."""
    return Pair(name, *(make_layer(image[0], np.eye(3), size_of(a)) for image in (a, b)))


def tensor_of(array: NDArray[np.generic]) -> Tensor:
    """(1, 3, H, W) of (H, W) or (H, W, 3) uint8."""
    rgb = np.repeat(array[..., None], 3, axis=-1) if array.ndim == 2 else array[..., :3]
    return torch.from_numpy(rgb.copy()).permute(2, 0, 1)[None].float() / 255.0


def square_picture(name: str, side: int) -> Tensor:
    """The middle of a picture of scikit-image's wheel, (1, 3, side, side)."""
    image = tensor_of(getattr(skimage.data, name)())
    size = size_of(image)
    scale = side / size.short_side
    image = resize(image, Size(max(side, round(size.height * scale)), max(side, round(size.width * scale))))
    top, left = (image.shape[-2] - side) // 2, (image.shape[-1] - side) // 2
    return image[..., top : top + side, left : left + side].contiguous()


def smooth_velocity(amplitude_px: float, seed: int, side: int) -> Tensor:
    """(1, 2, side, side): low cosines under a window, whose flow displaces by `amplitude_px` at its largest."""
    cells = side // 4
    # With three waves a flow of 140 px squeezes some places to a fortieth, where no picture could show the way.
    waves = 3 if amplitude_px < 0.2 * side else 2
    generator = torch.Generator().manual_seed(seed)
    x = (torch.arange(cells) + 0.5) / cells * math.pi
    field = torch.zeros(1, 2, cells, cells)
    for i in range(waves + 1):
        for j in range(waves + 1):
            if i + j > 0:
                height = torch.randn(2, generator=generator) / (1 + i * i + j * j) ** 0.5
                field[0] += height[:, None, None] * torch.cos(i * x)[:, None] * torch.cos(j * x)
    window = torch.sin(x).clamp_min(0.0).sqrt()
    field *= window[:, None] * window
    return resize_field(field * _find_scale(field, amplitude_px * cells / side), Size(side, side))


def _find_scale(field: Tensor, amplitude: float) -> float:
    """The factor at which the flow of a velocity displaces by `amplitude` cells, by bisection."""
    low, high = 0.0, 1000.0
    for _ in range(40):
        middle = (low + high) / 2
        largest = float(flow(field * middle, SQUARINGS).norm(dim=1).max())
        low, high = (low, middle) if largest > amplitude else (middle, high)
    return low


def change_light(image: Tensor, seed: int) -> Tensor:
    """Gamma 1.3, gain 0.85, 0.03 added, noise of 0.02."""
    noise = torch.randn(image.shape, generator=torch.Generator().manual_seed(seed + 77))
    return (image.clamp(0.0, 1.0) ** 1.3 * 0.85 + 0.03 + 0.02 * noise).clamp(0.0, 1.0)


def make_worlds(names: Sequence[str], seeds: Sequence[int], amplitude_px: int, side: int = KNOWN_PX) -> Iterator[World]:
    """Pictures under the flow of a smooth velocity, with the true picture halfway."""
    for name in names:
        a = square_picture(name, side)
        for seed in seeds:
            velocity = smooth_velocity(amplitude_px, seed, side)
            half = _warp(a, flow(-0.5 * velocity, SQUARINGS))
            back, truth = (flow(sign * velocity, SQUARINGS) for sign in (-1.0, 1.0))
            yield _world(f"{name}/{seed}", a, back, truth, half)


def make_worlds_of_two(
    names: Sequence[str], seeds: Sequence[int], amplitude_px: int, side: int = KNOWN_PX
) -> Iterator[World]:
    """Pictures under one smooth flow after another, which no stationary velocity gives: our own model does not hold."""
    for name in names:
        a = square_picture(name, side)
        for seed in seeds:
            first, second = (smooth_velocity(amplitude_px, each, side) for each in (seed, seed + 50))
            truth = compose(flow(first, SQUARINGS), flow(second, SQUARINGS))
            back = compose(flow(-second, SQUARINGS), flow(-first, SQUARINGS))
            yield _world(f"{name}/{seed}", a, back, truth, None)


def _world(name: str, a: Tensor, back: Tensor, truth: Tensor, half: Tensor | None) -> World:
    size = size_of(a)
    positions = pixel_positions(size, like=a) + truth.movedim(1, -1)
    return World(pair_of(name, a, _warp(a, back)), truth, (coverage(positions, size) > 0.999)[0, 0], half)


def _warp(image: Tensor, field: Tensor) -> Tensor:
    return warp_by_field(image, field, resampling="catmull_rom").clamp(0.0, 1.0)


def relight(world: World, seed: int = 0) -> World:
    """The same world, its second picture in another light."""
    a, b = world.pair.images
    return World(pair_of(world.pair.name, a, change_light(b, seed)), world.truth, world.valid)


def stereo_world() -> World:
    """The motorcycle of scikit-image's wheel (Middlebury 2014), known where its disparity is."""
    left, right, disparity = skimage.data.stereo_motorcycle()
    known = np.isfinite(disparity)
    across = torch.from_numpy(np.where(known, -disparity, 0.0).astype(np.float32))
    truth = torch.stack((across, torch.zeros_like(across)))[None]
    return World(pair_of("motorcycle", tensor_of(left), tensor_of(right)), truth, torch.from_numpy(known))
