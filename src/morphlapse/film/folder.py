"""A film as a folder of numbered PNGs, without any loss."""

from __future__ import annotations

import ctypes
import errno
import os
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from morphlapse.errors import EncodeError
from morphlapse.film.ready import Ready
from morphlapse.film.target import explained, lent_beside

NAME = re.compile(r"\d{5,}\.png")
HERE, EXCHANGE = -100, 2
"""Of renameat2(2): paths as they are, and that both change places."""
TRIES = 10
"""Two runs may take the same place at the same time."""


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
    with lent_beside(folder, folder=True) as beside:
        count = 0
        for count, image in enumerate(frames, start=1):
            with explained(folder):
                _write_picture(image.parts[0].tobytes(), beside / f"{count:05d}.png")
        with explained(folder):
            _take_place(beside, Path(os.path.realpath(folder)))
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
    """Let a folder take the place of another, which is then where the new one was, and goes."""
    for _ in range(TRIES):
        try:
            # Works where nothing is there, or an empty folder.
            beside.rename(place)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
            if _exchange(beside, place) or _step_aside(beside, place):
                return
        else:
            return
    raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))


def _exchange(a: Path, b: Path) -> bool:
    """Let two folders change places at once, where the system can: at no time is there neither."""
    rename = getattr(ctypes.CDLL(None), "renameat2", None)
    return rename is not None and rename(HERE, os.fsencode(a), HERE, os.fsencode(b), EXCHANGE) == 0


def _step_aside(beside: Path, place: Path) -> bool:
    """Move the old folder away and the new one there; the old one comes back if that fails."""
    old = beside.with_suffix(".old")
    try:
        place.rename(old)
    except FileNotFoundError:
        return False
    try:
        beside.rename(place)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            old.rename(place)
            raise
        shutil.rmtree(old, ignore_errors=True)
        return False
    shutil.rmtree(old, ignore_errors=True)
    return True
