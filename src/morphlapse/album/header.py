"""What a picture's header says: its upright size and its metadata, read without decoding pixels."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from io import BufferedIOBase

from PIL import Image
from PIL.ExifTags import IFD, Base

from morphlapse.album.doubts import walk_chunks
from morphlapse.album.faults import FAULTS, UnreadablePhotoError, blame_file
from morphlapse.album.opening import Picture, hush_pillow
from morphlapse.records import Size

MODES = frozenset(("1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "RGBa", "CMYK", "YCbCr", "I;16", "I;16B"))
"""Kinds of pixels that have a white and a black."""

PLAIN_TAGS = (Base.Orientation, Base.Make, Base.Model, Base.Artist, Base.Copyright, Base.DateTime)
PHOTO_TAGS = (
    Base.DateTimeOriginal,
    Base.DateTimeDigitized,
    Base.OffsetTime,
    Base.OffsetTimeOriginal,
    Base.OffsetTimeDigitized,
    Base.SubsecTime,
    Base.SubsecTimeOriginal,
    Base.SubsecTimeDigitized,
    Base.FocalLengthIn35mmFilm,
)


@dataclass(frozen=True, eq=False)
class Header:
    """What is known of a picture before its pixels are read."""

    size: Size
    """Upright."""
    orientation: int
    """EXIF's 1 to 8: how the pixels that the decoder gives are to be turned."""
    tags: Mapping[int, object]
    """EXIF's tags by number, as far as morphlapse uses them and the file gives them."""


def read_header(picture: Picture) -> Header:
    """Read the header of an opened picture.

    Parameters
    ----------
    picture : Picture
        As opened, nothing loaded.

    Returns
    -------
    Header
        Damaged metadata counts as none.

    Raises
    ------
    UnreadablePhotoError
        Where the pixels are of a kind that has no white.
    """
    _check_mode(picture)
    if picture.kind == "PNG" and _has_late_metadata(picture.stream):
        with blame_file(picture.path), hush_pillow():
            picture.image.load()
    with hush_pillow():
        tags = _read_tags(picture.image)
    orientation = _orientation(tags)
    width, height = picture.image.size
    if orientation >= 5 and not _is_sized_upright(picture):
        width, height = height, width
    # Pillow turns a TIFF while it loads.
    return Header(Size(height, width), 1 if picture.kind == "TIFF" else orientation, tags)


def _check_mode(picture: Picture) -> None:
    mode = picture.image.mode
    # The pixels of a 16-bit PGM are of mode I, scaled to 0 to 65535 by their maximum.
    if mode not in MODES and not (mode == "I" and picture.kind == "PNM"):
        raise UnreadablePhotoError(
            picture.path, f"its pixels are of the kind {mode}: save it with 8 or 16 bits a colour"
        )


def _is_sized_upright(picture: Picture) -> bool:
    """Whether the size is the turned one already: of a TIFF, unless only its XMP gives the orientation."""
    return picture.kind == "TIFF" and Base.Orientation in getattr(picture.image, "tag_v2", ())


def _orientation(tags: Mapping[int, object]) -> int:
    value = tags.get(Base.Orientation)
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def read_focal_length(tags: Mapping[int, object]) -> float | None:
    """The focal length that a camera for 35 mm film would need for the same view, in mm; None where EXIF tells none."""
    value = tags.get(Base.FocalLengthIn35mmFilm)
    return float(value) if isinstance(value, (int, float)) and 0 < value < math.inf else None


def read_camera(tags: Mapping[int, object]) -> str | None:
    """Make and model of the camera as one name, the make once; None where EXIF tells neither."""
    said = [tags.get(tag) for tag in (Base.Make, Base.Model)]
    make, model = (" ".join(each.replace("\0", " ").split()) if isinstance(each, str) else "" for each in said)
    return (model if make and model.lower().startswith(make.lower()) else f"{make} {model}".strip()) or None


def _read_tags(image: Image.Image) -> dict[int, object]:
    try:
        # PNG's own getexif would decode the whole picture to look behind it.
        exif = Image.Image.getexif(image)
        tags = {int(tag): exif[tag] for tag in PLAIN_TAGS if tag in exif}
    except FAULTS:
        return {}
    try:
        inner = exif.get_ifd(IFD.Exif)
    except FAULTS:
        return tags
    return tags | {int(tag): inner[tag] for tag in PHOTO_TAGS if tag in inner}


def _has_late_metadata(stream: BufferedIOBase) -> bool:
    """Whether a PNG has EXIF or text behind its pixels, found by hopping from chunk to chunk."""
    place = stream.tell()
    seen_pixels, late = False, False
    for kind, _, _ in walk_chunks(stream):
        late = late or (seen_pixels and kind in (b"eXIf", b"tEXt", b"zTXt", b"iTXt"))
        seen_pixels = seen_pixels or kind == b"IDAT"
        if late:
            break
    stream.seek(place)
    return late
