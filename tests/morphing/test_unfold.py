import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from morphlapse.imaging.velocity import SMALLEST_AREA, displacement_at, smallest_area, trace
from morphlapse.morphing.unfold import unfold
from morphlapse.records import Size
from synthetic import rough_velocity, smooth_velocity

SIZE = Size(40, 56)


def test_a_gentle_velocity_is_left_as_it_is():
    gentle = smooth_velocity(SIZE, 3.0)
    assert unfold(gentle) is gentle


def test_a_rough_velocity_folds_before():
    assert smallest_area(trace(rough_velocity(SIZE, 30.0)).displacement).min() < 0.0


@given(amplitude=st.floats(5, 200), seed=st.integers(0, 999), cell=st.integers(2, 16), s=st.floats(-1, 1))
@settings(max_examples=10, deadline=None)
def test_nothing_folds_at_any_time(amplitude, seed, cell, s):
    path = trace(unfold(rough_velocity(SIZE, amplitude, seed=seed, cell=cell)))
    assert smallest_area(path.displacement).min() >= SMALLEST_AREA
    assert smallest_area(displacement_at(path, s)).min() > 0.0


def test_a_damped_velocity_keeps_its_direction():
    rough = rough_velocity(SIZE, 12.0, cell=12)
    assert torch.sum(unfold(rough) * rough) > 0.0
