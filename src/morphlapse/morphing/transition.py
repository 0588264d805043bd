"""A morph: the picture between two pictures, as a function of t."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from morphlapse.errors import EncodeError, PhotoError
from morphlapse.geometry.similarity import invert, power
from morphlapse.imaging.velocity import Trajectories, carry, displacement_at, trace
from morphlapse.imaging.warp import (
    fit_within,
    map_positions,
    pixel_positions,
    resize,
    resize_field,
    resized_from_full,
    sample,
    size_of,
)
from morphlapse.morphing.energy import measure_agreement
from morphlapse.morphing.hints import Hints, rescale_hints
from morphlapse.morphing.layer import Layer, lay_out, read_layer
from morphlapse.morphing.solve import solve_velocity
from morphlapse.morphing.tint import Tint, apply_tint, match_tint
from morphlapse.morphing.unfold import unfold
from morphlapse.options import MorphOptions
from morphlapse.records import Size

FEATHER = 0.2
"""Over which share of the short side a layer that has moved all the way fades towards its edge."""
TINT_PX = 256
"""Long side at which light and colour are compared."""
SMALLEST_PX = 12
"""A picture with a shorter side than this has no structure to follow: it dissolves."""


@dataclass(frozen=True, eq=False)
class Maps:
    """What a morph has found."""

    velocity: Tensor
    """(1, 2, h, w) stationary velocity in pixels of its own grid, which is stretched over the canvas."""
    tint: Tint
    """mult and add at the midpoint that give a the light of b, (1, 3, h', w') each, stretched over the canvas."""
    tint_back: Tint
    """The same from b to a; where both agree, the inverse."""
    agreement: Tensor
    """(1, 1, h', w') how surely both layers show the same thing, 0 to 1."""
    b_from_a: NDArray[np.float64] = field(default_factory=lambda: np.eye(3))
    """3x3 similarity on the canvas that was found before; the velocity is what remains."""


@dataclass(frozen=True, eq=False)
class Morph:
    """The picture between two pictures.

    The frame at t is (1 - t) tint_a(a(φ_-t)) + t tint_b(b(φ_1-t)), φ being the flow of one stationary velocity: exact
    at both ends, free of folds, and the same film backwards when a and b are exchanged.
    """

    a: Layer
    """The first picture."""
    b: Layer
    """The last."""
    maps: Maps
    """Velocity, tint and agreement."""

    @property
    def size(self) -> Size:
        """Of a frame."""
        return self.a.canvas

    @property
    def canvas_from_a(self) -> NDArray[np.float64]:
        """3x3 from pixels of a's (possibly reduced) picture to those of frame 0."""
        return invert(self.a.image_from_canvas)

    @property
    def canvas_from_b(self) -> NDArray[np.float64]:
        """3x3 from pixels of b's (possibly reduced) picture to those of frame 1."""
        return invert(self.b.image_from_canvas)

    @property
    def agreement(self) -> float:
        """How surely a and b show the same thing, 0 to 1; `maps.agreement` has it per pixel."""
        return float(self.maps.agreement.mean())

    @cached_property
    def _path(self) -> Trajectories:
        return trace(self.maps.velocity)

    @cached_property
    def _ends(self) -> tuple[Tensor, Tensor]:
        return lay_out(self.a)[0], lay_out(self.b)[0]

    def frame_at(self, t: float, *, final: bool = True) -> Float[Tensor, "3 h w"]:
        """The picture at t.

        Parameters
        ----------
        t : float
            0 is a, 1 is b; both bit for bit.
        final : bool
            Catmull-Rom reading; False reads bilinearly, which is faster and softer.
        """
        if t <= 0.0:
            return self._ends[0]
        if t >= 1.0:
            return self._ends[1]
        middle = self._middle_positions(t)
        colours, weights = [], []
        for layer, s in ((self.a, -t), (self.b, 1.0 - t)):
            # The further a layer has moved, the wider it fades: at its own end it reaches the frame's edge.
            feather_px = max(1.0, abs(s) * FEATHER * self.size.short_side)
            colour, valid = read_layer(layer, self._layer_positions(middle, s), feather_px=feather_px, final=final)
            colours.append(apply_tint(colour, self._tint(middle, s, t), abs(s)))
            weights.append((1.0 - abs(s)) * (valid + 1e-3))
        mixed = (weights[0] * colours[0] + weights[1] * colours[1]) / (weights[0] + weights[1])
        return mixed.clamp(0.0, 1.0)[0]

    def _middle_positions(self, t: float) -> Tensor:
        """Where each pixel of the frame at t lies in the midpoint's frame of view."""
        positions = pixel_positions(self.size, like=self.maps.velocity)
        return _move(power(self.maps.b_from_a, 0.5 - t), positions)

    def _layer_positions(self, middle: Tensor, s: float) -> Tensor:
        """Where each pixel of the frame at t is read: on a's canvas for s = -t, on b's for s = 1 - t."""
        moved = middle + self._read_field(displacement_at(self._path, s), middle)
        return _move(power(self.maps.b_from_a, -0.5 if s < 0.0 else 0.5), moved)

    def _read_field(self, displacement: Tensor, positions: Tensor) -> Tensor:
        cells = size_of(displacement)
        factor = displacement.new_tensor([self.size.width / cells.width, self.size.height / cells.height])
        if _is_identity(self.maps.b_from_a):
            return resize_field(displacement, self.size).movedim(1, -1)
        return sample(displacement, (positions + 0.5) / factor - 0.5).movedim(1, -1) * factor

    def _tint(self, middle: Tensor, s: float, t: float) -> Tint:
        """The layer's tint in each pixel of the frame at t."""
        maps = self.maps.tint if s < 0.0 else self.maps.tint_back
        both = torch.cat((maps.mult, maps.add), dim=1)
        at = middle + self._read_field(displacement_at(self._path, 0.5 - t), middle)
        small = size_of(both)
        ratio = both.new_tensor([small.width / self.size.width, small.height / self.size.height])
        read = sample(both, (at + 0.5) * ratio - 0.5)
        return Tint(read[:, :3], read[:, 3:])

    def carry(self, points: Float[Tensor, "n 2"], t: float, from_t: float = 0.0) -> Float[Tensor, "n 2"]:
        """Where points of one frame are in another.

        Parameters
        ----------
        points : Tensor, (N, 2)
            (x, y) in pixels of `frame_at(from_t)`.
        t, from_t : float
            From 0 (a) to 1 (b).

        Returns
        -------
        Tensor, (N, 2)
            (x, y) in pixels of `frame_at(t)`.
        """
        velocity = self.maps.velocity
        cells = size_of(velocity)
        grid_from_canvas = resized_from_full(self.size, cells).numpy()
        into = grid_from_canvas @ power(self.maps.b_from_a, 0.5 - from_t)
        out = power(self.maps.b_from_a, t - 0.5) @ invert(grid_from_canvas)
        moved = carry(velocity, _move(into, points.to(velocity)[None, None])[0, 0], t - from_t)
        return _move(out, moved[None, None])[0, 0].to(points)

    def save(self, path: str | Path) -> None:
        """Save the maps (not the pictures) as `.npz`, which holds arrays only and runs no code when it is loaded."""
        maps = self.maps
        found = (maps.velocity, *maps.tint, *maps.tint_back, maps.agreement)
        arrays = {name: value.detach().cpu().numpy() for name, value in zip(SAVED, found, strict=True)}
        try:
            with Path(path).open("wb") as file:
                np.savez(file, allow_pickle=False, b_from_a=maps.b_from_a, **arrays)
        except OSError as error:
            raise EncodeError(f"{path}: the maps cannot be written ({error.strerror or error})") from error

    def load(self, path: str | Path) -> Morph:
        """Put the maps that another morph has saved on the pictures of this one."""
        return Morph(self.a, self.b, load_maps(path, like=self.maps.velocity))


SAVED = ("velocity", "mult", "add", "mult_back", "add_back", "agreement")
"""The arrays of a saved morph, besides `b_from_a`."""


def load_maps(path: str | Path, *, like: Tensor) -> Maps:
    """Read the maps that `Morph.save` wrote, onto the device of `like`."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            b_from_a = np.asarray(stored["b_from_a"], dtype=np.float64)
            velocity, mult, add, mult_back, add_back, agreement = (
                torch.from_numpy(np.asarray(stored[name], dtype=np.float32)).to(like) for name in SAVED
            )
    except (OSError, ValueError, KeyError, EOFError) as error:
        raise PhotoError(f"{path}: no maps of a morph can be read from it ({error})") from error
    return Maps(velocity, Tint(mult, add), Tint(mult_back, add_back), agreement, b_from_a)


def morph_layers(
    a: Layer,
    b: Layer,
    options: MorphOptions | None = None,
    *,
    hints: Hints | None = None,
    b_from_a: NDArray[np.float64] | None = None,
) -> Morph:
    """Find the morph between two layers of one canvas.

    Parameters
    ----------
    a, b : Layer
        The pictures.
    options : MorphOptions, optional
        How it is sought.
    hints : Hints, optional
        Matched points on the canvas.
    b_from_a : array, (3, 3), optional
        A similarity on the canvas that brings a roughly onto b; the flow is sought in what remains.
    """
    options = MorphOptions() if options is None else options
    whole = np.eye(3) if b_from_a is None else b_from_a
    working = fit_within(a.canvas, options.working_px)
    seen = [_read_reduced(layer, working, power(whole, s)) for layer, s in ((a, -0.5), (b, 0.5))]
    near = None if hints is None else rescale_hints(move_hints(hints, whole), a.canvas, working)
    velocity = find_velocity(seen[0], seen[1], options, near)
    return Morph(a, b, Maps(velocity, *compare_layers(seen[0], seen[1], velocity, options), whole))


def _read_reduced(layer: Layer, working: Size, matrix: NDArray[np.float64]) -> Tensor:
    """The layer as the solver sees it: at working size, moved by half of the similarity."""
    if _is_identity(matrix):
        return resize(lay_out(layer), working)
    positions = _move(matrix, pixel_positions(layer.canvas, like=layer.image))
    colour, _ = read_layer(layer, positions, final=False)
    return resize(colour, working)


def find_velocity(
    a: Float[Tensor, "1 3 h w"], b: Float[Tensor, "1 3 h w"], options: MorphOptions, hints: Hints | None = None
) -> Float[Tensor, "1 2 h2 w2"]:
    """The velocity between two pictures of one size, free of folds."""
    size = size_of(a)
    if size.short_side < SMALLEST_PX or torch.equal(a, b):
        return a.new_zeros(1, 2, max(2, size.height), max(2, size.width))
    # Where nothing corresponds, rounding decides. A fixed order makes both directions the same film all the same.
    if float(a.sum()) > float(b.sum()):
        turned = None if hints is None else hints._replace(a=hints.b, b=hints.a)
        return -unfold(solve_velocity(b, a, stiffness=options.smoothness, hints=turned))
    return unfold(solve_velocity(a, b, stiffness=options.smoothness, hints=hints))


def compare_layers(a: Tensor, b: Tensor, velocity: Tensor, options: MorphOptions) -> tuple[Tint, Tint, Tensor]:
    """Tint there and back, and agreement, of both layers at the midpoint."""
    small = fit_within(size_of(a), TINT_PX)
    grown = resize_field(velocity, small)
    path = trace(grown)
    positions = pixel_positions(small, like=a)
    at_a, at_b = (
        sample(resize(image, small), positions + displacement_at(path, s).movedim(1, -1))
        for image, s in ((a, -0.5), (b, 0.5))
    )
    agreement = measure_agreement(at_a, at_b)
    there, back = (match_tint(x, y, agreement, options.tint) for x, y in ((at_a, at_b), (at_b, at_a)))
    return there, back, agreement


def _move(matrix: NDArray[np.float64], positions: Tensor) -> Tensor:
    if _is_identity(matrix):
        return positions
    return map_positions(torch.from_numpy(np.ascontiguousarray(matrix)).to(positions)[None], positions)


def move_hints(hints: Hints, b_from_a: NDArray[np.float64]) -> Hints:
    """Hints as the midpoint between two framings sees them: each side moved by half of the similarity."""
    a, b = (_move(power(b_from_a, s), points[None, None])[0, 0] for points, s in ((hints.a, 0.5), (hints.b, -0.5)))
    return hints._replace(a=a, b=b)


def _is_identity(matrix: NDArray[np.float64]) -> bool:
    return bool(np.array_equal(matrix, np.eye(3)))
