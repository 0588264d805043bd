import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from morphlapse.film.easing import EASINGS, Easing, ease

few = settings(deadline=None, max_examples=20)
shares = st.floats(0.0, 1.0)
easings = st.sampled_from(sorted(EASINGS))


@few
@given(shares, shares, easings)
def test_easing_never_goes_back(a: float, b: float, easing: Easing):
    assert ease(min(a, b), easing) <= ease(max(a, b), easing)


@few
@given(shares, easings)
def test_easing_is_symmetric(t: float, easing: Easing):
    assert ease(1.0 - t, easing) == pytest.approx(1.0 - ease(t, easing), abs=1e-12)


@pytest.mark.parametrize("easing", sorted(EASINGS))
def test_easing_goes_from_nothing_to_all(easing: Easing):
    assert (ease(0.0, easing), ease(0.5, easing), ease(1.0, easing)) == (0.0, 0.5, 1.0)


@pytest.mark.parametrize("easing", ["smooth", "gentle"])
def test_soft_easings_start_without_speed(easing: Easing):
    assert ease(1e-4, easing) < 1e-7


def test_gentle_starts_softer_than_smooth():
    assert ease(0.1, "gentle") < ease(0.1, "smooth") < ease(0.1, "linear")
