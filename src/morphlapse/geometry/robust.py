"""Fitting similarities to points some of which are wrong."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from morphlapse.geometry.similarity import Matrix, fit_similarity, map_points

MOST_PAIRS = 1000
"""So many pairs of points are tried at most."""

BEYOND = 3.0
"""A point farther off than this many times the noise is wrong."""


@dataclass(frozen=True, eq=False)
class RobustFit:
    """A similarity, and how far each pair of points was believed."""

    matrix: Matrix
    """`dst_from_src`."""
    trust: Float[ndarray, " n"]
    """From 0 (taken as wrong) to 1; 0 also where the weight was 0."""
    distance: Float[ndarray, " n"]
    """How far each point lands from its partner, in pixels of `dst`."""


def fit_similarity_robust(
    src: Float[ndarray, "n 2"],
    dst: Float[ndarray, "n 2"],
    weights: Float[ndarray, " n"] | None = None,
    *,
    noise: float | None = None,
) -> RobustFit:
    """Fit a similarity although some of the points are wrong.

    Every pair of points proposes one; the proposal with the least truncated sum of squares is refined by Tukey's
    biweight. One wrong point in four is found out; among three points none can be, and the plain fit is given.

    Parameters
    ----------
    src, dst : ndarray, (N, 2)
        Matched points.
    weights : ndarray, (N,), optional
        How much each pair counts.
    noise : float, optional
        How far a right point may be off, in pixels of `dst`; by default it is taken from the best proposal.

    Returns
    -------
    RobustFit

    Raises
    ------
    AlignmentError
        Fewer than two distinct points have a weight.
    """
    share = np.ones(len(src)) if weights is None else weights
    plain = fit_similarity(src, dst, share)
    if np.count_nonzero(share) < 4:
        return RobustFit(plain, (share > 0.0).astype(float), _distance(plain, src, dst))
    proposals, distance = _propose(src, dst, share)
    noise = _noise_of(distance, share) if noise is None else noise
    limit = BEYOND * max(noise, 1e-9 * float(np.abs(dst).max()) + 1e-12)
    cost = np.minimum(distance / limit, 1.0) ** 2 @ share
    matrix, trust = _refine(proposals[int(cost.argmin())], (src, dst, share), limit)
    if trust @ share <= 0.5 * share.sum():
        matrix, trust = plain, (share > 0.0).astype(float)
    return RobustFit(matrix, trust, _distance(matrix, src, dst))


def _distance(matrix: Matrix, src: ndarray, dst: ndarray) -> Float[ndarray, " n"]:
    return np.linalg.norm(map_points(matrix, src) - dst, axis=1)


def _propose(src: ndarray, dst: ndarray, share: ndarray) -> tuple[list[Matrix], Float[ndarray, "p n"]]:
    """A similarity from each of many pairs, with every point's distance under it."""
    first, second = np.triu_indices(len(src), 1)
    apart = np.linalg.norm(src[first] - src[second], axis=1)
    moved = np.linalg.norm(dst[first] - dst[second], axis=1)
    good = (share[first] > 0) & (share[second] > 0) & (apart > 0.05 * apart.max()) & (moved > 1e-9 * apart.max())
    chosen = np.flatnonzero(good)
    chosen = chosen[np.linspace(0, len(chosen) - 1, min(len(chosen), MOST_PAIRS)).round().astype(int)]
    matrices = [fit_similarity(src[[i, j]], dst[[i, j]]) for i, j in zip(first[chosen], second[chosen], strict=True)]
    return matrices, np.stack([_distance(matrix, src, dst) for matrix in matrices])


def _noise_of(distance: Float[ndarray, "p n"], share: Float[ndarray, " n"]) -> float:
    """Least median of squares (Rousseeuw 1984): of the best proposal, the typical distance."""
    seen = distance[:, share > 0.0]
    return 1.4826 * float(np.median(seen, axis=1).min())


def _refine(matrix: Matrix, pairs: tuple[ndarray, ndarray, ndarray], limit: float) -> tuple[Matrix, ndarray]:
    """Reweighted least squares; a point at the limit has no weight."""
    src, dst, share = pairs
    trust = np.zeros(len(src))
    for _ in range(30):
        trust = np.clip(1.0 - (_distance(matrix, src, dst) / (1.5 * limit)) ** 2, 0.0, None) ** 2 * (share > 0.0)
        if np.count_nonzero(trust) < 2:
            break
        new = fit_similarity(src, dst, share * trust)
        done = np.abs(new - matrix).max() < 1e-10 * (1.0 + np.abs(matrix).max())
        matrix = new
        if done:
            break
    return matrix, trust
