"""How an AVIF or HEIC says its values are coded: the nclx box of its main picture (ISO/IEC 14496-12, 23008-12)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from io import BufferedIOBase
from typing import NamedTuple

MOST_META = 2**22
"""Bytes of the box that describes all pictures of a file, at most."""


class Coding(NamedTuple):
    """What the values of a picture stand for, by the numbers of ITU-T H.273."""

    primaries: int
    """Which red, green and blue."""
    transfer: int
    """How light becomes a value."""


class _Box(NamedTuple):
    kind: bytes
    content: bytes


def read_coding(stream: BufferedIOBase) -> Coding | None:
    """The coding of a file's main picture; None where it has none, or a colour profile, or the file is damaged.

    Parameters
    ----------
    stream : file
        An AVIF or HEIC; its place is kept.
    """
    place = stream.tell()
    stream.seek(0)
    try:
        meta = _find_meta(stream)
        return None if meta is None else _coding_of(meta)
    except (struct.error, IndexError):
        return None
    finally:
        stream.seek(place)


def _find_meta(stream: BufferedIOBase) -> bytes | None:
    """The content of the file's meta box, behind its version and flags."""
    while len(head := stream.read(8)) == 8:
        size, kind = struct.unpack(">I4s", head)
        if size == 1:
            size = struct.unpack(">Q", stream.read(8))[0] - 8
        if kind == b"meta":
            return stream.read(min(size - 8, MOST_META))[4:]
        if size < 8:
            return None
        stream.seek(size - 8, 1)
    return None


def _boxes(content: bytes) -> Iterator[_Box]:
    place = 0
    while place + 8 <= len(content):
        size, kind = struct.unpack_from(">I4s", content, place)
        if size < 8:
            return
        yield _Box(kind, content[place + 8 : place + size])
        place += size


def _find(content: bytes, kind: bytes) -> bytes:
    return next((box.content for box in _boxes(content) if box.kind == kind), b"")


def _coding_of(meta: bytes) -> Coding | None:
    main = _find(meta, b"pitm")
    number = int.from_bytes(main[4:6] if main[0] == 0 else main[4:8], "big")
    told = _find(meta, b"iprp")
    properties = list(_boxes(_find(told, b"ipco")))
    wanted = _properties_of(number, _find(told, b"ipma"))
    colours = [
        properties[k - 1].content for k in wanted if 0 < k <= len(properties) and properties[k - 1].kind == b"colr"
    ]
    if not colours or any(content[:4] != b"nclx" for content in colours):
        return None
    return Coding(*struct.unpack_from(">HH", colours[0], 4))


def _properties_of(number: int, table: bytes) -> list[int]:
    """Which properties, counted from 1, belong to a picture."""
    version, flags = table[0], table[3]
    count, place = struct.unpack_from(">I", table, 4)[0], 8
    for _ in range(count):
        item = int.from_bytes(table[place : place + (2 if version < 1 else 4)], "big")
        place += 2 if version < 1 else 4
        width, length = (2 if flags & 1 else 1), table[place]
        places = range(place + 1, place + 1 + width * length, width)
        if item == number:
            mask = 0x7FFF if flags & 1 else 0x7F
            return [int.from_bytes(table[k : k + width], "big") & mask for k in places]
        place += 1 + width * length
    return []
