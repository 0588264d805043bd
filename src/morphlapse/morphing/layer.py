"""One picture of a morph: its pixels, where they lie on the canvas, and what is shown where they do not reach."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from morphlapse.geometry.polygon import corners_of
from morphlapse.geometry.similarity import invert, map_points
from morphlapse.imaging.bent import interleave, interleave_levels, sample_bent
from morphlapse.imaging.colour import LEVELS, round_levels
from morphlapse.imaging.planes import suits_opencv
from morphlapse.imaging.warp import (
    enlarge,
    fit_within,
    frame_positions,
    map_positions,
    resize,
    resized_from_full,
    sample,
    size_of,
)
from morphlapse.morphing.fill import make_fill
from morphlapse.records import Size

FILL_STEP = 8
"""Pixels of the picture between two where its surroundings are read from the fill."""
EDGE_PX = 0.01
"""A picture may fall short of its canvas by so much and still cover it: less than is seen."""
BEYOND = 2
"""Pixels of fill around picture and canvas: what is read still farther out repeats the last of them, and no picture."""


@dataclass(frozen=True, eq=False)
class Pixels:
    """What a frame reads of a layer."""

    values: Tensor
    """(1, C, h, w)."""
    pixels_from_canvas: NDArray[np.float64]
    """3x3 in pixels of the picture, which lie `pitch` pixels of `values` apart."""
    pitch: int = 1
    """2 where there is a pixel between each two."""
    unit: float = 1.0
    """What a value of 1 stands for."""


@dataclass(frozen=True, eq=False)
class Layer:
    """A picture on a canvas."""

    image: Tensor
    """(1, C, h, w) its pixels, in memory one after another (channels_last), for frames read them here and there."""
    image_from_canvas: NDArray[np.float64]
    """3x3 backward matrix, affine."""
    canvas: Size
    """Size of the canvas."""
    fill: Tensor
    """(1, C, h', w') stretched over the canvas: what is shown outside the picture."""
    eight_bit: bool = False
    """Whether it is a photo of 8 bits, so that bytes hold what frames read: faster, and smaller."""

    @cached_property
    def plain(self) -> Pixels:
        """The picture as it is, for bilinear frames."""
        if not self._as_bytes:
            return Pixels(self.image, self.image_from_canvas)
        levels = round_levels(self.image.movedim(1, -1).contiguous()).movedim(-1, 1)
        return Pixels(levels, self.image_from_canvas, unit=1.0 / LEVELS)

    @cached_property
    def fine(self) -> Pixels:
        """The picture with a pixel between each two, for final quality."""
        pixels = interleave_levels(self.image) if self._as_bytes else interleave(self.image)
        return Pixels(pixels, self.image_from_canvas, pitch=2, unit=1.0 / LEVELS if self._as_bytes else 1.0)

    @property
    def _as_bytes(self) -> bool:
        return self.eight_bit and suits_opencv(self.image)

    @cached_property
    def framed_fine(self) -> Pixels:
        """The same of the picture as it is `framed`, which is not kept."""
        return surround(self).fine

    @cached_property
    def covers(self) -> bool:
        """Whether the picture reaches every edge of the canvas."""
        low, high = _corners_of(self).aminmax(dim=0)
        size = size_of(self.image)
        limit = low.new_tensor([size.width - 0.5, size.height - 0.5])
        return bool((low >= -0.5 - EDGE_PX).all() and (high <= limit + EDGE_PX).all())

    @cached_property
    def framed(self) -> Layer:
        """The picture grown to the whole canvas and a little beyond by its fill, so that one read gives both."""
        return surround(self)

    @cached_property
    def scale(self) -> float:
        """Pixels of the picture per pixel of the canvas."""
        return float(np.sqrt(abs(np.linalg.det(self.image_from_canvas[:2, :2]))))


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
    image, canvas_from_image = _prefilter(image[None], canvas_from_image)
    return Layer(pack(image), invert(canvas_from_image), canvas, make_fill(image, canvas, fill))


def shrink_layer(layer: Layer, canvas: Size) -> Layer:
    """The same picture on a smaller copy of its canvas."""
    small_from_canvas = resized_from_full(layer.canvas, canvas).numpy()
    image, small_from_image = _prefilter(layer.image, small_from_canvas @ invert(layer.image_from_canvas))
    return replace(layer, image=pack(image), image_from_canvas=invert(small_from_image), canvas=canvas)


def _prefilter(image: Tensor, canvas_from_image: NDArray[np.float64]) -> tuple[Tensor, NDArray[np.float64]]:
    """Reduce a picture that shrinks, and tell where the reduced one lies."""
    full = size_of(image)
    scale = float(np.sqrt(abs(np.linalg.det(canvas_from_image[:2, :2]))))
    if scale >= 1.0:
        return image, canvas_from_image
    reduced = fit_within(full, max(1, round(full.long_side * scale)))
    return resize(image, reduced), canvas_from_image @ invert(resized_from_full(full, reduced).numpy())


def pack(image: Tensor) -> Tensor:
    """The same with the colours of a pixel one after another in memory."""
    return image.contiguous(memory_format=torch.channels_last)


def read_layer(
    layer: Layer,
    canvas_from_frame: NDArray[np.float64],
    bend: Float[Tensor, "1 2 h w"],
    size: Size,
    *,
    final: bool = True,
    surrounded: bool = True,
) -> Float[Tensor, "1 c h2 w2"]:
    """Read a layer into a frame.

    Parameters
    ----------
    layer : Layer
        What is read.
    canvas_from_frame : array, (3, 3)
        Where the frame lies on the layer's canvas, but for the bend; affine.
    bend : Tensor, (1, 2, h, w)
        Displacement on the canvas, in its pixels, on a coarse grid that is stretched over the frame.
    size : Size
        Of the frame.
    final : bool
        Nearly Catmull-Rom; False reads bilinearly.
    surrounded : bool
        Show the layer's fill where its picture does not reach; False repeats the border of a picture that covers its
        canvas.

    Returns
    -------
    Tensor, (1, C, H, W)
    """
    values, unit = read_values(layer, canvas_from_frame, bend, size, final=final, surrounded=surrounded)
    return values if unit == 1.0 else values.mul_(unit)


def read_values(
    layer: Layer,
    canvas_from_frame: NDArray[np.float64],
    bend: Float[Tensor, "1 2 h w"],
    size: Size,
    *,
    final: bool = True,
    surrounded: bool = True,
) -> tuple[Float[Tensor, "1 c h2 w2"], float]:
    """The same, but for a factor, which is given too: whoever weighs what is read multiplies the smaller weights."""
    pixels = choose_pixels(layer, final=final, alone=layer.covers and not surrounded)
    turn = torch.from_numpy(pixels.pixels_from_canvas[:2, :2]).to(bend)
    inner = torch.einsum("ij,bjhw->bihw", turn, bend)
    pixels_from_frame = torch.from_numpy(pixels.pixels_from_canvas @ canvas_from_frame)
    return sample_bent(pixels.values, pixels_from_frame, inner, size, pitch=pixels.pitch), pixels.unit


def choose_pixels(layer: Layer, *, final: bool, alone: bool = False) -> Pixels:
    """What a frame reads of a layer: by nearly Catmull-Rom or bilinearly, of the picture alone or as it is framed."""
    if final:
        return layer.fine if alone else layer.framed_fine
    return layer.plain if alone else layer.framed.plain


def surround(layer: Layer) -> Layer:
    """Grow a picture by its fill until it covers the canvas and `BEYOND` pixels around both."""
    inner = size_of(layer.image)
    low, high = (bound.int().tolist() for bound in _reach(layer))
    size = Size(high[1] - low[1], high[0] - low[0])
    # The fill holds nothing finer than its own pixels: it is read on a coarse grid and enlarged.
    cells = Size(*(max(2, math.ceil(side / FILL_STEP)) for side in (size.height, size.width)))
    fill_from_canvas = resized_from_full(layer.canvas, size_of(layer.fill)).numpy()
    inner_from_grown = np.array([[1.0, 0.0, low[0]], [0.0, 1.0, low[1]], [0.0, 0.0, 1.0]])
    fill_from_grown = torch.from_numpy(fill_from_canvas @ invert(layer.image_from_canvas) @ inner_from_grown)
    positions = map_positions(fill_from_grown.to(layer.fill)[None], frame_positions(cells, size, like=layer.fill))
    grown = pack(enlarge(sample(layer.fill, positions), size))
    grown[..., -low[1] : inner.height - low[1], -low[0] : inner.width - low[0]] = layer.image
    matrix = invert(inner_from_grown) @ layer.image_from_canvas
    return replace(layer, image=grown, image_from_canvas=matrix)


def _reach(layer: Layer) -> tuple[Tensor, Tensor]:
    """The first pixel (x, y) of a grown picture, and the one after its last, in pixels of the picture."""
    size = size_of(layer.image)
    both = torch.cat((_corners_of(layer), torch.tensor([[-0.5, -0.5], [size.width - 0.5, size.height - 0.5]])))
    return (both.amin(dim=0) + 0.5).floor() - BEYOND, (both.amax(dim=0) + 0.5).ceil() + BEYOND


def _corners_of(layer: Layer) -> Float[Tensor, "4 2"]:
    """The canvas's corners in pixels of the picture."""
    corners = map_points(layer.image_from_canvas, corners_of(layer.canvas))
    return torch.from_numpy(corners).float()


def lay_out(layer: Layer) -> Float[Tensor, "1 c h w"]:
    """The picture as it lies on the canvas: the film's frame when it stands."""
    if size_of(layer.image) == layer.canvas and np.array_equal(layer.image_from_canvas, np.eye(3)):
        return layer.image
    # So few cells cost nothing, and so many that the outermost stand for the edge.
    still = layer.image.new_zeros(1, 2, *(max(2, side // 4) for side in (layer.canvas.height, layer.canvas.width)))
    return read_layer(layer, np.eye(3), still, layer.canvas).clamp(0.0, 1.0)
