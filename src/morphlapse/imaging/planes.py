"""Where OpenCV does the work of a CPU: one plane of a tensor after another, without a copy."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from morphlapse.records import Size


def suits_opencv(image: Tensor) -> bool:
    """Whether a tensor lies on the CPU in float32 and carries no gradient."""
    return image.device.type == "cpu" and image.dtype == torch.float32 and not image.requires_grad


def on_planes(image: Tensor, work: Callable[[np.ndarray, np.ndarray], object], size: Size | None = None) -> Tensor:
    """Let an OpenCV function fill each plane of the result from the same plane of the image.

    Parameters
    ----------
    image : Tensor, (..., H, W)
        One that `suits_opencv`.
    work : callable
        Gets a plane of the image and the plane that it fills.
    size : Size, optional
        Of the result's planes; by default the image's.
    """
    source = image.contiguous()
    height, width = source.shape[-2:] if size is None else (size.height, size.width)
    out = source.new_empty(*source.shape[:-2], height, width)
    planes_in = source.view(-1, *source.shape[-2:]).numpy()
    planes_out = out.view(-1, height, width).numpy()
    for plane_in, plane_out in zip(planes_in, planes_out, strict=True):
        work(plane_in, plane_out)
    return out
