"""Cheap looks at a file before its decoder runs: what would fill memory or take minutes is told."""

from __future__ import annotations

import os
import re
import struct
import zlib
from collections.abc import Iterator
from io import BufferedIOBase, BytesIO

from PIL.ImageFile import ImageFile

MOST_SCANS = 64
"""Progressive JPEGs have about ten scans; each takes time in proportion to the picture, and may be a few bytes long."""

MOST_TEXT = 1_000_000
"""Bytes of one text or colour profile of a PNG, unpacked; larger ones are left out, for Pillow refuses them."""

MOST_TEXTS = 32_000_000
"""Bytes of all its texts together."""

ARITHMETIC = re.compile(rb"\xff[\xc9-\xcb]")
"""The frame of a JPEG that needs less than a bit a block, for it is not coded by Huffman."""

MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd8\xff]")
"""What stands between two parts of a JPEG."""

START_OF_SCAN, END_OF_IMAGE = 0xDA, 0xD9


def find_doubt(kind: str, image: ImageFile, stream: BufferedIOBase) -> str | None:
    """Why an opened picture is better not decoded; None where nothing speaks against it.

    Parameters
    ----------
    kind : str
        Its format.
    image : ImageFile
        As opened.
    stream : file
        Where it is read from; its place is kept.
    """
    if kind != "JPEG":
        return None
    if _is_hollow(image.size, stream):
        return "the file ends before the picture does: copy it again from where it came"
    if "progressive" in image.info and count_scans(_read_all(stream), MOST_SCANS) > MOST_SCANS:
        return f"it is in more than {MOST_SCANS} scans, which no camera writes: save it anew with a photo program"
    return None


def _is_hollow(size: tuple[int, int], stream: BufferedIOBase) -> bool:
    """Whether a JPEG claims more blocks of 8 x 8 pixels than it has bits, and each takes one at least."""
    blocks = -(-size[0] // 8) * -(-size[1] // 8)
    if 8 * os.fstat(stream.fileno()).st_size >= blocks:
        return False
    place = stream.tell()
    stream.seek(0)
    found = ARITHMETIC.search(stream.read(2**16))
    stream.seek(place)
    return found is None


def _read_all(stream: BufferedIOBase) -> bytes:
    place = stream.tell()
    stream.seek(0)
    content = stream.read()
    stream.seek(place)
    return content


def count_scans(content: bytes, limit: int) -> int:
    """Scans of the first picture in a JPEG, counted until there are more than `limit`."""
    scans, place = 0, 2
    while (found := MARKER.search(content, place)) and scans <= limit:
        kind = content[found.start() + 1]
        if kind == END_OF_IMAGE:
            break
        scans += kind == START_OF_SCAN
        length = content[found.end() : found.end() + 2]
        place = found.end() + max(2, int.from_bytes(length, "big"))
    return scans


def slim_png(stream: BufferedIOBase) -> BufferedIOBase:
    """A PNG without the texts and profiles that are too large; the stream itself, at its start, where none is."""
    dropped = list(_find_bulky(stream))
    stream.seek(0)
    if not dropped:
        return stream
    slim, place = BytesIO(), 0
    for start, end in dropped:
        slim.write(stream.read(start - place))
        stream.seek(end)
        place = end
    slim.write(stream.read())
    slim.seek(0)
    return slim


def _find_bulky(stream: BufferedIOBase) -> Iterator[tuple[int, int]]:
    """Where the chunks begin and end that are left out."""
    total = 0
    for kind, start, length in walk_chunks(stream):
        if kind not in (b"tEXt", b"zTXt", b"iTXt", b"iCCP"):
            continue
        unpacked = length if kind == b"tEXt" else _unpacked_size(kind, stream, length)
        counts = 0 if kind == b"iCCP" else unpacked
        if (kind != b"tEXt" and unpacked > MOST_TEXT) or total + counts > MOST_TEXTS:
            yield start, start + length + 12
        else:
            total += counts


def walk_chunks(stream: BufferedIOBase) -> Iterator[tuple[bytes, int, int]]:
    """Kind, place and length of each chunk of a PNG up to its end; meanwhile the stream is at the chunk's content."""
    place = 8
    stream.seek(place)
    while len(head := stream.read(8)) == 8:
        length, kind = struct.unpack(">I4s", head)
        yield kind, place, length
        if kind == b"IEND":
            return
        place += length + 12
        stream.seek(place)


def _unpacked_size(kind: bytes, stream: BufferedIOBase, length: int) -> int:
    """Bytes of a text or a profile, counted until they are too many."""
    content = stream.read(length)
    if kind == b"iTXt":
        _, _, rest = content.partition(b"\0")
        packed, rest = rest[:1] == b"\1", rest[2:].partition(b"\0")[2].partition(b"\0")[2]
        if not packed:
            return len(rest)
    else:
        rest = content.partition(b"\0")[2][1:]
    try:
        return len(zlib.decompressobj().decompress(rest, MOST_TEXT + 1))
    except zlib.error:
        return len(rest)
