"""Matched points that a morph is asked to respect: soft springs in the solver."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from morphlapse.imaging.warp import sample, size_of
from morphlapse.records import Size


class Hints(NamedTuple):
    """Where points of a are in b."""

    a: Tensor
    """(N, 2) in pixels of a's canvas."""
    b: Tensor
    """(N, 2) in pixels of b's canvas."""
    weight: Tensor
    """(N,) how much each counts; 1 holds a point firmly."""
    tolerance_px: float | Tensor = 0.0
    """A point that is as near as this feels no force, and the pictures decide: (N,), or one for all."""


def rescale_hints(hints: Hints, canvas: Size, size: Size) -> Hints:
    """The same hints in pixels of a copy of another size."""
    ratio = hints.a.new_tensor([size.width / canvas.width, size.height / canvas.height])
    a, b = ((points + 0.5) * ratio - 0.5 for points in (hints.a, hints.b))
    return Hints(a, b, hints.weight, hints.tolerance_px * size.long_side / canvas.long_side)


def is_outside(points: Float[Tensor, "n 2"], size: Size) -> Tensor:
    """(N,) True where a point lies outside a picture."""
    limit = points.new_tensor([size.width - 0.5, size.height - 0.5])
    return ((points < -0.5) | (points > limit)).any(dim=-1)


def pull_of_hints(
    hints: Hints, forth: Float[Tensor, "b 2 h w"], back: Float[Tensor, "b 2 h w"]
) -> Float[Tensor, "b 3 h w"]:
    """What hints add to the normal equations: their weight, and their weight times how far each is off.

    At the midpoint a's point has come to φ_½(a) and b's to φ_-½(b). A change δ brings them together by δ,
    so that the spring w |h - δ|², h = φ_-½(b) - φ_½(a), adds w to the diagonal and -w h to the gradient.

    Parameters
    ----------
    hints : Hints
        In pixels of the velocity's grid.
    forth, back : Tensor, (B, 2, h, w)
        Displacements of φ_½ and φ_-½ on that grid.

    Returns
    -------
    Tensor, (B, 3, h, w)
        Weight, weight times h in x, in y; each point's share is spread bilinearly over four cells.
    """
    at_a, at_b = (
        points + sample(field, points.expand(len(field), 1, -1, -1))[:, :, 0].transpose(1, 2)
        for points, field in ((hints.a, forth), (hints.b, back))
    )
    apart = at_b - at_a
    length = apart.norm(dim=-1, keepdim=True).clamp_min(1e-6)
    tolerance = torch.as_tensor(hints.tolerance_px, dtype=length.dtype, device=length.device)[..., None]
    apart = apart * ((length - tolerance) / length).clamp_min(0.0)
    size = size_of(forth)
    weight = torch.where(is_outside(hints.a, size) | is_outside(hints.b, size), 0.0, hints.weight)
    load = torch.cat((weight.expand(len(forth), -1)[..., None], weight[:, None] * apart), dim=-1)
    return splat((at_a + at_b) * 0.5, load, forth)


def splat(
    points: Float[Tensor, "b n 2"], load: Float[Tensor, "b n c"], like: Float[Tensor, "b k h w"]
) -> Float[Tensor, "b c h w"]:
    """Add each point's load to the four cells of the grid of `like` around it, bilinearly."""
    count, (height, width) = len(points), like.shape[-2:]
    limit = points.new_tensor([width - 1, height - 1])
    place = torch.minimum(points.clamp_min(0.0), limit)
    corner = torch.minimum(place.floor(), (limit - 1).clamp_min(0.0))
    fx, fy = (place - corner).unbind(dim=-1)
    shares = torch.stack(((1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy), dim=-1)
    page = torch.arange(count, device=like.device)[:, None] * (height * width)
    x, y = corner.long().unbind(dim=-1)
    right, below = min(1, width - 1), width * min(1, height - 1)
    cells = (page + y * width + x)[..., None] + torch.tensor((0, right, below, below + right), device=like.device)
    out = like.new_zeros(count * height * width, load.shape[-1])
    out.index_add_(0, cells.flatten(), (load[:, :, None] * shares[..., None]).flatten(0, 2))
    return out.view(count, height, width, -1).movedim(-1, 1)
