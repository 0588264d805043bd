"""A process of its own that reads pictures whose decoders may crash or hang: `processes` starts and stops it.

Each request is a line of JSON; so is each answer, and behind it come the pixels' bytes. The process ends when nobody
can ask any more.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from morphlapse.album.faults import UnreadablePhotoError
from morphlapse.album.pixels import find_header, load_pixels
from morphlapse.records import Size

BASE_BYTES = 3 * 2**30
"""Of memory that a reader may ask for: most of it is the address space of libraries and of the decoders' threads."""

BYTES_A_PIXEL = 40
"""More that it may ask for, for each pixel of a picture that is decoded."""


def answer(request: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Do what is asked, and give what is said and, where pixels were asked for, these."""
    path = Path(request["path"])
    full = None if request["full"] is None else Size(*request["full"])
    limit_memory(0 if full is None else full.height * full.width)
    try:
        if full is None:
            header = find_header(path, request["max_megapixels"])
            size = [header.size.height, header.size.width]
            return {"size": size, "orientation": header.orientation, "tags": plain_tags(header.tags)}, b""
        pixels = np.ascontiguousarray(load_pixels(path, full, Size(*request["size"])))
    except UnreadablePhotoError as error:
        return {"reason": error.reason}, b""
    return {"shape": pixels.shape, "type": pixels.dtype.name}, pixels.tobytes()


def limit_memory(pixels: int) -> None:
    """Let this process ask for no more memory than such a picture needs, where the system can hold it to that."""
    most = resource.getrlimit(resource.RLIMIT_AS)[1]
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (BASE_BYTES + BYTES_A_PIXEL * pixels, most))


def plain_tags(tags: Mapping[int, object]) -> dict[int, str | int | float]:
    """EXIF's tags as JSON can hold them: what morphlapse uses of them is text and numbers."""
    plain: dict[int, str | int | float] = {}
    for tag, value in tags.items():
        if isinstance(value, bytes):
            plain[tag] = value.decode("ascii", "replace")
        elif isinstance(value, (str, int, float)):
            plain[tag] = value
    return plain


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer until nobody asks any more."""
    for line in requests:
        said, pixels = answer(json.loads(line))
        answers.write(json.dumps({**said, "bytes": len(pixels)}).encode() + b"\n")
        answers.write(pixels)
        answers.flush()


def main() -> None:
    """Serve on standard input and output; what decoders print goes nowhere."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with os.fdopen(os.dup(1), "wb") as answers, suppress(BrokenPipeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
