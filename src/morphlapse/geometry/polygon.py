"""Polygons: corners, areas and what a window leaves of one."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from morphlapse.records import Size


def corners_of(size: Size) -> Float[ndarray, "4 2"]:
    """The outer corners of a picture, clockwise from the top left."""
    right, bottom = size.width - 0.5, size.height - 0.5
    return np.array([[-0.5, -0.5], [right, -0.5], [right, bottom], [-0.5, bottom]])


def area_of(polygon: Float[ndarray, "n 2"]) -> float:
    """Area of a simple polygon."""
    return abs(signed_area_of(polygon))


def signed_area_of(polygon: Float[ndarray, "n 2"]) -> float:
    """The same, negative where its corners are told anticlockwise as it is seen (y points down)."""
    x, y = polygon.T
    return 0.5 * float(x @ np.roll(y, -1) - y @ np.roll(x, -1))


def clip_polygon(polygon: Float[ndarray, "n 2"], window: Float[ndarray, "m 2"]) -> Float[ndarray, "k 2"]:
    """Cut a polygon to a convex window (Sutherland and Hodgman 1974)."""
    turn = 1.0 if signed_area_of(window) > 0 else -1.0
    for start, end in zip(window, np.roll(window, -1, axis=0), strict=True):
        normal = turn * np.array([start[1] - end[1], end[0] - start[0]])
        inside = (polygon - start) @ normal
        parts = []
        for k in range(len(polygon)):
            here, there = inside[k - 1], inside[k]
            if here * there < 0.0:
                parts.append(polygon[k - 1] + (polygon[k] - polygon[k - 1]) * here / (here - there))
            if there >= 0.0:
                parts.append(polygon[k])
        if len(parts) < 3:
            return np.zeros((0, 2))
        polygon = np.array(parts)
    return polygon
