"""Any photo file to its facts, and to pixels: upright, sRGB, reduced while decoding where the format can."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from morphlapse.album.dates import find_date
from morphlapse.album.header import Header, read_camera, read_focal_length, read_header
from morphlapse.album.opening import (
    MAX_MEGAPIXELS,
    Picture,
    UnreadablePhotoError,
    blame_file,
    hush_pillow,
    open_picture,
)
from morphlapse.album.profiles import flatten_to_srgb, settle_mode
from morphlapse.imaging.warp import fit_within
from morphlapse.records import Photo, Size

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


def read_photo(path: Path | str, *, max_megapixels: float = MAX_MEGAPIXELS) -> Photo:
    """Read what a photo's header says.

    Parameters
    ----------
    path : Path or str
        A JPEG, PNG, WebP, TIFF, HEIC, AVIF, JPEG 2000, GIF, BMP or PNM file, known by its content.
    max_megapixels : float
        Larger pictures are refused.

    Returns
    -------
    Photo
        With its upright size, its date, its focal length and its camera.

    Raises
    ------
    UnreadablePhotoError
        A `PhotoError` whose `reason` says why the file cannot be used. Pixels are not read: a file that is cut off
        further down is found by `decode`.
    """
    path = Path(path)
    with open_picture(path, max_megapixels=max_megapixels) as picture:
        header = read_header(picture)
    date, source = find_date(path, header.tags)
    return Photo(path, header.size, date, source, read_focal_length(header.tags), read_camera(header.tags))


def decode(photo: Photo | Path | str, *, long_side: int | None = None) -> Float[Tensor, "3 h w"]:
    """Read a photo's pixels.

    Parameters
    ----------
    photo : Photo, Path or str
        What is read; of files with several pictures the first or main one. A `Photo` may be of any size.
    long_side : int, optional
        The result is `fit_within(size, long_side)`, by an antialiased reduction of which a JPEG does the first part
        while it is decoded; pixels of the two sizes belong together as `resized_from_full` says.

    Returns
    -------
    Tensor, (3, H, W)
        float32, 0 to 1, RGB, upright. An embedded colour profile is converted to sRGB, a broken one is taken for sRGB;
        what is transparent is white; gray of 16 bits keeps them, colour of 16 bits comes as 8. A `Photo` that is
        mirrored is turned back.

    Raises
    ------
    UnreadablePhotoError
        Where the file cannot be read, is damaged or cut off, or has another size than its `Photo` says.
    """
    path = photo.path if isinstance(photo, Photo) else Path(photo)
    allowed = math.inf if isinstance(photo, Photo) else MAX_MEGAPIXELS
    with open_picture(path, max_megapixels=allowed) as picture:
        stored = Size(*reversed(picture.image.size))
        if isinstance(photo, Photo) and {stored.height, stored.width} != {photo.size.height, photo.size.width}:
            raise UnreadablePhotoError(path, f"it was {photo.size} and is {stored} now: read the folder again")
        header = read_header(picture)
        if isinstance(photo, Photo) and header.size != photo.size:
            raise UnreadablePhotoError(path, f"it was {photo.size} and is {header.size} now: read the folder again")
        size = header.size if long_side is None else fit_within(header.size, long_side)
        with blame_file(path):
            image = _read_pixels(picture, header, size)
    if isinstance(photo, Photo) and photo.mirrored:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return _tensor_from_image(image)


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


def _tensor_from_image(image: Image.Image) -> Float[Tensor, "3 h w"]:
    if image.mode == "F":
        return torch.from_numpy(np.array(image))[None].repeat(3, 1, 1)
    values = torch.from_numpy(np.array(image)).movedim(2, 0).contiguous()
    return values.to(torch.float32).div_(255.0)
