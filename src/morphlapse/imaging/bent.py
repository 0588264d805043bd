"""Reading a picture through an affine map and a smooth field on top of it: the hot path of every frame."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from morphlapse.imaging.colour import round_levels
from morphlapse.imaging.planes import suits_opencv
from morphlapse.imaging.warp import enlarge, sample, size_of
from morphlapse.records import Size

REMAP_LIMIT = 2**15 - 1
"""OpenCV reads no picture with a longer side."""
STRIP = 64
"""Rows of a picture that are interleaved at once: what lies between takes little memory."""
_ANCHOR = (1, 1)
_HERE, _HALFWAY = np.array([0.0, 1.0, 0.0, 0.0]), np.array([-1.0, 9.0, 9.0, -1.0]) / 16.0
"""Weights of the pixels before, at, after and beyond a place."""


def sample_bent(
    image: Float[Tensor, "b c h w"] | UInt8[Tensor, "b c h w"],
    src_from_dst: Float[Tensor, "3 3"],
    bend: Float[Tensor, "b 2 h2 w2"],
    size: Size,
    *,
    pitch: int = 1,
) -> Float[Tensor, "b c h3 w3"]:
    """Read an image through an affine map and a smooth field.

    Parameters
    ----------
    image : Tensor, (B, C, H, W)
        What is read, bilinearly, its border replicated. Bytes are read as they are, 0 to 255, and on the CPU rounded to
        a level.
    src_from_dst : Tensor, (3, 3)
        Affine backward map in pixels.
    bend : Tensor, (B, 2, h, w)
        Displacement in pixels of the source, on a coarser grid that is stretched over the result.
    size : Size
        Of the result.
    pitch : int
        2 if `image` comes from `interleave`, whose pixels lie half a pixel apart.

    Notes
    -----
    Without a gradient, pictures on the CPU are read by OpenCV, which is faster (DESIGN.md, Speed), at positions rounded
    to a 32nd of a pixel of `image`. It is fastest for pictures in torch's channels_last format.

    Returns
    -------
    Tensor, (B, C, size.height, size.width)
    """
    positions = enlarge(bend * pitch, size)
    x = torch.arange(size.width, device=bend.device, dtype=bend.dtype)
    y = torch.arange(size.height, device=bend.device, dtype=bend.dtype)
    for axis, (along, across, shift) in enumerate((src_from_dst[:2] * pitch).tolist()):
        # One pass over the frame where the picture is not turned, else two.
        if across == 0.0:
            positions[:, axis] += x * along + shift
            continue
        positions[:, axis] += (y * across + shift)[:, None]
        if along != 0.0:
            positions[:, axis] += x * along
    bytewise = image.dtype == torch.uint8 and image.device.type == "cpu"
    if (bytewise or suits_opencv(image)) and suits_opencv(positions) and size_of(image).long_side < REMAP_LIMIT:
        return _remap(image, positions).to(bend.dtype)
    return sample(image.to(bend.dtype), positions.movedim(1, -1))


def _remap(image: Tensor, positions: Float[Tensor, "b 2 h2 w2"]) -> Tensor:
    """Read bilinearly by OpenCV, positions rounded to a 32nd of a pixel; nothing in channels_last is copied."""
    height, width = positions.shape[-2:]
    packed = image.movedim(1, -1).contiguous()
    out = image.new_empty(len(image), height, width, image.shape[1])
    for pixels, at, read in zip(packed.numpy(), positions.numpy(), out.numpy(), strict=True):
        cv2.remap(pixels, at[0], at[1], cv2.INTER_LINEAR, dst=read, borderMode=cv2.BORDER_REPLICATE)
    return out.movedim(-1, 1)


def interleave(image: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h2 w2"]:
    """Put a pixel after each, halfway to the next by Catmull-Rom: 2H x 2W, the old ones at even places as they were.

    Read bilinearly, such a picture is nearly as sharp as by Catmull-Rom itself, exactly so at every pixel and half
    pixel, at a third of the time. The last row and column repeat what is before them. The result is channels_last.
    """
    pixels = image.movedim(1, -1)
    batch, height, width, channels = pixels.shape
    out = pixels.new_empty(batch, 2 * height, 2 * width, channels)
    for first in range(0, height, STRIP):
        count = min(STRIP, height - first)
        rows = _put_between(pixels, 1, first, count)
        out[:, 2 * first : 2 * (first + count)] = _put_between(rows, 2, 0, width)
    return out.movedim(-1, 1)


def _put_between(pixels: Float[Tensor, "b h w c"], axis: int, first: int, count: int) -> Tensor:
    """So many rows (axis 1) or columns (2) of a picture from the first on, one between each two and one behind them."""
    last = pixels.shape[axis] - 1
    at = torch.arange(first - 1, first + count + 2, device=pixels.device).clamp_(0, last)
    padded = pixels.index_select(axis, at)
    before, here, after, beyond = (padded.narrow(axis, k, count) for k in range(4))
    halfway = (here + after).mul_(9.0 / 16.0).sub_(before, alpha=1.0 / 16.0).sub_(beyond, alpha=1.0 / 16.0)
    if first + count > last:
        halfway.narrow(axis, count - 1, 1).copy_(here.narrow(axis, count - 1, 1))
    return torch.stack((here, halfway), dim=axis + 1).flatten(axis, axis + 1)


def interleave_levels(image: Float[Tensor, "b c h w"]) -> UInt8[Tensor, "b c h2 w2"]:
    """The same of the levels from 0 to 255 that are nearest to a picture on the CPU: a quarter of the memory."""
    levels = round_levels(image.movedim(1, -1).contiguous())
    batch, height, width, channels = levels.shape
    out = levels.new_empty(batch, 2 * height, 2 * width, channels)
    for here, made in zip(levels.numpy(), out.numpy(), strict=True):
        # Two pixels side by side are one of twice the channels.
        pairs = made.reshape(height, 2, width, 2 * channels)
        for row, down in ((0, _HERE), (1, _HALFWAY)):
            columns = [
                cv2.sepFilter2D(here, -1, across, down, anchor=_ANCHOR, borderType=cv2.BORDER_REPLICATE)
                for across in (_HERE, _HALFWAY)
            ]
            cv2.merge([column.reshape(height, width, channels) for column in columns], pairs[:, row])
    out[:, :, -1], out[:, -1] = out[:, :, -2], out[:, -2]
    return out.movedim(-1, 1)
