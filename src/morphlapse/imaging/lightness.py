"""How light a picture is, as people see it."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from morphlapse.imaging.colour import linear_from_srgb

FLOOR = 0.02
"""Lightness at which black is no longer told from blacker."""


MOST_SAMPLES = 256
"""Of larger photos only about so many rows and columns are looked at."""


def lightness_from_srgb(image: Float[Tensor, "*b 3 h w"]) -> Float[Tensor, "*b h w"]:
    """CIELAB lightness of every pixel, 0 to 1, white being that of sRGB (IEC 61966-2-1 and CIE 15)."""
    linear = linear_from_srgb(image)
    luminance = (linear * linear.new_tensor([0.2126, 0.7152, 0.0722])[:, None, None]).sum(dim=-3)
    root = luminance.clamp_min(216 / 24389) ** (1 / 3)
    return torch.where(luminance > 216 / 24389, 1.16 * root - 0.16, luminance * (24389 / 2700))


def measure_lightness(image: Float[Tensor, "3 h w"]) -> float:
    """How light a photo is on the whole.

    The logarithmic mean over its pixels, which is how photographers find the key of a scene (Reinhard et al. 2002,
    equation 1): unlike a plain mean, a lamp or a window in a dark room hardly counts.

    Parameters
    ----------
    image : Tensor, (3, H, W)
        sRGB-encoded, 0 to 1; any size.

    Returns
    -------
    float
        From 0 (black) to 1 (white); of an even gray its CIELAB lightness.
    """
    step = max(1, max(image.shape[-2:]) // MOST_SAMPLES)
    lightness = lightness_from_srgb(image.detach()[:, ::step, ::step])
    return max(0.0, float((lightness + FLOOR).log().mean(dtype=torch.float64).exp()) - FLOOR)
