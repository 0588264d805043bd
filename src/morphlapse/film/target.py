"""Where a film goes: the containers, the temporary file beside the target, and what to do when writing fails."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from av.error import FFmpegError

from morphlapse.errors import EncodeError, OptionError
from morphlapse.options import FILM_SUFFIXES

CONTAINERS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska"}
"""The container of each file name's ending, by FFmpeg's name."""

REMEDIES = {
    errno.ENOSPC: "free some space or choose another disk",
    errno.EDQUOT: "free some space or choose another disk",
    errno.EFBIG: "choose a disk that allows larger files, or a lower quality",
    errno.EACCES: "choose a folder that may be written to",
    errno.EPERM: "choose a folder that may be written to",
    errno.EROFS: "choose a folder that may be written to",
    errno.ENOENT: "make the folder first",
    errno.ENOTDIR: "choose a folder to write into",
    errno.EISDIR: "choose the name of a file",
    errno.ENAMETOOLONG: "choose a shorter name",
}
"""What to do, by what went wrong."""


def container_of(path: Path) -> str:
    """Container for a film of that name, as FFmpeg calls it; OptionError lists the endings that work."""
    container = CONTAINERS.get(path.suffix.lower())
    if container is None:
        ending = f"in {path.suffix}" if path.suffix else "without an ending"
        raise OptionError(f"{path}: a film cannot have a name {ending}; use {', '.join(FILM_SUFFIXES)}")
    return container


@contextmanager
def renamed_into(path: Path) -> Iterator[Path]:
    """Lend a temporary file beside `path` that takes its place when the block ends, and goes when it fails.

    A link is followed: the file it names is replaced, not the link.
    """
    target = Path(os.path.realpath(path))
    temporary = target.with_name(f".morphlapse-{secrets.token_hex(4)}.part")
    try:
        yield temporary
        with explained(path):
            _flush_to_disk(temporary)
            temporary.replace(target)
    finally:
        with suppress(OSError):
            temporary.unlink()


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what the system or FFmpeg says into an EncodeError of one line, with the remedy where there is one."""
    try:
        yield
    except (OSError, FFmpegError) as error:
        code = error.errno or 0
        reason = (os.strerror(code) if code in errno.errorcode else str(error)).lower()
        remedy = f"; {REMEDIES[code]}" if code in REMEDIES else ""
        raise EncodeError(f"{path} cannot be written: {reason}{remedy}") from error


def _flush_to_disk(path: Path) -> None:
    """A rename may reach the disk before the film does: after a crash of the machine that would be half a film."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
