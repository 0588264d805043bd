"""Any photo file to its facts, and to pixels: upright, sRGB, reduced while decoding where the format can."""

from __future__ import annotations

import os
from contextlib import nullcontext
from pathlib import Path
from threading import Lock

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from morphlapse.album.apart import ask_header, ask_pixels
from morphlapse.album.dates import find_date
from morphlapse.album.faults import blame_file
from morphlapse.album.header import Header, read_camera, read_focal_length
from morphlapse.album.limits import MAX_MEGAPIXELS
from morphlapse.album.opening import check_file, identify
from morphlapse.album.pixels import find_header, load_pixels
from morphlapse.imaging.warp import fit_within
from morphlapse.records import Photo

APART = frozenset(("WebP", "TIFF", "AVIF", "HEIF", "JPEG 2000"))
"""Formats whose decoders run in a process of their own: they are large, and have had faults that a file can use. For
JPEG, PNG and the simple ones, of which most albums consist, that would cost more than it is worth: what makes them slow
or large is told by their structure (`doubts`)."""

LONG_FILE = 2**26
"""Bytes from which on any picture is read where it can be stopped: what is no picture in it may be looked through for
minutes, byte by byte."""

LARGE_MEGAPIXELS = 40
"""Of larger pictures one is decoded at a time, however many threads read: it may take 20 bytes a pixel."""

_ONE_LARGE = Lock()


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
    header = read_facts(path, max_megapixels)
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
    full = photo.size if isinstance(photo, Photo) else read_facts(path).size
    size = full if long_side is None else fit_within(full, long_side)
    read = ask_pixels if is_apart(path) else load_pixels
    large = full.height * full.width > LARGE_MEGAPIXELS * 1e6
    with _ONE_LARGE if large else nullcontext():
        pixels = read(path, full, size)
    image = _tensor_from_pixels(pixels)
    return image.flip(-1) if isinstance(photo, Photo) and photo.mirrored else image


def read_facts(path: Path, max_megapixels: float = MAX_MEGAPIXELS) -> Header:
    """What a picture's header says; `UnreadablePhotoError` where it cannot be used."""
    return (ask_header if is_apart(path) else find_header)(path, max_megapixels)


def is_apart(path: Path) -> bool:
    """Whether a picture is read in a process of its own, by how its file starts and how long it is."""
    check_file(path)
    with blame_file(path), path.open("rb") as stream:
        found = identify(stream.read(64))
        length = os.fstat(stream.fileno()).st_size
    return found is not None and (found[0] in APART or length > LONG_FILE)


def _tensor_from_pixels(pixels: NDArray[np.uint8] | NDArray[np.float32]) -> Float[Tensor, "3 h w"]:
    if pixels.ndim == 2:
        return torch.from_numpy(pixels.copy())[None].repeat(3, 1, 1)
    values = torch.from_numpy(pixels.copy()).movedim(2, 0).contiguous()
    return values if values.is_floating_point() else values.to(torch.float32).div_(255.0)
