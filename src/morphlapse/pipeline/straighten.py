"""Pictures that a homography places, made straight: a film's layers are placed by affine maps."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float
from numpy import ndarray
from numpy.typing import NDArray
from torch import Tensor

from morphlapse.geometry.polygon import corners_of
from morphlapse.geometry.similarity import invert, map_points, similarity
from morphlapse.imaging.warp import size_of, warp_by_matrix
from morphlapse.morphing.layer import Layer, make_layer
from morphlapse.records import Size

MARGIN = 0.25
"""A straightened picture reaches beyond the canvas by this share of its sides at most: a morph may look there."""

BEYOND = 0.01
"""What lies beyond the canvas is worth so much of what lies on it."""


def lay_picture(
    image: Float[Tensor, "3 h w"], canvas_from_image: NDArray[np.float64], canvas: Size, fill: str
) -> Layer:
    """Lay a picture on a canvas by a similarity, an affine map or a homography; see `make_layer`."""
    if abs(canvas_from_image[2, 0]) + abs(canvas_from_image[2, 1]) > 1e-12:
        image, canvas_from_image = straighten(image, canvas_from_image, canvas)
    return make_layer(image, canvas_from_image, canvas, fill)


def straighten(
    image: Float[Tensor, "3 h w"], canvas_from_image: NDArray[np.float64], canvas: Size
) -> tuple[Float[Tensor, "3 h2 w2"], NDArray[np.float64]]:
    """Warp a picture by its homography, and cut from it the largest upright rectangle that it fills.

    Parameters
    ----------
    image : Tensor, (3, H, W)
        The picture, at about the size at which it is seen.
    canvas_from_image : array, (3, 3)
        A homography under which the whole picture stays in front of its horizon.
    canvas : Size
        Where it lies.

    Returns
    -------
    Tensor, (3, H', W')
        The straight picture, read once by Catmull-Rom.
    array, (3, 3)
        Its `canvas_from_image`: a shift by whole pixels.
    """
    left, top, right, bottom = find_rectangle(map_points(canvas_from_image, corners_of(size_of(image))), canvas)
    size = Size(max(1, bottom - top), max(1, right - left))
    shift = similarity(shift=(float(left), float(top)))
    backward = torch.from_numpy(invert(canvas_from_image) @ shift)[None].to(image.device)
    straight = warp_by_matrix(image[None], backward, size, resampling="catmull_rom")[0].clamp(0.0, 1.0)
    return straight, shift


def find_rectangle(quad: Float[ndarray, "4 2"], canvas: Size) -> tuple[int, int, int, int]:
    """The largest upright rectangle of whole pixels in a convex quadrilateral: left, top, right and bottom (exclusive).

    A linear programme: the sides are sought, each corner must be within each edge, and what lies on the canvas is worth
    more than what lies beyond.
    """
    # On demand: it takes a quarter of a second to load, and few films have a homography.
    from scipy.optimize import linprog

    low, high = np.array([-0.5, -0.5]), np.array([canvas.width - 0.5, canvas.height - 0.5])
    room = MARGIN * (high - low)
    along = np.roll(quad, -1, axis=0) - quad
    normal = np.stack([along[:, 1], -along[:, 0]], axis=-1)
    normal = normal * np.sign(((quad - quad.mean(axis=0)) * normal).sum())
    inside = np.concatenate([np.minimum(normal, 0.0), np.maximum(normal, 0.0)], axis=1)
    # Eight unknowns: left, top, right, bottom, and the same no farther out than the canvas.
    edges = np.concatenate([inside, np.zeros((4, 4))], axis=1)
    outward = np.diag([-1.0, -1.0, 1.0, 1.0])
    within = np.concatenate([-outward, outward], axis=1)
    upright = np.concatenate([np.eye(2), -np.eye(2), np.zeros((2, 4))], axis=1)
    worth = np.concatenate([BEYOND * outward.sum(axis=0), outward.sum(axis=0)]) / np.tile(high - low, 4)
    far, near = (np.tile(bounds, 2).T for bounds in ([low - room, high + room], [low, high]))
    found = linprog(
        -worth,
        A_ub=np.concatenate([edges, within, upright]),
        b_ub=np.concatenate([(normal * quad).sum(axis=1), np.zeros(6)]),
        bounds=np.concatenate([far, near]),
    )
    if found.status != 0:
        return 0, 0, 1, 1
    left, top, right, bottom = found.x[:4]
    first, last = np.ceil([left + 0.5 - 1e-6, top + 0.5 - 1e-6]), np.floor([right + 0.5 + 1e-6, bottom + 0.5 + 1e-6])
    return int(first[0]), int(first[1]), int(max(first[0] + 1, last[0])), int(max(first[1] + 1, last[1]))
