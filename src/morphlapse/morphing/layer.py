"""One picture of a morph: its pixels, where they lie on the canvas, and what is shown where they do not reach."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from morphlapse.geometry.similarity import invert
from morphlapse.imaging.filters import gaussian_blur
from morphlapse.imaging.warp import (
    coverage,
    fit_within,
    map_positions,
    pixel_positions,
    resize,
    resized_from_full,
    sample,
    size_of,
)
from morphlapse.records import Size

FILL_PX = 96
"""Long side at which a blurred fill is kept: it holds nothing finer."""


@dataclass(frozen=True, eq=False)
class Layer:
    """A picture on a canvas."""

    image: Tensor
    """(1, 3, h, w) its pixels."""
    image_from_canvas: NDArray[np.float64]
    """3x3 backward matrix."""
    canvas: Size
    """Size of the canvas."""
    fill: Tensor
    """(1, 3, h', w') stretched over the canvas: what is shown outside the picture."""


def make_layer(
    image: Float[Tensor, "3 h w"], canvas_from_image: NDArray[np.float64], canvas: Size, fill: str = "blur"
) -> Layer:
    """Lay a picture on a canvas; it is prefiltered where it shrinks, so that each frame then reads it once.

    Parameters
    ----------
    image : Tensor, (3, H, W)
        The picture.
    canvas_from_image : array, (3, 3)
        Where it lies.
    canvas : Size
        The frame.
    fill : str
        "blur" or "#rrggbb".
    """
    image = image[None]
    full = size_of(image)
    scale = float(np.sqrt(abs(np.linalg.det(canvas_from_image[:2, :2]))))
    if scale < 1.0:
        reduced = fit_within(full, max(1, round(full.long_side * scale)))
        image = resize(image, reduced)
        canvas_from_image = canvas_from_image @ invert(resized_from_full(full, reduced).numpy())
    backward = invert(canvas_from_image)
    return Layer(image, backward, canvas, make_fill(image, canvas, fill))


def make_fill(image: Float[Tensor, "1 3 h w"], canvas: Size, fill: str) -> Float[Tensor, "1 3 h2 w2"]:
    """What surrounds a picture: a colour, or the picture itself laid over the whole canvas and blurred."""
    if fill != "blur":
        rgb = [int(fill[k : k + 2], 16) / 255.0 for k in (1, 3, 5)]
        return image.new_tensor(rgb).view(1, 3, 1, 1)
    small = fit_within(canvas, FILL_PX)
    inner = size_of(image)
    stretch = min(inner.width / small.width, inner.height / small.height)
    size = Size(max(1, round(inner.height / stretch)), max(1, round(inner.width / stretch)))
    covered = resize(image, size)
    top, left = (size.height - small.height) // 2, (size.width - small.width) // 2
    covered = covered[..., top : top + small.height, left : left + small.width]
    return gaussian_blur(covered.contiguous(), FILL_PX / 24.0)


def read_layer(
    layer: Layer, positions: Float[Tensor, "1 h w 2"], *, feather_px: float = 1.0, final: bool = True
) -> tuple[Float[Tensor, "1 3 h w"], Float[Tensor, "1 1 h w"]]:
    """Read a layer at positions on the canvas.

    Parameters
    ----------
    layer : Layer
        What is read.
    positions : Tensor, (1, H, W, 2)
        Where, on the canvas.
    feather_px : float
        Over how many pixels a layer fades towards the edge beyond which it has nothing.
    final : bool
        Catmull-Rom instead of bilinear.

    Returns
    -------
    colour : Tensor, (1, 3, H, W)
    valid : Tensor, (1, 1, H, W)
        1 well within the picture or the canvas, 0 beyond both.
    """
    matrix = torch.from_numpy(layer.image_from_canvas).to(positions)[None]
    inside = map_positions(matrix, positions)
    size = size_of(layer.image)
    colour = sample(layer.image, inside, resampling="catmull_rom" if final else "bilinear")
    covered = coverage(inside, size)
    scale = float(np.sqrt(abs(np.linalg.det(layer.image_from_canvas[:2, :2]))))
    depth = torch.maximum(depth_within(inside, size) / scale, depth_within(positions, layer.canvas))
    share = (depth / feather_px).clamp(0.0, 1.0)
    valid = share * share * (3.0 - 2.0 * share)
    if bool((covered >= 1.0).all()):
        return colour, valid
    fill_size = size_of(layer.fill)
    ratio = positions.new_tensor([fill_size.width / layer.canvas.width, fill_size.height / layer.canvas.height])
    around = sample(layer.fill, (positions + 0.5) * ratio - 0.5)
    return around + covered * (colour - around), valid


def depth_within(positions: Float[Tensor, "1 h w 2"], size: Size) -> Float[Tensor, "1 1 h w"]:
    """How far inside a picture positions lie, in pixels from its nearest edge; negative outside."""
    limit = positions.new_tensor([size.width, size.height])
    return torch.minimum(positions + 0.5, limit - 0.5 - positions).amin(dim=-1)[:, None]


def lay_out(layer: Layer) -> Float[Tensor, "1 3 h w"]:
    """The picture as it lies on the canvas: the film's frame when it stands."""
    if size_of(layer.image) == layer.canvas and np.array_equal(layer.image_from_canvas, np.eye(3)):
        return layer.image
    colour, _ = read_layer(layer, pixel_positions(layer.canvas, like=layer.image))
    return colour.clamp(0.0, 1.0)
