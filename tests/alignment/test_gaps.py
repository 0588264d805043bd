"""Photos placed by their neighbours."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from figures import registered
from morphlapse.alignment.gaps import fill_gaps
from morphlapse.alignment.series import Series
from morphlapse.geometry.similarity import map_points, power, similarity
from morphlapse.records import Registration, Size

SIZE = Size(300, 400)
CORNERS = np.array([[0.0, 0.0], [399.0, 0.0], [399.0, 299.0]])


def series_of(places):
    return Series(0, tuple("no face was found" if each is None else Registration(each) for each in places))


@settings(max_examples=10)
@given(st.floats(0.8, 1.25), st.floats(-0.3, 0.3), st.floats(-20.0, 20.0), st.integers(1, 3))
def test_a_steady_motion_is_restored(scale, angle, shift, missing):
    step = similarity(scale, angle, (shift, -shift))
    places = [power(step, float(k)) for k in range(5)]
    kept = [None if 1 <= k <= missing else place for k, place in enumerate(places)]
    filled = fill_gaps(series_of(kept), [SIZE] * 5)
    for found, place in zip(filled.results, places, strict=True):
        assert np.allclose(map_points(registered(found).matrix, CORNERS), map_points(place, CORNERS), atol=1e-6)


def test_before_the_first_and_after_the_last_it_stays():
    place = similarity(1.1, 0.1, (3.0, 4.0))
    filled = fill_gaps(series_of([None, place, None]), [SIZE] * 3)
    assert all(np.allclose(registered(found).matrix, place) for found in filled.results)


def test_a_copy_of_another_size_lies_where_its_neighbour_does():
    filled = fill_gaps(series_of([np.eye(3), None]), [SIZE, Size(600, 800)])
    assert np.allclose(
        map_points(registered(filled.results[1]).matrix, np.array([[-0.5, -0.5], [799.5, 599.5]]))[1], [399.5, 299.5]
    )


def test_what_was_filled_in_is_told():
    filled = fill_gaps(series_of([np.eye(3), None, np.eye(3), None]), [SIZE] * 4)
    assert registered(filled.results[1]).status == registered(filled.results[3]).status == "interpolated"
    assert registered(filled.results[1]).reason == "placed between photos 1 and 3, for no face was found"
    assert registered(filled.results[3]).reason == "placed as photo 3 is, for no face was found"
    assert registered(filled.results[1]).score == pytest.approx(0.0)


def test_homographies_are_not_mixed_but_taken_from_the_nearer():
    tilted = np.array([[1.0, 0.0, 2.0], [0.0, 1.0, 0.0], [1e-4, 0.0, 1.0]])
    filled = fill_gaps(series_of([tilted, None, None, np.eye(3)]), [SIZE] * 4)
    assert np.allclose(registered(filled.results[1]).matrix, tilted)
    assert np.allclose(registered(filled.results[2]).matrix, np.eye(3))


def test_nothing_is_filled_in_where_nothing_is_known():
    assert fill_gaps(series_of([None, None]), [SIZE] * 2).results == ("no face was found",) * 2
