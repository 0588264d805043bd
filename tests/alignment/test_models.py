"""The families of transforms."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from morphlapse.alignment.models import (
    GENERATORS,
    UserFamily,
    first_parameters,
    halve_again,
    name_family,
    split_evenly,
)
from morphlapse.errors import OptionError
from morphlapse.geometry.similarity import map_points, similarity

CENTRE, RADIUS = torch.tensor([[60.0, 40.0]], dtype=torch.float64), torch.tensor([70.0], dtype=torch.float64)
laws = settings(deadline=None, max_examples=10)
matrices = st.builds(
    lambda scale, angle, x, y: torch.from_numpy(similarity(scale, angle, (x, y)))[None],
    st.floats(0.5, 2.0),
    st.floats(-2.5, 2.5),
    st.floats(-50.0, 50.0),
    st.floats(-50.0, 50.0),
)


@laws
@given(matrices)
def test_halves_make_the_whole(matrix):
    split = split_evenly(matrix, (60.0, 40.0))
    assert torch.allclose(split.matrix, matrix)
    assert torch.allclose(split.fixed_from_mid, split.mid_from_moving, atol=1e-6)


def test_halves_of_a_homography_make_the_whole():
    matrix = torch.tensor([[[1.1, 0.05, 3.0], [-0.02, 0.95, 7.0], [3e-4, -2e-4, 1.0]]], dtype=torch.float64)
    split = split_evenly(matrix, (60.0, 40.0))
    assert torch.allclose(split.matrix, matrix)
    assert halve_again(split, (60.0, 40.0)) is split


@pytest.mark.parametrize("name", GENERATORS)
def test_a_unit_step_moves_the_rim_by_about_a_pixel(name):
    family = name_family(name, CENTRE, RADIUS)
    identity = split_evenly(torch.eye(3, dtype=torch.float64)[None], (60.0, 40.0))
    angle = np.linspace(0.0, 2.0 * np.pi, 16)
    rim = np.array([[60.0, 40.0]]) + 70.0 * np.stack((np.cos(angle), np.sin(angle)), axis=-1)
    for k in range(len(GENERATORS[name])):
        step = torch.zeros(1, len(GENERATORS[name]), dtype=torch.float64)
        step[0, k] = 1.0
        moved = map_points(family.moved(identity, step).matrix[0].numpy(), rim)
        assert 0.9 < np.linalg.norm(moved - rim, axis=1).max() < 1.1


@pytest.mark.parametrize("name", GENERATORS)
def test_a_step_back_undoes_a_step(name):
    family = name_family(name, CENTRE, RADIUS)
    start = split_evenly(torch.eye(3, dtype=torch.float64)[None], (60.0, 40.0))
    step = torch.linspace(0.5, 2.0, len(GENERATORS[name]), dtype=torch.float64)[None]
    back = family.moved(family.moved(start, step), -step)
    assert torch.allclose(back.matrix, start.matrix, atol=1e-9)


def test_rotations_keep_their_centre():
    family = name_family("rotation", CENTRE, RADIUS)
    start = split_evenly(torch.eye(3, dtype=torch.float64)[None], (60.0, 40.0))
    moved = family.moved(start, torch.tensor([[20.0]], dtype=torch.float64)).matrix[0].numpy()
    assert np.allclose(map_points(moved, np.array([[60.0, 40.0]])), [[60.0, 40.0]])


class Stretch(torch.nn.Module):
    start = torch.tensor([0.0, 5.0])

    def forward(self, parameters):
        matrix = torch.eye(3, dtype=parameters.dtype)
        matrix[0, 0], matrix[0, 2] = 1.0 + parameters[0], parameters[1]
        return matrix


def test_directions_of_a_users_model_are_its_slopes():
    family = UserFamily(Stretch(), (60.0, 40.0))
    parameters = first_parameters(family.make_matrix)
    split = family.at(parameters)
    small = torch.tensor([1e-6, 0.0], dtype=torch.float64)
    slope = (family.at(parameters + small).matrix - split.matrix) / 1e-6
    direction = split.fixed_from_mid @ family.directions(split)[:, 0] @ split.mid_from_moving
    assert torch.allclose(direction, slope, atol=1e-5)


def test_a_users_model_without_a_start_is_refused():
    with pytest.raises(OptionError, match="start"):
        first_parameters(lambda parameters: parameters)


def test_a_users_model_must_give_a_matrix():
    with pytest.raises(OptionError, match=r"shape \(2,\)"):
        UserFamily(lambda parameters: parameters, (0.0, 0.0)).at(torch.zeros(2, dtype=torch.float64))
