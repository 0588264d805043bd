"""What goes wrong with a picture file, in one plain sentence."""

from __future__ import annotations

import errno
import re
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

from morphlapse.album.limits import MAX_MEGAPIXELS
from morphlapse.album.paths import show_path
from morphlapse.errors import PhotoError

FAULTS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
    AssertionError,
    EOFError,
    MemoryError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)
"""What decoders raise over damaged files."""


class UnreadablePhotoError(PhotoError):
    """One photo that cannot be used; its `reason` is the message without the path."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{show_path(path)}: {reason}")
        self.path = path
        self.reason = reason

    def __reduce__(self) -> tuple[type[UnreadablePhotoError], tuple[Path, str]]:
        return type(self), (self.path, self.reason)


@contextmanager
def blame_file(path: Path) -> Iterator[None]:
    """Turn whatever a decoder raises into `UnreadablePhotoError`."""
    try:
        yield
    except UnreadablePhotoError:
        raise
    except FAULTS as fault:
        raise UnreadablePhotoError(path, explain_fault(fault)) from fault


def explain_fault(fault: BaseException) -> str:
    """Say in one plain sentence what a decoder's error means."""
    said = " ".join(str(fault).split())[:120]
    known: tuple[tuple[bool, str], ...] = (
        (isinstance(fault, FileNotFoundError), "there is no such file"),
        (isinstance(fault, PermissionError), "there is no permission to read it"),
        (_is(fault, errno.ELOOP), "it is a link that leads round in a circle"),
        (_is(fault, errno.ENAMETOOLONG), "its path is longer than this system can open: move it up some folders"),
        (isinstance(fault, Image.DecompressionBombError), f"it claims more than {MAX_MEGAPIXELS:g} megapixels"),
        (isinstance(fault, MemoryError), "it needs more memory than there is"),
        (bool(re.search(r"truncated|end of|premature|eof", said, re.IGNORECASE)), _CUT_OFF),
        (isinstance(fault, EOFError), _CUT_OFF),
        (isinstance(fault, OSError) and fault.errno is not None, f"it cannot be read ({_strerror(fault)})"),
    )
    return next(
        (sentence for holds, sentence in known if holds),
        f"its data is damaged or cut off ({said or type(fault).__name__})",
    )


_CUT_OFF = "the file ends before the picture does: copy it again from where it came"


def _is(fault: BaseException, number: int) -> bool:
    return isinstance(fault, OSError) and fault.errno == number


def _strerror(fault: BaseException) -> str:
    return (fault.strerror if isinstance(fault, OSError) else None) or type(fault).__name__
