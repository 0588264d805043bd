"""What the program asks of its own process: to keep memory, and that encoders print nothing."""

from __future__ import annotations

import ctypes
import os

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
