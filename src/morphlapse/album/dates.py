"""When a photo was taken: EXIF, else the file's name, else a sidecar, else the file's time."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from PIL.ExifTags import Base

from morphlapse.album.names import dates_from_name
from morphlapse.records import DateSource

FIRST_YEAR = 1826
"""Of the oldest photograph that survives."""

CAPTURE_TAGS = (
    (Base.DateTimeOriginal, Base.OffsetTimeOriginal, Base.SubsecTimeOriginal),
    (Base.DateTimeDigitized, Base.OffsetTimeDigitized, Base.SubsecTimeDigitized),
    (Base.DateTime, Base.OffsetTime, Base.SubsecTime),
)
"""EXIF's dates, the most trusted first, each with its zone and its fraction of a second."""

UNSET_CLOCKS = frozenset(datetime(year, 1, 1) for year in (1904, 1970, 1980))
"""What cameras and programs write that know no date."""

TAKEOUT = "supplemental-metadata"
"""What Google Takeout puts between a photo's name and .json, cut where the whole becomes too long."""

MAX_SIDECAR_BYTES = 1_000_000

EXIF_DATE = re.compile(
    r"(\d{4})[-:/. ](\d{1,2})[-:/. ](\d{1,2})"
    r"(?:[ T]+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,]\d*)?)?)?\s*(Z|[+-]\d{1,2}:?\d{2})?"
)
OFFSET = re.compile(r"(Z)|([+-])(\d{1,2}):?(\d{2})")


def find_date(path: Path, tags: Mapping[int, object]) -> tuple[datetime | None, DateSource]:
    """Find when a photo was taken.

    Parameters
    ----------
    path : Path
        The photo; its name, its sidecar and its file's time are looked at where EXIF gives no date.
    tags : mapping of int to object
        EXIF's tags by number.

    Returns
    -------
    date : datetime or None
        With a zone from EXIF's offset, from a sidecar (UTC) and from the file's time (this machine's zone), else the
        wall clock of the camera. Years before 1826 or after the next one are not believed.
    source : {"exif", "name", "sidecar", "file", "none"}
    """
    sources: tuple[tuple[DateSource, Callable[[], datetime | None]], ...] = (
        ("exif", lambda: date_from_exif(tags)),
        ("name", lambda: next(filter(is_believable, dates_from_name(path.stem)), None)),
        ("sidecar", lambda: date_from_sidecar(path)),
        ("file", lambda: date_from_file(path)),
    )
    for source, read in sources:
        date = read()
        if date is not None:
            return date, source
    return None, "none"


def is_believable(date: datetime) -> bool:
    """Whether a photo can have that date; a camera's clock may be up to a year ahead."""
    return FIRST_YEAR <= date.year <= datetime.now().year + 1 and date.replace(tzinfo=None) not in UNSET_CLOCKS


def date_from_exif(tags: Mapping[int, object]) -> datetime | None:
    """The first believable date of EXIF: of capture, of digitisation, of change."""
    for date_tag, offset_tag, fraction_tag in CAPTURE_TAGS:
        date = parse_exif_date(tags.get(date_tag), tags.get(offset_tag), tags.get(fraction_tag))
        if date is not None and is_believable(date):
            return date
    return None


def parse_exif_date(date: object, offset: object = None, fraction: object = None) -> datetime | None:
    """Read one EXIF date with its zone ("+02:00") and its fraction of a second ("042"); None where it is no date.

    Text as programs write it is understood too: dashes, a T, a zone at the end, the day alone.
    """
    found = EXIF_DATE.fullmatch(_text(date))
    if found is None:
        return None
    fields = (int(field or 0) for field in found.groups()[:6])
    micro = re.match(r"\d{1,6}", _text(fraction))
    try:
        parsed = datetime(*fields, microsecond=int(micro[0].ljust(6, "0")) if micro else 0)
    except ValueError:
        return None
    return parsed.replace(tzinfo=_parse_offset(found[7] or _text(offset)))


def _parse_offset(text: str) -> timezone | None:
    found = OFFSET.fullmatch(text)
    if found is None:
        return None
    if found[1]:
        return UTC
    ahead = timedelta(hours=int(found[3]), minutes=int(found[4]))
    if ahead > timedelta(hours=14):
        return None
    return timezone(-ahead if found[2] == "-" else ahead)


def _text(value: object) -> str:
    """A tag as text: some programs write bytes, or pad with zeros and blanks; any other type holds no text."""
    if isinstance(value, bytes):
        value = value.decode("ascii", "replace")
    return value.split("\0")[0].strip() if isinstance(value, str) else ""


def sidecars_of(path: Path) -> Iterator[Path]:
    """Where Google Takeout may have put a photo's facts, the usual places first.

    For a.jpg: a.jpg.json, a.jpg.supplemental-metadata.json, the latter cut short anywhere; for a(1).jpg also
    a.jpg(1).json and a.jpg.supplemental-metadata(1).json; for a-edited.jpg those of a.jpg; for long names the first 46
    characters and .json.
    """
    name = path.name
    copy = re.fullmatch(r"(.+)(\(\d+\))(\.[^.]+)", name)
    edited = re.fullmatch(r"(.+)-edited((?:\(\d+\))?\.[^.]+)", name)
    names = [f"{name}.json", f"{name[:46]}.json"]
    names += [f"{name}.{TAKEOUT[:length]}.json" for length in range(len(TAKEOUT), -1, -1)]
    if copy:
        names += [f"{copy[1]}{copy[3]}{copy[2]}.json"]
        names += [f"{copy[1]}{copy[3]}.{TAKEOUT[:length]}{copy[2]}.json" for length in range(len(TAKEOUT), -1, -1)]
    yield from (path.with_name(each) for each in names)
    if edited:
        yield from sidecars_of(path.with_name(edited[1] + edited[2]))


def date_from_sidecar(path: Path) -> datetime | None:
    """When a photo was taken by the Google Takeout JSON beside it, in UTC; None without one that can be read."""
    dates = map(_read_sidecar, sidecars_of(path))
    return next((date for date in dates if date is not None and is_believable(date)), None)


def _read_sidecar(path: Path) -> datetime | None:
    try:
        if not path.is_file() or path.stat().st_size > MAX_SIDECAR_BYTES:
            return None
        seconds = json.loads(path.read_bytes())["photoTakenTime"]["timestamp"]
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(seconds))
    except (OSError, ValueError, TypeError, LookupError, OverflowError, RecursionError):
        return None


def date_from_file(path: Path) -> datetime | None:
    """When the file was last written, to the second, in this machine's zone; None where that cannot be."""
    try:
        # Files that were unpacked or copied together differ by fractions of a second that mean nothing.
        date = datetime.fromtimestamp(int(path.stat().st_mtime)).astimezone()
    except (OSError, ValueError, OverflowError):
        return None
    return date if is_believable(date) else None
