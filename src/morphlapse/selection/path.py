"""The sequence that jumps least: one photo from each slot, found as one shortest path through all candidates."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from morphlapse.geometry.distance import squared_distances

MOST_JUMP = 4.0
"""A jump beyond this counts as this: one change of place or of hair in a series must not decide all the rest."""

PAIRS_AT_ONCE = 1_000_000
"""So many pairs of neighbours are weighed at once, which bounds the memory."""


def find_path(
    layers: Sequence[Int[ndarray, " _"]], cost: Float[ndarray, " n"], traits: Float[ndarray, "n d"]
) -> list[int]:
    """Take one candidate from each layer so that the whole costs least.

    Dynamic programming from layer to layer (Bellman 1957): the sum of what each candidate costs and of the jumps from
    each to the next is the least of all choices, not of those that a step by step search would see.

    Parameters
    ----------
    layers : sequence of ndarray, each (k,)
        Candidates by number, layer by layer in the order of the film; none is empty.
    cost : ndarray, (N,)
        What each candidate costs by itself.
    traits : ndarray, (N, D)
        What jumps between neighbours; a difference of 1 in one of them is a clear jump. Finite.

    Returns
    -------
    list of int
        One candidate for each layer.
    """
    if not layers:
        return []
    total = cost[layers[0]]
    before: list[Int[ndarray, " _"]] = []
    for last, layer in pairwise(layers):
        best, step = _extend(total, traits[last], traits[layer])
        before.append(step)
        total = best + cost[layer]
    at = int(total.argmin())
    path = [at]
    for step in reversed(before):
        path.append(int(step[path[-1]]))
    return [int(layer[k]) for layer, k in zip(layers, reversed(path), strict=True)]


def measure_jumps(a: Float[ndarray, "n d"], b: Float[ndarray, "m d"]) -> Float[ndarray, "n m"]:
    """How far each of `a` jumps to each of `b`: squared distance of the traits, at most MOST_JUMP."""
    return np.clip(squared_distances(a, b), 0.0, MOST_JUMP)


def measure_path(path: Sequence[int], cost: Float[ndarray, " n"], traits: Float[ndarray, "n d"]) -> float:
    """What a choice costs."""
    jumps = (traits[list(path[1:])] - traits[list(path[:-1])]) ** 2
    return float(cost[list(path)].sum() + np.minimum(jumps.sum(axis=1), MOST_JUMP).sum())


def _extend(
    total: Float[ndarray, " n"], last: Float[ndarray, "n d"], layer: Float[ndarray, "m d"]
) -> tuple[Float[ndarray, " m"], Int[ndarray, " m"]]:
    """The least cost of reaching each of the next layer, and from where."""
    rows = max(1, PAIRS_AT_ONCE // max(1, len(last)))
    best, step = np.empty(len(layer)), np.empty(len(layer), dtype=np.intp)
    for start in range(0, len(layer), rows):
        reached = total + measure_jumps(layer[start : start + rows], last)
        step[start : start + rows] = reached.argmin(axis=1)
        best[start : start + rows] = reached.min(axis=1)
    return best, step
