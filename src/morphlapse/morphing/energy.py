"""What a morph is made of before it moves: features of a picture, and how well two layers agree at the midpoint."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from morphlapse.imaging.colour import light_of
from morphlapse.imaging.filters import gaussian_blur, gradients
from morphlapse.imaging.velocity import count_squarings, flow, make_lattice, read_at
from morphlapse.imaging.warp import resize, resize_field, size_of

WINDOW_PX = 1.8
"""Sigma of the window over which lightness is normalised."""


def make_features(lab: Float[Tensor, "b 3 h w"], *, contrast_floor: float, chroma: float, lightness: float) -> Tensor:
    """Channels in which two photos of one thing look alike whatever the light.

    Parameters
    ----------
    lab : Tensor, (B, 3, H, W)
        CIELAB divided by 100.
    contrast_floor : float
        Added to the local standard deviation of lightness, so that flat parts stay flat.
    chroma, lightness : float
        Weights of a*, b* and of smooth lightness.

    Returns
    -------
    Tensor, (B, 4, H, W)
        Locally normalised lightness, a*, b*, smooth lightness.
    """
    light = lab[:, :1]
    moments = gaussian_blur(torch.cat((light, light * light), dim=1), WINDOW_PX)
    mean = moments[:, :1]
    deviation = (moments[:, 1:] - mean * mean).clamp_min(0.0).sqrt()
    normalised = (light - mean) / (deviation + contrast_floor)
    return torch.cat((normalised, lab[:, 1:] * chroma, mean * lightness), dim=1)


class Midpoint(NamedTuple):
    """Both layers, read at the midpoint."""

    a: Tensor
    """(B, C, H, W) channels of a at φ_-½."""
    b: Tensor
    """(B, C, H, W) channels of b at φ_½."""
    valid: Tensor
    """(B, 1, H, W) 1 where both lie inside their picture."""
    back: Tensor
    """(B, 2, h, w) displacement of φ_-½ on the velocity's grid."""
    forth: Tensor
    """(B, 2, h, w) displacement of φ_½."""


def read_midpoint(
    a: Float[Tensor, "b c h w"], b: Float[Tensor, "b c h w"], velocity: Float[Tensor, "b 2 h2 w2"], squarings: int
) -> Midpoint:
    """Warp both layers to the midpoint of a velocity that may live on a coarser grid."""
    size = size_of(a)
    count = velocity.shape[0]
    ways = flow(torch.cat((-0.5 * velocity, 0.5 * velocity)), squarings)
    lattice = make_lattice(size, like=a)
    moved = lattice.move(resize_field(ways, size))
    inside = lattice.inside(moved)
    return Midpoint(
        read_at(a, moved[:count]),
        read_at(b, moved[count:]),
        inside[:count] * inside[count:],
        ways[:count],
        ways[count:],
    )


def squarings_for(velocity: Float[Tensor, "b 2 h w"], growth: float = 0.0) -> int:
    """How many half a velocity needs that may yet grow by so many cells; enough for any motion on the grid at most."""
    largest = max(3, size_of(velocity).long_side.bit_length() - 1)
    grown = 2 ** count_squarings(0.5 * velocity) * 0.5 + 0.5 * growth
    return min(largest, math.ceil(math.log2(grown / 0.5)))


class NormalEquations(NamedTuple):
    """Sum over the channels of w JᵀJ and w J r, on the grid of the velocity and in its pixels."""

    xx: Tensor
    """(B, 1, h, w) of the slope in x by itself."""
    xy: Tensor
    """(B, 1, h, w) of the slope in x by that in y."""
    yy: Tensor
    """(B, 1, h, w) of the slope in y by itself."""
    x: Tensor
    """(B, 1, h, w) of the slope in x by the residual."""
    y: Tensor
    """(B, 1, h, w) of the slope in y by the residual."""


def linearise(midpoint: Midpoint, grid: Float[Tensor, "b 2 h w"], robustness: float) -> NormalEquations:
    """Linearise the residual f_b(φ_½) - f_a(φ_-½) in a change of the velocity.

    A change δ moves both layers by half, in opposite directions, so that the residual changes by the mean of both
    slopes times δ. Weights are those of ρ(r) = 2κ²(√(1 + r²/κ²) - 1), r over all channels together.
    """
    residual = midpoint.b - midpoint.a
    dx, dy = gradients(midpoint.a + midpoint.b)
    weight = midpoint.valid * torch.rsqrt(1.0 + _over_channels(residual, residual) / robustness**2)
    size, cells = size_of(residual), size_of(grid)
    # The slopes are those of the sum of both layers: twice the mean's.
    fx, fy = 0.5 * size.width / cells.width, 0.5 * size.height / cells.height
    terms = torch.stack(
        [
            (_over_channels(first, second) * weight).mul_(scale)
            for first, second, scale in (
                (dx, dx, fx * fx),
                (dx, dy, fx * fy),
                (dy, dy, fy * fy),
                (dx, residual, fx),
                (dy, residual, fy),
            )
        ],
        dim=1,
    )[:, :, 0]
    return NormalEquations(*resize(terms, cells).split(1, dim=1))


def _over_channels(first: Float[Tensor, "b c h w"], second: Float[Tensor, "b c h w"]) -> Float[Tensor, "b 1 h w"]:
    """Sum of the products of two pictures over their channels, plane by plane: nothing large is made on the way."""
    total = first[:, :1] * second[:, :1]
    for k in range(1, first.shape[1]):
        total.addcmul_(first[:, k : k + 1], second[:, k : k + 1])
    return total


def _correlate_locally(
    a: Float[Tensor, "b 1 h w"], b: Float[Tensor, "b 1 h w"], sigma: float
) -> Float[Tensor, "b 1 h w"]:
    """Correlation of two gray images in a Gaussian window, -1 to 1, and 0 where both are flat."""
    moments = gaussian_blur(torch.cat((a, b, a * a, b * b, a * b), dim=1), sigma)
    mean_a, mean_b, aa, bb, ab = moments.split(1, dim=1)
    var_a = (aa - mean_a * mean_a).clamp_min(0.0)
    var_b = (bb - mean_b * mean_b).clamp_min(0.0)
    return (ab - mean_a * mean_b) / (var_a * var_b).sqrt().clamp_min(1e-6).add(1e-4)


def measure_agreement(a: Float[Tensor, "b 3 h w"], b: Float[Tensor, "b 3 h w"]) -> Float[Tensor, "b 1 h w"]:
    """How surely both layers show the same thing in each pixel, 0 to 1.

    Local correlation of lightness over a small and a wider window; where both are flat there is nothing to disagree on,
    so what counts there is that the lightness itself is near.
    """
    light_a, light_b = (light_of(x) for x in (a, b))
    wide = size_of(a).long_side / 64.0 + 1.0
    correlation = torch.maximum(
        _correlate_locally(light_a, light_b, WINDOW_PX), _correlate_locally(light_a, light_b, wide)
    ).clamp(0.0, 1.0)
    both = torch.cat((light_a, light_b), dim=1)
    means = gaussian_blur(torch.cat((both, both.square()), dim=1), wide)
    spread = means[:, 2:] - means[:, :2].square()
    flat = torch.exp(-spread.clamp_min(0.0).amax(dim=1, keepdim=True) / 0.02**2)
    near = torch.exp(-((means[:, :1] - means[:, 1:2]) / 0.15).square())
    return gaussian_blur(correlation * (1.0 - flat) + near * flat, wide)
