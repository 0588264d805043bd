"""How light and colour flow from one photo to the other: smooth mult and add maps, and how they are applied."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from morphlapse.imaging.filters import wide_blur
from morphlapse.imaging.warp import size_of
from morphlapse.options import MorphOptions

WINDOW_SHARE = 0.06
"""Sigma of the window over which light is compared, as a share of the picture's long side."""
FLOOR = 4e-4
"""Added to both variances (sRGB units squared), so that flat parts get no contrast from nothing."""


class Tint(NamedTuple):
    """Maps on which one photo's colours times `mult` plus `add` have the other's mean and contrast."""

    mult: Tensor
    """(1, 3, h, w)"""
    add: Tensor
    """(1, 3, h, w)"""


def match_tint(
    a: Float[Tensor, "1 3 h w"],
    b: Float[Tensor, "1 3 h w"],
    trust: Float[Tensor, "1 1 h w"],
    options: MorphOptions,
    *,
    window: float = WINDOW_SHARE,
) -> Tint:
    """Find the tint between two layers that lie on each other.

    Unlike a regression slope, the ratio of the standard deviations does not fall to its floor where the layers
    disagree, and it is inverse to that of the other direction.

    Parameters
    ----------
    a, b : Tensor, (1, 3, H, W)
        Both layers, where they are compared.
    trust : Tensor, (1, 1, H, W)
        0 where they do not show the same thing or one is not there: the maps are then drawn to (1, 0).
    options : MorphOptions
        `tint`, `mult` and `add` say how strong it is.
    window : float
        Sigma of the neighbourhood that is compared, as a share of the long side.
    """
    sigma = window * size_of(a).long_side
    weight = wide_blur(trust, sigma).clamp_min(1e-4)

    def moments(x: Tensor) -> tuple[Tensor, Tensor]:
        both = wide_blur(torch.cat((x, x * x), dim=1) * trust, sigma) / weight
        return both[:, :3], (both[:, 3:] - both[:, :3].square()).clamp_min(0.0)

    mean_a, var_a = moments(a)
    mean_b, var_b = moments(b)
    # A power, for then the maps of the other direction stay the inverse.
    mult = ((var_b + FLOOR) / (var_a + FLOOR)).sqrt().clamp(0.5, 2.0) ** options.mult
    add = options.add * (mean_b - mult * mean_a)
    sure = options.tint * weight.clamp(max=1.0)
    return Tint(1.0 + sure * (mult - 1.0), sure * add)


def weaken_tint(tint: Tint, s: float | Tensor, *, add_first: bool = False) -> Tint:
    """The tint at strength s, 0 to 1: x + s((mult x + add) - x); `add_first`: (x + s add / mult)(1 + s (mult - 1)).

    Both orders are the same at either end, but not between: what is added first, mult works on too.
    """
    mult = 1.0 + s * (tint.mult - 1.0)
    add = s * tint.add
    return Tint(mult, add / tint.mult * mult if add_first else add)


def apply_tint(image: Tensor, tint: Tint, s: float, *, add_first: bool = False) -> Tensor:
    """Tint an image of the maps' size by strength s."""
    now = weaken_tint(tint, s, add_first=add_first)
    return image * now.mult + now.add
