"""Similarities of the plane (turn, size, shift) as 3x3 matrices, and fitting them to points.

Matrices are float64 and named `dst_from_src`; they compose with `@`. In two dimensions a similarity is one complex
product and sum, z -> a z + b, which is how the laws below are computed.
"""

from __future__ import annotations

import cmath
from collections.abc import Sequence

import numpy as np
from jaxtyping import Complex, Float
from numpy import ndarray

from morphlapse.errors import AlignmentError

Matrix = Float[ndarray, "3 3"]
"""One transform."""


def _matrix_of(a: complex, b: complex) -> Matrix:
    return np.array([[a.real, -a.imag, b.real], [a.imag, a.real, b.imag], [0.0, 0.0, 1.0]])


def _complex_of(matrix: Matrix) -> tuple[complex, complex]:
    """Factor and offset; what is no similarity is taken as the one nearest to it."""
    m = matrix / matrix[2, 2]
    a = complex(0.5 * (m[0, 0] + m[1, 1]), 0.5 * (m[1, 0] - m[0, 1]))
    return a, complex(m[0, 2], m[1, 2])


def similarity(
    scale: float = 1.0,
    angle_rad: float = 0.0,
    shift: tuple[float, float] = (0.0, 0.0),
    *,
    centre: tuple[float, float] = (0.0, 0.0),
) -> Matrix:
    """Make a similarity that turns and scales about `centre` and then shifts.

    Parameters
    ----------
    scale : float
        Size after over size before.
    angle_rad : float
        Turn from x towards y, which is clockwise on a screen.
    shift, centre : (x, y)
        In pixels.

    Returns
    -------
    ndarray, (3, 3)
    """
    a = cmath.rect(scale, angle_rad)
    fixed = complex(*centre)
    return _matrix_of(a, fixed - a * fixed + complex(*shift))


def split_similarity(matrix: Matrix) -> tuple[float, float, tuple[float, float]]:
    """Scale, angle in radians (-π to π) and shift of a similarity, as `similarity` takes them."""
    a, b = _complex_of(matrix)
    return abs(a), cmath.phase(a), (b.real, b.imag)


def map_points(matrix: Matrix, points: Float[ndarray, "n 2"]) -> Float[ndarray, "n 2"]:
    """Send points through a 3x3 matrix, a homography too."""
    moved = points @ matrix[:2, :2].T + matrix[:2, 2]
    return moved / (points @ matrix[2, :2] + matrix[2, 2])[:, None]


def invert(matrix: Matrix) -> Matrix:
    """The way back, with a last entry of 1."""
    back = np.linalg.inv(matrix)
    return back / back[2, 2]


def _expm1(rate: complex) -> complex:
    # As Python's own number, whose division does not overflow where a part of it is nearly nothing.
    return complex(np.expm1(rate))


def power(matrix: Matrix, exponent: float) -> Matrix:
    """Go a part of the way: `power(m, 0.5) @ power(m, 0.5)` is m, and `power(m, -1)` its inverse.

    The way is the shorter turn, at a constant rate of growth, about the similarity's own fixed point.
    """
    a, b = _complex_of(matrix)
    rate = cmath.log(a)
    part = _expm1(exponent * rate) / _expm1(rate) if rate != 0 else complex(exponent)
    return _matrix_of(cmath.exp(exponent * rate), b * part)


def _log(matrix: Matrix) -> Complex[ndarray, " 2"]:
    """Rate and drift (both complex) of the steady motion that makes the matrix in one unit of time."""
    a, b = _complex_of(matrix)
    rate = cmath.log(a)
    return np.array([rate, b * rate / _expm1(rate) if rate != 0 else b])


def _exp(steady: Complex[ndarray, " 2"]) -> Matrix:
    rate, drift = complex(steady[0]), complex(steady[1])
    return _matrix_of(cmath.exp(rate), drift * _expm1(rate) / rate if rate != 0 else drift)


def mean_similarity(matrices: Sequence[Matrix], weights: Sequence[float] | None = None) -> Matrix:
    """The similarity in the middle of several: the one from which the steady motions to all others cancel.

    Parameters
    ----------
    matrices : sequence of (3, 3)
        At least one.
    weights : sequence of float, optional
        How much each counts; alike by default.

    Returns
    -------
    ndarray, (3, 3)
    """
    share = np.ones(len(matrices)) if weights is None else np.asarray(weights, dtype=np.float64)
    share = share / share.sum()
    middle = matrices[int(np.argmax(share))]
    for _ in range(30):
        back = invert(middle)
        mean = sum(part * _log(back @ matrix) for part, matrix in zip(share, matrices, strict=True))
        middle = middle @ _exp(np.asarray(mean))
        if np.abs(mean).max() < 1e-14:
            break
    return middle


def fit_similarity(
    src: Float[ndarray, "n 2"], dst: Float[ndarray, "n 2"], weights: Float[ndarray, " n"] | None = None
) -> Matrix:
    """Fit the similarity that brings `src` onto `dst` with the least weighted sum of squares.

    Umeyama 1991 (equations 39 to 43), which in the plane is one complex division; it never mirrors.

    Parameters
    ----------
    src, dst : ndarray, (N, 2)
        Matched points.
    weights : ndarray, (N,), optional
        How much each pair counts.

    Returns
    -------
    ndarray, (3, 3)
        `dst_from_src`.

    Raises
    ------
    AlignmentError
        Fewer than two distinct points have a weight.
    """
    share = np.ones(len(src)) if weights is None else weights
    total = float(share.sum())
    if len(src) < 2 or not total > 0.0:
        raise AlignmentError(f"a similarity needs two points with a weight, got {len(src)} points: give more")
    mean_src, mean_dst = share @ src / total, share @ dst / total
    z = (src - mean_src) @ np.array([1.0, 1.0j])
    v = (dst - mean_dst) @ np.array([1.0, 1.0j])
    spread = float(share @ np.abs(z) ** 2)
    a = complex((share * z.conj()) @ v / spread) if spread > 1e-18 * total else 0j
    if abs(a) < 1e-12:
        raise AlignmentError(f"the {len(src)} points coincide, so they give no turn and no size: give distinct points")
    return _matrix_of(a, complex(*mean_dst) - a * complex(*mean_src))
