"""How surely a face is a person's, by all that is known of both."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from jaxtyping import Bool, Float, Float32, Int
from numpy import ndarray

from morphlapse.records import Detection, Reach
from morphlapse.selection.grouping import measure_distances, weigh_days

NEAREST_SHARE = 0.25
"""A face is compared with so many of a person's faces, those most like it: a profile with profiles."""

LEAST_FACES = 3
"""And with so many at least."""

MOST_PRIOR = 0.9
"""Where nearly all faces are one person's, another face may be that person's too; more than this is not counted."""

ROWS = 512
"""So many faces are compared at once."""


@dataclass(frozen=True, eq=False)
class Roster:
    """All described faces of an album."""

    descriptors: Float32[ndarray, "n d"]
    """What an Identifier makes of them."""
    photos: Int[ndarray, " n"]
    """In which of the detections each is."""
    places: Int[ndarray, " n"]
    """Which of its subjects has it."""
    days: Float[ndarray, " n"]
    """When it was photographed, in days; NaN where that is not known."""


def gather_roster(found: Sequence[Detection]) -> Roster | None:
    """All faces that have a descriptor; None where there is none."""
    rows = [
        (subject.face.descriptor, k, place, _day_of(detection.photo.date))
        for k, detection in enumerate(found)
        for place, subject in enumerate(detection.subjects)
        if subject.face is not None and subject.face.descriptor is not None
    ]
    if not rows:
        return None
    descriptors, photos, places, days = zip(*rows, strict=True)
    return Roster(np.stack(descriptors), np.array(photos), np.array(places), np.array(days, dtype=np.float64))


def _day_of(date: datetime | None) -> float:
    if date is None:
        return math.nan
    return date.toordinal() + (date.hour + date.minute / 60.0) / 24.0


def mean_of_nearest(distances: Float32[ndarray, "n m"], weights: Float32[ndarray, "n m"]) -> Float32[ndarray, " n"]:
    """Weighted mean of the least distances of each row; infinite ones do not count."""
    count = max(LEAST_FACES, math.ceil(NEAREST_SHARE * distances.shape[1]))
    if count < distances.shape[1]:
        kept = np.argpartition(distances, count - 1, axis=1)[:, :count]
        distances, weights = np.take_along_axis(distances, kept, 1), np.take_along_axis(weights, kept, 1)
    counted = np.where(np.isfinite(distances), weights, 0.0)
    total = counted.sum(axis=1)
    mean = (counted * np.where(np.isfinite(distances), distances, 0.0)).sum(axis=1) / np.maximum(total, 1e-12)
    return np.where(total > 0.0, mean, np.inf).astype(np.float32)


def measure_likeness(
    roster: Roster, members: Bool[ndarray, " n"], examples: Float32[ndarray, "e d"] | None, reach: Reach
) -> Float[ndarray, " n"]:
    """How surely each face is the person's, 0 to 1.

    By the distance from the person's faces in other photos, those most like it and nearest in time counting most, or
    from an example if that is nearer: 0.9 at `reach.same`, 0.1 at `reach.other`, and more where most faces of the
    album are that person's.
    """
    apart = np.concatenate([*_compare(roster, members)])
    if examples is not None:
        apart = np.minimum(apart, measure_distances(roster.descriptors, examples).min(axis=1))
    if members.sum() == 1:
        apart = np.where(members, 0.0, apart)
    prior = min(max(float(members.mean()), 0.5), MOST_PRIOR)
    steepness = 2.0 * math.log(9.0) / (reach.other - reach.same)
    odds = np.clip(steepness * (reach.middle - apart), -500.0, 500.0) + math.log(prior / (1.0 - prior))
    return 1.0 / (1.0 + np.exp(-odds))


def _compare(roster: Roster, members: Bool[ndarray, " n"]) -> Iterator[Float32[ndarray, " k"]]:
    """Distances of all faces from the members in other photos, some faces at a time."""
    theirs, photos, days = roster.descriptors[members], roster.photos[members], roster.days[members]
    for first in range(0, len(roster.photos), ROWS):
        rows = slice(first, first + ROWS)
        distances = measure_distances(roster.descriptors[rows], theirs)
        distances[roster.photos[rows, None] == photos[None]] = np.inf
        yield mean_of_nearest(distances, weigh_days(roster.days[rows], days))
