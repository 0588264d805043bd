"""What a caption says of each photo: words with fields, dates in English, ages and weeks by the calendar."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from morphlapse.options import CAPTION_PIECE, DATE_PIECE, FilmOptions

MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
DATE_FORM = "%-d %B %Y"
"""How a date is written unless a format is given: 1 May 2020."""
PREGNANCY = timedelta(weeks=40)
"""From the day that doctors count from to the day on which a birth is due."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a caption can tell of a photo."""

    name: str
    """Of its file, without the ending."""
    number: int
    """Its place in the film, from 1."""
    total: int
    """How many photos the film has."""
    date: datetime | None = None
    """When it was taken."""
    first: date | None = None
    """The day of the film's earliest photo."""


def spell_caption(options: FilmOptions, facts: Facts) -> str | None:
    """The caption of a photo; None where there is none, or where the photo cannot fill one of its fields.

    Nothing but the fields of `CAPTION_FIELDS` is looked up, whatever is written between braces.
    """
    pieces: list[str] = []
    end = 0
    text = options.caption or ""
    for found in CAPTION_PIECE.finditer(text):
        pieces.append(text[end : found.start()])
        end = found.end()
        if found[1] is None:
            pieces.append(found[0][0])
            continue
        name, _, form = found[1].partition(":")
        value = FIELDS[name](options, facts, form)
        if value is None:
            return None
        pieces.append(value)
    return clean_caption("".join((*pieces, text[end:])))


def clean_caption(said: str) -> str | None:
    """A text as it can be drawn; None where nothing of it can."""
    return "\n".join("".join(filter(str.isprintable, line)) for line in said.splitlines()).strip() or None


def say_date(when: datetime, form: str = DATE_FORM) -> str:
    """A date by a format like strftime's, in English wherever the program runs."""
    known = {
        "a": WEEKDAYS[when.weekday()][:3],
        "A": WEEKDAYS[when.weekday()],
        "b": MONTHS[when.month - 1][:3],
        "B": MONTHS[when.month - 1],
        "d": f"{when.day:02}",
        "m": f"{when.month:02}",
        "y": f"{when.year % 100:02}",
        "Y": f"{when.year:04}",
        "H": f"{when.hour:02}",
        "I": f"{(when.hour - 1) % 12 + 1:02}",
        "M": f"{when.minute:02}",
        "p": "AM" if when.hour < 12 else "PM",
        "%": "%",
    }
    known |= {f"-{code}": known[code].lstrip("0") or "0" for code in "dmHI"}
    return DATE_PIECE.sub(lambda found: known[found[1]], form or DATE_FORM)


def count_months(born: date, day: date) -> int:
    """Whole months from one day to another; of one that began on a 31st, a shorter month is full on its last day."""
    last = monthrange(day.year, day.month)[1]
    full = day.day >= min(born.day, last)
    return 12 * (day.year - born.year) + day.month - born.month - (not full)


def say_age(born: date, day: date) -> str | None:
    """An age as parents tell it: days for two weeks, weeks for a month, months for two years, then years.

    None before the birth.
    """
    days, months = (day - born).days, count_months(born, day)
    if days < 0:
        return None
    if months >= 24:
        return _count(months // 12, "year")
    if months >= 1:
        return _count(months, "month")
    return _count(days // 7, "week") if days >= 14 else _count(days, "day")


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def count_weeks(options: FilmOptions, day: date) -> int | None:
    """The week that a day lies in.

    With `week_one` that is 1 for the first seven days. With `due` it is the whole weeks of pregnancy as doctors count
    them, 40 on the day itself. None before they begin.
    """
    if options.week_one is not None:
        week = (day - options.week_one).days // 7 + 1
        return week if week >= 1 else None
    assert options.due is not None
    since = day - (options.due - PREGNANCY)
    return since.days // 7 if since.days >= 0 else None


def _say_date(_: FilmOptions, facts: Facts, form: str) -> str | None:
    return None if facts.date is None else say_date(facts.date, form)


def _say_age(options: FilmOptions, facts: Facts, _: str) -> str | None:
    return None if facts.date is None or options.born is None else say_age(options.born, facts.date.date())


def _say_week(options: FilmOptions, facts: Facts, _: str) -> str | None:
    week = None if facts.date is None else count_weeks(options, facts.date.date())
    return None if week is None else str(week)


def _say_day(_: FilmOptions, facts: Facts, __: str) -> str | None:
    if facts.date is None or facts.first is None:
        return None
    return str((facts.date.date() - facts.first).days + 1)


FIELDS: dict[str, Callable[[FilmOptions, Facts, str], str | None]] = {
    "date": _say_date,
    "age": _say_age,
    "week": _say_week,
    "day": _say_day,
    "name": lambda _, facts, __: facts.name,
    "number": lambda _, facts, __: str(facts.number),
    "total": lambda _, facts, __: str(facts.total),
}
"""How each field is filled."""
