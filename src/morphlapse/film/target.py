"""Where a film goes: the temporary file or folder beside the target, and what to do when writing fails."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from av.error import FFmpegError

from morphlapse.errors import EncodeError

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
PART = re.compile(r"\.morphlapse-[0-9a-f]{8}\.part")
"""How what is half written is called; whoever writes it holds a lock on it, which ends with the process."""


@contextmanager
def renamed_into(path: Path) -> Iterator[Path]:
    """Lend a temporary file beside `path` that takes its place when the block ends, and goes when it fails.

    A link is followed: the file it names is replaced, not the link.
    """
    with lent_beside(path) as temporary:
        yield temporary
        with explained(path):
            _flush_to_disk(temporary)
            temporary.replace(os.path.realpath(path))


@contextmanager
def lent_beside(path: Path, *, folder: bool = False) -> Iterator[Path]:
    """Lend a new file, or folder, in the folder where `path` really lies; what it holds goes at the end.

    What runs that were killed have left there goes too.

    Raises
    ------
    EncodeError
        If none can be made there.
    """
    place = Path(os.path.realpath(path))
    temporary = place.with_name(f".morphlapse-{secrets.token_hex(4)}.part")
    held = None
    try:
        with explained(path):
            _sweep(place.parent)
            held = _make(temporary, folder=folder)
        yield temporary
    finally:
        try:
            _remove(temporary)
        except KeyboardInterrupt:
            _remove(temporary)
            raise
        finally:
            if held is not None:
                os.close(held)


def _make(temporary: Path, *, folder: bool) -> int:
    """Make a file or folder, and hold it as long as what this returns is open."""
    if folder:
        temporary.mkdir()
    held = os.open(temporary, os.O_RDONLY if folder else os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666)
    # Where a file system has no locks, nothing is swept either.
    with suppress(OSError):
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return held


def _sweep(folder: Path) -> None:
    """Remove what nobody writes any more."""
    for part in folder.iterdir():
        if PART.fullmatch(part.name):
            with suppress(OSError):
                _remove_abandoned(part)


def _remove_abandoned(part: Path) -> None:
    found = os.open(part, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        fcntl.flock(found, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _remove(part)
    finally:
        os.close(found)


def _remove(part: Path) -> None:
    with suppress(OSError):
        if part.is_dir():
            shutil.rmtree(part, ignore_errors=True)
        else:
            part.unlink()


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what the system or FFmpeg says into an EncodeError of one line, with the remedy where there is one."""
    try:
        yield
    except EncodeError:
        raise
    except (OSError, FFmpegError) as error:
        code = error.errno or 0
        reason = (os.strerror(code) if code in errno.errorcode else str(error)).lower()
        remedy = f"; {REMEDIES[code]}" if code in REMEDIES else ""
        raise EncodeError(f"{path} cannot be written: {reason}{remedy}") from error


def _flush_to_disk(path: Path) -> None:
    """A rename may reach the disk before the film does: after a crash of the machine that would be half a film."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
