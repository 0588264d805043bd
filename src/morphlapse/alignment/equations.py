"""The normal equations of a registration: how two pictures compare, and which step makes them more alike.

The residual at a point z of the middle plane is r(z) = moving(G⁻¹ z) - fixed(F z); a step δ of the family makes
dr = -½ (∇moving + ∇fixed) · ξ(z), with ξ the velocity of the step. Every family's ξ is a polynomial of x and y, so the
equations of all steps are sums of few products of slopes and residual, each times powers of x and y: their moments.
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

LEAST_SEEN = 0.02
"""Share of the positions that both pictures must show."""

POWERS = ((0, 0), (1, 0), (0, 1), (2, 0), (1, 1), (0, 2))
"""Of x and y in a velocity: those of first degree are all that affine transforms need."""

AFFINE = 3
"""So many of them."""


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


def expand_velocities(directions: Float[Tensor, "b k 3 3"]) -> Float[Tensor, "b k 2 6"]:
    """What each direction does to a point (x, y), in x and in y, as weights of `POWERS`."""
    d, none = directions, torch.zeros_like(directions[..., 0, 0])
    across = (d[..., 0, 2], d[..., 0, 0] - d[..., 2, 2], d[..., 0, 1], -d[..., 2, 0], -d[..., 2, 1], none)
    down = (d[..., 1, 2], d[..., 1, 0], d[..., 1, 1] - d[..., 2, 2], none, -d[..., 2, 0], -d[..., 2, 1])
    return torch.stack((torch.stack(across, dim=-1), torch.stack(down, dim=-1)), dim=-2)


def weigh_directions(directions: Float[Tensor, "b k 3 3"], grid: Grid) -> Float[Tensor, "b k 2 6"]:
    """The same about the grid's centre, in units of its radius."""
    unit_from_pixels = torch.eye(3, dtype=torch.float64, device=directions.device).repeat(len(directions), 1, 1)
    radius, centre = grid.radius.double(), grid.centre.double()
    unit_from_pixels[:, :2, :2] /= radius[:, None, None]
    unit_from_pixels[:, :2, 2] = -centre / radius[:, None]
    return expand_velocities(unit_from_pixels[:, None] @ directions @ torch.linalg.inv(unit_from_pixels)[:, None])


def look_at(level: Level, split: Split, family: Family, loss: NamedLoss | UserLoss) -> Look:
    """Compare the pictures under a transform."""
    moving, seen_moving = level.moving.read(torch.linalg.inv(split.mid_from_moving), level.grid)
    fixed, seen_fixed = level.fixed.read(split.fixed_from_mid, level.grid)
    seen = seen_moving * seen_fixed
    velocities = weigh_directions(family.directions(split), level.grid)
    pictures = (moving, fixed, seen)
    if isinstance(loss, NamedLoss):
        value, curvature, slope = _compare_named(pictures, level.grid, velocities, loss)
    else:
        value, curvature, slope = _compare_freely(pictures, level.grid, velocities, loss)
    share = seen.mean(dim=(1, 2, 3))
    value = torch.where(share > LEAST_SEEN, value, torch.full_like(value, torch.inf))
    return Look(value.double(), share.double(), curvature, slope)


Pictures = tuple[Tensor, Tensor, Tensor]
Equations = tuple[Tensor, Tensor, Tensor]


def _compare_named(pictures: Pictures, grid: Grid, velocities: Tensor, loss: NamedLoss) -> Equations:
    """Loss and normal equations of reweighted least squares."""
    moving, fixed, seen = pictures
    residual = moving - fixed
    value, weight = loss.weigh((residual * residual).sum(dim=1, keepdim=True))
    total = seen.sum(dim=(1, 2, 3)).clamp_min(1e-6)
    gram, vector = _weigh_moments((moving + fixed, residual, weight * seen), grid, velocities)
    per_position = total.double()[:, None]
    return (value * seen).sum(dim=(1, 2, 3)) / total, gram / per_position[..., None], vector / per_position


def _weigh_moments(pictures: Pictures, grid: Grid, velocities: Tensor) -> tuple[Tensor, Tensor]:
    """Curvature and slope of weighted squares along velocities, from the sum of both pictures, residual and weight."""
    both, residual, weight = pictures
    tilts = bool((velocities[..., AFFINE:] != 0.0).any())
    powers = POWERS if tilts else POWERS[:AFFINE]
    gx, gy = gradients(both)
    weighted_x, weighted_y = gx * weight, gy * weight
    products = ((weighted_x, gx), (weighted_x, gy), (weighted_y, gy), (weighted_x, residual), (weighted_y, residual))
    sums = torch.stack([(a * b).sum(dim=1) for a, b in products], dim=1)
    moments = find_moments(sums, grid, degree=4 if tilts else 2)
    # Pictures were added, not averaged, and slopes taken per position of the grid.
    half = 0.5 * grid.radius.double() / grid.step
    xx, xy, yy = (pair_moments(moments[:, k], powers) for k in range(3))
    along_x, along_y = velocities[..., 0, : len(powers)], velocities[..., 1, : len(powers)]
    cross = along_x @ xy @ along_y.transpose(1, 2)
    gram = along_x @ xx @ along_x.transpose(1, 2) + cross + cross.transpose(1, 2)
    gram = gram + along_y @ yy @ along_y.transpose(1, 2)
    singles = torch.stack([moments[:, 3:, j, i] for i, j in powers], dim=-1)
    vector = (along_x @ singles[:, 0, :, None] + along_y @ singles[:, 1, :, None])[..., 0]
    return gram * half.square()[:, None, None], vector * half[:, None]


def find_moments(values: Float[Tensor, "b n h w"], grid: Grid, *, degree: int) -> Float[Tensor, "b n j i"]:
    """Sums over a grid of values times y^j and x^i, in units of its radius about its centre, float64."""
    x, y = _units(grid)
    exponents = torch.arange(degree + 1, device=values.device, dtype=values.dtype)
    across = (values @ (x[:, None, :, None] ** exponents)).double()
    return (y[:, None, :, None] ** exponents).transpose(2, 3).double() @ across


def _units(grid: Grid) -> tuple[Float[Tensor, "b w"], Float[Tensor, "b h"]]:
    """Columns and rows about the centre, in units of the radius."""
    radius = grid.radius[:, None]
    return (grid.columns - grid.centre[:, :1]) / radius, (grid.rows - grid.centre[:, 1:]) / radius


def pair_moments(moments: Float[Tensor, "b j i"], powers: tuple[tuple[int, int], ...]) -> Float[Tensor, "b p p"]:
    """The moment of the product of each two powers of x and y."""
    rows = [torch.stack([moments[:, j + n, i + m] for m, n in powers], dim=-1) for i, j in powers]
    return torch.stack(rows, dim=-2)


def _compare_freely(pictures: Pictures, grid: Grid, velocities: Tensor, loss: UserLoss) -> Equations:
    """Loss by the user's function; slope and curvature through autograd, with the pictures linear in the step.

    What either picture lacks is equal in both for the function, and its value is divided by what is left.
    """
    moving, fixed, seen = pictures
    along_moving, along_fixed = (0.5 * slopes_along(picture, grid, velocities) for picture in (moving, fixed))
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


def slopes_along(
    image: Float[Tensor, "b c h w"], grid: Grid, velocities: Float[Tensor, "b k 2 6"]
) -> Float[Tensor, "b k c h w"]:
    """How a picture changes at each position along each velocity."""
    x, y = (axis.to(image) for axis in _units(grid))
    powers = torch.stack([y[:, :, None] ** j * x[:, None] ** i for i, j in POWERS], dim=1)
    fields = torch.einsum("bkdp,bphw->bkdhw", velocities.to(image), powers)
    gx, gy = gradients(image * (grid.radius / grid.step)[:, None, None, None])
    return fields[:, :, :1] * gx[:, None] + fields[:, :, 1:] * gy[:, None]


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
