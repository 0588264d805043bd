"""Faces of made people are put together by person."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from descriptors import REACH, make_faces
from morphlapse.selection.grouping import LEAST_WEIGHT, group_faces, measure_distances, weigh_days


def partition(labels):
    """Groups as sets, whatever their numbers."""
    return {frozenset(np.flatnonzero(labels == label).tolist()) for label in labels}


def photos_of(count):
    return np.arange(count)


def test_each_made_person_is_one_group():
    faces, people, days = make_faces([20, 7, 3, 1])
    assert partition(group_faces(faces, photos_of(31), days, REACH)) == partition(people)


def test_who_ages_slowly_stays_one_person_though_the_first_and_the_last_year_are_far_apart():
    faces, people, days = make_faces([120, 120], drift=1.5, days=10 * 365.0)
    assert measure_distances(faces[:5], faces[115:120]).min() > 2 * REACH.other
    assert partition(group_faces(faces, photos_of(240), days, REACH)) == partition(people)


def test_without_dates_the_years_of_such_a_person_are_not_all_joined():
    faces, _, _ = make_faces([120], drift=1.5)
    assert len(partition(group_faces(faces, photos_of(120), np.full(120, np.nan), REACH))) > 1


@pytest.mark.parametrize("near", [0.0, 0.1, 0.3])
def test_two_faces_in_one_photo_are_two_people_however_alike(near):
    faces, _, days = make_faces([10], seed=3)
    twin = faces + np.float32(near / np.sqrt(faces.shape[1]))
    labels = group_faces(np.concatenate((faces, twin)), np.tile(photos_of(10), 2), np.tile(days, 2), REACH)
    for photo in range(10):
        assert labels[photo] != labels[10 + photo]


def test_nobody_makes_no_groups():
    assert group_faces(np.zeros((0, 128), np.float32), photos_of(0), np.zeros(0), REACH).shape == (0,)


def test_equal_faces_in_two_photos_are_one_person():
    faces = np.repeat(make_faces([1])[0], 2, axis=0)
    assert len(partition(group_faces(faces, photos_of(2), np.full(2, np.nan), REACH))) == 1


@settings(max_examples=10)
@given(st.integers(0, 10_000), st.booleans(), st.lists(st.integers(1, 12), min_size=1, max_size=6))
def test_groups_do_not_depend_on_the_order_of_the_faces(seed, dated, counts):
    faces, _, days = make_faces(counts, seed=seed, drift=0.6, days=900.0 if dated else None)
    photos = np.random.default_rng(seed).integers(0, len(faces), len(faces))
    order = np.random.default_rng(seed + 1).permutation(len(faces))
    labels = group_faces(faces, photos, days, REACH)
    again = group_faces(faces[order], photos[order], days[order], REACH)
    assert partition(labels[order]) == partition(again)


@settings(max_examples=10)
@given(st.integers(0, 10_000), st.integers(2, 20))
def test_no_group_has_two_faces_of_one_photo(seed, photos):
    faces, _, days = make_faces([15, 9], seed=seed)
    where = np.random.default_rng(seed).integers(0, photos, len(faces))
    labels = group_faces(faces, where, days, REACH)
    assert len(set(zip(labels.tolist(), where.tolist(), strict=True))) == len(faces)
    assert set(labels.tolist()) == set(range(labels.max() + 1))


def test_days_count_less_the_farther_they_are_apart_and_unknown_ones_least():
    weights = weigh_days(np.array([0.0]), np.array([0.0, 1.0, 30.0, 365.0, 1e6, np.nan]))[0]
    assert weights[0] == 1.0
    assert np.all(np.diff(weights[:5]) < 0.0)
    assert weights[2] == pytest.approx(0.125)
    assert weights[5] == np.float32(LEAST_WEIGHT)


def test_distances_are_euclidean():
    a, b = np.random.default_rng(0).normal(size=(2, 5, 16)).astype(np.float32)
    assert np.allclose(measure_distances(a, b), np.linalg.norm(a[:, None] - b[None], axis=-1), atol=1e-5)
