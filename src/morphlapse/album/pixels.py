"""What a picture's file says and holds, read in this process: no torch is needed, so that a reader starts quickly."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from morphlapse.album.header import Header, read_header
from morphlapse.album.opening import Picture, UnreadablePhotoError, blame_file, hush_pillow, open_picture
from morphlapse.album.profiles import flatten_to_srgb, settle_mode
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
    ndarray, (H, W, 3) uint8 or (H, W) float32
        sRGB; gray of 16 bits as shares from 0 to 1.

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


def _load(picture: Picture) -> None:
    """Load the pixels; of the decoders only TIFF's warns while it does, and only then do other threads wait."""
    if picture.kind != "TIFF":
        picture.image.load()
        return
    with hush_pillow():
        picture.image.load()
