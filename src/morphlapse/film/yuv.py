"""From pictures to the values of video: BT.709 in limited range, in the layouts that encoders take."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int16, UInt8
from torch import Tensor

RED, GREEN, BLUE = 0.2126, 0.7152, 0.0722
"""How much each primary gives to lightness (ITU-R BT.709-6, 3.2)."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How the values of a frame lie in memory: planes of Y', Cb and Cr, and of alpha where there is one."""

    name: str
    """FFmpeg's, such as yuv420p."""
    bits: int = 8
    """Of a value; of more than 8, two bytes each."""
    halved: tuple[bool, bool] = (True, True)
    """Whether colour has half the rows and half the columns."""
    alpha: bool = False
    """Whether a fourth plane says how opaque a pixel is."""


def _weights() -> tuple[Float[Tensor, "1 3"], Float[Tensor, "2 3"]]:
    """Rows that give 219 Y' and 224 (Cb, Cr) of R'G'B' from 0 to 1 (BT.709-6, 3.3 and 3.4)."""
    luma = torch.tensor([[RED, GREEN, BLUE]], dtype=torch.float64)
    blueness = (torch.tensor([[0.0, 0.0, 1.0]]) - luma) / (2.0 * (1.0 - BLUE))
    redness = (torch.tensor([[1.0, 0.0, 0.0]]) - luma) / (2.0 * (1.0 - RED))
    return (219.0 * luma).float(), (224.0 * torch.cat((blueness, redness))).float()


def planes_from_rgb(
    image: Float[Tensor, "c h w"], layout: Layout
) -> list[UInt8[Tensor, "_h _w"] | Int16[Tensor, "_h _w"]]:
    """Turn a picture into the planes of a frame.

    Each value is rounded once, from float. Colour is averaged over two rows where it has half of them, and over three
    columns (1, 2, 1) around the even one, for that is where H.264 and its kin expect it unless told otherwise (ITU-T
    H.264, E.2.1, chroma_sample_loc_type 0).

    Parameters
    ----------
    image : Tensor, (3 or 4, H, W)
        RGB, sRGB-encoded, and alpha, straight; 0 to 1 (what lies outside is clipped). Sides are even where colour is
        halved.
    layout : Layout
        Where there is no fourth channel, its alpha is opaque.

    Returns
    -------
    list of Tensor
        Y', Cb, Cr and perhaps alpha (in full range).
    """
    step = float(2 ** (layout.bits - 8))
    kind = torch.uint8 if layout.bits == 8 else torch.int16
    luma_row, chroma_rows = (step * weights.to(image) for weights in _weights())
    colour = image[:3]
    low, mid, half = 16.0 * step, 128.0 * step, 0.5
    luma = torch.mm(luma_row, colour.reshape(3, -1)).add_(low + half).clamp_(low, 235.0 * step)
    reduced = _halve(colour, layout.halved)
    chroma = torch.mm(chroma_rows, reduced.reshape(3, -1)).add_(mid + half).clamp_(low, 240.0 * step)
    planes = [luma.to(kind).view(image.shape[-2:]), *chroma.to(kind).view(2, *reduced.shape[-2:])]
    if layout.alpha:
        most = float(2**layout.bits - 1)
        opaque = image[3] if len(image) > 3 else torch.ones_like(image[0])
        planes.append((opaque.clamp(0.0, 1.0) * most + half).to(kind))
    return planes


def _halve(image: Float[Tensor, "3 h w"], halved: tuple[bool, bool]) -> Float[Tensor, "3 h2 w2"]:
    rows, columns = halved
    if rows:
        image = (image[:, 0::2] + image[:, 1::2]).mul_(0.5)
    if not columns:
        return image
    even, odd = image[:, :, 0::2], image[:, :, 1::2]
    total = even.mul(2.0).add_(odd)
    total[:, :, 1:] += odd[:, :, :-1]
    total[:, :, 0] += even[:, :, 0]
    return total.mul_(0.25)
