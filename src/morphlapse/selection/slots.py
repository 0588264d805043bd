"""Where photos lie in time, and which of them share a slot of which one photo is taken."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Literal

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from morphlapse.records import Photo
from morphlapse.selection.likeness import is_dated

Period = Literal["day", "week", "month"]

DAY_S = 86400.0
CAPS = 24
"""So many limits are tried for a gap in time, from none to one at which all gaps are alike."""


@dataclass(frozen=True, eq=False)
class Slots:
    """Which slot each of N photos is in."""

    number: Int[ndarray, " n"]
    """Of its slot; photos are in order of time, so it never falls."""
    off: Float[ndarray, " n"]
    """How far a photo is from the middle of its slot, over the slot's length: -0.5 to 0.5."""


def has_dates(photos: Sequence[Photo]) -> bool:
    """Whether most photos tell when they were taken; a file's time does not."""
    return 2 * sum(is_dated(photo) for photo in photos) >= len(photos)


def times_of(photos: Sequence[Photo]) -> Float[ndarray, " n"]:
    """When photos were taken, in days in the order of the film; their numbers where most do not tell.

    Dates are compared as moments where all have a zone, else by the clock on the wall, as albums are ordered. A photo
    without one comes after the one before it.
    """
    if not has_dates(photos):
        return np.arange(len(photos), dtype=float)
    zoned = all(photo.date is None or photo.date.tzinfo is not None for photo in photos)
    times = np.array([-np.inf if photo.date is None else _days(photo.date, zoned=zoned) for photo in photos])
    return np.maximum.accumulate(np.maximum(times, times[np.isfinite(times)].min()))


def _days(date: datetime, *, zoned: bool) -> float:
    return (date if zoned else date.replace(tzinfo=UTC)).timestamp() / DAY_S


def slot_by_period(dates: Sequence[datetime], per: Period) -> Slots:
    """Slots that are days, ISO weeks or months of the calendar."""
    places = np.array([_place_in_calendar(date, per) for date in dates])
    number = np.floor(places).astype(int)
    return Slots(number, places - number - 0.5)


def _place_in_calendar(date: datetime, per: Period) -> float:
    day = (date - datetime.combine(date, datetime.min.time(), date.tzinfo)).total_seconds() / DAY_S
    if per == "month":
        length = calendar.monthrange(date.year, date.month)[1]
        return date.year * 12 + date.month - 1 + (date.day - 1 + day) / length
    ordinal = date.toordinal() + day
    return ordinal if per == "day" else (ordinal - 1.0) / 7.0


def divide(times: Float[ndarray, " n"], count: int) -> Slots:
    """Divide a span of time into slots of equal length, none of them empty.

    Where an album has long gaps and dense weeks, slots of equal length would stay empty. Then long gaps count as
    shorter, no more than it takes; at worst every gap counts alike, and the slots have equally many photos.

    Parameters
    ----------
    times : ndarray, (N,)
        In order.
    count : int
        How many slots, at most N.
    """
    gaps = np.diff(times)
    positive = gaps[gaps > 0.0]
    caps = np.geomspace(positive.max(), positive.min(), CAPS) if len(positive) else []
    for cap in caps:
        slots = _cut(np.concatenate([[0.0], np.cumsum(np.minimum(gaps, cap))]), cap, count)
        if len(np.unique(slots.number)) == count:
            return slots
    return _cut(np.arange(len(times), dtype=float), 1.0, count)


def _cut(times: Float[ndarray, " n"], gap: float, count: int) -> Slots:
    """Equal slots over a span that ends as far behind the last photo as a typical gap is long."""
    # The last photo takes up time as the others do, else the last slot would often hold it alone.
    tail = min(gap, times[-1] / max(1, len(times) - 1)) if times[-1] > 0.0 else 1.0
    places = times / (times[-1] + tail) * count
    # Rounding must not lift a photo that begins a slot into the one before.
    number = np.minimum(np.floor(places + 1e-9), count - 1).astype(int)
    return Slots(number, places - number - 0.5)


def gather_layers(number: Int[ndarray, " n"], named: frozenset[int] = frozenset()) -> list[Int[ndarray, " _"]]:
    """The candidates of each slot; photos that are named have a layer each and rule the others of their slot out."""
    layers: list[Int[ndarray, " _"]] = []
    for _, group in groupby(range(len(number)), key=lambda k: number[k]):
        members = list(group)
        must = [k for k in members if k in named]
        layers += [np.array([k]) for k in must] if must else [np.array(members)]
    return layers
