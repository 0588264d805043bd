"""What captions say: fields and nothing else, dates in English, ages and weeks by the calendar."""

import locale
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from morphlapse.errors import OptionError
from morphlapse.film.caption import FIELDS, Facts, count_months, say_age, say_date, spell_caption
from morphlapse.options import CAPTION_FIELDS, DATE_CODES, FilmOptions

few = settings(max_examples=20)
dates = st.dates(date(1900, 1, 1), date(2100, 1, 1))
PHOTO = Facts("IMG_7", 3, 12, datetime(2020, 5, 7, 15, 4), date(2020, 5, 1))


def said(caption: str, facts: Facts = PHOTO, **more: Any) -> str | None:
    return spell_caption(FilmOptions(caption=caption, **more), facts)


@pytest.mark.parametrize(
    ("caption", "text"),
    [
        ("My garden", "My garden"),
        ("{date}", "7 May 2020"),
        ("{date:%d %B %Y}", "07 May 2020"),
        ("{date:%A, %-d. %b %y, %H:%M}", "Thursday, 7. May 20, 15:04"),
        ("{date:%-I:%M %p}", "3:04 PM"),
        ("{date:100 %%}", "100 %"),
        ("Day {day}: {name}, {number} of {total}", "Day 7: IMG_7, 3 of 12"),
        ("{{{number}}}", "{3}"),
        ("two\nlines", "two\nlines"),
    ],
)
def test_fields_are_filled(caption: str, text: str):
    assert said(caption) == text


@pytest.mark.parametrize(
    ("caption", "wrong"),
    [
        ("{place}", "{place} is no field; take {date}, {age}, {week}, {day}, {name}, {number}, {total}"),
        ("{}", "{} is no field"),
        ("{0}", "{0} is no field"),
        ("{name.__class__}", "{name.__class__} is no field"),
        ("{date.__init__.__globals__}", "is no field"),
        ("{number:>9999999}", "{number} takes no format"),
        ("{date!r}", "{date!r} is no field"),
        ("{date:%c}", "%c is no part of a date"),
        ("{date:%}", "% is no part of a date"),
        ("{name", "{ is no field"),
        ("name}", "} is no field"),
        ("{age}", "{age} needs born"),
        ("{week}", "{week} needs due or week_one"),
        ("x" * 501, "500"),
    ],
)
def test_whatever_is_no_field_is_refused_before_any_work(caption: str, wrong: str):
    with pytest.raises(OptionError) as error:
        FilmOptions(caption=caption)
    assert str(error.value).startswith("caption: ")
    assert wrong in str(error.value)


def test_every_field_that_is_allowed_can_be_filled():
    assert set(FIELDS) == set(CAPTION_FIELDS)
    assert all(say_date(datetime(2020, 5, 7), f"%{code}") for code in DATE_CODES)


@settings(max_examples=10)
@given(st.text(max_size=20))
def test_a_file_may_have_any_name_and_it_is_no_template(name: str):
    facts = Facts(f"{{date}}{name}", 1, 1)
    assert said("{name}", facts) == spell_caption(FilmOptions(caption="{name}"), facts)
    assert (said("{name}", facts) or "").startswith("{date}")


def test_what_cannot_be_printed_is_left_out():
    assert said("{name}", Facts("a\x00b\x1b[31mc\u202ed", 1, 1)) == "ab[31mcd"


@few
@given(st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)))
def test_dates_are_those_of_strftime_in_english(when: datetime):
    assert locale.setlocale(locale.LC_TIME) in ("C", "en_US.UTF-8", "C.UTF-8")
    codes = [code for code in DATE_CODES if "-" not in code]
    assert [say_date(when, f"%{code}") for code in codes] == [when.strftime(f"%{code}") for code in codes]


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        ("2020-05-01", "2020-05-01", "0 days"),
        ("2020-05-01", "2020-05-02", "1 day"),
        ("2020-05-01", "2020-05-14", "13 days"),
        ("2020-05-01", "2020-05-15", "2 weeks"),
        ("2020-05-01", "2020-05-31", "4 weeks"),
        ("2020-05-01", "2020-06-01", "1 month"),
        ("2020-05-15", "2020-12-14", "6 months"),
        ("2020-05-15", "2020-12-15", "7 months"),
        ("2020-05-01", "2022-04-30", "23 months"),
        ("2020-05-01", "2022-05-01", "2 years"),
        ("2020-05-01", "2023-04-30", "2 years"),
        ("2020-05-01", "2023-05-01", "3 years"),
        ("2021-01-31", "2021-02-27", "3 weeks"),
        ("2021-01-31", "2021-02-28", "1 month"),
        ("2020-02-29", "2022-02-28", "2 years"),
        ("2020-02-29", "2024-02-28", "3 years"),
        ("2020-02-29", "2024-02-29", "4 years"),
        ("2020-05-01", "2020-04-30", None),
    ],
)
def test_ages_are_told_as_parents_tell_them(born: str, day: str, age: str | None):
    assert say_age(date.fromisoformat(born), date.fromisoformat(day)) == age


@few
@given(dates, st.integers(0, 40000))
def test_months_never_go_back(born: date, days: int):
    day = min(born + timedelta(days=days), date(2100, 1, 1))
    assert 0 <= count_months(born, born + timedelta(days=1)) <= 1
    assert count_months(born, day) <= count_months(born, day + timedelta(days=1))


@few
@given(dates, st.integers(0, 1200))
def test_months_are_full_on_the_day_or_on_the_last_of_the_month(born: date, months: int):
    year, month = divmod(born.year * 12 + born.month - 1 + months, 12)
    for number in range(born.day, 27, -1):
        try:
            day = date(year, month + 1, number)
        except ValueError:
            continue
        break
    else:
        day = date(year, month + 1, born.day)
    assert count_months(born, day) == months
    assert count_months(born, day - timedelta(days=1)) == months - 1


@pytest.mark.parametrize(
    ("day", "week"),
    [("2020-12-01", "40"), ("2020-11-30", "39"), ("2020-12-08", "41"), ("2020-02-25", "0"), ("2020-02-24", None)],
)
def test_weeks_of_pregnancy_are_whole_weeks_and_forty_when_it_is_due(day: str, week: str | None):
    assert said("{week}", Facts("a", 1, 1, datetime.fromisoformat(day)), due="2020-12-01") == week


@pytest.mark.parametrize(("day", "week"), [("2020-03-02", "1"), ("2020-03-08", "1"), ("2020-03-09", "2")])
def test_weeks_are_counted_from_the_first(day: str, week: str):
    assert said("{week}", Facts("a", 1, 1, datetime.fromisoformat(day)), week_one="2020-03-02") == week


@pytest.mark.parametrize("caption", ["{date}", "Day {day}", "{age} old"])
def test_a_photo_without_a_date_has_no_caption_that_needs_one(caption: str):
    assert said(caption, Facts("a", 1, 1), born="2020-01-01") is None


def test_the_day_is_that_of_the_cameras_clock():
    late = Facts("a", 1, 1, datetime(2020, 5, 7, 23, 59, tzinfo=UTC), date(2020, 5, 7))
    assert said("{day} {date:%d}", late) == "1 07"
