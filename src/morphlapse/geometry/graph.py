"""Placing a whole series at once, from measured relations between its members."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Complex, Float
from numpy import ndarray

from morphlapse.geometry.similarity import Matrix, map_points

if TYPE_CHECKING:
    from scipy import sparse

ROUNDS = 12
"""Times the weights are found anew."""


@dataclass(frozen=True, eq=False)
class Relation:
    """How one member of a series lies on another, as measured."""

    moving: int
    """The one that is brought."""
    fixed: int
    """The one that it is brought onto."""
    matrix: Matrix
    """3x3 `fixed_from_moving`."""
    points: Float[ndarray, "k 2"]
    """Where in `moving` it was measured."""
    weight: float = 1.0
    """How surely."""


def solve_series(
    relations: Sequence[Relation], count: int, reference: int, *, noise: float
) -> tuple[list[Matrix], Float[ndarray, " r"]]:
    """Place every member so that all measured relations hold as well as they can together.

    Robust joint least squares on the similarities `T` (`reference_from_member`, the reference's being the identity):
    sum of w ρ(|T_fixed M p - T_moving p|²) over the relations and their points, ρ being Cauchy's. Wrong relations lose
    their say, and nothing lags behind as a moving average would.

    Parameters
    ----------
    relations : sequence of Relation
        They must connect each member with the reference.
    count : int
        How many members there are.
    reference : int
        The member that stays.
    noise : float
        How far a right relation may be off, in pixels of the reference.

    Returns
    -------
    list of (3, 3)
        `reference_from_member` for each.
    ndarray, (R,)
        How far each relation is off in the end, RMS in pixels of the reference.
    """
    system = _equations(relations, count)
    share = np.concatenate([np.full(len(r.points), r.weight / len(r.points)) for r in relations])
    owner = np.repeat(np.arange(len(relations)), [len(r.points) for r in relations])
    off = np.zeros(len(relations))
    unknown = np.zeros(2 * count, dtype=np.complex128)
    for _ in range(ROUNDS):
        trust = 1.0 / (1.0 + (off / noise) ** 2)
        unknown = _solve(system, share * trust[owner], reference, count)
        before, off = off, _off(system @ unknown, owner, len(relations))
        if np.abs(off - before).max() < 1e-6 * noise:
            break
    return [_matrix(*unknown[2 * k : 2 * k + 2]) for k in range(count)], off


def _matrix(a: complex, b: complex) -> Matrix:
    return np.array([[a.real, -a.imag, b.real], [a.imag, a.real, b.imag], [0.0, 0.0, 1.0]])


def _equations(relations: Sequence[Relation], count: int) -> sparse.csr_array:
    """One complex row per point: a_f q + b_f - a_m p - b_m = 0, q being where p was measured to land."""
    # On demand, as below: SciPy takes a quarter of a second to load, and most runs find their series kept.
    from scipy import sparse

    p = np.concatenate([r.points for r in relations]) @ np.array([1.0, 1.0j])
    q = np.concatenate([map_points(r.matrix, r.points) for r in relations]) @ np.array([1.0, 1.0j])
    moving = np.concatenate([np.full(len(r.points), 2 * r.moving) for r in relations])
    fixed = np.concatenate([np.full(len(r.points), 2 * r.fixed) for r in relations])
    rows = np.tile(np.arange(len(p)), 4)
    columns = np.concatenate([fixed, fixed + 1, moving, moving + 1])
    values = np.concatenate([q, np.ones_like(q), -p, -np.ones_like(p)])
    return sparse.csr_array((values, (rows, columns)), shape=(len(p), 2 * count))


def _solve(
    system: sparse.csr_array, weight: Float[ndarray, " m"], reference: int, count: int
) -> Complex[ndarray, " u"]:
    """Weighted least squares with the reference's two unknowns held at 1 and 0."""
    from scipy import sparse
    from scipy.sparse.linalg import spsolve

    free = np.delete(np.arange(2 * count), [2 * reference, 2 * reference + 1])
    right = -system[:, [2 * reference]].toarray()[:, 0]
    part = system[:, free]
    weighted = part.conj().T @ sparse.diags_array(weight)
    unknown = np.zeros(2 * count, dtype=np.complex128)
    unknown[2 * reference] = 1.0
    unknown[free] = np.asarray(spsolve((weighted @ part).tocsc(), weighted @ right))
    return unknown


def _off(error: Complex[ndarray, " m"], owner: ndarray, count: int) -> Float[ndarray, " r"]:
    points = np.bincount(owner, minlength=count)
    return np.sqrt(np.bincount(owner, np.abs(error) ** 2, minlength=count) / points)
