"""Laws of similarities, and the fit to points."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from morphlapse.errors import AlignmentError
from morphlapse.geometry.similarity import (
    fit_similarity,
    invert,
    map_points,
    mean_similarity,
    power,
    similarity,
    split_similarity,
)

coordinates = st.floats(-500.0, 500.0)
similarities = st.builds(
    lambda scale, angle, x, y: similarity(scale, angle, (x, y)),
    st.floats(0.2, 5.0),
    st.floats(-3.0, 3.0),
    coordinates,
    coordinates,
)
laws = settings(deadline=None, max_examples=10)


def close(a, b, scale=1e-7):
    return np.allclose(a, b, rtol=scale, atol=scale)


@laws
@given(similarities)
def test_two_halves_make_the_whole(matrix):
    assert close(power(matrix, 0.5) @ power(matrix, 0.5), matrix)


@laws
@given(similarities)
def test_the_power_minus_one_is_the_inverse(matrix):
    assert close(power(matrix, -1.0), invert(matrix))


@laws
@given(similarities, st.floats(-1.0, 2.0), st.floats(-1.0, 2.0))
def test_powers_add(matrix, s, t):
    assert close(power(matrix, s) @ power(matrix, t), power(matrix, s + t), 1e-6)


@laws
@given(similarities)
def test_a_similarity_is_made_again_of_its_parts(matrix):
    assert close(similarity(*split_similarity(matrix)), matrix)


@laws
@given(similarities, similarities)
def test_composing_multiplies_scales(a, b):
    assert split_similarity(a @ b)[0] == pytest.approx(split_similarity(a)[0] * split_similarity(b)[0])


def test_the_power_of_a_shift_is_a_part_of_the_shift():
    assert close(power(similarity(shift=(8.0, -4.0)), 0.25), similarity(shift=(2.0, -1.0)))


def test_a_small_turn_has_an_exact_half():
    matrix = similarity(1.0 + 1e-9, 1e-9, (100.0, 3.0))
    assert np.abs(power(matrix, 0.5) @ power(matrix, 0.5) - matrix).max() < 1e-12


def test_the_centre_stays():
    matrix = similarity(1.7, 0.6, centre=(30.0, 40.0))
    assert close(map_points(matrix, np.array([[30.0, 40.0]])), [[30.0, 40.0]])


def test_a_positive_angle_turns_x_towards_y():
    assert close(map_points(similarity(angle_rad=math.pi / 2), np.array([[1.0, 0.0]])), [[0.0, 1.0]])


@laws
@given(similarities, similarities)
def test_the_mean_of_two_lies_halfway(a, b):
    angle = abs(split_similarity(invert(a) @ b)[1])
    if angle < 2.5:
        assert close(mean_similarity([a, b]), a @ power(invert(a) @ b, 0.5), 1e-6)


def test_the_mean_follows_its_weights():
    a, b = similarity(shift=(0.0, 0.0)), similarity(shift=(10.0, 0.0))
    assert close(mean_similarity([a, b], [3.0, 1.0]), similarity(shift=(2.5, 0.0)))


@laws
@given(similarities, st.integers(0, 1000))
def test_exact_points_give_back_their_similarity(matrix, seed):
    src = np.random.default_rng(seed).uniform(0.0, 400.0, (5, 2))
    assert close(fit_similarity(src, map_points(matrix, src)), matrix, 1e-6)


@laws
@given(similarities, st.integers(0, 1000))
def test_the_fit_moves_with_the_points(matrix, seed):
    generator = np.random.default_rng(seed)
    src, dst = generator.uniform(0.0, 400.0, (2, 6, 2))
    moved = fit_similarity(src, map_points(matrix, dst))
    assert close(moved, matrix @ fit_similarity(src, dst), 1e-5)


def test_no_similarity_is_nearer_than_the_fit():
    generator = np.random.default_rng(0)
    src, dst = generator.uniform(0.0, 400.0, (2, 6, 2))
    best = fit_similarity(src, dst)

    def cost(matrix):
        return float(((map_points(matrix, src) - dst) ** 2).sum())

    near = (similarity(1.01), similarity(0.99), similarity(angle_rad=0.01), similarity(shift=(1.0, 0.0)))
    assert all(cost(best) < cost(best @ other) for other in near)


def test_points_without_weight_have_no_say():
    src = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0], [5.0, 5.0]])
    dst = src + np.array([[3.0, 0.0], [3.0, 0.0], [3.0, 0.0], [90.0, 9.0]])
    assert close(fit_similarity(src, dst, np.array([1.0, 1.0, 1.0, 0.0])), similarity(shift=(3.0, 0.0)))


def test_coinciding_points_are_refused():
    with pytest.raises(AlignmentError, match="coincide"):
        fit_similarity(np.ones((4, 2)), np.eye(4, 2))


def test_one_point_is_refused():
    with pytest.raises(AlignmentError, match="two points"):
        fit_similarity(np.ones((1, 2)), np.ones((1, 2)))


def test_a_homography_maps_points_by_division():
    matrix = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.01, 0.0, 1.0]])
    assert close(map_points(matrix, np.array([[100.0, 50.0]])), [[50.0, 25.0]])


def test_a_turn_of_nearly_nothing_is_no_trouble():
    matrix = similarity(0.32, -2.2250738585072014e-308, (-257.0, 61.0))
    assert np.allclose(mean_similarity([matrix, matrix]), matrix)
    assert np.allclose(power(matrix, 0.5) @ power(matrix, 0.5), matrix)
