"""What is usual in an album, and by camera and year: the sharpest a phone of 2003 could do is no blur."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from morphlapse.records import Photo

WIDER_COUNTS = 4.0
"""What is usual in the wider group counts for a group as so many photos of its own would."""

ERA_YEARS = 5
"""Where the camera is not known, photos of so many years are compared."""

DEVIATION = 1.4826
"""A normal distribution's standard deviation over its median absolute deviation."""


@dataclass(frozen=True, eq=False)
class Usual:
    """What is usual for each of N photos."""

    middle: Float[ndarray, " n"]
    """The typical value of its group."""
    spread: Float[ndarray, " n"]
    """And a robust standard deviation about it."""


def find_usual(values: Float[ndarray, " n"], levels: Sequence[Sequence[Hashable]]) -> Usual:
    """Find the median and the median absolute deviation by group, drawn towards the wider group's the fewer it has.

    Parameters
    ----------
    values : ndarray, (N,)
        NaN where not measured.
    levels : sequence of sequences, each (N,)
        The group of each photo, from wide groups to narrow ones; the widest, the album, need not be told.
    """
    middle, spread = (np.full(len(values), each) for each in _describe(values))
    for groups in levels:
        for its in _gather(groups):
            known = values[its][np.isfinite(values[its])]
            if len(known):
                share = len(known) / (len(known) + WIDER_COUNTS)
                own = _describe(known)
                middle[its] = share * own[0] + (1.0 - share) * middle[its]
                spread[its] = share * own[1] + (1.0 - share) * spread[its]
    return Usual(middle, spread)


def _gather(groups: Sequence[Hashable]) -> list[list[int]]:
    members: dict[Hashable, list[int]] = defaultdict(list)
    for index, group in enumerate(groups):
        members[group].append(index)
    return list(members.values())


def _describe(values: Float[ndarray, " n"]) -> tuple[float, float]:
    known = values[np.isfinite(values)]
    if not len(known):
        return float("nan"), float("nan")
    middle = float(np.median(known))
    return middle, DEVIATION * float(np.median(np.abs(known - middle)))


def group_by_camera(photos: Sequence[Photo]) -> list[list[Hashable]]:
    """Groups of photos: by camera, or by era where it is not known; and within them by year."""
    years = [None if photo.date is None else photo.date.year for photo in photos]
    wide: list[Hashable] = [
        photo.camera or (None if year is None else year // ERA_YEARS) for photo, year in zip(photos, years, strict=True)
    ]
    return [wide, list(zip(wide, years, strict=True))]
