"""Stills out: JPEG or PNG with the photo's date, without its position, renamed into place."""

from __future__ import annotations

import contextlib
import math
import os
import uuid
from collections.abc import Mapping
from datetime import datetime
from io import BytesIO
from pathlib import Path

import torch
from jaxtyping import Float
from PIL import Image
from PIL.ExifTags import IFD, Base
from PIL.PngImagePlugin import PngInfo
from torch import Tensor

from morphlapse.album.dates import CAPTURE_TAGS, is_believable, parse_exif_date
from morphlapse.album.decode import read_facts
from morphlapse.album.faults import UnreadablePhotoError
from morphlapse.album.paths import show_path
from morphlapse.errors import EncodeError
from morphlapse.records import Photo

JPEG_QUALITY = 95
FORMATS = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG"}
KEPT_TAGS = (Base.Make, Base.Model, Base.Artist, Base.Copyright)
SRGB = 1


def write_still(image: Float[Tensor, "c h w"], path: Path, *, photo: Photo | None = None) -> None:
    """Write a picture as a file that photo programs sort as they sort its original.

    Parameters
    ----------
    image : Tensor, (3, H, W) or (4, H, W)
        RGB, sRGB, 0 to 1; clamped and rounded. A fourth channel is alpha, which PNG keeps.
    path : Path
        Its ending chooses JPEG (quality 95, colours at full resolution) or PNG. An existing file is replaced.
    photo : Photo, optional
        The original. Its camera, author and dates are kept; its date, wherever it was found, becomes EXIF's capture
        date and the file's time. Its position, thumbnail and everything else are dropped.

    Raises
    ------
    EncodeError
        Where the ending is another one, or that of JPEG and the picture transparent, the folder is missing or cannot be
        written, the disk is full, or `path` is the original itself.
    """
    kind = FORMATS.get(path.suffix.lower())
    if kind is None:
        raise EncodeError(f"{show_path(path)}: a still is written as .jpg or .png")
    if len(image) > 3 and kind == "JPEG":
        raise EncodeError(f"{show_path(path)}: a JPEG cannot be transparent; give it a name in .png")
    if photo is not None and os.path.realpath(path) == os.path.realpath(photo.path):
        raise EncodeError(f"{show_path(path)}: this is the original, which is never written; choose another folder")
    tags = {} if photo is None else read_tags(photo.path)
    date = None if photo is None else photo.date
    put_in_place(encode_still(image, kind, build_exif(tags, date)), path, date)


def read_tags(path: Path) -> Mapping[int, object]:
    """EXIF tags of a photo, none where it cannot be read (any more)."""
    try:
        return read_facts(path, math.inf).tags
    except UnreadablePhotoError:
        return {}


def build_exif(tags: Mapping[int, object], date: datetime | None) -> Image.Exif:
    """EXIF of a still: upright, sRGB, the kept tags of its original, and a date as that of capture.

    Parameters
    ----------
    tags : mapping of int to object
        The original's.
    date : datetime or None
        Becomes DateTimeOriginal, with its zone where it has one; DateTimeDigitized and DateTime are the original's.
    """
    exif = Image.Exif()
    inner = exif.get_ifd(IFD.Exif)
    exif[Base.Orientation] = 1
    inner[Base.ColorSpace] = SRGB
    for tag in KEPT_TAGS:
        if isinstance(value := tags.get(tag), str):
            exif[tag] = value
    for date_tag, offset_tag, fraction_tag in CAPTURE_TAGS:
        kept = parse_exif_date(tags.get(date_tag), tags.get(offset_tag), tags.get(fraction_tag))
        if date_tag == Base.DateTimeOriginal:
            kept = date or kept
        if kept is not None and is_believable(kept):
            texts = _exif_texts(kept)
            (exif if date_tag == Base.DateTime else inner)[date_tag] = texts[0]
            inner |= {tag: text for tag, text in zip((offset_tag, fraction_tag), texts[1:], strict=True) if text}
    return exif


def _exif_texts(date: datetime) -> tuple[str, str, str]:
    """A date as EXIF writes it, its zone, and its fraction of a second; the latter two may be empty."""
    zone = date.strftime("%z")
    fraction = f"{date.microsecond:06d}".rstrip("0")
    return date.strftime("%Y:%m:%d %H:%M:%S"), f"{zone[:3]}:{zone[3:5]}" if zone else "", fraction


def encode_still(image: Float[Tensor, "c h w"], kind: str, exif: Image.Exif) -> bytes:
    """A picture as the bytes of a JPEG or PNG file."""
    levels = image.detach().clamp(0.0, 1.0).mul(255.0).round().to(torch.uint8)
    picture = Image.fromarray(levels.movedim(0, 2).contiguous().cpu().numpy())
    buffer = BytesIO()
    if kind == "JPEG":
        picture.save(buffer, "JPEG", quality=JPEG_QUALITY, subsampling=0, exif=exif)
    else:
        chunks = PngInfo()
        chunks.add(b"sRGB", b"\0")
        picture.save(buffer, "PNG", pnginfo=chunks, exif=exif)
    return buffer.getvalue()


def put_in_place(content: bytes, path: Path, date: datetime | None) -> None:
    """Write a file beside its place and rename it, its time set to `date` where the file system can hold that.

    Raises
    ------
    EncodeError
        Where that fails; what lay at `path` is as it was, and nothing is left beside it.
    """
    beside = path.with_name(f".{uuid.uuid4().hex[:12]}.part")
    try:
        beside.write_bytes(content)
        if date is not None:
            with contextlib.suppress(OSError, OverflowError, ValueError):
                os.utime(beside, (date.timestamp(), date.timestamp()))
        beside.replace(path)
    except OSError as error:
        raise EncodeError(f"{show_path(path)}: {_explain(path, error)}") from error
    finally:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)


def _explain(path: Path, error: OSError) -> str:
    if not path.parent.is_dir():
        return "its folder does not exist; make it first"
    return f"it cannot be written ({error.strerror}); free space or choose another folder"
