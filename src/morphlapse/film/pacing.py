"""How much of a film's time each gap between photos gets, by the real time that lies in it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from itertools import pairwise
from math import log2
from statistics import median

GRAIN = 2**20
"""Weights are rounded to this part of one, so that times stay exact and their terms short."""


def weigh_gaps(dates: Sequence[datetime | None], *, loop: bool = False) -> tuple[Fraction, ...]:
    """Weigh the gap after each photo by the time until the next: (1 + log2(1 + gap / usual gap)) / 2.

    The usual gap, the median of those that are longer than nothing, weighs 1. No gap at all weighs half of it, so that
    a burst does not rush by; three times as long weighs 1.5, ten times 2.2, a hundred times 3.8, so that a pause of
    years does not stall the film. Photos without a date share the time between those around them evenly; before the
    first and after the last date, and from the end of a loop to its beginning, gaps are taken to be usual.

    Parameters
    ----------
    dates : sequence of datetime or None
        When each photo was taken, in the order of the film. Between a date with a zone and one without, wall clocks
        are compared.
    loop : bool
        Whether a gap from the last photo to the first is added.

    Returns
    -------
    tuple of Fraction
        One for each gap.
    """
    gaps = measure_gaps(dates)
    usual = median([gap for gap in gaps if gap] or [0.0])
    weights = [
        Fraction(1) if gap is None or not usual else Fraction(round((1 + log2(1 + gap / usual)) / 2 * GRAIN), GRAIN)
        for gap in gaps
    ]
    return (*weights, *([Fraction(1)] if loop else []))


def measure_gaps(dates: Sequence[datetime | None]) -> list[float | None]:
    """Seconds from each photo to the next; what lies between two dates is shared by the undated photos there."""
    gaps: list[float | None] = [None] * max(len(dates) - 1, 0)
    dated = [(k, date) for k, date in enumerate(dates) if date is not None]
    for (start, before), (end, after) in pairwise(dated):
        gaps[start:end] = [_seconds_between(before, after) / (end - start)] * (end - start)
    return gaps


def _seconds_between(a: datetime, b: datetime) -> float:
    """Whichever is earlier: photos may be ordered otherwise than by date."""
    if (a.tzinfo is None) != (b.tzinfo is None):
        a, b = a.replace(tzinfo=None), b.replace(tzinfo=None)
    return abs((b - a).total_seconds())


def share_time(weights: Sequence[Fraction], *, least: Fraction = Fraction(0)) -> tuple[Fraction, ...]:
    """Factors with the mean 1 that are as the weights to each other, but for those that would be below `least`.

    Parameters
    ----------
    weights : sequence of Fraction
        More than 0.
    least : Fraction
        At most 1. What is raised to it is taken from the others.
    """
    raised: set[int] = set()
    while True:
        free = [k for k in range(len(weights)) if k not in raised]
        if not free:
            return (Fraction(1),) * len(weights)
        scale = (len(weights) - len(raised) * least) / sum(weights[k] for k in free)
        below = {k for k in free if weights[k] * scale < least}
        if not below:
            return tuple(least if k in raised else weights[k] * scale for k in range(len(weights)))
        raised |= below
