"""The families of transforms that a registration may seek in.

A transform is held as two halves that meet in a plane between the pictures, `matrix = fixed_from_mid @
mid_from_moving`. A step is made in that plane, half of it on each side: so neither picture is favoured, and
exchanging them gives the inverse. Steps are elements of a Lie algebra (Baker and Matthews 2004; Eade 2014), so
families differ in their generators only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor

from morphlapse.errors import AlignmentError, OptionError
from morphlapse.geometry.similarity import power, similarity

ModelName = Literal["translation", "rotation", "scale", "similarity", "affine", "homography"]
"""The named families."""

UserModel = Callable[[Tensor], Tensor]
"""A torch module, or any function, from (K,) parameters to a 3x3 `fixed_from_moving`; its attribute `start` gives the
parameters at the beginning."""

TURN = ((0.0, -1.0, 0.0), (1.0, 0.0, 0.0), (0.0, 0.0, 0.0))
GROW = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 0.0))
SHIFTS = (
    ((0.0, 0.0, 1.0), (0.0, 0.0, 0.0), (0.0, 0.0, 0.0)),
    ((0.0, 0.0, 0.0), (0.0, 0.0, 1.0), (0.0, 0.0, 0.0)),
)
SHEARS = (
    ((1.0, 0.0, 0.0), (0.0, -1.0, 0.0), (0.0, 0.0, 0.0)),
    ((0.0, 1.0, 0.0), (1.0, 0.0, 0.0), (0.0, 0.0, 0.0)),
)
TILTS = (
    ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0), (1.0, 0.0, 0.0)),
    ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0), (0.0, 1.0, 0.0)),
)
GENERATORS: dict[str, tuple[tuple[tuple[float, ...], ...], ...]] = {
    "translation": SHIFTS,
    "rotation": (TURN,),
    "scale": (GROW,),
    "similarity": (*SHIFTS, TURN, GROW),
    "affine": (*SHIFTS, TURN, GROW, *SHEARS),
    "homography": (*SHIFTS, TURN, GROW, *SHEARS, *TILTS),
}
"""In a plane whose unit is the picture's radius, about its centre."""


@dataclass(frozen=True, eq=False)
class Split:
    """A batch of transforms, each as two halves."""

    fixed_from_mid: Float[Tensor, "b 3 3"]
    """float64, in pixels."""
    mid_from_moving: Float[Tensor, "b 3 3"]
    """float64, in pixels."""
    parameters: Float[Tensor, " k"] | None = None
    """Those of a user's model."""

    @property
    def matrix(self) -> Float[Tensor, "b 3 3"]:
        """`fixed_from_moving`, with a last entry of 1."""
        whole = self.fixed_from_mid @ self.mid_from_moving
        return whole / whole[:, 2:, 2:]


def split_evenly(matrix: Float[Tensor, "b 3 3"], centre: tuple[float, float]) -> Split:
    """Halve transforms by the similarity that is nearest to each at `centre` (a pixel of the moving picture)."""
    halves = torch.stack([_half_of(one, centre) for one in matrix.detach().cpu().double()]).to(matrix.device)
    return Split(matrix.double() @ torch.linalg.inv(halves), halves)


def _half_of(matrix: Float[Tensor, "3 3"], centre: tuple[float, float]) -> Float[Tensor, "3 3"]:
    x = torch.tensor([*centre, 1.0], dtype=torch.float64)
    top = matrix @ x
    slope = (matrix[:2, :2] - torch.outer(top[:2] / top[2], matrix[2, :2])) / top[2]
    a = complex(0.5 * float(slope[0, 0] + slope[1, 1]), 0.5 * float(slope[1, 0] - slope[0, 1]))
    at = complex(float(top[0] / top[2]), float(top[1] / top[2]))
    b = at - a * complex(*centre)
    near = similarity(1.0)
    near[:2] = [[a.real, -a.imag, b.real], [a.imag, a.real, b.imag]]
    return torch.from_numpy(power(near, 0.5))


def has_inverse(matrix: Float[Tensor, "*b 3 3"]) -> bool:
    """Whether transforms are finite and can be undone."""
    if not bool(matrix.isfinite().all()):
        return False
    turned = torch.linalg.det(matrix.double()[..., :2, :2]).abs() * torch.linalg.det(matrix.double()).abs()
    return bool((turned > 1e-12).all())


def halve_again(split: Split, centre: tuple[float, float]) -> Split:
    """Halves of equal parts again, where the transforms are similarities; others stay as they are."""
    m = split.matrix
    unlike = torch.stack((m[:, 0, 0] - m[:, 1, 1], m[:, 0, 1] + m[:, 1, 0], m[:, 2, 0], m[:, 2, 1])).abs()
    return split if split.parameters is not None or bool((unlike > 1e-9).any()) else split_evenly(m, centre)


@runtime_checkable
class Family(Protocol):
    """What the solver asks of a family."""

    def directions(self, split: Split) -> Float[Tensor, "b k 3 3"]:
        """What a unit of each parameter does to points of the middle plane, per unit of time."""
        ...

    def moved(self, split: Split, step: Float[Tensor, "b k"]) -> Split:
        """The transform after a step."""
        ...


@dataclass(frozen=True, eq=False)
class NamedFamily:
    """Transforms that form a group."""

    generators: Float[Tensor, "b k 3 3"]
    """In pixels of the middle plane; a unit of each moves the corners by about a pixel."""

    def directions(self, split: Split) -> Float[Tensor, "b k 3 3"]:
        """The generators, wherever the transform is."""
        return self.generators.expand(len(split.fixed_from_mid), -1, -1, -1)

    def moved(self, split: Split, step: Float[Tensor, "b k"]) -> Split:
        """Half of the step on either side."""
        half = torch.linalg.matrix_exp(0.5 * torch.einsum("bk,bkij->bij", step, self.generators))
        return Split(split.fixed_from_mid @ half, half @ split.mid_from_moving)


@dataclass(frozen=True, eq=False)
class UserFamily:
    """Transforms that a user's function makes of parameters."""

    make_matrix: UserModel
    """`fixed_from_moving` for parameters."""
    centre: tuple[float, float]
    """(x, y) on the fixed picture about which a transform is halved."""

    def directions(self, split: Split) -> Float[Tensor, "1 k 3 3"]:
        """By automatic differentiation."""
        assert split.parameters is not None
        slopes = torch.autograd.functional.jacobian(self._matrix, split.parameters).movedim(-1, 0)
        return torch.linalg.inv(split.fixed_from_mid) @ slopes[None] @ torch.linalg.inv(split.mid_from_moving)

    def moved(self, split: Split, step: Float[Tensor, "1 k"]) -> Split:
        """The function at the new parameters, halved anew; no step where that cannot be undone."""
        assert split.parameters is not None
        there = split.parameters + step[0]
        with torch.no_grad():
            reachable = has_inverse(self._matrix(there))
        return self.at(there) if reachable else split

    def at(self, parameters: Float[Tensor, " k"]) -> Split:
        """The transform that belongs to the parameters."""
        with torch.no_grad():
            matrix = self._matrix(parameters)
            if not has_inverse(matrix):
                raise AlignmentError("model: gave a matrix that is not finite or has no inverse: give another `start`")
            halves = split_evenly(matrix[None], self.centre)
        return Split(halves.fixed_from_mid, halves.mid_from_moving, parameters)

    def _matrix(self, parameters: Tensor) -> Tensor:
        matrix = self.make_matrix(parameters)
        if matrix.shape != (3, 3):
            raise OptionError(f"model: gave a matrix of shape {tuple(matrix.shape)}, and must give (3, 3)")
        return matrix.double()


def first_parameters(model: UserModel) -> Float[Tensor, " k"]:
    """Where the search over a user's model begins: its attribute `start`."""
    start = getattr(model, "start", None)
    if start is None:
        raise OptionError("model: give it an attribute `start` that holds its first parameters")
    return torch.as_tensor(start).detach().double().flatten()


def name_family(name: str, centre: Float[Tensor, "b 2"], radius: Float[Tensor, " b"]) -> NamedFamily:
    """Generators about a centre, scaled so that a unit step of each parameter moves points at the radius by a pixel.

    Parameters
    ----------
    name : str
        One of `ModelName`.
    centre : Tensor, (B, 2)
        In pixels of the middle plane.
    radius : Tensor, (B,)
        From the centre to the corners, in pixels.
    """
    if name not in GENERATORS:
        raise OptionError(f"model: {name!r} is none of {', '.join(GENERATORS)}")
    unit = torch.tensor(GENERATORS[name], dtype=torch.float64, device=centre.device)
    pixels_from_unit = torch.eye(3, dtype=torch.float64, device=centre.device).repeat(len(centre), 1, 1)
    pixels_from_unit[:, :2, :2] *= radius[:, None, None]
    pixels_from_unit[:, :2, 2] = centre
    back = torch.linalg.inv(pixels_from_unit)
    return NamedFamily(pixels_from_unit[:, None] @ unit @ back[:, None] / radius[:, None, None, None])
