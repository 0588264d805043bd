"""The step on two images of any kind: `register` one onto the other, and `warp` it there."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from morphlapse.alignment.models import ModelName, UserModel
from morphlapse.alignment.register import register as register_tensors
from morphlapse.imaging.warp import size_of, warp_by_matrix
from morphlapse.pipeline.pictures import Picture, tensor_from
from morphlapse.records import Registration, Size


def register(
    moving: Picture, fixed: Picture, *, model: ModelName | UserModel = "similarity", **more: Any
) -> Registration:
    """Find the transform that brings one image onto another.

    Parameters
    ----------
    moving, fixed : picture
        Images of any two sizes; tensors may also be stacks of masks.
    model : str
        translation, rotation, scale, similarity, affine, homography, or a torch module.
    **more
        `loss`, `start` and `options` of `morphlapse.alignment.register.register`, which does the work.

    Returns
    -------
    Registration
        `matrix` is `fixed_from_moving`, 3x3 in pixels.
    """
    still = tensor_from(fixed)
    return register_tensors(tensor_from(moving).to(still), still, model=model, **more)


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
