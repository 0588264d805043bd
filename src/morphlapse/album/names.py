"""Dates in file names, and the natural order of names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import PurePath

DAY = re.compile(
    r"(?<!\d)(?P<year>\d{4})"
    r"(?:(?P<mark>[-_. ])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})(?!\d)"
    r"|(?P<month2>\d{2})(?P<day2>\d{2})(?=\D|$|\d{6}(?:\d{3})?(?!\d)))"
)
"""2008-04-08, 2008_4_8, 20080408, and the last directly followed by a time."""

CLOCK = re.compile(
    r"(?:[ _\-T.,]{0,2}|[ _](?:at|um|à|a las|alle|om|kl)[ _])"
    r"(?:(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})(?P<milli>\d{3})?(?!\d)"
    r"|(?P<hour2>\d{1,2})(?P<mark>[-_.:h])(?P<minute2>\d{2})(?:[-_.:m](?P<second2>\d{2}))?(?!\d))"
    r"(?:\s?(?P<half>[AaPp])[Mm]\b)?"
)
"""_121314, _030405123, T12:13:14, " at 9.11.12 PM": what may follow a day."""


def dates_from_name(stem: str) -> Iterator[datetime]:
    """Every date that a file's name (without its ending) holds, from left to right.

    A name such as IMG_1234567890 holds none; years are not judged here. A day without a clock time is midnight.
    """
    for found in DAY.finditer(stem):
        day = _day_from(found)
        if day is not None:
            yield _add_clock(day, CLOCK.match(stem, found.end()))


def _day_from(found: re.Match[str]) -> datetime | None:
    month, day = found["month"] or found["month2"], found["day"] or found["day2"]
    try:
        return datetime(int(found["year"]), int(month), int(day))
    except ValueError:
        return None


def _add_clock(day: datetime, found: re.Match[str] | None) -> datetime:
    """The day with the time that follows it, or the day alone where those digits are no time."""
    if found is None:
        return day
    hour = int(found["hour"] or found["hour2"])
    if found["half"] and 1 <= hour <= 12:
        hour = hour % 12 + (12 if found["half"] in "Pp" else 0)
    minute, second = int(found["minute"] or found["minute2"]), int(found["second"] or found["second2"] or 0)
    try:
        return day.replace(hour=hour, minute=minute, second=second, microsecond=1000 * int(found["milli"] or 0))
    except ValueError:
        return day


def natural_key(path: PurePath) -> tuple[tuple[tuple[str | int, ...], ...], str]:
    """Sort key that puts photo_2 before photo_10, folder by folder, upper and lower case alike."""
    # Without the ending, so that photo comes before photo2.
    return tuple(_split_numbers(part) for part in (*path.parts[:-1], path.stem)), str(path)


def _split_numbers(text: str) -> tuple[str | int, ...]:
    """Texts and numbers in turn, a text first, so that two keys compare like with like."""
    # Without [0-9] a numeral such as ² would count as a digit here and fail in int().
    parts = re.split(r"([0-9]+)", text.casefold())
    # More than 4,300 digits are refused by int(); as a name's part they cannot occur (255 bytes).
    return tuple(int(part) if i % 2 else part for i, part in enumerate(parts))
