"""Any kind of image as a tensor: a path, a Photo, a PIL image, an array or a tensor."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import PIL.Image
import torch
from numpy.typing import NDArray
from torch import Tensor

from morphlapse.album.decode import decode
from morphlapse.errors import OptionError
from morphlapse.records import Photo

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
