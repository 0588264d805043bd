"""A picture that does not reach the canvas's edges, continued by what other pictures of the scene show there."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from morphlapse.geometry.polygon import corners_of
from morphlapse.geometry.similarity import invert, map_points, similarity
from morphlapse.imaging.matting import push_pull
from morphlapse.imaging.warp import (
    enlarge,
    fit_within,
    map_positions,
    pixel_positions,
    resize,
    resized_from_full,
    sample,
    size_of,
    warp_by_matrix,
)
from morphlapse.morphing.depth import fade
from morphlapse.morphing.layer import EDGE_PX, Layer, pack
from morphlapse.records import Size

NEIGHBOURS = 3
"""So many pictures before one, and after it, may show what lies beyond its edges."""
JOIN_SHARE = 0.03
"""Over which share of the canvas's short side a picture goes over into its neighbours, inside its own edge."""
LIGHT_PX = 32
"""Long side at which light is compared: differences of detail are none of light."""
SEEN = 0.01
"""Less than this of what is behind is no longer looked for."""


def extend_layer(layer: Layer, others: Iterable[Layer]) -> Layer:
    """Continue a picture up to the canvas's edges.

    Its own pixels stay as they are, but for a seam of a few; what is taken from others gets its light. What none of
    them shows is the layer's fill.

    Parameters
    ----------
    layer : Layer
        The picture.
    others : iterable of Layer
        Pictures on the same canvas, the most wanted first; taken while there is something left to fill.
    """
    if layer.covers:
        return layer
    left, top, size = _measure_grid(layer)
    canvas_from_grid = invert(layer.image_from_canvas) @ similarity(shift=(-float(left), -float(top)))
    join_px = max(1.0, JOIN_SHARE * layer.canvas.short_side * layer.scale)
    inner = size_of(layer.image)
    pads = (left, size.width - inner.width - left, top, size.height - inner.height - top)
    own = torch.nn.functional.pad(layer.image, pads, mode="replicate")
    depth = _measure_depth(layer, canvas_from_grid, size)
    inside = (depth > 0.0).to(own)
    filled, left_over = torch.zeros_like(own), torch.ones_like(inside)
    for other in others:
        colour, reach = _read(other, canvas_from_grid, size)
        share = left_over * fade(reach, join_px)
        filled = filled + share * _match_light(colour, own, inside * (reach > 0.0))
        left_over = left_over - share
        if float((left_over * (1.0 - inside)).max()) < SEEN:
            break
    # Where no other picture is seen, the seam is the picture's own, up to its edge.
    stays = torch.maximum(fade(depth, join_px), inside * left_over)
    behind = filled + left_over * _read_around(layer, canvas_from_grid, size)
    whole = pack(torch.lerp(behind, own, stays).clamp(0.0, 1.0))
    return replace(layer, image=whole, image_from_canvas=invert(canvas_from_grid))


def _measure_grid(layer: Layer) -> tuple[int, int, Size]:
    """How many pixels are to be added at the left and at the top, and the size with all that is added."""
    corners = map_points(layer.image_from_canvas, corners_of(layer.canvas))
    inner = size_of(layer.image)
    ends = np.array([inner.width, inner.height]) - 0.5
    left, top = (max(0, math.ceil(each)) for each in -0.5 - EDGE_PX - corners.min(axis=0))
    right, bottom = (max(0, math.ceil(each)) for each in corners.max(axis=0) - ends - EDGE_PX)
    return left, top, Size(inner.height + top + bottom, inner.width + left + right)


def _read(
    layer: Layer, canvas_from_grid: NDArray[np.float64], size: Size
) -> tuple[Float[Tensor, "1 3 h w"], Float[Tensor, "1 1 h w"]]:
    """A picture on the grid, and how far inside it each cell lies, in pixels of the grid."""
    matrix = torch.from_numpy(layer.image_from_canvas @ canvas_from_grid)[None].to(layer.image.device)
    colour = warp_by_matrix(layer.image, matrix, size, resampling="catmull_rom")
    return colour, _measure_depth(layer, canvas_from_grid, size)


def _measure_depth(layer: Layer, canvas_from_grid: NDArray[np.float64], size: Size) -> Float[Tensor, "1 1 h w"]:
    """How far each cell lies from the edges at which the picture leaves a part of the canvas empty."""
    matrix = layer.image_from_canvas @ canvas_from_grid
    reading = torch.from_numpy(matrix)[None].to(layer.image)
    positions = map_positions(reading, pixel_positions(size, like=layer.image))
    shrink = math.sqrt(abs(float(np.linalg.det(matrix[:2, :2]))))
    inner, corners = size_of(layer.image), map_points(layer.image_from_canvas, corners_of(layer.canvas))
    depth = positions.new_full(positions.shape[:-1], math.inf)
    for axis, side in enumerate((inner.width, inner.height)):
        if corners[:, axis].min() < -0.5 - EDGE_PX:
            depth = torch.minimum(depth, positions[..., axis] + 0.5)
        if corners[:, axis].max() > side - 0.5 + EDGE_PX:
            depth = torch.minimum(depth, side - 0.5 - positions[..., axis])
    return (depth / shrink)[:, None]


def _read_around(layer: Layer, canvas_from_grid: NDArray[np.float64], size: Size) -> Float[Tensor, "1 3 h w"]:
    """What is shown outside the picture: smooth, so that it is read on a coarse grid."""
    coarse = fit_within(size, max(2, size.long_side // 8))
    fill_from_canvas = resized_from_full(layer.canvas, size_of(layer.fill)).numpy()
    matrix = fill_from_canvas @ canvas_from_grid @ invert(resized_from_full(size, coarse).numpy())
    positions = map_positions(torch.from_numpy(matrix)[None].to(layer.fill), pixel_positions(coarse, like=layer.fill))
    return enlarge(sample(layer.fill, positions), size)


def _match_light(colour: Tensor, own: Tensor, both: Tensor) -> Float[Tensor, "1 3 h w"]:
    """Give a picture the light of another: the difference where both are seen, spread over all of it."""
    small = fit_within(size_of(own), LIGHT_PX)
    weight = resize(both, small)
    apart = resize((own - colour) * both, small) / weight.clamp_min(1e-6)
    return colour + enlarge(push_pull(apart, weight), size_of(own))
