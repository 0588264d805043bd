"""Laws of the timeline: exact times, whole frames, nothing longer than asked."""

from datetime import datetime, timedelta
from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from morphlapse.errors import OptionError
from morphlapse.film.easing import EASINGS
from morphlapse.film.timeline import Moment, Timeline, photos_for, plan_timeline
from morphlapse.options import FilmOptions

RATES = [Fraction(24), Fraction(30), Fraction(30000, 1001), Fraction(12), Fraction(59, 7)]
few = settings(deadline=None, max_examples=20)
fewer = settings(deadline=None, max_examples=10)
easings = st.sampled_from(sorted(EASINGS))
films = st.builds(
    FilmOptions,
    fps=st.sampled_from(RATES),
    hold_s=st.sampled_from([0.0, 0.01, 0.1, 0.5, 1.3]),
    transition_s=st.sampled_from([0.1, 0.2, 1.0, 1.7]),
    duration=st.one_of(st.just("auto"), st.floats(0.05, 40.0)),
    easing=easings,
    loop=st.booleans(),
    pacing=st.sampled_from(["even", "dates"]),
)


def dates_of(count: int) -> list[datetime | None]:
    """Bursts, days, a pause of years, and a photo without a date here and there."""
    steps = [timedelta(seconds=3), timedelta(days=1), timedelta(days=900), timedelta(hours=7), timedelta(0)]
    days = [datetime(2020, 1, 1) + sum((steps[j % 5] for j in range(k)), timedelta(0)) for k in range(count)]
    return [None if k % 7 == 6 else day for k, day in enumerate(days)]


def planned(count: int, options: FilmOptions) -> Timeline:
    """A timeline, where so many photos fit at all."""
    try:
        return plan_timeline(count, options, dates_of(count))
    except OptionError:
        assume(False)
        raise


def position(moment: Moment, count: int) -> float:
    """How far the film has come, in photos."""
    second = moment.second if moment.second >= moment.first else count
    return moment.first + (second - moment.first) * moment.progress


@few
@given(st.integers(1, 40), films)
def test_film_starts_with_the_first_photo_as_it_is(count: int, options: FilmOptions):
    assert planned(count, options).moment_at(0) == Moment(0, 0, 0.0)


@fewer
@given(st.integers(1, 40), films)
def test_film_ends_with_the_last_photo_as_it_is_unless_it_loops(count: int, options: FilmOptions):
    timeline = planned(count, options)
    last = list(timeline.moments())[-1]
    if timeline.loop:
        assert last.first == count - 1
        assert last.progress < 1.0
    else:
        assert last == Moment(count - 1, count - 1, 0.0)


@fewer
@given(st.integers(1, 40), films)
def test_film_never_goes_back(count: int, options: FilmOptions):
    way = [position(moment, count) for moment in planned(count, options).moments()]
    assert way == sorted(way)


@fewer
@given(st.integers(1, 40), films)
def test_there_is_a_moment_for_each_frame(count: int, options: FilmOptions):
    timeline = planned(count, options)
    assert len(list(timeline.moments())) == timeline.frames >= count


@fewer
@given(st.integers(1, 40), films)
def test_neighbours_only_are_mixed(count: int, options: FilmOptions):
    for moment in planned(count, options).moments():
        assert moment.second in {moment.first, (moment.first + 1) % count}


@few
@given(st.integers(1, 40), films.filter(lambda options: options.duration != "auto"))
def test_given_duration_is_kept_to_the_frame_and_never_exceeded(count: int, options: FilmOptions):
    timeline = planned(count, options)
    asked = Fraction(str(options.duration))
    assert asked - 1 / options.fps < timeline.duration_s <= asked


@few
@given(st.integers(2, 40), films)
def test_holds_and_transitions_fill_the_film(count: int, options: FilmOptions):
    timeline = planned(count, options)
    last = timeline.duration_s - sum(timeline.holds_s[: count - 1]) - sum(timeline.transitions_s)
    assert last >= 0 if timeline.loop else last >= 1 / options.fps


@few
@given(st.integers(2, 40), films)
def test_transitions_are_shortened_only_after_the_holds_are_gone(count: int, options: FilmOptions):
    timeline = planned(count, options.model_copy(update={"pacing": "even"}))
    assert not any(timeline.holds_s[:-1]) or set(timeline.transitions_s) == {Fraction(str(options.transition_s))}


@few
@given(st.integers(2, 40), films)
def test_each_photo_is_reached_exactly_when_it_begins_to_stand_and_stands_as_long_as_it_should(count, options):
    timeline = planned(count, options.model_copy(update={"transition": "morph"}))
    for k, hold in enumerate(timeline.holds_s[: len(timeline.transitions_s)]):
        assert timeline.moment_at(timeline.starts_s[k]) == Moment(k, k, 0.0)
        assert timeline.moment_at(timeline.starts_s[k] + hold) == Moment(k, k, 0.0)
        halfway = timeline.moment_at(timeline.starts_s[k] + hold + timeline.transitions_s[k] / 2)
        assert halfway == Moment(k, (k + 1) % count, 0.5)


@few
@given(st.integers(2, 40), films)
def test_pacing_by_dates_moves_time_about_but_adds_none(count: int, options: FilmOptions):
    even, dated = (planned(count, options.model_copy(update={"pacing": way})) for way in ("even", "dates"))
    assert dated.frames == even.frames
    assert dated.starts_s[-1] == even.starts_s[-1]
    assert dated.holds_s[-1] == even.holds_s[-1] or even.loop


@few
@given(st.integers(2, 40), films)
def test_pacing_by_dates_skips_no_photo(count: int, options: FilmOptions):
    even, dated = (planned(count, options.model_copy(update={"pacing": way})) for way in ("even", "dates"))
    steps = [hold + way for hold, way in zip(dated.holds_s, dated.transitions_s, strict=False)]
    assert min(steps) >= min(1 / options.fps, even.starts_s[1])


@few
@given(st.integers(1, 40), films)
def test_even_pacing_knows_no_dates(count: int, options: FilmOptions):
    even = options.model_copy(update={"pacing": "even"})
    assert planned(count, even) == plan_timeline(count, even)


@few
@given(st.integers(1, 40), films)
def test_without_any_date_pacing_by_dates_is_even(count: int, options: FilmOptions):
    even, dated = (options.model_copy(update={"pacing": way}) for way in ("even", "dates"))
    assert planned(count, even) == plan_timeline(count, dated)


def test_a_longer_pause_takes_longer_on_the_screen():
    day = datetime(2020, 5, 1)
    dates = [day, day + timedelta(days=1), day + timedelta(days=2), day + timedelta(days=365)]
    timeline = plan_timeline(4, FilmOptions(pacing="dates"), dates)
    holds, ways = timeline.holds_s, timeline.transitions_s
    assert holds[0] == holds[1] < holds[2] < 5 * holds[1]
    assert all(2 * hold == way for hold, way in zip(holds, ways, strict=False))


def test_dates_that_are_not_one_for_each_photo_are_refused():
    with pytest.raises(OptionError, match="there are 2 for 3 photos"):
        plan_timeline(3, FilmOptions(pacing="dates"), [None, None])


@pytest.mark.parametrize(("count", "seconds"), [(2, 2), (10, 14), (60, 89), (61, 90), (100, 90), (400, 90)])
def test_automatic_film_gives_each_photo_its_time_up_to_ninety_seconds(count: int, seconds: int):
    assert plan_timeline(count, FilmOptions()).duration_s == seconds


@pytest.mark.parametrize(("count", "seconds"), [(3, Fraction(9, 2)), (60, 90), (200, 90)])
def test_automatic_loop_has_a_transition_more(count: int, seconds: Fraction):
    assert plan_timeline(count, FilmOptions(loop=True)).duration_s == seconds


def test_automatic_film_of_very_many_photos_keeps_short_transitions():
    timeline = plan_timeline(1000, FilmOptions())
    assert (set(timeline.holds_s), set(timeline.transitions_s)) == ({0}, {Fraction(1, 5)})
    assert timeline.duration_s > 90


def test_automatic_film_of_short_transitions_is_not_stretched():
    timeline = plan_timeline(100, FilmOptions(hold_s=0.0, transition_s=0.1))
    assert set(timeline.transitions_s) == {Fraction(1, 10)}
    assert timeline.frames == ceil(Fraction(99, 10) * 30 + 1)


def test_time_is_decimal_and_costs_no_frame():
    assert plan_timeline(2, FilmOptions(hold_s=0.1, transition_s=0.1)).frames == 9


def test_frames_of_a_broken_rate_lie_exactly():
    timeline = plan_timeline(2, FilmOptions(fps=Fraction(30000, 1001)))
    assert timeline.time_of(30000) == 1001


def test_longer_duration_stretches_the_holds():
    timeline = plan_timeline(3, FilmOptions(duration=11.0))
    assert (set(timeline.holds_s), set(timeline.transitions_s)) == ({3}, {1})


def test_shorter_duration_shrinks_the_holds_first():
    timeline = plan_timeline(3, FilmOptions(duration=2.6))
    assert (set(timeline.holds_s), set(timeline.transitions_s)) == ({Fraction(1, 5)}, {1})


def test_too_short_a_duration_says_how_many_frames_there_are():
    with pytest.raises(OptionError, match=r"100 photos do not fit into 30 frames"):
        plan_timeline(100, FilmOptions(duration=1.0))


def test_no_photo_makes_no_film():
    with pytest.raises(OptionError, match="at least one photo"):
        plan_timeline(0, FilmOptions())


def test_one_photo_is_held_for_a_second():
    timeline = plan_timeline(1, FilmOptions(loop=True))
    assert timeline.frames == 30
    assert set(timeline.moments()) == {Moment(0, 0, 0.0)}


def test_one_photo_is_held_for_the_duration_asked():
    assert plan_timeline(1, FilmOptions(duration=2.5)).frames == floor(2.5 * 30)


def test_halfway_through_a_transition_is_halfway():
    assert plan_timeline(3, FilmOptions()).moment_at(Fraction(5, 2)) == Moment(1, 2, 0.5)


def test_time_beyond_the_film_shows_its_ends():
    timeline = plan_timeline(3, FilmOptions())
    assert (timeline.moment_at(-1.0), timeline.moment_at(99.0)) == (Moment(0, 0, 0.0), Moment(2, 2, 0.0))


def test_time_beyond_a_loop_begins_anew():
    timeline = plan_timeline(3, FilmOptions(loop=True))
    assert timeline.moment_at(timeline.duration_s + 1) == timeline.moment_at(1)


def test_loop_goes_from_the_last_photo_to_the_first():
    assert plan_timeline(3, FilmOptions(loop=True)).moment_at(4) == Moment(2, 0, 0.5)


def test_cut_changes_in_the_middle_of_a_transition_and_mixes_nothing():
    timeline = plan_timeline(2, FilmOptions(transition="cut"))
    assert [moment.progress for moment in timeline.moments()] == [0.0] * 60
    assert [moment.first for moment in timeline.moments()] == [0] * 30 + [1] * 30


@few
@given(films, st.floats(0.5, 40.0))
def test_so_many_photos_fit_into_a_duration_and_no_more(options, duration):
    options = options.model_copy(update={"duration": duration})
    count = photos_for(options)
    assert count is not None
    shortest = min(Fraction(str(options.transition_s)), Fraction(1, 5))
    fits = plan_timeline(count, options).transitions_s
    assert count == 1 or min(fits) >= min(shortest, fits[0])
    more = plan_timeline(count + 1, options).transitions_s if (count + 1) <= floor(duration * options.fps) else ()
    assert not more or max(more) < shortest + Fraction(1, 1000) or options.pacing == "dates"


def test_a_duration_that_follows_from_the_photos_takes_all():
    assert photos_for(FilmOptions()) is None


def test_ten_seconds_hold_fifty_photos():
    assert photos_for(FilmOptions(duration=10.0)) == 50
    assert photos_for(FilmOptions(duration=10.0, loop=True)) == 50
    assert photos_for(FilmOptions(duration=0.01, fps=Fraction(30))) == 1
