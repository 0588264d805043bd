"""Pieces of films that are pictures: their frames one after another, each as a PNG."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from morphlapse.film.formats import Encoding
from morphlapse.film.ready import Ready, all_ready
from morphlapse.records import Size

LENGTH_BYTES = 8
"""Before each picture its length is told."""
QUICK = 1
"""How hard pictures of animations are packed: they are unpacked again soon."""


def encode_pictures(frames: Iterable[Tensor | Ready], encoding: Encoding) -> bytes:
    """Frames as bytes that `read_pictures` turns back without loss."""
    kept = []
    for frame in all_ready(frames, encoding):
        content = frame.parts[0].tobytes() if encoding.codec == "png" else _png_from_bgra(frame.parts[0])
        head = [frame.size.height, frame.size.width, int(frame.clear), len(content)]
        kept += [b"".join(value.to_bytes(LENGTH_BYTES, "little") for value in head), content]
    return b"".join(kept)


def read_pictures(content: bytes, encoding: Encoding) -> Iterator[Ready]:
    """The frames of `encode_pictures`, one after another."""
    stream = BytesIO(content)
    while head := stream.read(4 * LENGTH_BYTES):
        height, width, clear, length = (
            int.from_bytes(head[k : k + LENGTH_BYTES], "little") for k in range(0, len(head), LENGTH_BYTES)
        )
        picture = stream.read(length)
        part = np.frombuffer(picture, np.uint8) if encoding.codec == "png" else _bgra_from_png(picture)
        yield Ready(Size(height, width), (part,), bool(clear))


def _png_from_bgra(levels: NDArray[Any]) -> bytes:
    buffer = BytesIO()
    Image.fromarray(np.ascontiguousarray(levels[..., [2, 1, 0, 3]])).save(buffer, "PNG", compress_level=QUICK)
    return buffer.getvalue()


def _bgra_from_png(content: bytes) -> NDArray[Any]:
    with Image.open(BytesIO(content), formats=("PNG",)) as picture:
        return np.ascontiguousarray(np.asarray(picture)[..., [2, 1, 0, 3]])
