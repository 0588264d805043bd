"""Where the subject is on the canvas, as found or as given."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from morphlapse.errors import OptionError
from morphlapse.geometry.box import box_of_picture
from morphlapse.imaging.warp import fit_within, resized_from_full
from morphlapse.records import Mask, Size
from morphlapse.subjects.scaling import paint_mask

MASK_PX = 512
"""Long side at which masks are kept: detectors see no finer."""


def lay_mask(
    mask: Mask | None, canvas_from_photo: NDArray[np.float64], canvas: Size, *, like: Tensor
) -> Float[Tensor, "1 1 h w"] | None:
    """The subject of a photo, stretched over the canvas; None where no mask was found.

    Parameters
    ----------
    mask : Mask or None
        In pixels of the photo.
    canvas_from_photo : array, (3, 3)
        Where the photo lies.
    canvas : Size
        Of the canvas.
    like : Tensor
        Whose device and dtype the mask gets.
    """
    if mask is None:
        return None
    small = fit_within(canvas, MASK_PX)
    small_from_canvas = resized_from_full(canvas, small).numpy()
    return paint_mask(mask, small, small_from_canvas @ canvas_from_photo)[None].to(like)


def take_mask(mask: object, size: Size) -> Mask:
    """A `Mask` over the whole of an image from an array (H, W) of bools or of numbers from 0 to 1."""
    weight = np.asarray(mask.detach().cpu() if isinstance(mask, Tensor) else mask, dtype=np.float32)
    if weight.ndim != 2 or 0 in weight.shape or not (weight >= 0.0).all() or not (weight <= 1.0).all():
        raise OptionError(f"a mask is (H, W) with values from 0 to 1, got {weight.shape}")
    return Mask((weight * 255.0).round().astype(np.uint8), box_of_picture(size))
