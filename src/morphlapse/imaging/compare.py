"""How alike two pictures are, and how sharp one is.

All functions take batches and give one number a picture, or one a pixel where the name says map. Images are in [0, 1].
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from morphlapse.imaging.filters import gaussian_blur, squared_slope

LUMA = (0.299, 0.587, 0.114)
"""Weights of red, green and blue in lightness (ITU-R BT.601), on sRGB-encoded values."""


def lightness_of(image: Float[Tensor, "b c h w"]) -> Float[Tensor, "b 1 h w"]:
    """One channel of an image: its luma if it has three, else the mean of what it has."""
    if image.shape[1] == 3:
        return (image * image.new_tensor(LUMA)[:, None, None]).sum(dim=1, keepdim=True)
    return image.mean(dim=1, keepdim=True)


def normalise_locally(image: Float[Tensor, "b c h w"], sigma: float, *, floor: float) -> Float[Tensor, "b c h w"]:
    """Give each neighbourhood the mean 0 and, where there is more contrast than `floor`, the deviation 1.

    Parameters
    ----------
    image : Tensor, (B, C, H, W)
    sigma : float
        Of the Gaussian neighbourhood, in pixels.
    floor : float
        Added in quadrature to the deviation, so that what is flat stays flat.

    Returns
    -------
    Tensor, (B, C, H, W)
        A gain and an offset of the image, also such as change slowly, leave it as it is (but for the floor).
    """
    centred = image - gaussian_blur(image, sigma)
    return centred / (gaussian_blur(centred * centred, sigma) + floor * floor).sqrt()


def _mean_within(image: Tensor, valid: Tensor | None, share: Tensor | None, sigma: float) -> Tensor:
    """Gaussian mean over the valid pixels (normalised convolution, Knutsson and Westin 1993); `share` is their blur."""
    if valid is None or share is None:
        return gaussian_blur(image, sigma)
    return gaussian_blur(image * valid, sigma) / share


def local_correlation_map(
    a: Float[Tensor, "b c h w"],
    b: Float[Tensor, "b c h w"],
    *,
    sigma: float = 3.0,
    floor: float = 0.02,
    valid: Float[Tensor, "b 1 h w"] | None = None,
) -> Float[Tensor, "b 1 h w"]:
    """Correlation of two images about each pixel: 1 alike but for gain and offset, 0 unrelated, -1 opposite.

    Parameters
    ----------
    a, b : Tensor, (B, C, H, W)
        The channels are taken together.
    sigma : float
        Of the Gaussian neighbourhood, in pixels.
    floor : float
        Deviation below which a neighbourhood counts as flat, which draws the correlation to 0.
    valid : Tensor, (B, 1, H, W), optional
        Where both pictures are known.
    """
    share = None if valid is None else gaussian_blur(valid, sigma).clamp_min(1e-6)
    a0, b0 = a - _mean_within(a, valid, share, sigma), b - _mean_within(b, valid, share, sigma)
    products = torch.stack([(a0 * b0).mean(dim=1), (a0 * a0).mean(dim=1), (b0 * b0).mean(dim=1)], dim=1)
    ab, aa, bb = _mean_within(products, valid, share, sigma).clamp(-1e6, 1e6).unbind(dim=1)
    square = floor * floor
    return (ab / ((aa.clamp_min(0.0) + square) * (bb.clamp_min(0.0) + square)).sqrt())[:, None].clamp(-1.0, 1.0)


def local_correlation(
    a: Float[Tensor, "b c h w"],
    b: Float[Tensor, "b c h w"],
    *,
    sigma: float = 3.0,
    floor: float = 0.02,
    valid: Float[Tensor, "b 1 h w"] | None = None,
) -> Float[Tensor, " b"]:
    """Mean of `local_correlation_map` over the valid pixels."""
    return _average(local_correlation_map(a, b, sigma=sigma, floor=floor, valid=valid), valid)


def _average(values: Tensor, valid: Tensor | None) -> Float[Tensor, " b"]:
    if valid is None:
        return values.mean(dim=(1, 2, 3))
    weight = valid.expand_as(values)
    return (values * weight).sum(dim=(1, 2, 3)) / weight.sum(dim=(1, 2, 3)).clamp_min(1e-6)


def psnr(
    a: Float[Tensor, "b c h w"], b: Float[Tensor, "b c h w"], *, valid: Float[Tensor, "b 1 h w"] | None = None
) -> Float[Tensor, " b"]:
    """Peak signal-to-noise ratio in dB, the peak being 1; equal pictures have 120."""
    return -10.0 * _average((a - b) ** 2, valid).clamp_min(1e-12).log10()


def ssim(
    a: Float[Tensor, "b c h w"], b: Float[Tensor, "b c h w"], *, valid: Float[Tensor, "b 1 h w"] | None = None
) -> Float[Tensor, " b"]:
    """Structural similarity (Wang et al. 2004, eq. 13; Gaussian of 1.5 px, K1 = 0.01, K2 = 0.03), over all channels."""
    c1, c2 = 0.01**2, 0.03**2
    mean_a, mean_b = gaussian_blur(a, 1.5), gaussian_blur(b, 1.5)
    var_a = gaussian_blur(a * a, 1.5) - mean_a * mean_a
    var_b = gaussian_blur(b * b, 1.5) - mean_b * mean_b
    both = gaussian_blur(a * b, 1.5) - mean_a * mean_b
    light = (2.0 * mean_a * mean_b + c1) / (mean_a * mean_a + mean_b * mean_b + c1)
    return _average(light * (2.0 * both + c2) / (var_a + var_b + c2), valid)


def sharpness(image: Float[Tensor, "b c h w"]) -> Float[Tensor, " b"]:
    """Energy of the slopes of lightness, RMS per pixel: what blurring takes away (Tenengrad, Krotkov 1987)."""
    return squared_slope(lightness_of(image)).mean(dim=(1, 2, 3)).sqrt()
