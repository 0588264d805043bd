"""What a picture's file says and holds, read in this process: no torch is needed, so that a reader starts quickly."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pillow_heif import open_heif

from morphlapse.album.boxes import Coding, read_coding
from morphlapse.album.faults import UnreadablePhotoError, blame_file
from morphlapse.album.header import Header, read_header
from morphlapse.album.opening import Picture, hush_pillow, open_picture
from morphlapse.album.profiles import flatten_to_srgb, settle_mode
from morphlapse.album.tones import needs_mapping, srgb_from_coded
from morphlapse.records import Size

TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What brings each EXIF orientation upright."""

SLACK = 1.001
"""So much more than a size's own pixels may be opened again: the number of megapixels is rounded."""


def find_header(path: Path, max_megapixels: float) -> Header:
    """What a picture's header says; `UnreadablePhotoError` where it cannot be used."""
    with open_picture(path, max_megapixels=max_megapixels) as picture:
        return read_header(picture)


def load_pixels(path: Path, full: Size, size: Size) -> NDArray[np.uint8] | NDArray[np.float32]:
    """A picture's pixels, upright and reduced to a size.

    Parameters
    ----------
    path : Path
        The file.
    full : Size
        What its header said, upright; if it says something else now, the file has changed.
    size : Size
        To which it is reduced.

    Returns
    -------
    ndarray, (H, W, 3) uint8, or (H, W, 3) or (H, W) float32
        sRGB; what was coded for another kind of screen, and gray of 16 bits, as shares from 0 to 1.

    Raises
    ------
    UnreadablePhotoError
        Where the file cannot be read, is damaged or cut off, or has changed.
    """
    with open_picture(path, max_megapixels=SLACK * full.height * full.width / 1e6) as picture:
        header = read_header(picture)
        if header.size != full:
            raise UnreadablePhotoError(path, f"it was {full} and is {header.size} now: read the folder again")
        with blame_file(path):
            coding = read_coding(picture.stream) if picture.kind in ("AVIF", "HEIF") else None
            if coding is not None and needs_mapping(coding):
                return _read_coded(picture, header, size, coding)
            return np.asarray(_read_pixels(picture, header, size))


def _read_pixels(picture: Picture, header: Header, size: Size) -> Image.Image:
    """Load, reduce, convert and turn, each on as few pixels as can be."""
    image = picture.image
    profile = image.info.get("icc_profile")
    turned = header.orientation >= 5
    stored = (size.height, size.width) if turned else (size.width, size.height)
    drafted = image.draft(None, stored) if picture.kind == "JPEG" and size != header.size else None
    _load(picture)
    # The reduced grid of a JPEG may stick out over the picture's edge; the box cuts that off.
    box = drafted[1] if drafted else (0, 0, *image.size)
    settled = settle_mode(image)
    if (settled.size, box) != (stored, (0, 0, *stored)):
        settled = settled.resize(stored, Image.Resampling.BILINEAR, box=box)
    if settled.mode != "F":
        settled = flatten_to_srgb(settled, profile)
    return settled.transpose(TURNS[header.orientation]) if header.orientation > 1 else settled


def _read_coded(picture: Picture, header: Header, size: Size, coding: Coding) -> NDArray[np.float32]:
    """The same for values that are not sRGB's, with all the bits that they have."""
    values = _load_deep(picture)
    stored = (size.height, size.width) if header.orientation >= 5 else (size.width, size.height)
    largest = np.float32(255.0 if values.dtype == np.uint8 else 65535.0)
    reduced = np.stack([_resize_plane(values[..., k], stored) for k in range(values.shape[2])], axis=-1) / largest
    colours = reduced[..., :3] if reduced.shape[2] >= 3 else reduced[..., :1].repeat(3, axis=-1)
    image = srgb_from_coded(colours, coding)
    if reduced.shape[2] in (2, 4):
        image = 1.0 - (1.0 - image) * reduced[..., -1:]
    return np.ascontiguousarray(turn_pixels(image.astype(np.float32), header.orientation))


def _load_deep(picture: Picture) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """Values (H, W, C); of HEIC 16 bits where it has more than 8, of AVIF 8, for its decoder gives no more."""
    if picture.kind == "HEIF":
        picture.stream.seek(0)
        values = np.asarray(open_heif(picture.stream, convert_hdr_to_8bit=False))
    else:
        values = np.asarray(settle_mode(picture.image))
    return values[..., None] if values.ndim == 2 else values


def _resize_plane(values: NDArray[np.generic], stored: tuple[int, int]) -> NDArray[np.float32]:
    plane = Image.fromarray(values.astype(np.float32))
    return np.asarray(plane if plane.size == stored else plane.resize(stored, Image.Resampling.BILINEAR))


def turn_pixels(pixels: NDArray[np.float32], orientation: int) -> NDArray[np.float32]:
    """Bring pixels (H, W, ...) of an EXIF orientation upright."""
    turned = pixels.swapaxes(0, 1) if orientation >= 5 else pixels
    down, across = orientation in (3, 4, 7, 8), orientation in (2, 3, 6, 7)
    return turned[:: -1 if down else 1, :: -1 if across else 1]


def _load(picture: Picture) -> None:
    """Load the pixels; of the decoders only TIFF's warns while it does, and only then do other threads wait."""
    if picture.kind != "TIFF":
        picture.image.load()
        return
    with hush_pillow():
        picture.image.load()
