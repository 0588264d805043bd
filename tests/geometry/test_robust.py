"""Fits that see through wrong points."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from morphlapse.errors import AlignmentError
from morphlapse.geometry.robust import fit_similarity_robust
from morphlapse.geometry.similarity import map_points, similarity

TRUTH = similarity(1.3, 0.4, (20.0, -7.0))


def world(count, *, noise=0.5, seed=0):
    generator = np.random.default_rng(seed)
    src = generator.uniform(0.0, 400.0, (count, 2))
    return src, map_points(TRUTH, src) + generator.normal(0.0, noise, src.shape)


@settings(deadline=None, max_examples=10)
@given(st.integers(5, 9), st.integers(0, 100))
def test_one_wrong_point_is_found_out(count, seed):
    src, dst = world(count, seed=seed)
    dst[1] += [120.0, -60.0]
    fit = fit_similarity_robust(src, dst, noise=1.0)
    assert fit.trust[1] == 0.0
    assert np.linalg.norm(map_points(fit.matrix, src) - map_points(TRUTH, src), axis=1).max() < 5.0


def test_a_third_of_wrong_points_is_found_out_without_being_told_the_noise():
    src, dst = world(30)
    dst[:10] += np.random.default_rng(1).uniform(50.0, 200.0, (10, 2))
    fit = fit_similarity_robust(src, dst)
    assert (fit.trust[:10] == 0.0).all()
    assert (fit.trust[10:] > 0.0).mean() > 0.9


def test_right_points_are_fitted_as_without_robustness():
    src, dst = world(8, noise=0.0)
    fit = fit_similarity_robust(src, dst, noise=1.0)
    assert np.allclose(fit.matrix, TRUTH)
    assert fit.distance.max() < 1e-9


def test_three_points_give_the_plain_fit():
    src, dst = world(3, noise=5.0)
    assert (fit_similarity_robust(src, dst, noise=0.1).trust == 1.0).all()


def test_a_point_without_weight_is_not_trusted():
    src, dst = world(6)
    fit = fit_similarity_robust(src, dst, np.array([1.0, 1.0, 1.0, 1.0, 1.0, 0.0]), noise=1.0)
    assert fit.trust[5] == 0.0


def test_coinciding_points_are_refused():
    with pytest.raises(AlignmentError):
        fit_similarity_robust(np.ones((5, 2)), np.ones((5, 2)))
