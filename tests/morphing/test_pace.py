from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from kornia.color import rgb_to_lab

from morphlapse.imaging.filters import gaussian_blur
from morphlapse.morphing.layer import make_layer
from morphlapse.morphing.pace import FASTEST, PLAIN, Pace, find_pace, invert_speed, measure_steps
from morphlapse.morphing.search import Guide, morph_layers
from morphlapse.options import MorphOptions
from morphlapse.records import Size
from synthetic import picture

SIZE = Size(96, 128)
PLACES = np.linspace(0.0, 1.0, 100)
few = settings(max_examples=10, deadline=None)
trends = st.tuples(st.floats(-0.6, 0.6), st.floats(-0.4, 0.4))


def pace_of(trend: tuple[float, float]) -> Pace:
    return invert_speed(lambda t: np.exp(trend[0] * (2.0 * t - 1.0) + trend[1] * (2.0 * t - 1.0) ** 2))


def slope_of(pace: Pace, p: float) -> float:
    return (pace(p + 1e-5) - pace(p - 1e-5)) / 2e-5


def grey_at(t: float, power: float = 2.0) -> torch.Tensor:
    """A flat frame whose lightness runs ever faster."""
    level = 0.2 + 0.6 * ((1.0 + t) ** power - 1.0) / (2.0**power - 1.0)
    return torch.full((3, 8, 8), level)


@few
@given(trend=trends)
def test_a_pace_goes_from_start_to_end_and_never_back(trend):
    for pace in (pace_of(trend), pace_of(trend).joined()):
        reached = [pace(p) for p in PLACES]
        assert (pace(0.0), pace(1.0)) == (0.0, 1.0)
        assert min(np.diff(reached)) > 0.0


@few
@given(trend=trends, knot=st.integers(1, 7))
def test_the_slope_jumps_nowhere(trend, knot):
    for pace in (pace_of(trend), pace_of(trend).joined()):
        p = knot / 8
        before, after = ((pace(p + h) - pace(p)) / h for h in (-1e-5, 1e-5))
        assert before == pytest.approx(after, abs=1e-3)


@few
@given(trend=trends)
def test_the_slope_is_bounded(trend):
    slopes = [slope_of(pace_of(trend), p) for p in PLACES[1:-1]]
    assert 0.5 / FASTEST < min(slopes) <= max(slopes) < 2.0 * FASTEST


@few
@given(trend=trends)
def test_a_joined_pace_runs_on_from_one_transition_to_the_next(trend):
    pace = pace_of(trend).joined()
    assert pace(1e-6) / 1e-6 == pytest.approx(1.0, abs=1e-3)
    assert (1.0 - pace(1.0 - 1e-6)) / 1e-6 == pytest.approx(1.0, abs=1e-3)


@few
@given(trend=trends, p=st.floats(0, 1))
def test_the_way_back_is_the_same_pace_backwards(trend, p):
    back = pace_of((-trend[0], trend[1]))
    assert back(1.0 - p) == pytest.approx(1.0 - pace_of(trend)(p), abs=1e-4)


@few
@given(bend=st.floats(-0.5, 0.5), p=st.floats(0, 1))
def test_a_speed_alike_in_both_halves_keeps_the_middle(bend, p):
    pace = pace_of((0.0, bend))
    assert pace(1.0 - p) == pytest.approx(1.0 - pace(p), abs=1e-9)


@few
@given(power=st.floats(0.5, 2.5))
def test_uneven_change_is_made_even(power):
    pace = find_pace(lambda t: grey_at(t, power))
    steps = measure_steps([grey_at(pace(k / 8), power) for k in range(9)])
    assert max(steps) / np.mean(steps) < 1.03


def test_where_nothing_changes_time_runs_plainly():
    assert find_pace(lambda _: grey_at(0.3)) is PLAIN
    assert PLAIN(0.37) == pytest.approx(0.37, abs=1e-12)


def test_a_progress_outside_counts_as_its_end():
    assert (PLAIN(-1.0), PLAIN(2.0)) == (0.0, 1.0)


@pytest.fixture(scope="module")
def pair():
    blurred = gaussian_blur(picture("chelsea", SIZE), 6.0)
    return [make_layer(each[0], np.eye(3), SIZE) for each in (picture("astronaut", SIZE), blurred)]


def unevenness(steps: list[float]) -> float:
    return max(steps) / float(np.mean(steps))


def lab_steps(morph, pace: Pace) -> list[float]:
    labs = [rgb_to_lab(morph.frame_at(pace(k / 16), final=False)) for k in range(17)]
    return [float((after - before).norm(dim=0).mean()) for before, after in pairwise(labs)]


def test_a_morph_of_unlike_pictures_changes_evenly(pair):
    morph = morph_layers(pair[0], pair[1])
    assert unevenness(lab_steps(morph, morph.pace)) < 1.15 < 1.3 < unevenness(lab_steps(morph, PLAIN))


def test_exchanged_pictures_have_the_pace_backwards(pair):
    there, back = morph_layers(pair[0], pair[1]).pace, morph_layers(pair[1], pair[0]).pace
    assert [back(1.0 - p) for p in PLACES] == pytest.approx([1.0 - there(p) for p in PLACES], abs=1e-4)


def test_a_plain_pace_is_an_option(pair):
    assert morph_layers(pair[0], pair[1], Guide(MorphOptions(pace="plain", working_px=64))).pace is PLAIN
