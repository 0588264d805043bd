"""Between stored values (sRGB-encoded) and amounts of light, gains that keep black and white, sums of channels."""

from __future__ import annotations

import cv2
import torch
from jaxtyping import Float
from torch import Tensor

from morphlapse.imaging.planes import suits_opencv


def linear_from_srgb(image: Float[Tensor, ...]) -> Float[Tensor, ...]:
    """Amounts of light, 0 to 1, of encoded values (IEC 61966-2-1)."""
    return torch.where(image <= 0.04045, image / 12.92, ((image.clamp_min(0.04045) + 0.055) / 1.055) ** 2.4)


def srgb_from_linear(light: Float[Tensor, ...]) -> Float[Tensor, ...]:
    """Encoded values of amounts of light from 0 to 1."""
    return torch.where(light <= 0.0031308, light * 12.92, 1.055 * light.clamp_min(0.0031308) ** (1.0 / 2.4) - 0.055)


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
    light = linear_from_srgb(image.clamp(0.0, 1.0))
    return srgb_from_linear(light * gain / (1.0 + (gain - 1.0) * light))


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
