"""What a morph has found, and how it is kept in a file that holds arrays only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Literal
from zipfile import BadZipFile

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from morphlapse.errors import EncodeError, PhotoError
from morphlapse.morphing.tint import Tint

Formula = Literal["midpoint", "source"]
ARRAYS = ("velocity", "mult", "add", "mult_back", "add_back", "agreement")
"""What is saved, besides the facts."""


@dataclass(frozen=True, eq=False)
class Maps:
    """What a morph has found."""

    velocity: Tensor
    """(1, 2, h, w) stationary velocity in pixels of its own grid, which is stretched over the canvas."""
    tint: Tint
    """mult and add that give a the light of b, (1, 3, h', w') each, stretched over the canvas."""
    tint_back: Tint
    """The same from b to a; where both agree, the inverse."""
    agreement: Tensor
    """(1, 1, h', w') how surely both layers show the same thing, 0 to 1."""
    b_from_a: NDArray[np.float64] = field(default_factory=lambda: np.eye(3))
    """3x3 similarity on the canvas that was found before; the velocity is what remains."""
    formula: Formula = "midpoint"
    """Where the tints lie: at the midpoint, or each on its own photo (source)."""
    add_first: bool = False
    """Whether a tint's add comes before its mult."""


def pack_maps(parts: Mapping[str, Maps]) -> bytes:
    """Maps as the content of an `.npz` file, named by their part where that has a name."""
    held: dict[str, ArrayLike] = {}
    for part, maps in parts.items():
        found = (maps.velocity, *maps.tint, *maps.tint_back, maps.agreement)
        held |= {_key(part, name): value.detach().cpu().numpy() for name, value in zip(ARRAYS, found, strict=True)}
        facts = {"b_from_a": maps.b_from_a, "formula": maps.formula, "add_first": maps.add_first}
        held |= {_key(part, name): value for name, value in facts.items()}
    buffer = BytesIO()
    np.savez(buffer, allow_pickle=False, **held)
    return buffer.getvalue()


def write_maps(content: bytes, path: str | Path) -> None:
    """Write packed maps; EncodeError if that fails."""
    try:
        Path(path).write_bytes(content)
    except OSError as error:
        raise EncodeError(f"{path}: the maps cannot be written ({error.strerror or error})") from error


def load_maps(path: str | Path, parts: Sequence[str], *, like: Tensor) -> list[Maps]:
    """Read the maps of some parts from a file that holds packed ones, onto the device of `like`."""
    try:
        with np.load(BytesIO(Path(path).read_bytes()), allow_pickle=False) as stored:
            return [_read_part(stored, part, like) for part in parts]
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise PhotoError(f"{path}: no maps of such a morph can be read from it ({error})") from error


def _read_part(stored: Mapping[str, NDArray[np.generic]], part: str, like: Tensor) -> Maps:
    velocity, mult, add, mult_back, add_back, agreement = (
        torch.from_numpy(np.asarray(stored[_key(part, name)], dtype=np.float32)).to(like) for name in ARRAYS
    )
    return Maps(
        velocity,
        Tint(mult, add),
        Tint(mult_back, add_back),
        agreement,
        np.asarray(stored[_key(part, "b_from_a")], dtype=np.float64),
        "source" if str(stored[_key(part, "formula")]) == "source" else "midpoint",
        bool(stored[_key(part, "add_first")]),
    )


def _key(part: str, name: str) -> str:
    return f"{part}_{name}" if part else name
