"""Scores tell right registrations from wrong ones."""

import numpy as np
import pytest
import torch

from morphlapse.alignment.agreement import correlate, measure_score, measure_support
from morphlapse.alignment.levels import make_level
from morphlapse.alignment.losses import LOSSES
from morphlapse.alignment.models import split_evenly
from morphlapse.alignment.pairs import RegisterOptions, take_pair
from morphlapse.geometry.similarity import similarity

LOSS = LOSSES["correlation"]


def score_of(pair, matrix):
    split = split_evenly(torch.from_numpy(matrix)[None], (128.0, 96.0))
    moving, fixed = pair
    level = make_level(take_pair(moving[None], fixed[None], LOSS, RegisterOptions()), split, LOSS, density=0.6)
    return measure_score(level, split, LOSS).item(), measure_support(level, split, LOSS).whole.item()


def test_the_truth_scores_high_and_anything_else_low(make_pair, move):
    truth = move(1.1, 10.0, (5.0, 5.0))
    pair = make_pair(truth)
    assert score_of(pair, truth)[0] > 0.7
    assert score_of(pair, move(1.0, -20.0))[0] < 0.05


def test_another_picture_scores_next_to_nothing(make_pair):
    pair = (make_pair(np.eye(3))[0], make_pair(np.eye(3), name="coffee")[1])
    assert score_of(pair, np.eye(3))[0] < 0.03


def test_of_two_right_proposals_the_score_is_alike():
    generator = torch.Generator().manual_seed(0)
    picture = torch.rand(3, 48, 64, generator=generator).repeat_interleave(4, 1).repeat_interleave(4, 2)
    shifted = torch.roll(picture, 128, 2)
    assert score_of((picture, picture), np.eye(3))[0] > 0.9
    assert score_of((picture, shifted), similarity(shift=(128.0, 0.0)))[0] > 0.9
    assert score_of((picture, shifted), np.eye(3))[0] < 0.1


def test_correlation_is_blind_to_gain_and_bounded():
    a = torch.rand(1, 2, 16, 16, generator=torch.Generator().manual_seed(0))
    weight = torch.ones(1, 1, 16, 16)
    assert correlate(a, 0.3 * a + 0.4, weight).item() == pytest.approx(1.0, abs=1e-4)
    assert correlate(a, 1.0 - a, weight).item() == pytest.approx(-1.0, abs=1e-4)
