"""Keeping the log lines of native libraries off the terminal."""

from __future__ import annotations

import os
import re
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager

STDERR = 2
"""The file descriptor that native code writes to."""

LOG_LINE = re.compile(
    rb"(?:[IWEF]\d{4,8} [\d:. ]+\S+\.\w+:\d+\] .*|WARNING: All log messages before absl.*|INFO: Created TensorFlow.*)"
    rb"\r?\n?"
)
"""What absl and TensorFlow Lite write, to the end of its line; another thread may have begun that line."""

_TURN = threading.Lock()


@contextmanager
def hush_native_log() -> Iterator[None]:
    """Drop what absl and TensorFlow Lite write to the standard error stream; the rest is written when the block ends.

    The stream belongs to the whole process, so one block runs at a time, and what other threads write meanwhile comes
    late but is not lost. The stream is put back whatever happens in the block.
    """
    with _TURN, tempfile.TemporaryFile() as caught:
        _flush()
        kept = os.dup(STDERR)
        try:
            os.dup2(caught.fileno(), STDERR)
            yield
        finally:
            _flush()
            os.dup2(kept, STDERR)
            os.close(kept)
            _pass_on(caught.fileno())


def _flush() -> None:
    if sys.stderr is not None:
        sys.stderr.flush()


def _pass_on(descriptor: int) -> None:
    """Write what was caught to the standard error stream, without the log lines."""
    size = os.lseek(descriptor, 0, os.SEEK_END)
    os.lseek(descriptor, 0, os.SEEK_SET)
    rest = LOG_LINE.sub(b"", os.read(descriptor, size))
    while rest:
        rest = rest[os.write(STDERR, rest) :]
