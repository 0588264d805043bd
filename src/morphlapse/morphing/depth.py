"""How far inside a picture a position lies, and how a picture fades towards its edge."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from morphlapse.imaging.warp import map_positions, size_of
from morphlapse.morphing.layer import Layer
from morphlapse.records import Size


def edge_depth(positions: Float[Tensor, "1 h w 2"], size: Size) -> Float[Tensor, "1 h w 2"]:
    """How far inside a picture positions lie, in pixels from its nearest edge in x and in y; negative outside."""
    limit = positions.new_tensor([size.width, size.height])
    return torch.minimum(positions + 0.5, limit - 0.5 - positions)


def measure_depth(layer: Layer, positions: Float[Tensor, "1 h w 2"]) -> Float[Tensor, "1 1 h w"]:
    """How far inside the picture or the canvas positions on the canvas lie, in its pixels; negative beyond both."""
    inner = map_positions(torch.from_numpy(layer.image_from_canvas).to(positions)[None], positions)
    within, framed = (
        torch.minimum(*edge_depth(each, size).unbind(dim=-1))
        for each, size in ((inner, size_of(layer.image)), (positions, layer.canvas))
    )
    return torch.maximum(within / layer.scale, framed)[:, None]


def fade(depth: Float[Tensor, "1 1 h w"], feather_px: float | Tensor) -> Float[Tensor, "1 1 h w"]:
    """How much a layer has to say: 1 well inside, falling smoothly to 0 over the last `feather_px` pixels."""
    share = (depth / feather_px).clamp(0.0, 1.0)
    return share * share * (3.0 - 2.0 * share)
