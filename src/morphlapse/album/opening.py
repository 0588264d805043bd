"""Opening a picture file by its content, whatever its name says, with a plain reason where that fails.

The decoders are called by name, so nothing is registered with Pillow and none of its global settings matter or change.
"""

from __future__ import annotations

import re
import stat
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedIOBase
from pathlib import Path
from typing import Any

from PIL import UnidentifiedImageError
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
from morphlapse.album.faults import FAULTS, UnreadablePhotoError, blame_file, explain_fault
from morphlapse.album.limits import MAX_MEGAPIXELS, find_excess

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


@contextmanager
def hush_pillow() -> Iterator[None]:
    """Keep Pillow's warnings about damaged metadata from the caller; one thread at a time, the filters are shared."""
    with _FILTERS, warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\.")
        yield


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
    if reason := find_excess(*picture.image.size, max_megapixels):
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
