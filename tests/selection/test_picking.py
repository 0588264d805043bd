"""Fewer photos than there are."""

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from morphlapse.errors import OptionError
from morphlapse.options import SelectOptions
from morphlapse.records import Choice, Detection, Detections
from morphlapse.selection.choice import choose

from .conftest import make_detection, make_face, make_photo, name_of


def make_series(count: int, step: float = 1.0, seed: int = 0) -> list[Detection]:
    """Photos of one face, so many days apart, each looking another way."""
    rng = np.random.default_rng(seed)
    return [
        make_detection(
            make_photo(f"{k:03}.jpg", k * step),
            make_face(yaw=float(rng.normal(0.0, 12.0)), eyes_open=float(rng.uniform(0.4, 1.0))),
        )
        for k in range(count)
    ]


def pick_from(found: list[Detection], **options: Any) -> Choice:
    """What is chosen for a film of faces."""
    return choose(Detections(tuple(found)), SelectOptions(**options), on="face")


def yaws(choice: Choice) -> np.ndarray:
    """How each chosen head is turned."""
    return np.array(
        [main.face.pose.yaw_deg for each in choice.used if (main := each.main) and main.face and main.face.pose]
    )


@pytest.mark.parametrize("most", [1, 2, 7, 60, 99])
def test_most_is_kept_to_exactly(most: int) -> None:
    choice = pick_from(make_series(100), most=most)
    assert len(choice.used) == most
    assert len(choice.used) + len(choice.skipped) == 100


def test_small_albums_are_taken_whole() -> None:
    assert len(pick_from(make_series(60)).used) == 60
    assert len(pick_from(make_series(20), most=20).used) == 20


def test_photos_are_spread_evenly_over_time() -> None:
    found = make_series(100)
    days = [int(name_of(each)[:3]) for each in pick_from(found, most=10).used]
    assert Counter(day // 10 for day in days) == Counter(range(10))


def test_the_sequence_jumps_less_than_without_looking_at_jumps() -> None:
    found = make_series(200, seed=4)
    steady, free = (np.abs(np.diff(yaws(pick_from(found, most=20, steady=s)))).mean() for s in (1.0, 0.0))
    assert steady < 0.7 * free


@pytest.mark.parametrize(("per", "most"), [("day", 10), ("week", 2), ("month", 1)])
def test_one_is_taken_of_each_period(per: str, most: int) -> None:
    choice = pick_from(make_series(40, step=0.25), per=per)
    dates = [each.photo.date for each in choice.used if each.photo.date]
    keys = {"day": "%Y-%j", "week": "%G-%V", "month": "%Y-%m"}
    counts = Counter(date.strftime(keys[per]) for date in dates)
    assert set(counts.values()) == {1}
    assert most <= len(counts) <= most + 1
    assert all(f"per is {per}" in each.reason for each in choice.skipped)


def test_of_a_day_the_better_photo_is_taken() -> None:
    good, bad = make_face(eyes_open=0.9), make_face(eyes_open=0.3)
    found = [
        make_detection(make_photo(f"{d}{k}", d + 0.1 * k), (good, bad)[(d + k) % 2]) for d in range(5) for k in (0, 1)
    ]
    assert [name_of(each) for each in pick_from(found, per="day").used] == ["00", "11", "20", "31", "40"]


def test_per_and_most_together_take_no_two_of_a_period() -> None:
    choice = pick_from(make_series(80, step=0.25), per="day", most=12)
    days = Counter(each.photo.date.date() for each in choice.used if each.photo.date)
    assert len(choice.used) == 12
    assert set(days.values()) == {1}


def test_a_photo_without_a_date_has_no_period_and_says_so() -> None:
    found = [*make_series(5), make_detection(make_photo("x.jpg"), make_face())]
    choice = pick_from(found, per="week")
    reasons = {each.path.name: each.reason for each in choice.skipped}
    assert reasons["x.jpg"] == "tells no date, so its week is not known (per is week)"
    assert "x.jpg" in [name_of(each) for each in pick_from(found, per="week", include=("x.jpg",)).used]


def test_an_album_without_dates_has_no_weeks() -> None:
    found = [replace(each, photo=replace(each.photo, date_source="file")) for each in make_series(5)]
    with pytest.raises(OptionError, match=r"per: most photos do not tell when they were taken .*take most"):
        pick_from(found, per="week")


@settings(deadline=None, max_examples=15)
@given(st.integers(1, 12), st.sets(st.integers(0, 17)), st.sampled_from(["all", "day", "week"]))
def test_what_is_included_is_always_taken(most: int, named: set[int], per: str) -> None:
    include = tuple(f"{k:03}.jpg" for k in sorted(named))
    choice = pick_from(make_series(18, step=0.6), most=most, per=per, include=include)
    used = [name_of(each) for each in choice.used]
    assert set(include) <= set(used)
    assert used == sorted(used)
    assert len(used) <= max(most, len(include))
    assert bool(choice.notes) == (len(include) > most)
    assert sorted(used + [each.path.name for each in choice.skipped]) == [f"{k:03}.jpg" for k in range(18)]
