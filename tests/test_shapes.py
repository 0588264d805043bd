"""While tests run, whatever names a shape refuses any other."""

import sys

import numpy as np
import pytest
from jaxtyping import TypeCheckError

from morphlapse.alignment.evidence import Evidence, Scheme
from morphlapse.geometry.polygon import area_of
from morphlapse.geometry.similarity import invert, map_points
from shapes import check_shapes_of

SCHEME = Scheme(("a", "b"), 2, np.ones(2), ((0,), (1,)))


def test_a_function_refuses_another_shape():
    assert area_of(np.zeros((4, 2))) == 0.0
    with pytest.raises(TypeCheckError):
        area_of(np.zeros((4, 3)))


def test_a_shape_that_a_module_has_named_is_checked():
    with pytest.raises(TypeCheckError):
        invert(np.eye(2))


def test_what_is_no_array_is_refused_beside_shapes():
    with pytest.raises(TypeCheckError):
        map_points(np.eye(3), [[0.0, 0.0]])  # pyright: ignore[reportArgumentType]


def test_a_record_refuses_lengths_that_do_not_agree():
    assert Evidence(SCHEME, np.ones((3, 2, 2)), np.ones((3, 2))).complete.shape == (3,)
    with pytest.raises(TypeCheckError):
        Evidence(SCHEME, np.ones((3, 2, 2)), np.ones((3, 4)))


def test_whatever_is_returned_is_checked_of_properties_and_methods(tmp_path, monkeypatch):
    package = tmp_path / "wrongly"
    package.mkdir()
    (package / "__init__.py").write_text(
        """
from __future__ import annotations
from jaxtyping import Float
from numpy import ndarray, zeros

class Flat:
    @property
    def row(self) -> Float[ndarray, " n"]:
        return zeros((2, 2))

    def column(self) -> Float[ndarray, "n 1"]:
        return zeros((2, 2))

def count(number: int) -> int:
    return number
"""
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    check_shapes_of("wrongly")
    wrongly = __import__("wrongly")
    with pytest.raises(TypeCheckError):
        _ = wrongly.Flat().row
    with pytest.raises(TypeCheckError):
        wrongly.Flat().column()
    assert wrongly.count("three") == "three"
