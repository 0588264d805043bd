"""The steps on single pictures: `morph`, `register` and `warp` of whatever holds an image."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import PIL.Image
import torch
from numpy.typing import NDArray
from torch import Tensor

from morphlapse.album.decode import decode
from morphlapse.errors import OptionError
from morphlapse.imaging.warp import size_of, warp_by_matrix
from morphlapse.morphing.layer import make_layer
from morphlapse.morphing.search import morph_layers
from morphlapse.morphing.transition import Morph
from morphlapse.options import MorphOptions
from morphlapse.pipeline.placing import fit_centre
from morphlapse.records import Photo, Registration, Size

Picture = str | Path | Photo | PIL.Image.Image | NDArray[np.generic] | Tensor
"""A path, a Photo, a PIL image, a uint8 or float H×W×3 array, or a float C×H×W tensor in [0, 1]."""


def tensor_from(picture: Picture) -> Tensor:
    """Any kind of image as (3, H, W) float32, RGB, 0 to 1 (a tensor keeps its device, channels and gradient).

    Raises
    ------
    PhotoError
        If a file cannot be read.
    OptionError
        If the value holds no image.
    """
    if isinstance(picture, Tensor):
        return _check_tensor(picture)
    if isinstance(picture, (str, Path, Photo)):
        return decode(picture)
    if isinstance(picture, PIL.Image.Image):
        picture = np.asarray(picture.convert("RGB"))
    return _from_array(np.asarray(picture))


def _check_tensor(image: Tensor) -> Tensor:
    if image.ndim != 3 or not image.is_floating_point() or 0 in image.shape:
        raise OptionError(f"a tensor that is an image is float and (C, H, W), got {image.dtype} {tuple(image.shape)}")
    return image.float()


def _from_array(array: NDArray[np.generic]) -> Tensor:
    if array.ndim == 2:
        array = np.repeat(array[..., None], 3, axis=-1)
    if array.ndim != 3 or array.shape[2] not in (3, 4) or 0 in array.shape:
        raise OptionError(f"an array that is an image is (H, W), (H, W, 3) or (H, W, 4), got {array.shape}")
    if array.dtype != np.uint8 and not np.issubdtype(array.dtype, np.floating):
        raise OptionError(f"an array that is an image is uint8, or float from 0 to 1, got {array.dtype}")
    scale = 255.0 if array.dtype == np.uint8 else 1.0
    return (
        torch.from_numpy(np.ascontiguousarray(array[..., :3], dtype=np.float32) / scale).permute(2, 0, 1).contiguous()
    )


def morph(a: Picture, b: Picture, options: MorphOptions | None = None) -> Morph:
    """Morph two images of any sizes.

    Parameters
    ----------
    a, b : picture
        The first and the last image. The frame is a's size; b is laid over it, centre on centre and of equal area, and
        never squashed.
    options : MorphOptions, optional
        How the motion is sought.

    Returns
    -------
    Morph
        `frame_at(t)`, `carry(points, t)`, `maps`, `agreement`, `save`.

    Examples
    --------
    >>> import morphlapse as ml
    >>> from skimage.data import astronaut
    >>> m = ml.morph(astronaut(), astronaut()[:, ::-1])
    >>> tuple(m.frame_at(0.5).shape)
    (3, 512, 512)
    """
    first, last = tensor_from(a), tensor_from(b).to(tensor_from(a))
    canvas = size_of(first)
    layers = [make_layer(image, fit_centre(size_of(image), canvas).matrix, canvas) for image in (first, last)]
    return morph_layers(layers[0], layers[1], options)


def warp(moving: Picture, registration: Registration, size: Size | None = None) -> Tensor:
    """Bring an image onto the one it was registered to.

    Parameters
    ----------
    moving : picture
        The image that was registered.
    registration : Registration
        Its `matrix` is `fixed_from_moving`, in pixels.
    size : Size, optional
        Of the result; by default that of `moving`.

    Returns
    -------
    Tensor, (3, H, W)
        Catmull-Rom, black where `moving` does not reach.
    """
    image = tensor_from(moving)
    backward = torch.from_numpy(np.linalg.inv(registration.matrix)).to(image)[None]
    size = size_of(image) if size is None else size
    out = warp_by_matrix(image[None], backward, size, border="zeros", resampling="catmull_rom")
    return out[0].clamp(0.0, 1.0)
