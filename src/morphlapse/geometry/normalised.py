"""Matrices in pixels from and to those of tools that count from -1 to 1, such as kornia and torch's `affine_grid`."""

from __future__ import annotations

import numpy as np

from morphlapse.geometry.similarity import Matrix, invert
from morphlapse.records import Size


def normalise_axes(size: Size, *, align_corners: bool = False) -> Matrix:
    """The matrix from a picture's pixels to its normalised coordinates.

    Parameters
    ----------
    size : Size
        Of the picture.
    align_corners : bool
        As torch has it: -1 and 1 are the outer edges of the border pixels (False) or their centres (True, for which
        both sides need two pixels).

    Returns
    -------
    ndarray, (3, 3)
        `normalised_from_pixels`.
    """
    less = 1.0 if align_corners else 0.0
    half = np.array([(size.width - less) / 2.0, (size.height - less) / 2.0])
    middle = np.array([(size.width - 1.0) / 2.0, (size.height - 1.0) / 2.0])
    x, y = -middle / half
    return np.array([[1.0 / half[0], 0.0, x], [0.0, 1.0 / half[1], y], [0.0, 0.0, 1.0]])


def normalised_from_pixels(matrix: Matrix, moving: Size, fixed: Size, *, align_corners: bool = False) -> Matrix:
    """What kornia calls `src_homo_dst`, from our `fixed_from_moving`.

    Parameters
    ----------
    matrix : (3, 3)
        `fixed_from_moving` in pixels, as `Registration.matrix` is.
    moving, fixed : Size
        Of the two pictures; kornia's source and destination.
    align_corners : bool
        False for kornia's ImageRegistrator, `homography_warp` and torch's default.

    Returns
    -------
    ndarray, (3, 3)
        From normalised coordinates of the fixed picture to those of the moving one, with a last entry of 1: what a
        sampler needs, which asks for each pixel of the result where to read.
    """
    first, second = (normalise_axes(size, align_corners=align_corners) for size in (moving, fixed))
    found = first @ invert(matrix) @ invert(second)
    return found / found[2, 2]


def pixels_from_normalised(matrix: Matrix, moving: Size, fixed: Size, *, align_corners: bool = False) -> Matrix:
    """Our `fixed_from_moving`, from what kornia calls `src_homo_dst`: the inverse of `normalised_from_pixels`.

    Parameters
    ----------
    matrix : (3, 3)
        From normalised coordinates of the fixed picture to those of the moving one, as `ImageRegistrator.register`
        returns it (without its batch dimension).
    moving, fixed : Size
        Of the two pictures; kornia's source and destination.
    align_corners : bool
        False for kornia's ImageRegistrator, `homography_warp` and torch's default.

    Returns
    -------
    ndarray, (3, 3)
        `fixed_from_moving` in pixels, with a last entry of 1.
    """
    first, second = (normalise_axes(size, align_corners=align_corners) for size in (moving, fixed))
    return invert(invert(first) @ matrix @ second)
