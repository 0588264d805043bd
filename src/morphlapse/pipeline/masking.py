"""Where the subject is on the canvas, as found or as given."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from morphlapse.errors import OptionError
from morphlapse.imaging.warp import fit_within, resized_from_full
from morphlapse.morphing.background import Masks
from morphlapse.records import Box, Mask, Size
from morphlapse.subjects.scaling import paint_mask

MASK_PX = 512
"""Long side at which masks are kept: detectors see no finer."""


def lay_masks(
    masks: Sequence[Mask | None], canvas_from_photo: Sequence[NDArray[np.float64]], canvas: Size, *, like: Tensor
) -> Masks | None:
    """The subject of two photos, stretched over the canvas; None where either photo has no mask.

    Parameters
    ----------
    masks : sequence of two Masks or None
        In pixels of the photos.
    canvas_from_photo : sequence of two arrays, (3, 3)
        Where the photos lie.
    canvas : Size
        Of the canvas.
    like : Tensor
        Whose device and dtype the masks get.
    """
    small = fit_within(canvas, MASK_PX)
    small_from_canvas = resized_from_full(canvas, small).numpy()
    painted = [
        paint_mask(mask, small, small_from_canvas @ matrix)[None].to(like)
        for mask, matrix in zip(masks, canvas_from_photo, strict=True)
        if mask is not None
    ]
    return Masks(painted[0], painted[1]) if len(painted) == 2 else None


def take_mask(mask: object, size: Size) -> Mask:
    """A `Mask` over the whole of an image from an array (H, W) of bools or of numbers from 0 to 1."""
    weight = np.asarray(mask.detach().cpu() if isinstance(mask, Tensor) else mask, dtype=np.float32)
    if weight.ndim != 2 or 0 in weight.shape or not (weight >= 0.0).all() or not (weight <= 1.0).all():
        raise OptionError(f"a mask is (H, W) with values from 0 to 1, got {weight.shape}")
    box = Box(-0.5, -0.5, size.width - 0.5, size.height - 0.5)
    return Mask((weight * 255.0).round().astype(np.uint8), box)
