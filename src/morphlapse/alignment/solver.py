"""Gauss-Newton on the parameters of a transform, at one level of a pyramid.

The residual at a point z of the middle plane is r(z) = moving(G⁻¹ z) - fixed(F z); a step δ of the family makes
dr = -½ (∇moving + ∇fixed) · ξ(z), with ξ the velocity of the step. Damping is Marquardt's; a step that makes the loss
larger is taken back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from morphlapse.alignment.levels import Grid, Level
from morphlapse.alignment.losses import NamedLoss, UserLoss
from morphlapse.alignment.models import Family, Split
from morphlapse.errors import OptionError
from morphlapse.imaging.filters import gradients

FIRST_DAMPING = 1e-3

LEAST_SEEN = 0.02
"""Share of the positions that both pictures must show."""


@dataclass(frozen=True, eq=False)
class Look:
    """How two pictures compare under a transform, and which step would make them more alike."""

    loss: Float[Tensor, " b"]
    """Per position seen; infinite where too few are."""
    seen: Float[Tensor, " b"]
    """Share of the positions that both pictures show."""
    curvature: Float[Tensor, "b k k"]
    """Of the loss along the directions of the model."""
    slope: Float[Tensor, "b k"]
    """The full step solves `curvature @ step = slope`."""

    @property
    def usable(self) -> Bool[Tensor, " b"]:
        """Where the pictures overlap and everything is finite."""
        finite = self.curvature.isfinite().all(dim=(1, 2)) if self.curvature.numel() else self.loss.isfinite()
        return finite & self.slope.isfinite().all(dim=1) & self.loss.isfinite()


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


def expand_directions(directions: Float[Tensor, "b k 3 3"]) -> Float[Tensor, "b k 8"]:
    """Weights of gx, gy, x gx, y gx, x gy, y gy, -x q and -y q (q = x gx + y gy) in the slope along each direction."""
    d = directions
    parts = (
        d[..., 0, 2],
        d[..., 1, 2],
        d[..., 0, 0] - d[..., 2, 2],
        d[..., 0, 1],
        d[..., 1, 0],
        d[..., 1, 1] - d[..., 2, 2],
        d[..., 2, 0],
        d[..., 2, 1],
    )
    return torch.stack(parts, dim=-1)


def weigh_directions(directions: Float[Tensor, "b k 3 3"], grid: Grid) -> Float[Tensor, "b k 8"]:
    """The same about the grid's centre, in units of its radius."""
    unit_from_pixels = torch.eye(3, dtype=torch.float64, device=directions.device).repeat(len(directions), 1, 1)
    radius, centre = grid.radius.double(), grid.centre.double()
    unit_from_pixels[:, :2, :2] /= radius[:, None, None]
    unit_from_pixels[:, :2, 2] = -centre / radius[:, None]
    return expand_directions(unit_from_pixels[:, None] @ directions @ torch.linalg.inv(unit_from_pixels)[:, None])


def slopes_of(image: Float[Tensor, "b c h w"], grid: Grid, *, tilts: bool) -> Float[Tensor, "b f c h w"]:
    """The products that `expand_directions` weighs, per unit of the grid's radius."""
    radius = grid.radius[:, None, None, None]
    x = (grid.columns - grid.centre[:, :1])[:, None, None] / radius
    y = (grid.rows - grid.centre[:, 1:])[:, None, :, None] / radius
    gx, gy = gradients(image * (radius / grid.step))
    parts = [gx, gy, x * gx, y * gx, x * gy, y * gy]
    if tilts:
        q = parts[2] + parts[5]
        parts += [-x * q, -y * q]
    return torch.stack(parts, dim=1)


def look_at(level: Level, split: Split, family: Family, loss: NamedLoss | UserLoss) -> Look:
    """Compare the pictures under a transform."""
    moving, seen_moving = level.moving.read(torch.linalg.inv(split.mid_from_moving), level.grid)
    fixed, seen_fixed = level.fixed.read(split.fixed_from_mid, level.grid)
    seen = seen_moving * seen_fixed
    directions = weigh_directions(family.directions(split), level.grid)
    pictures = (moving, fixed, seen)
    if isinstance(loss, NamedLoss):
        value, curvature, slope = _compare_named(pictures, level.grid, directions, loss)
    else:
        value, curvature, slope = _compare_freely(pictures, level.grid, directions, loss)
    share = seen.mean(dim=(1, 2, 3))
    value = torch.where(share > LEAST_SEEN, value, torch.full_like(value, torch.inf))
    return Look(value.double(), share.double(), curvature, slope)


Pictures = tuple[Tensor, Tensor, Tensor]
Equations = tuple[Tensor, Tensor, Tensor]


def _compare_named(pictures: Pictures, grid: Grid, directions: Tensor, loss: NamedLoss) -> Equations:
    """Loss and normal equations of reweighted least squares."""
    moving, fixed, seen = pictures
    residual = moving - fixed
    value, weight = loss.weigh((residual * residual).sum(dim=1, keepdim=True))
    total = seen.sum(dim=(1, 2, 3)).clamp_min(1e-6)
    tilts = bool((directions[..., 6:] != 0.0).any())
    slopes = slopes_of(0.5 * (moving + fixed), grid, tilts=tilts).flatten(2)
    weighted = slopes * (weight * seen).expand_as(residual).flatten(1)[:, None]
    gram = (weighted @ slopes.transpose(1, 2)).double()
    vector = (weighted @ residual.flatten(1)[:, :, None]).double()
    d = directions[..., : gram.shape[-1]]
    per_position = total.double()[:, None]
    curvature = d @ gram @ d.transpose(1, 2) / per_position[..., None]
    return (value * seen).sum(dim=(1, 2, 3)) / total, curvature, (d @ vector)[..., 0] / per_position


def _compare_freely(pictures: Pictures, grid: Grid, directions: Tensor, loss: UserLoss) -> Equations:
    """Loss by the user's function; slope and curvature through autograd, with the pictures linear in the step.

    What either picture lacks is equal in both for the function, and its value is divided by what is left.
    """
    moving, fixed, seen = pictures
    d = directions.to(moving.dtype)
    along_moving, along_fixed = (
        0.5 * torch.einsum("bkf,bfchw->bkchw", d, slopes_of(picture, grid, tilts=True)) for picture in (moving, fixed)
    )
    results = []
    for k in range(len(moving)):
        share = seen[k : k + 1]

        def value_at(step: Tensor, k: int = k, share: Tensor = share) -> Tensor:
            a = moving[k : k + 1] - torch.einsum("k,kchw->chw", step, along_moving[k])
            b = fixed[k : k + 1] + torch.einsum("k,kchw->chw", step, along_fixed[k])
            return loss(b + share * (a - b), b) / share.mean().clamp_min(1e-6)

        fallback = (along_moving[k] + along_fixed[k]).flatten(1)
        results.append(_expand_loss(value_at, fallback @ fallback.T))
    value, curvature, slope = zip(*results, strict=True)
    return torch.stack(value), torch.stack(curvature), torch.stack(slope)


def _expand_loss(value_at: Callable[[Tensor], Tensor], fallback: Float[Tensor, "k k"]) -> Equations:
    """Value, curvature made positive, and downward slope.

    Where the loss has no curvature, that of squares serves, scaled for a step of about a pixel.
    """
    start = fallback.new_zeros(len(fallback)).requires_grad_()
    with torch.enable_grad():
        value = value_at(start)
        if value.numel() != 1:
            raise OptionError(f"loss: gave a tensor of shape {tuple(value.shape)}, and must give one number")
        (slope,) = torch.autograd.grad(value, start)
    hessian = torch.autograd.functional.hessian(value_at, start.detach())
    values, vectors = torch.linalg.eigh(torch.as_tensor(hessian).double())
    fallback = fallback.double()
    whole = slope.double()
    unit = whole.norm() / (fallback.diagonal().mean()).clamp_min(1e-20)
    curvature = (vectors * values.abs()) @ vectors.T + (0.0 if values.abs().max() > 1e-9 else 1.0) * unit * fallback
    return value.detach(), curvature, -whole


def descend(level: Level, start: Split, family: Family, loss: NamedLoss | UserLoss, limits: Limits) -> Descent:
    """Make steps until they are small; what makes the loss larger is not done."""
    now = start
    look = look_at(level, now, family, loss)
    damping = torch.full_like(look.loss, FIRST_DAMPING)
    converged = torch.zeros_like(look.loss, dtype=torch.bool)
    size = torch.full_like(look.loss, torch.inf)
    for count in range(1, limits.steps + 1):
        step = damped_step(look, damping)
        size = corner_motion(family.directions(now), step, level.grid)
        shorter = (limits.reach_px / size.clamp_min(1e-9)).clamp_max(1.0)
        there = family.moved(now, step * shorter[:, None])
        if bool((converged | ~look.usable | (size < limits.tolerance_px)).all()):
            small = look.usable & (size < limits.tolerance_px)
            return Descent(_choose_split(small, there, now), look, size, count, converged | small)
        trial = look_at(level, there, family, loss)
        better = trial.usable & (trial.loss <= look.loss)
        now, look = _choose_split(better, there, now), _choose_look(better, trial, look)
        damping = torch.where(better, 0.1 * damping, 10.0 * damping).clamp(1e-7, 1e7)
        converged = converged | (size < limits.tolerance_px)
    return Descent(now, look, size, limits.steps, converged)


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
