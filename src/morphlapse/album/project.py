"""The album file: read and checked, and written; one JSON file.

It may be edited by hand: whatever is wrong in it is told in one line with its place, and the file is left as it is.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from morphlapse.album.paths import leads_outside, show_path
from morphlapse.album.schema import VERSION, AlbumFile
from morphlapse.album.stills import put_in_place
from morphlapse.errors import PhotoError

MOST_BYTES = 2**28
"""A larger file is no album file."""


def read_album_file(path: Path, *, outside: bool = False) -> AlbumFile:
    """Read an album file.

    Parameters
    ----------
    path : Path
        Of the file.
    outside : bool
        Whether it may name photos outside its folder.

    Raises
    ------
    PhotoError
        In one line with the file, the place in it and what would be right.
    """
    name = show_path(path)
    stored = _load(path)
    if not isinstance(stored, dict) or "version" not in stored:
        raise PhotoError(f"{name}: this is no album file; it would begin with its version, {VERSION}")
    if stored["version"] != VERSION:
        raise PhotoError(
            f"{name}: version: this album file has the form {stored['version']!r} and {VERSION} is known; "
            "use the morphlapse that wrote it, or a newer one"
        )
    lists = isinstance(stored.get("photos"), list)
    try:
        read = AlbumFile.model_validate({**stored, "photos": tuple(stored["photos"])} if lists else stored)
    except ValidationError as error:
        raise PhotoError(f"{name}: {say_fault(error)}") from error
    if not outside:
        _check_inside(read, name)
    return read


def _load(path: Path) -> Any:
    name = show_path(path)
    try:
        large = path.stat().st_size > MOST_BYTES
        content = b"" if large else path.read_bytes()
    except OSError as error:
        raise PhotoError(f"{name}: it cannot be read ({error.strerror or error})") from error
    if large:
        raise PhotoError(f"{name}: it is too large for an album file")
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise PhotoError(f"{name}: this is no JSON ({' '.join(str(error).split())})") from error


def say_fault(error: ValidationError) -> str:
    """The first thing that is wrong, with its place, in one line."""
    first = error.errors(include_url=False)[0]
    place = "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in first["loc"]).lstrip(".")
    said = str(first["msg"]).removeprefix("Value error, ")
    return f"{place}: {said[:1].lower()}{said[1:]} (got {first.get('input')!r:.80})"


def _check_inside(read: AlbumFile, name: str) -> None:
    for index, entry in enumerate(read.photos):
        if leads_outside(entry.path):
            raise PhotoError(
                f"{name}: photos[{index}].path: {entry.path!r} lies outside the album file's folder; "
                "move it there, or allow it with --allow-outside"
            )


def write_album_file(album: AlbumFile, path: Path) -> None:
    """Write an album file beside its place and rename it: there is the old one or the new one, never half.

    Raises
    ------
    EncodeError
        If it cannot be written.
    """
    text = json.dumps(album.model_dump(mode="json"), indent=1, ensure_ascii=True)
    put_in_place(_join_numbers(text).encode("ascii") + b"\n", path, None)


def _join_numbers(text: str) -> str:
    """Put rows of numbers into one line each: people read them, and compare two versions."""
    rows: list[str] = []
    within = False
    for line in text.split("\n"):
        inner = line.strip()
        number = inner[:1].isdigit() or inner[:1] == "-"
        closes = inner[:1] == "]" and within and not rows[-1].endswith("[")
        if within and (number or closes):
            rows[-1] += inner if closes or rows[-1].endswith("[") else f" {inner}"
        else:
            rows.append(line)
        within = inner.endswith("[") or (within and number)
    return "\n".join(rows)
