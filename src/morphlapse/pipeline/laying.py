"""A photo read at the size at which it is seen, and laid on the film's canvas."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from morphlapse.album.decode import decode
from morphlapse.geometry.polygon import area_of, corners_of
from morphlapse.geometry.similarity import map_points
from morphlapse.imaging.colour import expose
from morphlapse.imaging.warp import fit_within, resized_from_full
from morphlapse.morphing.layer import Layer
from morphlapse.pipeline.straighten import lay_picture
from morphlapse.records import Photo, Size


def load_layer(
    photo: Photo,
    canvas_from_photo: NDArray[np.float64],
    canvas: Size,
    fill: str,
    device: torch.device,
    stops: Tensor | None = None,
) -> Layer:
    """Read a photo at the size at which it is seen, brighten it by so many stops, and lay it on the canvas."""
    quad = map_points(canvas_from_photo, corners_of(photo.size))
    scale = float(np.sqrt(area_of(quad) / (photo.size.width * photo.size.height)))
    long_side = max(1, min(photo.size.long_side, round(photo.size.long_side * scale)))
    canvas_from_image = canvas_from_photo @ np.linalg.inv(
        resized_from_full(photo.size, fit_within(photo.size, long_side)).numpy()
    )
    image = decode(photo, long_side=long_side).to(device)
    return lay_picture(image if stops is None else expose(image, stops), canvas_from_image, canvas, fill)
