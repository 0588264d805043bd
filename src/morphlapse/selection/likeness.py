"""How alike two photos are as a whole, and how far apart in time."""

from __future__ import annotations

from datetime import UTC, time

import numpy as np

from morphlapse.records import Detection, Photo

ALIKE = 0.2
"""Thumbnails of one scene within seconds differ by less: frames of a tenth of a second by 0.02 to 0.1 (measured)."""

NEAR = 0.015
"""Copies of one picture in other sizes and qualities differ by less (at most 0.012 measured), and frames of a film
that follow each other by more (at least 0.02)."""


def measure_difference(a: Detection, b: Detection) -> float | None:
    """Root mean square difference of two thumbnails, 0 to 1; None where one was not made."""
    if a.thumbnail is None or b.thumbnail is None or a.thumbnail.shape != b.thumbnail.shape:
        return None
    off = a.thumbnail.astype(np.float32) - b.thumbnail.astype(np.float32)
    return float(np.sqrt((off * off).mean())) / 255.0


def is_dated(photo: Photo) -> bool:
    """Whether a photo tells when it was taken; a file's time does not."""
    return photo.date is not None and photo.date_source not in ("file", "none")


def has_clock(photo: Photo) -> bool:
    """Whether it tells the time of day, too: a name often gives the day alone, which is read as its midnight."""
    return is_dated(photo) and photo.date is not None and photo.date.time() != time()


def moment_s(photo: Photo) -> float:
    """When a photo was taken, in seconds by the clock on the wall."""
    assert photo.date is not None
    return photo.date.replace(tzinfo=UTC).timestamp()


def seconds_between(a: Photo, b: Photo) -> float:
    """Time between two photos with dates: as moments where both have a zone, else by the clock on the wall."""
    if a.date is not None and b.date is not None and a.date.tzinfo is not None and b.date.tzinfo is not None:
        return abs((a.date - b.date).total_seconds())
    return abs(moment_s(a) - moment_s(b))
