"""Soft outlines that follow a picture's edges, and pictures without holes."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from morphlapse.imaging.filters import box_blur
from morphlapse.imaging.warp import enlarge, resize, size_of
from morphlapse.records import Size

NOTHING = 1e-6
"""A weight that counts as none."""


def guided_filter(
    mask: Float[Tensor, "1 1 h w"], guide: Float[Tensor, "1 1 h2 w2"], *, radius: int, eps: float
) -> Float[Tensor, "1 1 h2 w2"]:
    """Bring a coarse mask onto the edges of a picture: q = mean(slope) guide + mean(shift).

    He, Sun and Tang 2013, equations 5, 6 and 8; found on the mask's own grid and applied to the full guide (He and Sun
    2015).

    Parameters
    ----------
    mask : Tensor, (1, 1, h, w)
        0 to 1, stretched over the guide.
    guide : Tensor, (1, 1, H, W)
        Lightness, 0 to 1.
    radius : int
        Of the square window, in pixels of the mask.
    eps : float
        Variance of the guide below which an edge is not followed.

    Returns
    -------
    Tensor, (1, 1, H, W)
        From 0 to 1.
    """
    small = resize(guide, size_of(mask))
    mean_guide, mean_mask, both, square = box_blur(
        torch.cat((small, mask, small * mask, small * small), dim=1), radius
    ).split(1, dim=1)
    slope = (both - mean_guide * mean_mask) / ((square - mean_guide.square()).clamp_min(0.0) + eps)
    shift = mean_mask - slope * mean_guide
    slope, shift = enlarge(box_blur(torch.cat((slope, shift), dim=1), radius), size_of(guide)).split(1, dim=1)
    return (slope * guide + shift).clamp(0.0, 1.0)


def push_pull(image: Float[Tensor, "1 c h w"], weight: Float[Tensor, "1 1 h w"]) -> Float[Tensor, "1 c h w"]:
    """Fill what is not known from what is known around it, smoothly (Gortler et al. 1996, section 3.4).

    Parameters
    ----------
    image : Tensor, (1, C, H, W)
        A picture with holes.
    weight : Tensor, (1, 1, H, W)
        How surely each pixel is known, 0 to 1; one of weight 1 stays as it is.

    Returns
    -------
    Tensor, (1, C, H, W)
    """
    size = size_of(image)
    if size.long_side == 1:
        return image
    half = Size((size.height + 1) // 2, (size.width + 1) // 2)
    share = resize(weight, half)
    known = resize(image * weight, half) / share.clamp_min(NOTHING)
    # Two known pixels of four are as good as all.
    return torch.lerp(enlarge(push_pull(known, (2.0 * share).clamp(max=1.0)), size), image, weight)
