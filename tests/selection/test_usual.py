"""What is usual, by camera and year."""

import numpy as np
import pytest

from morphlapse.selection.usual import WIDER_COUNTS, find_usual, group_by_camera

from .conftest import make_photo


def test_a_large_group_has_its_own_middle() -> None:
    values = np.concatenate([np.full(300, 0.1), np.full(300, 0.8)])
    usual = find_usual(values, [["old"] * 300 + ["new"] * 300])
    assert usual.middle[[0, -1]] == pytest.approx([0.1, 0.8], abs=0.01)


def test_a_single_photo_is_judged_by_the_album() -> None:
    usual = find_usual(np.array([0.1, *[0.8] * 60]), [["old", *["new"] * 60]])
    assert usual.middle[0] == pytest.approx((0.1 + WIDER_COUNTS * 0.8) / (1.0 + WIDER_COUNTS))


def test_a_single_photo_of_a_year_is_judged_by_its_camera() -> None:
    values = np.array([*[0.1] * 30, *[0.8] * 60])
    cameras = ["old"] * 30 + ["new"] * 60
    years = [2001, *[2002] * 29, *[2020] * 60]
    assert find_usual(values, [cameras, years]).middle[0] == pytest.approx(0.1, abs=0.1)


def test_one_wild_value_moves_nothing() -> None:
    values = np.linspace(0.4, 0.6, 21)
    wild = values.copy()
    wild[-1] = 1e6
    calm, shaken = find_usual(values, [["a"] * 21]), find_usual(wild, [["a"] * 21])
    assert shaken.middle == pytest.approx(calm.middle)
    assert shaken.spread == pytest.approx(calm.spread, rel=0.05)


def test_what_was_not_measured_is_not_counted() -> None:
    usual = find_usual(np.array([0.5, np.nan, 0.5]), [["a", "a", "b"]])
    assert usual.middle == pytest.approx([0.5] * 3)
    assert np.isnan(find_usual(np.full(3, np.nan), [["a"] * 3]).middle).all()


def test_groups_are_cameras_and_years_and_eras_where_the_camera_is_not_known() -> None:
    photos = [make_photo("a", 0.0), make_photo("b", 400.0), make_photo("c", 0.0, camera=None), make_photo("d", 30.0)]
    photos += [make_photo("e", 400.0, camera=None), make_photo("f", 4000.0, camera=None)]
    wide, narrow = group_by_camera(photos)
    assert [wide.index(group) for group in wide] == [0, 0, 2, 0, 2, 5]
    assert [narrow.index(group) for group in narrow] == [0, 1, 2, 0, 4, 5]
