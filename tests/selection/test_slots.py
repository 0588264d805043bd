"""Time, divided into slots that none of them is empty."""

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from morphlapse.selection.slots import Period, divide, gather_layers, has_dates, slot_by_period, times_of

from .conftest import make_photo


@settings(deadline=None, max_examples=20)
@given(st.lists(st.floats(0.0, 1e4), min_size=1, max_size=40), st.data())
def test_there_are_as_many_slots_as_asked_for_and_none_is_empty(gaps: list[float], data: st.DataObject) -> None:
    times = np.cumsum(gaps)
    count = data.draw(st.integers(1, len(times)))
    slots = divide(times, count)
    assert sorted(set(slots.number)) == list(range(count))
    assert (np.diff(slots.number) >= 0).all()
    assert (np.abs(slots.off) <= 0.5 + 1e-6).all()


def test_even_photos_are_shared_out_evenly() -> None:
    slots = divide(np.arange(200.0), 60)
    assert set(np.bincount(slots.number)) == {3, 4}


def test_slots_are_even_in_time_and_not_in_photos() -> None:
    dense_then_sparse = np.concatenate([np.arange(0.0, 10.0, 0.1), np.arange(10.0, 20.0, 1.0)])
    counts = np.bincount(divide(dense_then_sparse, 4).number)
    assert counts[:2].sum() > 5 * counts[2:].sum()


def test_a_long_gap_counts_as_shorter_before_a_slot_stays_empty() -> None:
    two_weeks_years_apart = np.concatenate([np.arange(7.0), np.arange(3000.0, 3007.0)])
    slots = divide(two_weeks_years_apart, 6)
    assert set(slots.number[:7]).isdisjoint(slots.number[7:])
    assert len(set(slots.number)) == 6


@pytest.mark.parametrize(
    ("per", "dates", "same"),
    [
        ("day", ("2021-03-01T00:00", "2021-03-01T23:59"), True),
        ("day", ("2021-03-01T23:59", "2021-03-02T00:00"), False),
        ("week", ("2020-12-28T08:00", "2021-01-03T22:00"), True),
        ("week", ("2021-01-03T22:00", "2021-01-04T01:00"), False),
        ("month", ("2024-02-01T00:00", "2024-02-29T23:00"), True),
        ("month", ("2023-02-10T00:00", "2024-02-10T00:00"), False),
    ],
)
def test_periods_are_those_of_the_calendar(per: Period, dates: tuple[str, str], same: bool) -> None:
    slots = slot_by_period([datetime.fromisoformat(date) for date in dates], per)
    assert (slots.number[0] == slots.number[1]) == same


def test_the_middle_of_a_period_is_no_way_off() -> None:
    noon, midnight = datetime(2021, 3, 1, 12), datetime(2021, 3, 1)
    assert slot_by_period([midnight, noon], "day").off.tolist() == pytest.approx([-0.5, 0.0])


def test_times_never_run_back_and_photos_without_a_date_follow_their_neighbours() -> None:
    photos = [make_photo("a", 0.0), make_photo("b", 2.0), make_photo("c")]
    assert np.diff(times_of(photos)).tolist() == pytest.approx([2.0, 0.0])


def test_zones_are_heeded_where_every_photo_has_one() -> None:
    there = timezone(timedelta(hours=9))
    photos = [
        make_photo("a", datetime(2021, 3, 1, 9, tzinfo=there)),
        make_photo("b", datetime(2021, 3, 1, 1, tzinfo=UTC)),
    ]
    assert np.diff(times_of(photos)) * 24.0 == pytest.approx([1.0])


def test_the_time_of_a_file_is_no_date() -> None:
    photos = [make_photo(name, day, source="file") for name, day in (("a", 0.0), ("b", 9.0), ("c", 9.1))]
    assert not has_dates(photos)
    assert times_of(photos).tolist() == [0.0, 1.0, 2.0]


def test_photos_that_are_named_have_a_layer_each_and_rule_out_their_slot() -> None:
    layers = gather_layers(np.array([0, 0, 1, 1, 1, 2]), frozenset((2, 4)))
    assert [layer.tolist() for layer in layers] == [[0, 1], [2], [4], [5]]
