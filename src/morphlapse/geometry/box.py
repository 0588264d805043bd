"""Boxes: around points, within a picture, grown, and their corners."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from morphlapse.records import Box, Size


def box_of_picture(size: Size) -> Box:
    """The box around a whole picture: its edges are half a pixel beyond the centres of its outer pixels."""
    return Box(-0.5, -0.5, size.width - 0.5, size.height - 0.5)


def box_around(points: Float[ndarray, "n 2"]) -> Box:
    """The smallest box that holds points, of which there is one at least."""
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    return Box(float(left), float(top), float(right), float(bottom))


def unite_boxes(boxes: Sequence[Box]) -> Box:
    """The smallest box that holds others, of which there is one at least."""
    return Box(
        min(box.left for box in boxes),
        min(box.top for box in boxes),
        max(box.right for box in boxes),
        max(box.bottom for box in boxes),
    )


def clip_box(box: Box, size: Size) -> Box:
    """What of a box a picture shows; a box beside the picture has no area then, and lies on its edge."""
    x = np.clip((box.left, box.right), -0.5, size.width - 0.5)
    y = np.clip((box.top, box.bottom), -0.5, size.height - 0.5)
    return Box(float(x[0]), float(y[0]), float(x[1]), float(y[1]))


def grow_box(box: Box, share: float) -> Box:
    """A box with room around it, which is a share of its longer side."""
    room = share * max(box.width, box.height)
    return Box(box.left - room, box.top - room, box.right + room, box.bottom + room)


def corners_of_box(box: Box) -> Float[ndarray, "4 2"]:
    """The corners, clockwise from the top left."""
    return np.array([[box.left, box.top], [box.right, box.top], [box.right, box.bottom], [box.left, box.bottom]])
