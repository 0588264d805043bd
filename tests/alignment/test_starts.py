"""Proposals, and which of them is taken."""

import numpy as np
import pytest
import torch

from morphlapse.alignment.losses import LOSSES
from morphlapse.alignment.pairs import RegisterOptions, take_pair
from morphlapse.alignment.starts import (
    find_start,
    judge,
    leave_out_repeats,
    propose_by_features,
    propose_by_masses,
    restrict,
    start_plainly,
    support_by_matches,
)
from morphlapse.geometry.similarity import map_points, similarity, split_similarity
from morphlapse.records import Size

PICTURES, MASKS = LOSSES["correlation"], LOSSES["l2"]


def pair_of(moving, fixed, loss=PICTURES):
    return take_pair(moving[None], fixed[None], loss, RegisterOptions())


def test_the_right_proposal_is_taken(make_pair, move, miss):
    truth = move(1.2, 30.0, (15.0, 5.0))
    wrong = [np.eye(3), move(0.8, -50.0), move(1.2, 210.0, (15.0, 5.0))]
    proposals = torch.from_numpy(np.array([*wrong, truth @ similarity(1.02, 0.02, (2.0, 1.0))]))
    found, _, score = judge(*pair_of(*make_pair(truth)), proposals, "similarity", PICTURES)
    assert miss(found[0].numpy(), truth) < 3.0
    assert score > 0.5


def test_features_propose_a_similarity_and_a_homography(make_pair, move, miss):
    truth = move(0.8, -70.0, (5.0, 9.0))
    proposals = propose_by_features(*pair_of(*make_pair(truth)), "homography")
    assert len(proposals) == 2
    assert miss(proposals[0].numpy(), truth) < 2.0


def test_few_matches_propose_nothing():
    points = np.random.default_rng(0).uniform(0.0, 100.0, (5, 2))
    assert support_by_matches(points, points, "similarity") == []


def test_wrong_matches_are_outvoted():
    generator = np.random.default_rng(0)
    src = generator.uniform(0.0, 300.0, (60, 2))
    dst = map_points(similarity(1.3, 0.5, (9.0, 4.0)), src)
    dst[:30] = generator.uniform(0.0, 300.0, (30, 2))
    assert np.allclose(support_by_matches(src, dst, "similarity")[0], similarity(1.3, 0.5, (9.0, 4.0)), atol=0.02)


def test_masks_are_proposed_by_their_masses(miss):
    y, x = torch.meshgrid(torch.arange(60.0), torch.arange(60.0), indexing="ij")
    mask = (((x - 20) / 12) ** 2 + ((y - 25) / 6) ** 2 < 1).float()[None]
    proposals = propose_by_masses(*pair_of(mask, torch.roll(mask, (9, 7), (1, 2)), MASKS), "similarity")
    assert miss(proposals[0].numpy(), similarity(shift=(7.0, 9.0)), Size(60, 60)) < 0.1


def test_a_start_is_found_without_features(make_pair, move, miss):
    truth = move(1.1, 100.0, (8.0, -6.0))
    start = find_start(*pair_of(*make_pair(truth)), "similarity", PICTURES)
    assert miss(start[0].numpy(), truth) < 4.0


def test_without_proposers_the_plain_start_is_left(make_pair):
    start = find_start(*pair_of(*make_pair(np.eye(3))), "similarity", PICTURES, ())
    assert np.allclose(start[0].numpy(), np.eye(3))


def test_middle_goes_onto_middle():
    matrix = start_plainly(Size(100, 200), Size(50, 100), "similarity")[0].numpy()
    assert np.allclose(map_points(matrix, np.array([[99.5, 49.5]])), [[49.5, 24.5]])
    assert split_similarity(matrix)[0] == pytest.approx(0.5)
    assert split_similarity(start_plainly(Size(100, 200), Size(50, 100), "translation")[0].numpy())[0] == 1.0


@pytest.mark.parametrize(
    ("model", "scale", "angle"), [("translation", 1.0, 0.0), ("rotation", 1.0, 0.4), ("scale", 1.3, 0.0)]
)
def test_models_with_fewer_freedoms_keep_what_they_have(model, scale, angle):
    size = Size(60, 80)
    given = torch.from_numpy(similarity(1.3, 0.4, (5.0, 3.0), centre=(39.5, 29.5)))[None]
    kept = split_similarity(restrict(given, model, size, size)[0].numpy())
    assert kept[0] == pytest.approx(scale, abs=1e-6)
    assert kept[1] == pytest.approx(angle, abs=1e-6)


def test_repeats_are_left_out():
    near = torch.from_numpy(np.array([np.eye(3), similarity(shift=(0.5, 0.0)), similarity(shift=(30.0, 0.0))]))
    assert len(leave_out_repeats(near, Size(60, 80), Size(60, 80))) == 2
