"""Opening a picture file by its content, whatever its name says, with a plain reason where that fails.

The decoders are called by name, so nothing is registered with Pillow and none of its global settings matter or change.
"""

from __future__ import annotations

import errno
import re
import stat
import struct
import threading
import warnings
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedIOBase
from pathlib import Path
from typing import Any

from PIL import Image, UnidentifiedImageError
from PIL.AvifImagePlugin import AvifImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.ImageFile import ImageFile
from PIL.Jpeg2KImagePlugin import Jpeg2KImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.PpmImagePlugin import PpmImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile
from pillow_heif import HeifImageFile

from morphlapse.album.doubts import find_doubt, slim_png
from morphlapse.album.extensions import reason_unopened
from morphlapse.errors import PhotoError
from morphlapse.options import SelectOptions

MAX_MEGAPIXELS = SelectOptions.model_fields["max_megapixels"].default
"""Larger pictures are refused unless more is allowed: no phone has more, and a small file may claim any size."""

MOST_SIDE = 100_000
"""Pictures with a longer side are refused: laid on a film's frame, a row of so many pixels would fill the memory."""

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

KINDS: tuple[tuple[str, bytes, Callable[[Any], ImageFile]], ...] = (
    # An MPO or a gain-map file starts with an ordinary JPEG, the base picture: that one is read.
    ("JPEG", rb"\xff\xd8\xff", JpegImageFile),
    ("PNG", rb"\x89PNG\r\n\x1a\n", PngImageFile),
    ("WebP", rb"RIFF....WEBP", WebPImageFile),
    ("TIFF", rb"II[*+]\0|MM\0[*+]", TiffImageFile),
    ("AVIF", rb"....ftyp(?:avi[fs]|m[is][fs]1.*avi[fs])", AvifImageFile),
    ("HEIF", rb"....ftyp(?:he[iv][cmsx]|m[is][fs]1)", HeifImageFile),
    ("JPEG 2000", rb"\xff\x4f\xff\x51|\0\0\0\x0cjP  \r\n\x87\n", Jpeg2KImageFile),
    ("GIF", rb"GIF8[79]a", GifImageFile),
    ("BMP", rb"BM", BmpImageFile),
    ("PNM", rb"P[1-6]\s", PpmImageFile),
)
"""Name, how the file starts, and its decoder."""

_FILTERS = threading.Lock()


class UnreadablePhotoError(PhotoError):
    """One photo that cannot be used; its `reason` is the message without the path."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{show_path(path)}: {reason}")
        self.path = path
        self.reason = reason

    def __reduce__(self) -> tuple[type[UnreadablePhotoError], tuple[Path, str]]:
        return type(self), (self.path, self.reason)


@dataclass(frozen=True, eq=False)
class Picture:
    """An opened picture, its pixels not read yet."""

    path: Path
    """Where it lies."""
    kind: str
    """Its format, one of the names in `KINDS`."""
    image: ImageFile
    """Pillow's lazy image; its file is open."""
    stream: BufferedIOBase
    """The file."""


def show_path(path: Path) -> str:
    """A path as one printable line: what a terminal could misread is written as an escape."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in str(path))


def is_there(path: Path) -> bool:
    """Whether a file or folder has that path; nothing has one that the system refuses, such as one that is too long."""
    try:
        return path.exists()
    except OSError:
        return False


@contextmanager
def hush_pillow() -> Iterator[None]:
    """Keep Pillow's warnings about damaged metadata from the caller; one thread at a time, the filters are shared."""
    with _FILTERS, warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\.")
        yield


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


def _is(fault: BaseException, number: int) -> bool:
    return isinstance(fault, OSError) and fault.errno == number


def _strerror(fault: BaseException) -> str:
    return (fault.strerror if isinstance(fault, OSError) else None) or type(fault).__name__


_CUT_OFF = "the file ends before the picture does: copy it again from where it came"


def identify(start: bytes) -> tuple[str, Callable[[Any], ImageFile]] | None:
    """Name and decoder of a picture by its first 64 bytes; None for anything else."""
    for name, signature, decoder in KINDS:
        if re.match(signature, start, re.DOTALL):
            return name, decoder
    return None


def check_file(path: Path) -> None:
    """Raise `UnreadablePhotoError` for what is better not opened: raw files, folders, pipes, empty files."""
    if reason := reason_unopened(path):
        raise UnreadablePhotoError(path, reason)
    with blame_file(path):
        facts = path.stat()
    if not stat.S_ISREG(facts.st_mode):
        raise UnreadablePhotoError(path, "it is not a file")
    if facts.st_size == 0:
        raise UnreadablePhotoError(path, "the file is empty: copy it again from where it came")


@contextmanager
def open_picture(path: Path, *, max_megapixels: float = MAX_MEGAPIXELS) -> Iterator[Picture]:
    """Open a picture without reading its pixels.

    Parameters
    ----------
    path : Path
        Any file.
    max_megapixels : float
        Larger pictures are refused.

    Yields
    ------
    Picture
        Closed at the end of the block.

    Raises
    ------
    UnreadablePhotoError
        With the reason, for whatever cannot be opened, is too large, or would take unduly long.
    """
    check_file(path)
    with blame_file(path):
        stream = path.open("rb")
    with stream:
        picture = _open_stream(path, stream)
        _check_picture(picture, max_megapixels)
        yield picture


def _check_picture(picture: Picture, max_megapixels: float) -> None:
    width, height = picture.image.size
    if width * height > max_megapixels * 1_000_000:
        raise UnreadablePhotoError(
            picture.path,
            f"{width}x{height} is more than {max_megapixels:g} megapixels: make it smaller, or raise max_megapixels",
        )
    if max(width, height) > MOST_SIDE:
        reason = f"{width}x{height} has a side of more than {MOST_SIDE} pixels, as no photo has: cut a part out"
        raise UnreadablePhotoError(picture.path, reason)
    with blame_file(picture.path):
        doubt = find_doubt(picture.kind, picture.image, picture.stream)
    if doubt is not None:
        raise UnreadablePhotoError(picture.path, doubt)


def _open_stream(path: Path, stream: BufferedIOBase) -> Picture:
    with blame_file(path):
        found = identify(stream.read(64))
        stream.seek(0)
    if found is None:
        raise UnreadablePhotoError(path, "its content is no picture of a known kind")
    kind, decoder = found
    if kind == "PNG":
        with blame_file(path):
            stream = slim_png(stream)
    try:
        with hush_pillow():
            image = decoder(stream)
    except (SyntaxError, UnidentifiedImageError) as fault:
        raise UnreadablePhotoError(path, f"its {kind} header is damaged or cut off") from fault
    except FAULTS as fault:
        raise UnreadablePhotoError(path, explain_fault(fault)) from fault
    return Picture(path, kind, image, stream)
