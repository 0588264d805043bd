import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from morphlapse.imaging.velocity import (
    KNOTS,
    carry,
    compose,
    count_squarings,
    displacement_at,
    flow,
    smallest_area,
    trace,
)
from morphlapse.imaging.warp import sample
from morphlapse.records import Size
from synthetic import smooth_velocity

SIZE = Size(48, 64)
INNER = (..., slice(6, -6), slice(6, -6))


def velocity(amplitude: float, seed: int) -> torch.Tensor:
    return smooth_velocity(SIZE, amplitude, seed=seed).double()


CASES = {"amplitude": st.floats(0.1, 8.0), "seed": st.integers(0, 99)}


def test_no_velocity_moves_nothing():
    assert flow(torch.zeros(1, 2, 8, 8), 4).abs().max() == 0.0


@given(**CASES)
@settings(max_examples=10, deadline=None)
def test_a_constant_velocity_is_a_shift(amplitude, seed):
    constant = torch.ones(1, 2, 9, 9, dtype=torch.float64) * amplitude * (seed % 5 - 2)
    assert torch.allclose(flow(constant, 5), constant)


@given(**CASES)
@settings(max_examples=10, deadline=None)
def test_back_undoes_forth(amplitude, seed):
    v = velocity(amplitude, seed)
    assert compose(flow(v, 8), flow(-v, 8))[INNER].abs().max() < 0.12


@given(s=st.floats(-1, 1), **CASES)
@settings(max_examples=15, deadline=None)
def test_trajectories_follow_the_velocity(s, amplitude, seed):
    v = velocity(amplitude, seed)
    moved = displacement_at(trace(v), s)
    points = torch.tensor([[20.0, 15.0], [31.0, 24.0], [40.0, 30.0]], dtype=torch.float64)
    wanted = carry(v, points, s) - points
    found = sample(moved, points[None, None])[0, :, 0].T
    assert torch.allclose(found, wanted, atol=0.06)


def test_trajectories_are_smooth_in_time():
    path = trace(velocity(8.0, 3))
    steps = torch.stack([displacement_at(path, s) for s in torch.linspace(-1, 1, 129)])
    assert steps.diff(dim=0).diff(dim=0).abs().max() < 0.01


@pytest.mark.parametrize("knot", range(2 * KNOTS + 1))
def test_trajectories_are_exact_at_their_knots(knot):
    path = trace(velocity(5.0, 1))
    assert torch.equal(displacement_at(path, knot / KNOTS - 1.0), path.displacement[knot])


@given(**CASES)
@settings(max_examples=10, deadline=None)
def test_points_carried_there_and_back_are_where_they_were(amplitude, seed):
    v = velocity(amplitude, seed)
    points = torch.tensor([[10.0, 12.0], [31.5, 20.25]], dtype=torch.float64)
    assert torch.allclose(carry(v, carry(v, points, 0.7), -0.7), points, atol=1e-3)


def test_a_faster_velocity_is_halved_more_often():
    assert count_squarings(velocity(16.0, 0)) > count_squarings(velocity(1.0, 0))


def test_a_velocity_that_is_not_finite_is_still_counted():
    assert count_squarings(torch.full((1, 2, 4, 4), float("nan"))) <= 12


def test_an_unmoved_grid_has_area_one():
    assert torch.equal(smallest_area(torch.zeros(1, 2, 5, 5)), torch.ones(1, 4, 4))


def test_a_fold_has_a_negative_area():
    moved = torch.zeros(1, 2, 5, 5)
    moved[:, 0, :, 2] = 3.0
    assert smallest_area(moved).min() < 0.0


def test_shrinking_by_half_has_a_quarter_of_the_area():
    x = torch.arange(6.0)
    moved = torch.stack((-0.5 * x.expand(6, 6), -0.5 * x[:, None].expand(6, 6)))[None]
    assert torch.allclose(smallest_area(moved), torch.tensor(0.25))
