"""What lies behind the subject: it flows where both photos show how, and dissolves where they do not."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from morphlapse.imaging.colour import light_of
from morphlapse.imaging.compare import local_correlation_map, normalise_locally
from morphlapse.imaging.filters import wide_blur
from morphlapse.imaging.warp import fit_within, resize, size_of
from morphlapse.morphing.energy import read_midpoint, squarings_for

SEEN_PX = 512
"""Long side at which the background's motion is doubted."""
DETAIL_PX = 3.0
"""Sigma of the window over which lightness is normalised, so that only detail is compared."""
REGION_SHARE = 0.02
"""Sigma of the region that flows or dissolves as one, and of the seam around the subject, over the long side."""
FLAT = 0.1
"""Deviation of normalised lightness below which there is nothing to compare."""
DOUBTED, BELIEVED = 0.5, 0.8
"""Correlation of detail below which a region stands still and dissolves, and above which it flows."""


class Masks(NamedTuple):
    """Where the subject is seen on the canvas, 0 to 1."""

    a: Tensor
    """(1, 1, h, w) stretched over a's canvas."""
    b: Tensor
    """(1, 1, h, w) stretched over b's."""


def calm_background(
    a: Float[Tensor, "1 3 h w"],
    b: Float[Tensor, "1 3 h w"],
    velocity: Float[Tensor, "1 2 h2 w2"],
    masks: Masks,
) -> Float[Tensor, "1 2 h2 w2"]:
    """Take the motion away from a background that has no counterpart in the other photo.

    A room in another light, or seen from elsewhere, gives no motion: what a morph finds there bends door frames and
    makes curtains swim. The subject keeps its motion, and so does a background whose detail correlates under it.

    Parameters
    ----------
    a, b : Tensor, (1, 3, H, W)
        The pictures at working size.
    velocity : Tensor, (1, 2, h, w)
        Their velocity.
    masks : Masks
        The subject in both.

    Returns
    -------
    Tensor, (1, 2, h, w)
        The velocity, scaled by a smooth factor from 0 to 1.
    """
    size = fit_within(size_of(a), SEEN_PX)
    region_px = max(DETAIL_PX, REGION_SHARE * size.long_side)
    first, second = (
        torch.cat((light_of(resize(image, size)), resize(mask, size)), dim=1)
        for image, mask in zip((a, b), masks, strict=True)
    )
    middle = read_midpoint(first, second, velocity, squarings_for(velocity))
    detail = [normalise_locally(each[:, :1], DETAIL_PX, floor=0.02) for each in (middle.a, middle.b)]
    alike = local_correlation_map(detail[0], detail[1], sigma=region_px, floor=FLAT, valid=middle.valid + 1e-3)
    believed = ((alike - DOUBTED) / (BELIEVED - DOUBTED)).clamp(0.0, 1.0)
    subject = torch.maximum(middle.a[:, 1:], middle.b[:, 1:])
    # Wider than the subject, so that all of it moves as one and the seam lies outside.
    seam = (4.0 * wide_blur(subject, region_px)).clamp(max=1.0)
    kept = wide_blur(torch.maximum(seam, believed), region_px)
    return velocity * resize(kept, size_of(velocity))
