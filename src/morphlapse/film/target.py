"""Where a film goes: the temporary file or folder beside the target, and what to do when writing fails."""

from __future__ import annotations

import errno
import os
import secrets
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
def lent_beside(path: Path) -> Iterator[Path]:
    """Lend the name of a temporary file in the folder where `path` really lies; what it holds goes at the end."""
    temporary = Path(os.path.realpath(path)).with_name(f".morphlapse-{secrets.token_hex(4)}.part")
    try:
        yield temporary
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
