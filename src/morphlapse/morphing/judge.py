"""Which of several proposals for a motion is taken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from morphlapse.imaging.compare import local_correlation
from morphlapse.morphing.energy import WINDOW_PX, read_midpoint, squarings_for

STRAIN = 0.35
"""How much correlation a proposal must bring for each unit of strain that it costs, where little correlates."""
RAMP = 0.1
"""From `doubtful` on, by so much less correlation, strain comes to count in full."""


class Judged(NamedTuple):
    """Proposals for the motion of one or several pairs, and what speaks for and against each."""

    velocity: Tensor
    """(K, B, 2, h, w)"""
    alike: Tensor
    """(K, B) local correlation of lightness at the midpoint, -1 to 1."""
    strain: Tensor
    """(K, B) mean square of the velocity's slopes."""

    def of(self, pair: int) -> Judged:
        """What is proposed for one pair."""
        return Judged(*(each[:, pair : pair + 1] for each in self))


def judge(level: tuple[Tensor, Tensor], proposals: Float[Tensor, "k b 2 h w"]) -> Judged:
    """Measure proposals on pictures whose first channel is lightness."""
    alike = []
    for velocity in proposals:
        middle = read_midpoint(level[0][:, :1], level[1][:, :1], velocity, squarings_for(velocity))
        alike.append(local_correlation(middle.a, middle.b, sigma=WINDOW_PX, valid=middle.valid + 1e-6))
    strain = sum(proposals.diff(dim=dim).square().sum(dim=2).mean(dim=(-2, -1)) for dim in (-2, -1))
    return Judged(proposals, torch.stack(alike), torch.as_tensor(strain))


def join_judged(several: Sequence[Judged]) -> Judged:
    """All proposals for the same pairs together."""
    return Judged(*(torch.cat(each) for each in zip(*several, strict=True)))


def pick_best(judged: Judged, doubtful: float) -> Float[Tensor, "b 2 h w"]:
    """The best proposal for each pair.

    What shows one thing twice is told by correlation. Where all proposals correlate less than `doubtful`, as between
    the faces of two persons, more of it is bought by bending one into the other: there, strain speaks against one.
    """
    weight = STRAIN * ((doubtful - judged.alike.amax(dim=0)) / RAMP).clamp(0.0, 1.0)
    best = (judged.alike - weight * judged.strain).argmax(dim=0)
    return judged.velocity[best, torch.arange(len(best), device=best.device)]
