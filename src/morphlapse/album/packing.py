"""Records as bytes and back, and a short name for any value: what a cache needs. Only arrays and JSON are kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from fractions import Fraction
from functools import cache
from hashlib import blake2b
from importlib.metadata import PackageNotFoundError, version
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

import morphlapse
from morphlapse import records
from morphlapse.errors import DAMAGE

KINDS = {name: kind for name, kind in vars(records).items() if isinstance(kind, type) and is_dataclass(kind)}
"""The records that can be read back."""
KEPT_TYPES = ("bool", "uint8", "int32", "int64", "float32", "float64")
"""Of arrays."""
LIBRARIES = ("torch", "mediapipe", "numpy", "dlib-bin")
"""Whose versions results depend on too."""
DIGEST = 20
"""Bytes of a name: two values never share one."""


class PackingError(ValueError):
    """Bytes that hold no record."""


def pack(value: object, kinds: Mapping[str, Callable[..., Any]] = KINDS) -> bytes:
    """Turn records, tuples, mappings, arrays, numbers, words and None into bytes that `unpack` turns back.

    Parameters
    ----------
    value : object
        What is kept.
    kinds : mapping
        The records that may be in it, by name.

    Raises
    ------
    TypeError
        If there is anything else in it.
    """
    blocks: list[NDArray[Any]] = []
    tree = json.dumps(_plain(value, blocks, kinds)).encode()
    held = np.frombuffer(b"".join(block.tobytes() for block in blocks), np.uint8)
    buffer = BytesIO()
    np.savez(buffer, allow_pickle=False, tree=np.frombuffer(tree, np.uint8), held=held)
    return buffer.getvalue()


def unpack(content: bytes, kinds: Mapping[str, Callable[..., Any]] = KINDS) -> Any:
    """What `pack` was given.

    Parameters
    ----------
    content : bytes
        From `pack`.
    kinds : mapping
        The records that may be in it, by name.

    Raises
    ------
    PackingError
        If it is anything else.
    """
    try:
        with np.load(BytesIO(content), allow_pickle=False) as stored:
            tree, held = json.loads(stored["tree"].tobytes()), stored["held"].tobytes()
        return _built(tree, held, kinds)
    except DAMAGE as error:
        raise PackingError(f"no record can be read ({error})") from error


def _plain(value: object, blocks: list[NDArray[Any]], kinds: Mapping[str, Callable[..., Any]]) -> Any:
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, np.ndarray) and value.dtype.name in KEPT_TYPES:
        blocks.append(np.ascontiguousarray(value))
        start = sum(block.nbytes for block in blocks[:-1])
        return {"array": value.dtype.name, "shape": value.shape, "start": start}
    if isinstance(value, tuple):
        return [_plain(each, blocks, kinds) for each in value]
    if isinstance(value, Mapping):
        return {"mapping": [[name, _plain(each, blocks, kinds)] for name, each in value.items()]}
    if is_dataclass(value) and kinds.get(type(value).__name__) is type(value):
        parts = {field.name: _plain(getattr(value, field.name), blocks, kinds) for field in fields(value)}
        return {"record": type(value).__name__, "parts": parts}
    raise TypeError(f"a {type(value).__name__} cannot be kept")


def _built(tree: Any, held: bytes, kinds: Mapping[str, Callable[..., Any]]) -> Any:
    if isinstance(tree, list):
        return tuple(_built(each, held, kinds) for each in tree)
    if not isinstance(tree, dict):
        return tree
    if "array" in tree:
        return _read_array(tree, held)
    if "mapping" in tree:
        return {name: _built(each, held, kinds) for name, each in tree["mapping"]}
    return kinds[tree["record"]](**{name: _built(each, held, kinds) for name, each in tree["parts"].items()})


def _read_array(tree: dict[str, Any], held: bytes) -> NDArray[Any]:
    if tree["array"] not in KEPT_TYPES:
        raise ValueError(f"an array of {tree['array']}")
    count = int(np.prod(tree["shape"], dtype=np.int64))
    read = np.frombuffer(held, np.dtype(tree["array"]), count, tree["start"] if count else 0)
    return read.reshape(tree["shape"]).copy()


def name_of(*parts: object) -> str:
    """A name of 40 letters for values: the same for equal ones, another for others.

    Raises
    ------
    TypeError
        If there is something in them whose content cannot be told.
    """
    digest = blake2b(digest_size=DIGEST)
    for piece in _spell(parts):
        digest.update(len(piece).to_bytes(8, "little"))
        digest.update(piece)
    return digest.hexdigest()


def _spell(value: object) -> Iterator[bytes]:
    """A value as a row of bytes, each piece with its type."""
    if isinstance(value, float):
        yield f"float {float(value).hex()}".encode()
    elif value is None or isinstance(value, (bool, int, str, bytes, Fraction, Path, date)):
        yield f"{type(value).__name__} {value!r}".encode("utf-8", "surrogatepass")
    elif isinstance(value, np.ndarray):
        yield f"array {value.dtype.name} {value.shape}".encode()
        yield np.ascontiguousarray(value).tobytes()
    elif isinstance(value, (tuple, list)):
        yield f"row {len(value)}".encode()
        for each in value:
            yield from _spell(each)
    else:
        yield from _spell([type(value).__name__, *_parts_of(value)])


def _parts_of(value: object) -> list[tuple[str, object]]:
    """The names and values of which a mapping or a record consists."""
    if isinstance(value, Mapping):
        return sorted(value.items(), key=lambda item: str(item[0]))
    if isinstance(value, BaseModel):
        return [(name, getattr(value, name)) for name in type(value).model_fields]
    if is_dataclass(value):
        return [(field.name, getattr(value, field.name)) for field in fields(value)]
    raise TypeError(f"a {type(value).__name__} cannot be named by its content")


def _version_of(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


@cache
def name_code() -> str:
    """The package's version, and a name of its own code: what another version has found is not taken over."""
    home = Path(str(morphlapse.__file__)).parent
    sources = sorted(home.rglob("*.py"))
    libraries = [_version_of(name) for name in LIBRARIES]
    return name_of(
        morphlapse.__version__, libraries, [(str(path.relative_to(home)), path.read_bytes()) for path in sources]
    )
