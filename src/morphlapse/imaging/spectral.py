"""Cosine transforms, and the smooth solves that are diagonal in them.

The transform is a product with a matrix, which batches, differentiates and suits a GPU and small grids. Larger grids on
a CPU that carry no gradient go through SciPy's fast transform (DESIGN.md, Speed), which is loaded on demand: that takes
a fifth of a second, and a film whose motions are kept solves nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from morphlapse.records import Size

FAST_CELLS = 48 * 64
"""From so many cells a fast transform on a CPU is faster than a product."""


def cosine_matrix(length: int, *, like: Tensor) -> Float[Tensor, "n n"]:
    """Orthonormal DCT-II matrix of a length, on the device and in the dtype of `like`; its transpose is its inverse."""
    k = torch.arange(length, device=like.device, dtype=torch.float64)
    matrix = torch.cos(math.pi / length * k[:, None] * (k[None] + 0.5)) * math.sqrt(2.0 / length)
    matrix[0] *= math.sqrt(0.5)
    return matrix.to(like.dtype)


class CosineBasis(NamedTuple):
    """Both matrices of a grid, and the eigenvalues of minus its Laplacian."""

    rows: Tensor
    """(h, h) transform over y."""
    columns: Tensor
    """(w, w) transform over x."""
    laplacian: Tensor
    """(h, w) eigenvalues of -Δ with zero slope at the border, for the five-point stencil."""


def cosine_basis(size: Size, *, like: Tensor) -> CosineBasis:
    """The cosine basis of a grid, on the device and in the dtype of `like`."""
    spectrum = [
        2.0 - 2.0 * torch.cos(math.pi * torch.arange(n, device=like.device, dtype=like.dtype) / n)
        for n in (size.height, size.width)
    ]
    return CosineBasis(
        cosine_matrix(size.height, like=like),
        cosine_matrix(size.width, like=like),
        spectrum[0][:, None] + spectrum[1][None],
    )


def to_cosine(image: Float[Tensor, "*b h w"], basis: CosineBasis) -> Float[Tensor, "*b h w"]:
    """Cosine coefficients of an image."""
    if _suits_scipy(image):
        from scipy.fft import dctn

        return torch.from_numpy(dctn(image.numpy(), axes=(-2, -1), norm="ortho"))
    return basis.rows @ image @ basis.columns.T


def from_cosine(coefficients: Float[Tensor, "*b h w"], basis: CosineBasis) -> Float[Tensor, "*b h w"]:
    """The image of cosine coefficients."""
    if _suits_scipy(coefficients):
        from scipy.fft import idctn

        return torch.from_numpy(idctn(coefficients.numpy(), axes=(-2, -1), norm="ortho"))
    return basis.rows.T @ coefficients @ basis.columns


def _suits_scipy(image: Tensor) -> bool:
    cells = image.shape[-2] * image.shape[-1]
    return cells >= FAST_CELLS and image.device.type == "cpu" and not image.requires_grad


def multiply_spectrum(
    image: Float[Tensor, "*b h w"], factor: Float[Tensor, "*b2 h w"], basis: CosineBasis
) -> Float[Tensor, "*b h w"]:
    """Multiply an image by a function of frequency."""
    return from_cosine(to_cosine(image, basis) * factor, basis)


def spectrum_multiplier(
    factor: NDArray[np.float32], basis: CosineBasis
) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
    """`multiply_spectrum` by one factor again and again, of NumPy arrays: nothing is done twice that can be once."""
    if factor.shape[-2] * factor.shape[-1] >= FAST_CELLS:
        from scipy.fft import dctn, idctn

        def multiply_fast(image: NDArray[np.float32]) -> NDArray[np.float32]:
            spectrum = np.asarray(dctn(image, axes=(-2, -1), norm="ortho"))
            spectrum *= factor
            return np.asarray(idctn(spectrum, axes=(-2, -1), norm="ortho", overwrite_x=True))

        return multiply_fast
    rows, columns = basis.rows.numpy(), basis.columns.numpy()
    rows_back, columns_back = (np.ascontiguousarray(each.T) for each in (rows, columns))

    def multiply(image: NDArray[np.float32]) -> NDArray[np.float32]:
        spectrum = np.matmul(np.matmul(rows, image), columns_back)
        spectrum *= factor
        return np.matmul(np.matmul(rows_back, spectrum), columns)

    return multiply
