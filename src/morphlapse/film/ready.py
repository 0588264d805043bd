"""Frames as their encoder takes them: bytes, which are a fraction of a picture's size and are made on any thread."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, UInt8
from numpy import ndarray
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from torch import Tensor

from morphlapse.film.formats import Encoding
from morphlapse.film.yuv import planes_from_rgb
from morphlapse.imaging.warp import size_of
from morphlapse.records import Size


@dataclass(frozen=True, eq=False, slots=True)
class Ready:
    """One frame, ready to be written."""

    size: Size
    """Of the picture."""
    parts: tuple[NDArray[Any], ...]
    """The planes of a video's frame, the pixels of an animation's, or the bytes of a PNG."""
    clear: bool = False
    """Whether its picture had an alpha channel."""


@torch.inference_mode()
def make_ready(image: Float[Tensor, "c h w"], encoding: Encoding) -> Ready:
    """Turn a picture into what its encoder takes; nothing is written.

    Parameters
    ----------
    image : Tensor, (3 or 4, H, W)
        RGB, sRGB-encoded, 0 to 1, on any device; a fourth channel is alpha.
    encoding : Encoding
        How the film is written.
    """
    size, clear = size_of(image), len(image) > 3
    if encoding.codec == "png":
        content = _png_from_rgb(image, int(encoding.settings["level"]))
        return Ready(size, (np.frombuffer(content, np.uint8),), clear)
    if encoding.codec in ("gif", "webp"):
        return Ready(size, (bgra_from_rgb(image),), clear)
    return Ready(size, tuple(plane.cpu().numpy() for plane in planes_from_rgb(image, encoding.layout)), clear)


def all_ready(frames: Iterable[Tensor | Ready], encoding: Encoding) -> Iterator[Ready]:
    """Frames as their encoder takes them, whatever they are."""
    return (image if isinstance(image, Ready) else make_ready(image, encoding) for image in frames)


def bgra_from_rgb(image: Float[Tensor, "c h w"]) -> UInt8[ndarray, "h w 4"]:
    """A picture as bytes, blue first; opaque where it has no alpha."""
    alpha = image[3:] if len(image) > 3 else torch.ones_like(image[:1])
    levels = torch.cat((image[:3].flip(0), alpha)).clamp(0.0, 1.0).mul(255.0).add(0.5).to(torch.uint8)
    return levels.movedim(0, 2).contiguous().cpu().numpy()


def _png_from_rgb(image: Float[Tensor, "c h w"], level: int) -> bytes:
    levels = image.clamp(0.0, 1.0).mul(255.0).add(0.5).to(torch.uint8).movedim(0, 2).contiguous().cpu().numpy()
    chunks = PngInfo()
    chunks.add(b"sRGB", b"\0")
    buffer = BytesIO()
    Image.fromarray(levels).save(buffer, "PNG", pnginfo=chunks, compress_level=level)
    return buffer.getvalue()
