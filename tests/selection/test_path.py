"""The path that jumps least, against every other one."""

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from morphlapse.selection import path as path_module
from morphlapse.selection.path import MOST_JUMP, find_path, measure_jumps, measure_path


def make_case(seed: int, counts: list[int]) -> tuple[list[np.ndarray], np.ndarray, np.ndarray]:
    """Layers of so many candidates, their costs and traits."""
    rng = np.random.default_rng(seed)
    ends = np.cumsum([0, *counts])
    layers = [np.arange(a, b) for a, b in pairwise(ends)]
    return layers, rng.uniform(0.0, 2.0, ends[-1]), rng.normal(0.0, 1.0, (ends[-1], 3))


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 10**6), st.lists(st.integers(1, 4), min_size=1, max_size=5))
def test_no_other_choice_costs_less(seed: int, counts: list[int]) -> None:
    layers, cost, traits = make_case(seed, counts)
    found = find_path(layers, cost, traits)
    least = min(measure_path(each, cost, traits) for each in product(*(layer.tolist() for layer in layers)))
    assert measure_path(found, cost, traits) == pytest.approx(least)
    assert all(k in layer for k, layer in zip(found, layers, strict=True))


def test_weighed_in_parts_the_path_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    case = make_case(3, [17, 1, 23, 9])
    whole = find_path(*case)
    monkeypatch.setattr(path_module, "PAIRS_AT_ONCE", 10)
    assert find_path(*case) == whole


def test_nothing_to_choose_from_is_an_empty_path() -> None:
    assert find_path([], np.zeros(0), np.zeros((0, 2))) == []


def test_a_jump_is_a_squared_distance_up_to_a_limit() -> None:
    a, b = np.array([[0.0, 0.0]]), np.array([[0.6, 0.8], [0.0, 0.0], [100.0, 0.0]])
    assert measure_jumps(a, b)[0] == pytest.approx([1.0, 0.0, MOST_JUMP])


def test_a_better_photo_that_jumps_loses_to_one_that_stays() -> None:
    traits = np.array([[0.0], [1.5], [0.0], [0.0]])
    layers = [np.array([0]), np.array([1, 2]), np.array([3])]
    assert find_path(layers, np.array([0.0, 0.0, 1.0, 0.0]), traits) == [0, 2, 3]
    assert find_path(layers, np.array([0.0, 0.0, 5.0, 0.0]), traits) == [0, 1, 3]
