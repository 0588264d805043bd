"""Which faces are one person's: groups by what the faces are like, when they were photographed, and beside whom."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float, Float32, Int
from numpy import ndarray

from morphlapse.geometry.distance import squared_distances
from morphlapse.records import Reach

NEAR_DAYS = 30.0
"""Faces that are so many days apart count an eighth of those of one day."""

LEAST_WEIGHT = 1e-7
"""And however long apart, at least so much; those without a date count so much too."""

ALIKE = 0.6
"""Faces nearer than this share of `Reach.same`, and within NEAR_DAYS, are told apart no further."""


def weigh_days(days: Float[ndarray, " n"], others: Float[ndarray, " m"]) -> Float32[ndarray, "n m"]:
    """How much faces count for each other by the days between them: a face changes over years, not over weeks."""
    apart = np.abs(days[:, None].astype(np.float32) - others[None].astype(np.float32))
    weight = np.maximum((1.0 + apart / np.float32(NEAR_DAYS)) ** -3, np.float32(LEAST_WEIGHT))
    return np.where(np.isnan(apart), np.float32(LEAST_WEIGHT), weight)


def measure_distances(a: Float32[ndarray, "n d"], b: Float32[ndarray, "m d"]) -> Float32[ndarray, "n m"]:
    """Euclidean distances of descriptors."""
    return np.sqrt(np.maximum(squared_distances(a, b), 0.0))


def group_faces(
    descriptors: Float32[ndarray, "n d"], photos: Int[ndarray, " n"], days: Float[ndarray, " n"], reach: Reach
) -> Int[ndarray, " n"]:
    """Group faces by person.

    Average linkage whose means are weighted by how near in time two faces are: groups of one person's earlier and later
    years are joined where they meet, though the first and the last year may be far apart. Two faces in one photo are
    two people, and their groups are never joined.

    Parameters
    ----------
    descriptors : ndarray, (N, D)
        What an Identifier makes of the faces.
    photos : ndarray, (N,)
        A number for the photo that each is in.
    days : ndarray, (N,)
        When it was taken, in days; NaN where that is not known.
    reach : Reach
        How far apart descriptors of one person and of two lie.

    Returns
    -------
    ndarray, (N,)
        A number for each face's group, from 0 without gaps. Neither the groups nor their members depend on the order
        of the faces.
    """
    if not len(descriptors):
        return np.zeros(0, dtype=np.intp)
    order = np.lexsort((*descriptors.T[:8], np.nan_to_num(days, nan=np.inf)))
    sorted_days, sorted_photos = days[order], photos[order]
    leaders, followed = choose_leaders(descriptors[order], sorted_photos, sorted_days, ALIKE * reach.same)
    counts = np.bincount(followed).astype(np.float32)
    weights = weigh_days(sorted_days[leaders], sorted_days[leaders]) * counts[:, None] * counts[None]
    distances = measure_distances(descriptors[order][leaders], descriptors[order][leaders])
    apart = find_strangers(followed, sorted_photos, len(leaders))
    labels = np.empty(len(order), dtype=np.intp)
    labels[order] = join_groups(distances, weights, apart, reach.middle)[followed]
    return np.unique(labels, return_inverse=True)[1].reshape(-1)


def choose_leaders(
    descriptors: Float32[ndarray, "n d"], photos: Int[ndarray, " n"], days: Float[ndarray, " n"], radius: float
) -> tuple[Int[ndarray, " g"], Int[ndarray, " n"]]:
    """Faces that stand for those very like them: which faces, and for each face the number of the one it follows."""
    leaders: list[int] = []
    seen = np.empty_like(descriptors)
    members: list[set[int]] = []
    followed = np.empty(len(descriptors), dtype=np.intp)
    for k, descriptor in enumerate(descriptors):
        distances = np.sqrt(((seen[: len(leaders)] - descriptor) ** 2).sum(axis=1))
        gaps = np.abs(np.nan_to_num(days[leaders]) - np.nan_to_num(days[k]))
        near = np.flatnonzero((distances < radius) & (gaps <= NEAR_DAYS))
        free = [int(g) for g in near[np.argsort(distances[near], kind="stable")] if int(photos[k]) not in members[g]]
        if free:
            followed[k] = free[0]
            members[free[0]].add(int(photos[k]))
        else:
            seen[len(leaders)] = descriptor
            followed[k] = len(leaders)
            leaders.append(k)
            members.append({int(photos[k])})
    return np.array(leaders, dtype=np.intp), followed


def find_strangers(groups: Int[ndarray, " n"], photos: Int[ndarray, " n"], count: int) -> Bool[ndarray, "g g"]:
    """Which of `count` groups are in one photo somewhere: those are two people."""
    apart = np.zeros((count, count), dtype=bool)
    order = np.argsort(photos, kind="stable")
    for together in np.split(groups[order], np.flatnonzero(np.diff(photos[order])) + 1):
        if len(together) > 1:
            apart[np.ix_(together, together)] = True
    return apart


def join_groups(
    distances: Float32[ndarray, "g g"],
    weights: Float32[ndarray, "g g"],
    apart: Bool[ndarray, "g g"],
    limit: float,
) -> Int[ndarray, " g"]:
    """Join groups, the nearest first, while their weighted mean distance is at most `limit`.

    Returns
    -------
    ndarray, (G,)
        For each group the one that it became part of.
    """
    count = len(distances)
    # Distances are kept as sums, so that joining two groups is adding their rows; infinite for two people.
    sums = np.where(apart | np.eye(count, dtype=bool), np.inf, distances * weights).astype(np.float32)
    totals = weights.copy()
    owner = np.arange(count)
    means = sums / totals
    nearest, least = means.argmin(axis=1), means.min(axis=1)
    del means
    while True:
        a = int(least.argmin())
        if not least[a] <= limit:
            return owner
        a, b = sorted((a, int(nearest[a])))
        sums[a] += sums[b]
        totals[a] += totals[b]
        sums[a, [a, b]] = np.inf
        sums[:, a], totals[:, a] = sums[a], totals[a]
        sums[b], sums[:, b] = np.inf, np.inf
        owner[owner == b] = a
        _update_nearest(a, b, sums, totals, nearest, least)


def _update_nearest(a: int, b: int, sums: ndarray, totals: ndarray, nearest: ndarray, least: ndarray) -> None:
    """Bring each group's nearest one up to date after b became part of a."""
    stale = np.flatnonzero((nearest == a) | (nearest == b))
    for group in {a, b, *stale.tolist()}:
        row = sums[group] / totals[group]
        nearest[group] = row.argmin()
        least[group] = row[nearest[group]]
    # Of the others, a mean of two distances is never less than the smaller of them.
