"""Photos, or parts of them, read at the size at which they are shown."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from morphlapse.album.decode import decode
from morphlapse.geometry.box import box_of_picture, clip_box
from morphlapse.geometry.similarity import map_points, similarity
from morphlapse.imaging.warp import resize, resized_from_full, size_of
from morphlapse.records import Box, Photo, Size

PANEL_PX = 480
"""Long side of each picture."""

MOST_GROWTH = 4.0
"""Small photos are enlarged by so much at most."""


def read_view(photo: Photo, box: Box | None) -> tuple[Float[Tensor, "3 h w"], NDArray[np.float64]]:
    """Read a part of a photo, or all of it, at a panel's size.

    Returns
    -------
    Tensor, (3, H, W)
        The pixels.
    array, (3, 3)
        From pixels of the upright full-size photo to those of the view: a scaling and a shift.
    """
    seen = box_of_picture(photo.size) if box is None else clip_box(box, photo.size)
    scale = min(MOST_GROWTH, PANEL_PX / max(seen.width, seen.height, 1.0))
    image = decode(photo, long_side=max(1, round(photo.size.long_side * min(1.0, scale))))
    if scale > 1.0:
        image = resize(image[None], Size(*(round(side * scale) for side in image.shape[-2:])))[0]
    matrix = resized_from_full(photo.size, size_of(image)).numpy()
    edges = np.array([[seen.left, seen.top], [seen.right, seen.bottom]])
    (left, top), (right, bottom) = np.round(map_points(matrix, edges) + 0.5).astype(int)
    part = image[:, top : max(bottom, top + 1), left : max(right, left + 1)]
    return part, similarity(shift=(-float(left), -float(top))) @ matrix
