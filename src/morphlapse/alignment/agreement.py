"""How well two pictures agree once one is brought onto the other: what tells a right registration from a wrong one."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from morphlapse.alignment.levels import Level
from morphlapse.alignment.losses import LOSSES, NamedLoss, UserLoss
from morphlapse.alignment.models import Split
from morphlapse.imaging.filters import gaussian_blur

FLOOR = 0.05
"""Variance of prepared pictures below which a neighbourhood is flat."""

SMALL_WINDOW_PX, LARGE_WINDOW_PX = 4.0, 7.0
"""Deviations of the Gaussian neighbourhoods: for choosing among proposals at a coarse level, and for the score."""

UNLIKE, ALIKE = 0.65, 0.85
"""A neighbourhood with the first local correlation does not correspond, with the second it does.

Of unrelated pictures hardly any neighbourhood reaches 0.75 by chance, while mountains on the horizon of a scene that
has changed in all else do.
"""


@dataclass(frozen=True, eq=False)
class Support:
    """How far proposals are supported, for each of a batch."""

    score: Float[Tensor, " b"]
    """Share of local variance that one picture explains of the other, where both show something."""
    whole: Float[Tensor, " b"]
    """The same over the whole grid, so that a large overlap counts for more."""


def measure_support(level: Level, split: Split, loss: NamedLoss | UserLoss) -> Support:
    """Compare two pictures under proposals, to choose among these."""
    moving, fixed, seen = _read(level, split)
    if loss is not LOSSES["correlation"]:
        score = correlate(moving, fixed, seen).clamp_min(0.0)
        return Support(score, score * seen.mean(dim=(1, 2, 3)).sqrt())
    local, contrast = _correlate_locally(moving, fixed, seen, SMALL_WINDOW_PX)
    explained = local.square()
    return Support(_share(explained, contrast), (seen * explained).mean(dim=(1, 2, 3)))


def measure_score(level: Level, split: Split, loss: NamedLoss | UserLoss) -> Float[Tensor, " b"]:
    """How well two pictures agree, 0 to 1.

    Pictures: the share of their local contrast, where both show something, that corresponds closely. Masks and what a
    user's loss compares: their correlation.
    """
    moving, fixed, seen = _read(level, split)
    if loss is not LOSSES["correlation"]:
        return correlate(moving, fixed, seen).clamp_min(0.0)
    local, contrast = _correlate_locally(moving, fixed, seen, LARGE_WINDOW_PX)
    return _share(((local - UNLIKE) / (ALIKE - UNLIKE)).clamp(0.0, 1.0), contrast)


def _read(level: Level, split: Split) -> tuple[Tensor, Tensor, Tensor]:
    moving, seen_moving = level.moving.read(torch.linalg.inv(split.mid_from_moving), level.grid)
    fixed, seen_fixed = level.fixed.read(split.fixed_from_mid, level.grid)
    return moving, fixed, seen_moving * seen_fixed


def _share(values: Tensor, weight: Tensor) -> Float[Tensor, " b"]:
    return (weight * values).sum(dim=(1, 2, 3)) / weight.sum(dim=(1, 2, 3)).clamp_min(1e-6)


def _correlate_locally(moving: Tensor, fixed: Tensor, seen: Tensor, window: float) -> tuple[Tensor, Tensor]:
    """Local correlation where it is positive, and the contrast that both have there."""
    share = gaussian_blur(seen, window).clamp_min(1e-6)

    def mean_of(values: Tensor) -> Tensor:
        return gaussian_blur(values * seen, window) / share

    mean_m, mean_f = mean_of(moving), mean_of(fixed)
    both = (mean_of(moving * fixed) - mean_m * mean_f).clamp_min(0.0)
    var_m = (mean_of(moving * moving) - mean_m * mean_m).clamp_min(0.0)
    var_f = (mean_of(fixed * fixed) - mean_f * mean_f).clamp_min(0.0)
    local = both / ((var_m + FLOOR) * (var_f + FLOOR)).sqrt()
    return local.clamp_max(1.0), seen * (var_m * var_f).sqrt()


def correlate(a: Float[Tensor, "b c h w"], b: Float[Tensor, "b c h w"], weight: Tensor) -> Float[Tensor, " b"]:
    """Weighted correlation of two pictures, each channel about its mean."""
    total = weight.sum(dim=(2, 3), keepdim=True).clamp_min(1e-6)
    a, b = (picture - (picture * weight).sum(dim=(2, 3), keepdim=True) / total for picture in (a, b))
    weighted = a * weight
    ab, aa, bb = ((p * q).sum(dim=(1, 2, 3)) for p, q in ((weighted, b), (weighted, a), (b * weight, b)))
    return ab / (aa * bb).sqrt().clamp_min(1e-12)
