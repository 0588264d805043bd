"""A picture that takes the place of what is behind the subject."""

from __future__ import annotations

import math
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from morphlapse.album.decode import decode, read_photo
from morphlapse.album.faults import UnreadablePhotoError
from morphlapse.errors import OptionError
from morphlapse.imaging.warp import resize, size_of
from morphlapse.options import is_backdrop
from morphlapse.records import Photo, Size


def read_backdrop(background: str) -> Photo | None:
    """What the header of the picture says that an option names; None where it names none.

    Raises
    ------
    OptionError
        If there is no such picture, or it cannot be read.
    """
    if not is_backdrop(background):
        return None
    try:
        return read_photo(Path(background))
    except UnreadablePhotoError as error:
        raise OptionError(f"background: {error}; name another picture") from error


def load_backdrop(background: str, canvas: Size, device: torch.device) -> Float[Tensor, "1 3 h w"] | None:
    """The picture that an option names, so large that it fills the canvas, and cut about its middle.

    Parameters
    ----------
    background : str
        The option.
    canvas : Size
        What it fills.
    device : torch.device
        Where it is wanted.
    """
    photo = read_backdrop(background)
    if photo is None:
        return None
    scale = max(canvas.width / photo.size.width, canvas.height / photo.size.height)
    whole = Size(math.ceil(photo.size.height * scale - 1e-6), math.ceil(photo.size.width * scale - 1e-6))
    image = decode(photo, long_side=min(whole.long_side, photo.size.long_side))[None].to(device)
    laid = image if size_of(image) == whole else resize(image, whole)
    top, left = (whole.height - canvas.height) // 2, (whole.width - canvas.width) // 2
    return laid[..., top : top + canvas.height, left : left + canvas.width].contiguous()
