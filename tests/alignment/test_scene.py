"""Pictures of one scene."""

import numpy as np
import pytest
import torch

from morphlapse.alignment.scene import (
    choose_scene_reference,
    copies_from_full,
    find_scene_features,
    full_from_copies,
    order_by_nearness,
    register_scene,
)
from morphlapse.records import Registration, Size


def test_what_moved_in_a_scene_has_no_say(make_pair, move, miss):
    truth = move(1.05, 5.0, (8.0, -4.0))
    moving, fixed = make_pair(truth)
    moving[:, 60:130, 30:90] = moving[:, 60:130, 150:210].clone()
    found = register_scene(moving, fixed)
    assert miss(found.matrix, truth) < 0.2


def test_known_features_serve_where_spectra_do_not(make_pair, move, miss):
    truth = move(0.55, -60.0, (20.0, 30.0))
    moving, fixed = make_pair(truth)
    asked = []

    def features():
        asked.append(True)
        return find_scene_features(moving), find_scene_features(fixed)

    assert miss(register_scene(moving, fixed, features=features).matrix, truth) < 0.3
    assert len(asked) <= 1


def test_a_black_picture_fails_with_its_reason(make_pair):
    found = register_scene(torch.zeros(3, 192, 256), make_pair(np.eye(3))[1])
    assert found.status == "failed"
    assert "same everywhere" in found.reason
    assert found.score == 0.0


def test_a_homography_is_refined_from_features(make_pair, move, miss):
    truth = move(0.9, 15.0) @ np.array([[1.0, 0.03, 0.0], [0.0, 1.0, 0.0], [3e-4, 2e-4, 1.0]])
    found = register_scene(*make_pair(truth), model="homography")
    assert miss(found.matrix, truth) < 0.3


def test_copies_and_full_sizes_are_two_sides_of_one_transform(move):
    copies, full = (Size(48, 64), Size(60, 80)), (Size(192, 256), Size(600, 800))
    matrix = move(1.1, 20.0, (5.0, 3.0))
    small = Registration(copies_from_full(matrix, copies, full), residual_px=0.1)
    grown = full_from_copies(small, copies, full)
    assert np.allclose(grown.matrix, matrix)
    assert grown.residual_px == pytest.approx(1.0)


def test_the_reference_shares_most_with_the_others(make_pair, move):
    views = [make_pair(move(1.0, 0.0, (60.0 * k - 60.0, 0.0)))[0] for k in range(3)]
    assert choose_scene_reference(lambda k: find_scene_features(views[k]), 3) == 1


def test_neighbours_in_time_come_first():
    assert order_by_nearness(5, [0, 4, 9, 6]) == [4, 6, 9, 0]
