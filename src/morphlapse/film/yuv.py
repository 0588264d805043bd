"""From pictures to the values of video: BT.709 in limited range, in the layouts that encoders take."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import torch
from jaxtyping import Float, Int16, UInt8
from torch import Tensor

from morphlapse.imaging.colour import mix_channels

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


@cache
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
    low, mid, half = 16.0 * step, 128.0 * step, 0.5
    colour = image[:3]
    luma = mix_channels(colour, luma_row, low + half).clamp_(low, 235.0 * step)[0]
    if layout.halved[0]:
        colour, chroma_rows = colour[:, 0::2] + colour[:, 1::2], 0.5 * chroma_rows
    chroma = mix_channels(colour, chroma_rows, mid + half)
    if layout.halved[1]:
        chroma = _halve_columns(chroma)
    chroma = chroma.clamp_(low, 240.0 * step)
    planes = [luma.to(kind), *(plane.to(kind).contiguous() for plane in chroma)]
    if layout.alpha:
        most = float(2**layout.bits - 1)
        opaque = image[3] if len(image) > 3 else torch.ones_like(image[0])
        planes.append((opaque.clamp(0.0, 1.0) * most + half).to(kind))
    return planes


def _halve_columns(chroma: Float[Tensor, "2 h w"]) -> Float[Tensor, "2 h w2"]:
    """Every other column, averaged with those beside it; both values of a pixel are moved at once, as one number."""
    pairs = torch.view_as_complex(chroma.movedim(0, -1).contiguous())
    even, odd = pairs[:, 0::2], pairs[:, 1::2]
    total = even + even
    total += odd
    total[:, 1:] += odd[:, :-1]
    total[:, 0] += even[:, 0]
    return torch.view_as_real(total).mul_(0.25).movedim(-1, 0)
