"""How far inside a picture a position lies, and how a picture fades towards its edge."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float, Num
from torch import Tensor

from morphlapse.imaging.warp import map_positions, size_of
from morphlapse.morphing.layer import Layer


def edge_depth(positions: Float[Tensor, "b h w 2"], sizes: Num[Tensor, "b2 2"]) -> Float[Tensor, "b h w"]:
    """How far inside pictures of sizes (width, height) positions lie, in pixels; negative outside."""
    limit = sizes[:, None, None] - 0.5
    return torch.minimum(positions + 0.5, limit - positions).amin(dim=-1)


def measure_depth(layers: Sequence[Layer], positions: Float[Tensor, "n h w 2"]) -> Float[Tensor, "n 1 h w"]:
    """How far inside each picture or its canvas positions on the canvas lie, in its pixels; negative beyond both."""
    matrices = torch.from_numpy(np.stack([layer.image_from_canvas for layer in layers]))
    sizes, canvas = (
        positions.new_tensor([(size.width, size.height) for size in several])
        for several in ([size_of(layer.image) for layer in layers], [layers[0].canvas])
    )
    within = edge_depth(map_positions(matrices.to(positions), positions), sizes)
    scale = positions.new_tensor([layer.scale for layer in layers])[:, None, None]
    return torch.maximum(within / scale, edge_depth(positions, canvas))[:, None]


def fade(depth: Float[Tensor, "b 1 h w"], feather_px: float | Tensor) -> Float[Tensor, "b 1 h w"]:
    """How much a layer has to say: 1 well inside, falling smoothly to 0 over the last `feather_px` pixels."""
    share = (depth / feather_px).clamp(0.0, 1.0)
    return share * share * (3.0 - 2.0 * share)
