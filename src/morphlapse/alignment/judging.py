"""Whether what a search found is to be believed: its status, and the sentence to it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from torch import Tensor

from morphlapse.alignment.equations import LEAST_SEEN
from morphlapse.alignment.pairs import RegisterOptions
from morphlapse.alignment.solver import Descent
from morphlapse.geometry.polygon import area_of, clip_polygon, corners_of
from morphlapse.geometry.similarity import Matrix, map_points, split_similarity
from morphlapse.records import Registration, Size, Status


@dataclass(frozen=True, eq=False)
class Found:
    """What a search came to."""

    descent: Descent
    """At the finest level."""
    score: Float[Tensor, " b"]
    """At the level where it is taken."""
    steps: int
    """Over all levels."""
    moving: Size
    """Of the full-size picture."""
    fixed: Size
    """Of the full-size picture."""
    doubted: bool
    """Whether a large turn or growth must be supported better: so with pictures, not with masks."""


def share_of_overlap(matrix: Float[np.ndarray, "3 3"], moving: Size, fixed: Size) -> float:
    """How much of the smaller picture the other one shows too, both as they lie in the fixed one."""
    there, here = map_points(matrix, corners_of(moving)), corners_of(fixed)
    smaller = min(area_of(there), area_of(here))
    return area_of(clip_polygon(there, here)) / smaller if smaller > 0.0 else 0.0


def conclude(found: Found, k: int, model: str, options: RegisterOptions) -> Registration:
    """The record of one pair, with an honest status."""
    matrix = found.descent.split.matrix[k].cpu().numpy()
    score = float(found.score[k].clamp(0.0, 1.0).nan_to_num(0.0))
    step = float(found.descent.step_px[k].nan_to_num(0.0, posinf=0.0))
    status, reason = _judge(found, k, matrix, options)
    return Registration(matrix, model, status, reason, score, step, found.steps)


def _judge(found: Found, k: int, matrix: Matrix, options: RegisterOptions) -> tuple[Status, str]:
    overlap = share_of_overlap(matrix, found.moving, found.fixed)
    look = found.descent.look
    if not bool(look.usable[k]):
        hidden = float(look.seen[k]) <= LEAST_SEEN
        return (
            "failed",
            "hardly a pixel that counts is in both pictures" if hidden else "the loss gives no finite number",
        )
    if overlap < options.least_overlap:
        return "failed", f"only {100.0 * overlap:.0f} % of the smaller picture is in the other"
    score = float(found.score[k])
    least = options.least_score * (_doubt_of(matrix, overlap) if found.doubted else 1.0)
    if score < least:
        return "failed", f"the pictures do not agree (score {score:.2f}, at least {least:.2f} is asked)"
    step = float(found.descent.step_px[k])
    if not bool(found.descent.converged[k]):
        return "stopped", f"{options.steps} steps were not enough: the last still moved a corner by {step:.3f} px"
    return "converged", f"the last step moved no corner by more than {step:.4f} px"


def _doubt_of(matrix: Matrix, overlap: float) -> float:
    """How many times the usual agreement is asked: more where much is turned and grown and little compared."""
    scale, angle, _ = split_similarity(matrix)
    return (1.0 + min(1.0, 2.0 * abs(angle) / math.pi) + min(1.0, abs(math.log2(scale)))) / math.sqrt(
        max(overlap, 0.05)
    )
