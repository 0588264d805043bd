"""From pictures to the bytes of video: BT.709 in limited range, with half as many colours as lights each way."""

from __future__ import annotations

import torch
from jaxtyping import Float, UInt8
from torch import Tensor

RED, GREEN, BLUE = 0.2126, 0.7152, 0.0722
"""How much each primary gives to lightness (ITU-R BT.709-6, 3.2)."""


def _weights() -> tuple[Float[Tensor, "1 3"], Float[Tensor, "2 3"]]:
    """Rows that give 219 Y' and 224 (Cb, Cr) of R'G'B' from 0 to 1 (BT.709-6, 3.3 and 3.4)."""
    luma = torch.tensor([[RED, GREEN, BLUE]], dtype=torch.float64)
    blueness = (torch.tensor([[0.0, 0.0, 1.0]]) - luma) / (2.0 * (1.0 - BLUE))
    redness = (torch.tensor([[1.0, 0.0, 0.0]]) - luma) / (2.0 * (1.0 - RED))
    return (219.0 * luma).float(), (224.0 * torch.cat((blueness, redness))).float()


def yuv420_from_rgb(image: Float[Tensor, "3 h w"]) -> UInt8[Tensor, "h15 w"]:
    """Turn a picture into the planes of yuv420p, one below the other.

    Each value is rounded once, from float. Colour is averaged over two rows and three columns (1, 2, 1) around the even
    one, for that is where H.264 expects it unless told otherwise (ITU-T H.264, E.2.1, chroma_sample_loc_type 0).

    Parameters
    ----------
    image : Tensor, (3, H, W)
        RGB, sRGB-encoded, 0 to 1 (what lies outside is clipped); H and W even.

    Returns
    -------
    Tensor, (3 H / 2, W), uint8
        Y' (H rows), then Cb and Cr (H / 4 rows each, two of their own rows in one).
    """
    height, width = image.shape[-2:]
    luma_row, chroma_rows = (weights.to(image) for weights in _weights())
    luma = torch.mm(luma_row, image.reshape(3, -1)).add_(16.5).clamp_(16.0, 235.0)
    chroma = torch.mm(chroma_rows, _quarter(image).view(3, -1)).add_(128.5).clamp_(16.0, 240.0)
    planes = torch.empty((height * 3 // 2, width), dtype=torch.uint8, device=image.device)
    planes[:height].view(1, -1).copy_(luma)
    planes[height:].view(2, -1).copy_(chroma)
    return planes


def _quarter(image: Float[Tensor, "3 h w"]) -> Float[Tensor, "3 h2 w2"]:
    rows = image[:, 0::2] + image[:, 1::2]
    even, odd = rows[:, :, 0::2], rows[:, :, 1::2]
    total = even.mul(2.0).add_(odd)
    total[:, :, 1:] += odd[:, :, :-1]
    total[:, :, 0] += even[:, :, 0]
    return total.mul_(0.125)
