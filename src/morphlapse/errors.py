"""The errors of morphlapse.

Each message gives the value, the place and the remedy, in one line. The second base class lets callers who know
nothing of morphlapse catch what they expect (a missing file is an `OSError`, a bad option a `ValueError`).
"""

from __future__ import annotations

import struct
import zlib
from tokenize import TokenError
from zipfile import BadZipFile


class MorphlapseError(Exception):
    """Whatever morphlapse raises on purpose; the command line shows it as one line and exits with 1."""


class PhotoError(MorphlapseError, OSError):
    """A photo, or a folder of photos, cannot be read."""


class BackendMissing(MorphlapseError, ImportError):
    """An optional library or its model is not installed; the message gives the command that installs it."""


class OptionError(MorphlapseError, ValueError):
    """An option or an argument has a value that cannot be used."""


class AlignmentError(MorphlapseError, RuntimeError):
    """Two pictures, or a series, cannot be brought into register."""


class EncodeError(MorphlapseError, OSError):
    """A film or a picture cannot be written."""


NO_MEMORY = ("out of memory", "can't allocate memory", "not enough memory", "insufficient memory")
"""What libraries say, each in an error of its own kind, where memory runs out."""


def lacks_memory(error: BaseException) -> bool:
    """Whether an error says that there is no memory left, on whichever device and by whichever library."""
    return isinstance(error, MemoryError) or any(said in str(error).lower() for said in NO_MEMORY)


DAMAGE = (
    OSError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    EOFError,
    MemoryError,
    RuntimeError,
    SyntaxError,
    BadZipFile,
    TokenError,
    zlib.error,
    struct.error,
)
"""What NumPy and its zip files raise over bytes that were damaged, or made to harm."""
