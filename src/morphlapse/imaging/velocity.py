"""Stationary velocity fields: their flow, and what it does to points and areas.

A velocity v is a field `(B, 2, h, w)`, (dx, dy) in pixels of its own grid. Its flow φ_s solves dφ/ds = v(φ), φ_0 = id,
so that φ_s∘φ_t = φ_(s+t) and φ_-s is the inverse of φ_s. A flow is given by its displacement φ_s - id. Outside the grid
v continues as on its border.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from morphlapse.imaging.warp import pixel_positions, sample, size_of
from morphlapse.records import Size

SMALLEST_AREA = 0.05
"""How far a cell of the grid may shrink under a flow before the velocity is damped there."""

KNOTS = 8
"""Into how many steps a trajectory is divided between s = 0 and s = 1."""


class Lattice(NamedTuple):
    """Where the pixels of a picture lie as torch counts, -1 to 1 from edge to edge."""

    places: Tensor
    """(1, 2, h, w) of the pixels."""
    unit: Tensor
    """(1, 2, 1, 1) how far a pixel reaches."""

    def move(self, displacement: Float[Tensor, "b 2 h w"]) -> Float[Tensor, "b 2 h w"]:
        """Where pixels are that have moved by so many pixels."""
        return torch.addcmul(self.places, displacement, self.unit)

    def inside(self, moved: Float[Tensor, "b 2 h w"]) -> Float[Tensor, "b 1 h w"]:
        """1 where such a place lies between the centres of the outermost pixels, else 0."""
        within = moved.detach().abs() <= (1.0 - 0.498 * self.unit)
        return (within[:, :1] & within[:, 1:]).to(moved.dtype)


def make_lattice(size: Size, *, like: Tensor) -> Lattice:
    """The lattice of a picture, on the device and in the dtype of `like`; nobody may change it."""
    return _make_lattice(size, like.device, like.dtype, torch.is_inference_mode_enabled())


@lru_cache(maxsize=8)
def _make_lattice(size: Size, device: torch.device, dtype: torch.dtype, _inference: bool) -> Lattice:  # noqa: FBT001
    # Kept, for each step of a level asks for the same; in each mode its own, for one of inference meets no gradient.
    unit = torch.tensor([2.0 / size.width, 2.0 / size.height], device=device, dtype=dtype)
    places = (pixel_positions(size, like=unit) + 0.5) * unit - 1.0
    return Lattice(places.movedim(-1, 1).contiguous(), unit[None, :, None, None])


def read_at(image: Float[Tensor, "b c h w"], moved: Float[Tensor, "b 2 h2 w2"]) -> Float[Tensor, "b c h2 w2"]:
    """Read an image bilinearly at places of its lattice; outside it is as on its border."""
    at = moved.movedim(1, -1)
    return F.grid_sample(image, at, mode="bilinear", padding_mode="border", align_corners=False)  # noqa: TID251


def compose(first: Float[Tensor, "b 2 h w"], second: Float[Tensor, "b 2 h w"]) -> Float[Tensor, "b 2 h w"]:
    """Displacement of `second` after `first`: u(p) = first(p) + second(p + first(p))."""
    return _compose(first, second, make_lattice(size_of(first), like=first))


def _compose(first: Tensor, second: Tensor, lattice: Lattice) -> Tensor:
    return first + read_at(second, lattice.move(first))


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
    return _flow(velocity, squarings, make_lattice(size_of(velocity), like=velocity))


def _flow(velocity: Tensor, squarings: int, lattice: Lattice) -> Tensor:
    step = velocity / 2**squarings
    # The second-order step exp(u) ≈ u + ½ (∇u) u, taken as a midpoint rule, needs two squarings fewer for one accuracy.
    displacement = read_at(step, lattice.move(0.5 * step))
    for _ in range(squarings):
        displacement = _compose(displacement, displacement, lattice)
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
    lattice = make_lattice(size_of(velocity), like=velocity)
    ways = [each.chunk(2) for each in follow(velocity, squarings)]
    back, forth = ([way[k] for way in ways] for k in (0, 1))
    displacement = torch.stack([*reversed(back), torch.zeros_like(velocity), *forth])
    speed = torch.stack([read_at(velocity, lattice.move(u)) for u in displacement])
    return Trajectories(displacement, speed)


def follow(velocity: Float[Tensor, "b 2 h w"], squarings: int | None = None) -> Iterator[Float[Tensor, "b2 2 h w"]]:
    """Displacements of φ_-s and, after them in one batch, of φ_s, for s = 1/K, 2/K, ..., 1; see `trace`."""
    count = count_squarings(velocity) if squarings is None else squarings
    lattice = make_lattice(size_of(velocity), like=velocity)
    both = torch.cat((-velocity, velocity))
    first = _flow(both / KNOTS, max(0, count - int(math.log2(KNOTS))), lattice)
    found = first
    yield found
    for _ in range(KNOTS - 1):
        found = _compose(found, first, lattice)
        yield found


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
    smallest: Tensor | None = None
    for rows in (slice(None, -1), slice(1, None)):
        for columns in (slice(None, -1), slice(1, None)):
            area = xx[..., rows, :] * yy[..., :, columns]
            area = area - xy[..., rows, :] * yx[..., :, columns]
            smallest = area if smallest is None else torch.minimum(smallest, area)
    assert smallest is not None
    return smallest
