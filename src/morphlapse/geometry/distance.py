"""Distances between all points of two sets, in any number of dimensions."""

from __future__ import annotations

from jaxtyping import Float
from numpy import ndarray


def squared_distances(a: Float[ndarray, "n d"], b: Float[ndarray, "m d"]) -> Float[ndarray, "n m"]:
    """Squared Euclidean distances, made by one product: where points coincide they may be negative by rounding."""
    return (a * a).sum(axis=1)[:, None] + (b * b).sum(axis=1) - 2.0 * (a @ b.T)
