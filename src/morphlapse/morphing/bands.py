"""A blend in which fine detail changes over faster than light and colour (Burt and Adelson 1983)."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from morphlapse.imaging.warp import enlarge, resize, size_of
from morphlapse.records import Size

BANDS = 4
"""Bands of detail, each of half the resolution of the one before; what is coarser dissolves."""
FASTEST = 4.0
"""How many times faster the finest band changes over than the whole, where the layers disagree."""


def mix_bands(
    a: Float[Tensor, "b c h w"],
    b: Float[Tensor, "b c h w"],
    share: Float[Tensor, "b 1 h w"],
    doubt: Float[Tensor, "b 1 h w"],
    bands: int = BANDS,
) -> Float[Tensor, "b c h w"]:
    """Mix two layers band by band.

    A dissolve shows the edges of both layers half way, doubled where they do not lie on each other. Here the finer a
    band, and the more the layers disagree, the shorter is the time in which both are seen.

    Parameters
    ----------
    a, b : Tensor, (B, C, H, W)
        The layers.
    share : Tensor, (B, 1, H, W)
        What b has of a dissolve, 0 to 1.
    doubt : Tensor, (B, 1, H, W)
        How far the layers disagree, 0 to 1: where it is 0 this is a dissolve.
    bands : int
        How many bands of detail.

    Returns
    -------
    Tensor, (B, C, H, W)
        a where the share is 0 and b where it is 1; exchanged layers give the same.
    """
    size = size_of(a)
    if bands == 0 or size.short_side < 4:
        return torch.lerp(a, b, share)
    half = Size((size.height + 1) // 2, (size.width + 1) // 2)
    small_a, small_b, small_share, small_doubt = (resize(each, half) for each in (a, b, share, doubt))
    speed = 1.0 + (FASTEST - 1.0) * (bands / BANDS) * doubt
    sharp = ((share - 0.5) * speed + 0.5).clamp(0.0, 1.0)
    detail = torch.lerp(a - enlarge(small_a, size), b - enlarge(small_b, size), sharp)
    return detail + enlarge(mix_bands(small_a, small_b, small_share, small_doubt, bands - 1), size)
