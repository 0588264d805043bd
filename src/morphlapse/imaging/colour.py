"""Stored values (sRGB-encoded): their levels, the light they stand for, gains that keep black and white, their sums."""

from __future__ import annotations

from typing import Any

import cv2
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from morphlapse.imaging.planes import suits_opencv

LEVELS = 255.0
"""The highest level of a byte."""
_FULL: Any = LEVELS
"""A number may stand for a picture, which OpenCV's own types do not say."""


def round_levels(image: Float[Tensor, "*shape"]) -> UInt8[Tensor, "*shape"]:
    """The levels from 0 to 255 that are nearest to values from 0 to 1 on the CPU."""
    flat = image.flatten(1) if image.ndim > 1 else image[None]
    return torch.from_numpy(cv2.multiply(flat.numpy(), _FULL, dtype=cv2.CV_8U)).view(image.shape)


def linear_from_srgb(image: Float[Tensor, ...]) -> Float[Tensor, ...]:
    """Amounts of light, 0 to 1, of encoded values (IEC 61966-2-1)."""
    return torch.where(image <= 0.04045, image / 12.92, ((image.clamp_min(0.04045) + 0.055) / 1.055) ** 2.4)


def srgb_from_linear(light: Float[Tensor, ...]) -> Float[Tensor, ...]:
    """Encoded values of amounts of light from 0 to 1."""
    return torch.where(light <= 0.0031308, light * 12.92, 1.055 * light.clamp_min(0.0031308) ** (1.0 / 2.4) - 0.055)


def lab_of(image: Float[Tensor, "b 3 h w"]) -> Float[Tensor, "b 3 h w"]:
    """CIELAB of an sRGB image, each channel divided by 100.

    On the CPU and without a gradient a* and b* are OpenCV's, whose tables are fast. Lightness is not: it is divided by
    its local contrast, where what they err by would be seen.
    """
    if not suits_opencv(image):
        # Loaded where it is needed: it takes as long as forty frames of a preview.
        from kornia.color import rgb_to_lab

        return rgb_to_lab(image) / 100.0
    pixels = torch.empty_like(image.movedim(1, -1), memory_format=torch.contiguous_format).copy_(image.movedim(1, -1))
    for each in pixels.numpy():
        cv2.cvtColor(each, cv2.COLOR_RGB2Lab, dst=each)
    return torch.cat((light_of(image), pixels.movedim(-1, 1)[:, 1:] * 0.01), dim=1)


def light_of(image: Float[Tensor, "b 3 h w"]) -> Float[Tensor, "b 1 h w"]:
    """The first channel of `lab_of` alone, which takes less time."""
    light = linear_from_srgb(image)
    y = light[:, :1] * 0.212671 + light[:, 1:2] * 0.715160 + light[:, 2:] * 0.072169
    return torch.where(y > 0.008856, 1.16 * y.clamp_min(0.008856) ** (1.0 / 3.0) - 0.16, 9.03292 * y)


def expose(image: Float[Tensor, "c h w"], stops: Float[Tensor, " c"]) -> Float[Tensor, "c h w"]:
    """Brighten or darken each channel by so many stops, without clipping.

    Of light x it makes g x / (1 + (g - 1) x), with g = 2^stops: a gain of g in the dark that rolls off towards white,
    which stays white, as black stays black. It shifts the log-odds log2(x / (1 - x)) by `stops`, so two gains add up,
    and the opposite one undoes it.

    Parameters
    ----------
    image : Tensor, (C, H, W)
        sRGB-encoded, 0 to 1.
    stops : Tensor, (C,)
        Positive brightens; where all are 0 the image itself is given back.
    """
    if not bool(stops.any()):
        return image
    gain = torch.exp2(stops.to(image))[:, None, None]
    levels = _find_levels(image)
    if levels is None:
        return _expose(image.clamp(0.0, 1.0), gain)
    curves = _expose((torch.arange(256) / 255.0).expand(len(gain), 1, -1), gain)
    exposed = [cv2.LUT(plane, curve) for plane, curve in zip(levels.numpy(), curves.numpy(), strict=True)]
    return torch.stack([torch.from_numpy(plane) for plane in exposed])


def _expose(image: Float[Tensor, "c h w"], gain: Float[Tensor, "c 1 1"]) -> Float[Tensor, "c h w"]:
    light = linear_from_srgb(image)
    return srgb_from_linear(light * gain / (1.0 + (gain - 1.0) * light))


def _find_levels(image: Float[Tensor, "c h w"]) -> UInt8[Tensor, "c h w"] | None:
    """The levels of a photo of 8 bits, of which there are so few that each is looked up; None for any other picture."""
    if not suits_opencv(image):
        return None
    levels = round_levels(image.contiguous())
    return levels if torch.equal(levels.to(torch.float32).div_(LEVELS), image) else None


def mix_channels(
    image: Float[Tensor, "c h w"], weights: Float[Tensor, "c2 c"], offset: float
) -> Float[Tensor, "c2 h w"]:
    """Weighted sums of a picture's channels, and a constant added to each.

    On the CPU OpenCV makes them, of the channels of a pixel one after another in memory, and gives them back so.
    """
    if not suits_opencv(image):
        return torch.einsum("nc,chw->nhw", weights, image) + offset
    affine = torch.cat((weights, torch.full_like(weights[:, :1], offset)), dim=1)
    mixed = cv2.transform(image.movedim(0, -1).contiguous().numpy(), affine.numpy())
    return torch.from_numpy(mixed).view(*image.shape[1:], len(weights)).movedim(-1, 0)
