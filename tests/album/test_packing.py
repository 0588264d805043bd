"""Records come back as they were, with every field, and names tell values apart."""

import types
from dataclasses import fields, is_dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from morphlapse.album.packing import PackingError, name_of, pack, unpack
from morphlapse.options import FilmOptions
from morphlapse.records import Box, Detection, Registration, Subject


def fill(kind: Any, name: str) -> Any:
    """A value of a type in which nothing is left out."""
    origin, inside = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return fill(next(each for each in inside if each is not type(None)), name)
    if origin is tuple:
        return (fill(inside[0], name), fill(inside[0], name))
    if origin is np.ndarray:
        dtype = get_args(inside[1])[0]
        return (np.arange(6.0).reshape(2, 3) + len(name)).astype(np.float64 if dtype is Any else dtype)
    if origin is Literal:
        return inside[-1]
    if is_dataclass(kind):
        return fill_record(kind)
    return {float: 0.1 + len(name), int: len(name), str: name, bool: True}[kind]


def fill_record(kind: Any, *, but: tuple[str, ...] = ()) -> Any:
    hints = get_type_hints(kind)
    return kind(**{each.name: fill(hints[each.name], each.name) for each in fields(kind) if each.name not in but})


def assert_same(a: Any, b: Any) -> None:
    assert type(a) is type(b)
    if isinstance(a, np.ndarray):
        assert a.dtype == b.dtype
        assert np.array_equal(a, b)
    elif is_dataclass(a):
        for each in fields(a):
            assert_same(getattr(a, each.name), getattr(b, each.name))
    elif isinstance(a, tuple):
        assert len(a) == len(b)
        for first, second in zip(a, b, strict=True):
            assert_same(first, second)
    else:
        assert a == b


@pytest.mark.parametrize("kind", [Subject, Registration])
def test_every_field_of_a_record_comes_back(kind):
    record = fill_record(kind)
    assert all(getattr(record, each.name) is not None for each in fields(kind))
    assert_same(unpack(pack(record)), record)


def test_every_field_of_a_detection_can_be_kept():
    hints = get_type_hints(Detection)
    parts = {each.name: fill(hints[each.name], each.name) for each in fields(Detection) if each.name != "photo"}
    found = unpack(pack(parts))
    assert set(found) == set(parts)
    for name, part in parts.items():
        assert_same(found[name], part)


@pytest.mark.parametrize("value", [None, (), (None, "reason", 1.5), np.zeros((0, 2)), {"a": (True, 3)}])
def test_plain_values_come_back(value):
    assert_same(unpack(pack((value,))), (value,))


def test_what_is_no_record_is_refused():
    with pytest.raises(TypeError, match="object cannot be kept"):
        pack(object())
    with pytest.raises(TypeError, match="ndarray cannot be kept"):
        pack(np.array([object()]))


@pytest.mark.parametrize("content", [b"", b"half", pack((1,))[:40]])
def test_other_bytes_hold_no_record(content):
    with pytest.raises(PackingError):
        unpack(content)


def test_only_known_records_are_built():
    content = pack({"kept": Box(0.0, 0.0, 1.0, 1.0)})
    with pytest.raises(PackingError):
        unpack(content, {})


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3).map(tuple),
    max_leaves=6,
)


@given(PLAIN, PLAIN)
def test_other_values_have_other_names(a, b):
    assert (name_of(a) == name_of(b)) == (repr(a) == repr(b))


def test_a_name_depends_on_every_part():
    names = [
        name_of(value)
        for value in (
            1, 1.0, "1", True, Fraction(1), b"1", Path("1"), (1,), ((1,),), np.ones(1), np.ones((1, 1)),
            np.ones(1, np.float32), {"1": 1}, Box(0.0, 0.0, 1.0, 1.0), Box(0.0, 0.0, 1.0, 2.0),
            FilmOptions(), FilmOptions(fps=Fraction(25)),
        )
    ]  # fmt: skip
    assert len(set(names)) == len(names)
    assert name_of(1, 2) != name_of((1, 2))
    assert name_of(np.float64(0.5)) == name_of(0.5)


def test_what_has_no_content_has_no_name():
    with pytest.raises(TypeError, match="cannot be named"):
        name_of(object())
