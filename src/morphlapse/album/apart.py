"""Reading pictures in processes of their own: a decoder that crashes, hangs or fills the memory takes no run along."""

from __future__ import annotations

import atexit
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from morphlapse.album.faults import UnreadablePhotoError
from morphlapse.album.header import Header
from morphlapse.album.processes import ASTRAY, Readers, ReaderStoppedError
from morphlapse.records import Size

PATIENCE_S = 30.0
"""So long a reader may take for a header, and for a picture so much more a megapixel:"""

PATIENCE_S_PER_MEGAPIXEL = 1.0
"""Many times what the slowest decoder takes on a busy machine."""

READERS = Readers()
"""Those of this process."""

atexit.register(READERS.close)


def ask_header(path: Path, max_megapixels: float, readers: Readers = READERS) -> Header:
    """`pixels.find_header` by a process of its own; a crash or a hang of its decoder is an `UnreadablePhotoError`."""
    said, _ = _ask(path, {"full": None, "max_megapixels": max_megapixels}, PATIENCE_S, readers)
    try:
        tags = {int(tag): value for tag, value in said["tags"].items()}
        return Header(Size(*map(int, said["size"])), said["orientation"], tags)
    except (LookupError, TypeError, ValueError) as error:
        raise UnreadablePhotoError(path, ASTRAY) from error


def ask_pixels(
    path: Path, full: Size, size: Size, readers: Readers = READERS
) -> NDArray[np.uint8] | NDArray[np.float32]:
    """`pixels.load_pixels` by a process of its own; a crash or a hang of its decoder is an `UnreadablePhotoError`."""
    patience_s = PATIENCE_S + PATIENCE_S_PER_MEGAPIXEL * full.height * full.width / 1e6
    wanted = {"full": [full.height, full.width], "size": [size.height, size.width]}
    said, pixels = _ask(path, wanted, patience_s, readers)
    shape = (size.height, size.width, *said.get("shape", [])[2:])
    kinds = {"uint8": np.uint8, "float32": np.float32}
    kind = np.dtype(kinds.get(said.get("type", ""), np.void))
    if len(pixels) != math.prod(shape) * kind.itemsize or not pixels:
        raise UnreadablePhotoError(path, ASTRAY)
    return np.frombuffer(pixels, dtype=kind).reshape(shape)


def _ask(
    path: Path, wanted: Mapping[str, Any], patience_s: float, readers: Readers
) -> tuple[dict[str, Any], bytearray]:
    try:
        said, pixels = readers.ask({"path": os.path.abspath(path), **wanted}, patience_s)  # noqa: PTH100 - as it is
    except ReaderStoppedError as stopped:
        raise UnreadablePhotoError(path, f"{stopped}: the file is damaged, or made to do harm") from stopped
    except OSError as error:
        reason = f"no process can be started to read it ({error.strerror or error})"
        raise UnreadablePhotoError(path, reason) from error
    if "reason" in said:
        raise UnreadablePhotoError(path, said["reason"])
    return said, pixels
