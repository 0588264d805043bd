import numpy as np
import pytest
import torch

from morphlapse.imaging.velocity import carry, flow
from morphlapse.morphing.hints import Hints, is_outside, pull_of_hints, rescale_hints, splat
from morphlapse.morphing.semantic import hints_from_subjects
from morphlapse.morphing.solve import solve_velocity
from morphlapse.records import Box, Keypoints, Size, Subject
from synthetic import picture, smooth_velocity

GRID = torch.zeros(1, 2, 20, 30)


def test_a_load_is_spread_and_kept_whole():
    points = torch.tensor([[[3.25, 4.5], [29.0, 19.0], [-4.0, 7.0]]])
    out = splat(points, torch.tensor([[[1.0], [2.0], [4.0]]]), GRID)
    assert torch.allclose(out.sum(), torch.tensor(7.0))
    assert torch.allclose(out[0, 0, 4, 3], torch.tensor(0.75 * 0.5))
    assert out[0, 0, 19, 29] == 2.0


def test_hints_that_are_met_pull_nothing():
    velocity = smooth_velocity(Size(20, 30), 3.0)
    a = torch.tensor([[8.0, 9.0], [15.0, 11.0]])
    pull = pull_of_hints(
        Hints(a, carry(velocity, a, 1.0), torch.ones(2)), flow(velocity / 2, 7), flow(-velocity / 2, 7)
    )
    assert pull[:, 1:].abs().max() < 0.02
    assert torch.allclose(pull[:, 0].sum(), torch.tensor(2.0))


def test_a_hint_pulls_by_how_far_it_is_off():
    pull = pull_of_hints(Hints(torch.tensor([[8.0, 9.0]]), torch.tensor([[11.0, 8.0]]), torch.ones(1)), GRID, GRID)
    assert torch.allclose(pull.sum(dim=(0, 2, 3)), torch.tensor([1.0, 3.0, -1.0]))


def test_within_its_tolerance_a_hint_pulls_nothing():
    pull = pull_of_hints(Hints(torch.tensor([[8.0, 9.0]]), torch.tensor([[9.0, 9.0]]), torch.ones(1), 1.5), GRID, GRID)
    assert pull[:, 1:].abs().max() == 0.0


def test_a_hint_outside_the_picture_counts_nothing():
    pull = pull_of_hints(Hints(torch.tensor([[8.0, 9.0]]), torch.tensor([[90.0, 9.0]]), torch.ones(1)), GRID, GRID)
    assert pull.abs().max() == 0.0
    assert is_outside(torch.tensor([[-1.0, 3.0], [0.0, 0.0]]), Size(20, 30)).tolist() == [True, False]


def test_hints_follow_the_pixels_of_a_smaller_copy():
    hints = rescale_hints(
        Hints(torch.tensor([[0.5, 0.5]]), torch.tensor([[2.5, 0.5]]), torch.ones(1), 4.0), Size(20, 30), Size(10, 15)
    )
    assert torch.equal(hints.a, torch.tensor([[0.0, 0.0]]))
    assert torch.equal(hints.b, torch.tensor([[1.0, 0.0]]))
    assert hints.tolerance_px == 2.0


def test_each_hint_has_its_tolerance():
    hints = Hints(
        torch.tensor([[4.0, 9.0], [12.0, 9.0]]),
        torch.tensor([[7.0, 9.0], [15.0, 9.0]]),
        torch.ones(2),
        torch.tensor([4.0, 1.0]),
    )
    pull = pull_of_hints(hints, GRID, GRID)[0, 1]
    assert pull[:, :9].abs().max() == 0.0
    assert float(pull.sum()) == pytest.approx(2.0)


def test_joints_that_were_read_beside_where_they_are_bend_nothing():
    names = ("left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_hip", "right_hip")
    there = np.array([[60.0, 30.0], [30.0, 30.0], [70.0, 55.0], [20.0, 55.0], [55.0, 80.0], [35.0, 80.0]])
    beside = there.copy()
    beside[2] += (5.0, -4.0)
    a, b = (
        Subject(1.0, Box(0.0, 0.0, 95.0, 95.0), Keypoints(names, xy, np.ones(len(names)))) for xy in (there, beside)
    )
    image = picture("coffee", Size(96, 96))
    hints = hints_from_subjects(a, b, np.eye(3), np.eye(3), like=image)
    velocity = solve_velocity(image, image, hints=hints)
    assert velocity.abs().max() * 96 / velocity.shape[-1] < 0.3
