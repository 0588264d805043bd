"""Laws of pacing by dates: gaps weigh by a logarithm, and their shares add up."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from morphlapse.film.pacing import measure_gaps, share_time, weigh_gaps

DAY = datetime(2020, 1, 1)


def after(*days: float | None) -> list[datetime | None]:
    """Dates so many days after the first."""
    return [None if each is None else DAY + timedelta(days=each) for each in days]


few = settings(deadline=None, max_examples=10)
weights = st.lists(st.fractions(Fraction(1, 2), 8, max_denominator=1000), min_size=1, max_size=30)


def test_the_usual_gap_weighs_one_and_none_weighs_half():
    assert weigh_gaps(after(0, 1, 2, 2)) == (1, 1, Fraction(1, 2))


@pytest.mark.parametrize(("times", "weight"), [(3, 1.5), (7, 2.0), (31, 3.0), (1023, 5.5)])
def test_a_pause_weighs_by_its_logarithm(times: int, weight: float):
    assert weigh_gaps(after(0, 1, 2, 2 + times))[-1] == pytest.approx(weight)


@few
@given(st.lists(st.floats(0.001, 1e5), min_size=2, max_size=20))
def test_a_longer_gap_never_weighs_less(gaps: list[float]):
    days = [sum(gaps[:k]) for k in range(len(gaps) + 1)]
    by_length = sorted(zip(measure_gaps(after(*days)), weigh_gaps(after(*days)), strict=True))
    assert [weight for _, weight in by_length] == sorted(weight for _, weight in by_length)


@few
@given(st.floats(0.01, 1000.0))
def test_the_pace_of_a_life_does_not_matter(scale: float):
    days = [0.0, 1.0, 5.0, 6.0, 300.0]
    slow = weigh_gaps(after(*(scale * each for each in days)))
    assert [float(each) for each in slow] == pytest.approx([float(each) for each in weigh_gaps(after(*days))], abs=1e-4)


def test_photos_without_a_date_share_the_time_between_those_around_them():
    assert measure_gaps(after(0, None, None, 3, 4)) == [86400.0] * 4


def test_what_no_date_bounds_is_usual():
    assert weigh_gaps(after(None, 0, 1, 4, None)) == (1, *weigh_gaps(after(0, 1, 4)), 1)


def test_a_loop_closes_with_a_usual_gap():
    assert weigh_gaps(after(0, 1, 9), loop=True)[-1] == 1


def test_photos_in_another_order_than_that_of_time_have_gaps_all_the_same():
    assert measure_gaps(after(5, 0, 2)) == [5 * 86400.0, 2 * 86400.0]


def test_of_dates_with_and_without_a_zone_the_wall_clocks_are_compared():
    assert measure_gaps([DAY, DAY.replace(hour=3, tzinfo=UTC)]) == [3 * 3600.0]


def test_one_photo_or_none_has_no_gap():
    assert weigh_gaps([DAY]) == weigh_gaps([]) == ()


@few
@given(weights, st.fractions(0, 1, max_denominator=50))
def test_shares_have_the_mean_one_and_none_is_below_the_least(given_weights: list[Fraction], least: Fraction):
    factors = share_time(given_weights, least=least)
    assert sum(factors) == len(factors) == len(given_weights)
    assert min(factors) >= least


@few
@given(weights)
def test_shares_are_as_the_weights(given_weights: list[Fraction]):
    factors = share_time(given_weights)
    assert {factor / weight for factor, weight in zip(factors, given_weights, strict=True)} == {
        factors[0] / given_weights[0]
    }


def test_what_is_raised_to_the_least_is_taken_from_the_others():
    assert share_time([Fraction(1), Fraction(3), Fraction(6)], least=Fraction(1, 2)) == (
        Fraction(1, 2),
        Fraction(5, 6),
        Fraction(5, 3),
    )
