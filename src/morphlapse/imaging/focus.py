"""How sharp a picture is, whatever it shows: the width of its edges, told from noise, light and contrast."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from morphlapse.imaging.compare import lightness_of
from morphlapse.imaging.filters import gaussian_blur, squared_slope

FINE, COARSE = 1.0, 2.0
"""Deviations of the two Gaussians between which edges are compared, in pixels."""

DIFFERENCE = 1.0 / 3.0
"""Variance that a central difference adds: it is the mean slope over two pixels."""

SOFT_PX = 2.0
"""Edges of this blur are half as sharp as can be."""

MAD = 1.4826
"""From the median of the absolute values of Gaussian noise to its deviation."""


def measure_blur(image: Float[Tensor, "c h w"], weight: Float[Tensor, "1 h w"] | None = None) -> float:
    """By how wide a Gaussian the strongest edges seem to be blurred, in pixels.

    An edge that is blurred by s has, after a further Gaussian of a, a slope in proportion to 1 / sqrt(s² + a²). The
    sums of the fourth powers of the slopes at two scales, in which the strong edges speak and soft shading hardly
    does, go as the power -3/2 of s² + a²; their ratio tells s. A gain and an offset leave the ratio as it is, and what
    white noise adds to the slopes is taken off.

    Parameters
    ----------
    image : Tensor, (C, H, W)
        In [0, 1].
    weight : Tensor, (1, H, W), optional
        How much each pixel counts.

    Returns
    -------
    float
        Deviation of the blur, 0 or more; infinite where there are no edges but those of noise. Of blurs under half a
        pixel no more is told than that they are small.
    """
    light = lightness_of(image.detach()[None])
    counted = torch.ones_like(light) if weight is None else weight[None].to(light)
    noise = estimate_noise(light, counted)
    fine, coarse = (_sum_slopes(light, counted, sigma, noise) for sigma in (FINE, COARSE))
    if coarse <= 0.0 or fine <= coarse:
        return math.inf
    ratio = (fine / coarse) ** (2.0 / 3.0)
    a, b = (sigma**2 + DIFFERENCE for sigma in (FINE, COARSE))
    return math.sqrt(max((b - ratio * a) / (ratio - 1.0), 0.0))


def _sum_slopes(light: Tensor, weight: Tensor, sigma: float, noise: float) -> float:
    """Sum of the fourth powers of the slopes at a scale, those of noise taken off; 0 where it may all be noise."""
    # Each slope of white noise blurred by sigma has the variance noise² / (8 pi sigma⁴), and both slopes' squares
    # together an exponential distribution: of what is above twice its mean the mean square is 2 mean² / e².
    mean = 2.0 * noise**2 / (8.0 * math.pi * sigma**4)
    squares = (squared_slope(gaussian_blur(light, sigma)) - 2.0 * mean).clamp_min(0.0).double()
    by_noise = 2.0 * (2.0 * mean**2 / math.e**2)
    return max(float((weight * (squares * squares - by_noise)).sum()), 0.0)


def estimate_noise(light: Float[Tensor, "1 1 h w"], weight: Float[Tensor, "1 1 h w"]) -> float:
    """Deviation of white noise where the weight is more than a half (Immerkær 1996, by the median)."""
    if min(light.shape[-2:]) < 3 or not bool((weight[..., 1:-1, 1:-1] > 0.5).any()):
        return 0.0
    row = light.new_tensor([1.0, -2.0, 1.0])
    detail = F.conv2d(light, torch.outer(row, row)[None, None])
    return float(detail[weight[..., 1:-1, 1:-1] > 0.5].abs().median()) * MAD / 6.0


def sharpness_of_blur(blur_px: float) -> float:
    """From 1 (no blur) over 1/2 (a blur of `SOFT_PX`) to 0."""
    return 1.0 / (1.0 + (blur_px / SOFT_PX) ** 2)
