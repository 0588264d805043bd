"""A velocity whose sampled flow folds nowhere."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from morphlapse.imaging.filters import gaussian_blur
from morphlapse.imaging.velocity import SMALLEST_AREA, follow, smallest_area

ROUNDS = 24
"""How often a velocity is damped where it folds before it is scaled down as a whole."""


def unfold(velocity: Float[Tensor, "b 2 h w"], limit: float = SMALLEST_AREA) -> Float[Tensor, "b 2 h w"]:
    """Damp a velocity where a cell of its flow shrinks below `limit` at any s = ±k/8.

    A sampled flow can fold although the continuous one cannot. Where it does, the velocity is replaced by its own blur
    over a neighbourhood that widens from round to round; one that still folds then is scaled down until it does not.
    """
    for step in range(ROUNDS):
        bad = folded_cells(velocity, limit)
        if not bool(bad.any()):
            return velocity
        sigma = 1.0 + 0.5 * step
        near = gaussian_blur(F.pad(bad.to(velocity.dtype), (0, 1, 0, 1), mode="replicate"), sigma)
        share = (near * (6.0 * sigma)).clamp(0.0, 1.0)
        velocity = velocity + share * (gaussian_blur(velocity, 2.0 * sigma) - velocity)
    while bool(folded_cells(velocity, limit).any()):
        velocity = velocity * 0.9
    return velocity


def folded_cells(velocity: Float[Tensor, "b 2 h w"], limit: float) -> Tensor:
    """(B, 1, h - 1, w - 1), True where a cell of the grid shrinks below `limit` anywhere on its way."""
    bad = torch.zeros(1, dtype=torch.bool, device=velocity.device)
    for displacement in follow(velocity):
        back, forth = (smallest_area(displacement) < limit).chunk(2)
        bad = bad | back | forth
    return bad[:, None]
