"""Gauss-Newton on the parameters of a transform, at one level of a pyramid.

Damping is Marquardt's; a step that makes the loss larger is taken back. With the weights of a robust loss, steps
shrink by a nearly even factor, which two of them in a row tell: the next one is made as much longer as it falls short
(Barzilai and Borwein 1988).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from morphlapse.alignment.equations import Look, look_at
from morphlapse.alignment.levels import Grid, Level
from morphlapse.alignment.losses import NamedLoss, UserLoss
from morphlapse.alignment.models import Family, Split

FIRST_DAMPING = 1e-3

LONGEST = 2.5
"""No step is made longer by more."""


@dataclass(frozen=True, slots=True)
class Limits:
    """When a descent ends."""

    steps: int
    """At most so many."""
    tolerance_px: float
    """A step that moves the corners by less is the last."""
    reach_px: float = 4.0
    """No step moves them by more."""


@dataclass(frozen=True, eq=False)
class Descent:
    """Where a descent is."""

    split: Split
    """The transform, halved."""
    look: Look
    """How the pictures compare under it."""
    step_px: Float[Tensor, " b"]
    """Of the last step, by the corners, in positions of the level."""
    steps: int
    """How many were tried."""
    converged: Bool[Tensor, " b"]
    """Whether the last step was small enough."""


def descend(level: Level, start: Split, family: Family, loss: NamedLoss | UserLoss, limits: Limits) -> Descent:
    """Make steps until they are small; what makes the loss larger is not done."""
    now = start
    look = look_at(level, now, family, loss)
    damping = torch.full_like(look.loss, FIRST_DAMPING)
    converged = torch.zeros_like(look.loss, dtype=torch.bool)
    size = torch.full_like(look.loss, torch.inf)
    last = made = torch.zeros_like(look.slope)
    for count in range(1, limits.steps + 1):
        full = damped_step(look, damping)
        step = full * lengthen(full, last, made)[:, None]
        size = corner_motion(family.directions(now), step, level.grid)
        step = step * (limits.reach_px / size.clamp_min(1e-9)).clamp_max(1.0)[:, None]
        there = family.moved(now, step)
        if bool((converged | ~look.usable | (size < limits.tolerance_px)).all()):
            small = look.usable & (size < limits.tolerance_px)
            return Descent(_choose_split(small, there, now), look, size, count, converged | small)
        trial = look_at(level, there, family, loss)
        better = trial.usable & (trial.loss <= look.loss)
        now, look = _choose_split(better, there, now), _choose_look(better, trial, look)
        damping = torch.where(better, 0.1 * damping, 10.0 * damping).clamp(1e-7, 1e7)
        converged = converged | (size < limits.tolerance_px)
        last, made = full, step * better[:, None]
    return Descent(now, look, size, limits.steps, converged)


def lengthen(full: Float[Tensor, "b k"], last: Float[Tensor, "b k"], made: Float[Tensor, "b k"]) -> Float[Tensor, " b"]:
    """How much longer than the full step the next one should be, from the last full step and what was made of it."""
    shrunk = last - full
    ratio = (made * shrunk).sum(dim=1) / shrunk.square().sum(dim=1).clamp_min(1e-30)
    return ratio.clamp(1.0, LONGEST)


def damped_step(look: Look, damping: Float[Tensor, " b"]) -> Float[Tensor, "b k"]:
    """Solve the normal equations with Marquardt's damping; no step where they cannot be solved."""
    diagonal = look.curvature.diagonal(dim1=1, dim2=2)
    floor = 1e-9 * diagonal.amax(dim=1, keepdim=True) + 1e-30
    damped = look.curvature + torch.diag_embed(damping[:, None] * diagonal + floor)
    step, _ = torch.linalg.solve_ex(damped, look.slope)
    return torch.where(step.isfinite().all(dim=1, keepdim=True) & look.usable[:, None], step, torch.zeros_like(step))


def corner_motion(directions: Tensor, step: Float[Tensor, "b k"], grid: Grid) -> Float[Tensor, " b"]:
    """How far a step moves the corners of what is compared, at most, in positions of the level."""
    total = torch.einsum("bk,bkij->bij", step, directions)
    corners = grid.corners.double()
    ones = torch.cat((corners, torch.ones_like(corners[..., :1])), dim=-1) @ total.transpose(1, 2)
    return (ones[..., :2] - corners * ones[..., 2:]).norm(dim=-1).amax(dim=1) / grid.step


def _choose_split(mask: Bool[Tensor, " b"], yes: Split, no: Split) -> Split:
    wide = mask[:, None, None]
    parameters = None if yes.parameters is None else (yes.parameters if bool(mask.all()) else no.parameters)
    first = torch.where(wide, yes.fixed_from_mid, no.fixed_from_mid)
    return Split(first, torch.where(wide, yes.mid_from_moving, no.mid_from_moving), parameters)


def _choose_look(mask: Bool[Tensor, " b"], yes: Look, no: Look) -> Look:
    return Look(
        torch.where(mask, yes.loss, no.loss),
        torch.where(mask, yes.seen, no.seen),
        torch.where(mask[:, None, None], yes.curvature, no.curvature),
        torch.where(mask[:, None], yes.slope, no.slope),
    )
