"""Stationary velocity fields: their flow, and what it does to points and areas.

A velocity v is a field `(B, 2, h, w)`, (dx, dy) in pixels of its own grid. Its flow φ_s solves dφ/ds = v(φ), φ_0 = id,
so that φ_s∘φ_t = φ_(s+t) and φ_-s is the inverse of φ_s. A flow is given by its displacement φ_s - id. Outside the grid
v continues as on its border.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from morphlapse.imaging.warp import pixel_positions, sample, size_of

SMALLEST_AREA = 0.05
"""How far a cell of the grid may shrink under a flow before the velocity is damped there."""

KNOTS = 8
"""Into how many steps a trajectory is divided between s = 0 and s = 1."""


def compose(first: Float[Tensor, "b 2 h w"], second: Float[Tensor, "b 2 h w"]) -> Float[Tensor, "b 2 h w"]:
    """Displacement of `second` after `first`: u(p) = first(p) + second(p + first(p))."""
    return _compose(first, second, pixel_positions(size_of(first), like=first))


def _compose(first: Tensor, second: Tensor, positions: Tensor) -> Tensor:
    return first + sample(second, positions + first.movedim(1, -1))


def count_squarings(velocity: Float[Tensor, "b 2 h w"]) -> int:
    """How often a velocity must be halved until it moves less than half a cell and strains less than a quarter."""
    v = velocity.detach()
    steepest = max(
        float(v.diff(dim=-1).abs().amax()) if v.shape[-1] > 1 else 0.0,
        float(v.diff(dim=-2).abs().amax()) if v.shape[-2] > 1 else 0.0,
    )
    largest = max(float(v.abs().amax()) / 0.5, steepest / 0.25, 1.0)
    return min(12, math.ceil(math.log2(largest))) if math.isfinite(largest) else 12


def flow(velocity: Float[Tensor, "b 2 h w"], squarings: int) -> Float[Tensor, "b 2 h w"]:
    """Displacement of φ_1 by scaling and squaring (Arsigny et al. 2006): take a small step, double it by composing."""
    step = velocity / 2**squarings
    # The second-order step exp(u) ≈ u + ½ (∇u) u, taken as a midpoint rule, needs two squarings fewer for one accuracy.
    positions = pixel_positions(size_of(step), like=step)
    displacement = sample(step, positions + 0.5 * step.movedim(1, -1))
    for _ in range(squarings):
        displacement = _compose(displacement, displacement, positions)
    return displacement


class Trajectories(NamedTuple):
    """Where every cell of the grid is at s = -1, -1 + 1/K, ..., 1, and how fast it moves there."""

    displacement: Tensor
    """(2K + 1, B, 2, h, w) displacements φ_s - id."""
    speed: Tensor
    """(2K + 1, B, 2, h, w) velocities v(φ_s)."""


def trace(velocity: Float[Tensor, "b 2 h w"], squarings: int | None = None) -> Trajectories:
    """Follow every cell of the grid back to s = -1 and on to s = 1.

    The number of squarings depends on the velocity alone and not on s: with one that changes, φ_s jumps by 0.06 px.
    """
    count = count_squarings(velocity) if squarings is None else squarings
    count = max(0, count - int(math.log2(KNOTS)))
    halves = [_trace_one_way(sign * velocity, count) for sign in (-1.0, 1.0)]
    zero = torch.zeros_like(velocity)
    displacement = torch.stack([*reversed(halves[0]), zero, *halves[1]])
    positions = pixel_positions(size_of(velocity), like=velocity)
    speed = torch.stack([sample(velocity, positions + u.movedim(1, -1)) for u in displacement])
    return Trajectories(displacement, speed)


def _trace_one_way(velocity: Tensor, squarings: int) -> list[Tensor]:
    first = flow(velocity / KNOTS, squarings)
    positions = pixel_positions(size_of(first), like=first)
    found = [first]
    while len(found) < KNOTS:
        found.append(_compose(found[-1], first, positions))
    return found


def displacement_at(path: Trajectories, s: float | Tensor) -> Float[Tensor, "b 2 h w"]:
    """Displacement of φ_s, -1 ≤ s ≤ 1, by cubic Hermite interpolation along each trajectory: exact at the knots."""
    place = (float(s) + 1.0) * KNOTS
    knot = min(max(math.floor(place), 0), 2 * KNOTS - 1)
    f = place - knot
    if f == 0.0:
        return path.displacement[knot]
    f2, f3 = f * f, f * f * f
    h = 1.0 / KNOTS
    found = path.displacement[knot] * (2.0 * f3 - 3.0 * f2 + 1.0)
    found.add_(path.displacement[knot + 1], alpha=3.0 * f2 - 2.0 * f3)
    found.add_(path.speed[knot], alpha=(f3 - 2.0 * f2 + f) * h)
    return found.add_(path.speed[knot + 1], alpha=(f3 - f2) * h)


def carry(
    velocity: Float[Tensor, "1 2 h w"], points: Float[Tensor, "n 2"], s: float, *, steps: int = 64
) -> Float[Tensor, "n 2"]:
    """Send points (in pixels of the grid) along φ_s, by `steps` classical Runge-Kutta steps for s = 1."""
    count = max(1, math.ceil(abs(s) * steps))
    h = s / count

    def speed(at: Tensor) -> Tensor:
        return sample(velocity, at[None, None])[0, :, 0].T

    for _ in range(count):
        k1 = speed(points)
        k2 = speed(points + 0.5 * h * k1)
        k3 = speed(points + 0.5 * h * k2)
        k4 = speed(points + h * k3)
        points = points + (h / 6.0) * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
    return points


def smallest_area(displacement: Float[Tensor, "*b 2 h w"]) -> Float[Tensor, "*b h2 w2"]:
    """Smallest of the four corner areas of each cell under id + displacement, 1 where nothing is strained.

    A bilinear map of a cell has its smallest Jacobian at a corner, so a positive value means that the map, enlarged
    bilinearly to any size, folds nowhere in the cell.
    """
    across = displacement.diff(dim=-1)
    down = displacement.diff(dim=-2)
    xx, xy = across[..., 0, :, :] + 1.0, across[..., 1, :, :]
    yx, yy = down[..., 0, :, :], down[..., 1, :, :] + 1.0
    corners = [
        xx[..., rows, :] * yy[..., :, columns] - xy[..., rows, :] * yx[..., :, columns]
        for rows in (slice(None, -1), slice(1, None))
        for columns in (slice(None, -1), slice(1, None))
    ]
    return torch.stack(corners).amin(dim=0)
