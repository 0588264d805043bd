"""What the program asks of its own process: open streams, to keep memory, and that encoders print nothing."""

from __future__ import annotations

import ctypes
import os
import sys
from contextlib import suppress

# Parameters of glibc's mallopt(3).
TRIM_THRESHOLD, MMAP_THRESHOLD, ARENA_MAX = -1, -3, -8
WANTED = ((TRIM_THRESHOLD, 2**28), (MMAP_THRESHOLD, 2**25), (ARENA_MAX, 1))
"""Up to a quarter of a GB is kept; what is larger than 32 MB, the most that glibc allows here, is still handed back."""


def keep_freed_memory() -> bool:
    """Let glibc keep the memory that is freed, for the next frame needs as much again.

    By default each frame's pictures are handed back to the system and asked for anew, page by page (DESIGN.md, Speed).
    It holds for the whole process, so that the program asks for it, not the library.

    Returns
    -------
    bool
        Whether there is a glibc that listens.
    """
    adjust = getattr(ctypes.CDLL(None), "mallopt", None)
    if adjust is None:
        return False
    return all(adjust(name, value) == 1 for name, value in WANTED)


def hush_encoders() -> None:
    """Let SVT-AV1 print errors only: it tells of itself on standard error, and listens to nothing but this."""
    os.environ.setdefault("SVT_LOG", "1")


def open_standard_streams() -> None:
    """Open what was closed when the program began: else the film itself might become standard output."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            # The lowest free number is taken, and those below are open.
            os.open(os.devnull, os.O_RDWR)
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, "w" if number else "r", encoding="utf-8", closefd=False))  # noqa: SIM115


def end_at_once(code: int) -> None:
    """End without taking Python down piece by piece: that takes most of a second, and waits for threads without work.

    All that was begun has been tidied up, and processes that read pictures end where nobody asks them any more.
    """
    with suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)
