"""A film as a folder of numbered PNGs, without any loss."""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from morphlapse.errors import EncodeError
from morphlapse.film.ready import Ready
from morphlapse.film.target import explained

NAME = re.compile(r"\d{5,}\.png")


def write_folder(frames: Iterable[Ready], folder: Path) -> int:
    """Write frames as 00001.png and so on, and count them.

    The folder is filled under another name beside its place and renamed when it is whole, so that it never holds half
    a film. A folder that is there is replaced only if it holds nothing but such pictures.

    Parameters
    ----------
    frames : iterable of Ready
        Each with the bytes of a PNG.
    folder : Path
        What is beside it is not touched.

    Raises
    ------
    EncodeError
        If something else is there, or it cannot be written.
    """
    check_folder(folder)
    place = Path(os.path.realpath(folder))
    beside = place.with_name(f".morphlapse-{secrets.token_hex(4)}.part")
    try:
        with explained(folder):
            beside.mkdir()
        count = 0
        for count, image in enumerate(frames, start=1):
            with explained(folder):
                _write_picture(image.parts[0].tobytes(), beside / f"{count:05d}.png")
        with explained(folder):
            _take_place(beside, place)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return count


def check_folder(folder: Path) -> None:
    """Refuse a folder that is a file, or that holds something else than numbered PNGs."""
    if not folder.exists():
        return
    with explained(folder):
        names = [each.name for each in folder.iterdir()]
    for name in sorted(names):
        if NAME.fullmatch(name) is None:
            raise EncodeError(f"{folder} holds {name}, which is no picture of a film; choose another folder")


def _write_picture(content: bytes, path: Path) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _take_place(beside: Path, place: Path) -> None:
    """Rename a folder over another, which comes back if that fails."""
    if not place.exists():
        beside.rename(place)
        return
    old = place.with_name(f".morphlapse-{secrets.token_hex(4)}.part")
    place.rename(old)
    try:
        beside.rename(place)
    except OSError:
        with suppress(OSError):
            old.rename(place)
        raise
    shutil.rmtree(old, ignore_errors=True)
