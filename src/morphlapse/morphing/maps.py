"""What a morph has found, and how it is kept in a file that holds arrays only."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Literal
from zipfile import ZipFile

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from morphlapse.errors import DAMAGE, EncodeError, PhotoError
from morphlapse.morphing.tint import Tint

Formula = Literal["midpoint", "source"]
ARRAYS = {"velocity": 2, "mult": 3, "add": 3, "mult_back": 3, "add_back": 3, "agreement": 1, "lead": 1}
"""What is saved, besides the facts, and how many channels it has."""
MOST_BYTES = 2**31
"""A file that unfolds to more holds no maps."""


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
    lead: Tensor
    """(1, 1, h', w') log of how much more b counts than a half way, see `find_lead`."""
    b_from_a: NDArray[np.float64] = field(default_factory=lambda: np.eye(3))
    """3x3 similarity on the canvas that was found before; the velocity is what remains."""
    formula: Formula = "midpoint"
    """Where the tints lie: at the midpoint, or each on its own photo (source)."""
    add_first: bool = False
    """Whether a tint's add comes before its mult."""

    @property
    def requires_grad(self) -> bool:
        """Whether a gradient is to reach any of them."""
        return any(each.requires_grad for each in (self.velocity, *self.tint, *self.tint_back, self.lead))


def pack_maps(parts: Mapping[str, Maps]) -> bytes:
    """Maps as the content of an `.npz` file, named by their part where that has a name."""
    held: dict[str, ArrayLike] = {}
    for part, maps in parts.items():
        found = (maps.velocity, *maps.tint, *maps.tint_back, maps.agreement, maps.lead)
        held |= {_key(part, name): value.detach().cpu().numpy() for name, value in zip(ARRAYS, found, strict=True)}
        facts = {"b_from_a": maps.b_from_a, "formula": maps.formula, "add_first": maps.add_first}
        held |= {_key(part, name): value for name, value in facts.items()}
    buffer = BytesIO()
    np.savez(buffer, allow_pickle=False, **held)
    return buffer.getvalue()


def write_maps(content: bytes, path: str | Path) -> None:
    """Write packed maps beside their place and rename them; EncodeError if that fails."""
    beside = Path(path).with_name(f".morphlapse-{secrets.token_hex(4)}.npz.part")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    except OSError as error:
        raise EncodeError(f"{path}: the maps cannot be written ({error.strerror or error})") from error
    finally:
        with suppress(OSError):
            beside.unlink()


def load_maps(path: str | Path, parts: Sequence[str], *, like: Tensor) -> list[Maps]:
    """Read the maps of some parts from a file that holds packed ones, onto the device of `like`.

    Raises
    ------
    PhotoError
        If the file holds anything else, however it came about: it is not believed.
    """
    try:
        with np.load(BytesIO(_read_archive(Path(path))), allow_pickle=False) as stored:
            return [_read_part(stored, part, like) for part in parts]
    except DAMAGE as error:
        said = " ".join(str(error).split())
        raise PhotoError(f"{path}: no maps of such a morph can be read from it ({said})") from error


def _read_archive(path: Path) -> bytes:
    """A zip file that does not unfold to more than maps can be."""
    content = path.read_bytes()
    with ZipFile(BytesIO(content)) as archive:
        if sum(each.file_size for each in archive.infolist()) > MOST_BYTES:
            raise ValueError("it is too large")
    return content


def _read_part(stored: Mapping[str, NDArray[np.generic]], part: str, like: Tensor) -> Maps:
    velocity, mult, add, mult_back, add_back, agreement, lead = (
        _check_array(name, np.asarray(stored[_key(part, name)], dtype=np.float32)).to(like) for name in ARRAYS
    )
    return Maps(
        velocity,
        Tint(mult, add),
        Tint(mult_back, add_back),
        agreement,
        lead,
        _check_matrix(np.asarray(stored[_key(part, "b_from_a")], dtype=np.float64)),
        "source" if str(stored[_key(part, "formula")]) == "source" else "midpoint",
        bool(stored[_key(part, "add_first")]),
    )


def _check_array(name: str, array: NDArray[np.float32]) -> Tensor:
    """Refuse an array of which no frame could be made."""
    if array.ndim != 4 or array.shape[:2] != (1, ARRAYS[name]) or 0 in array.shape or not np.isfinite(array).all():
        raise ValueError(f"{name} is not as it should be")
    return torch.from_numpy(array)


def _check_matrix(b_from_a: NDArray[np.float64]) -> NDArray[np.float64]:
    if b_from_a.shape != (3, 3) or not np.isfinite(b_from_a).all() or abs(np.linalg.det(b_from_a)) < 1e-12:
        raise ValueError("b_from_a is no matrix that can be inverted")
    return b_from_a


def _key(part: str, name: str) -> str:
    return f"{part}_{name}" if part else name
