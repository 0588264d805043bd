"""How one layer of a morph is seen: the way from its picture to a frame, as far as it is smooth."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from morphlapse.geometry.similarity import power
from morphlapse.imaging.velocity import Trajectories, displacement_at, trace
from morphlapse.imaging.warp import enlarge, map_positions, resize, resize_field, sample, size_of
from morphlapse.morphing.depth import fade, measure_depth
from morphlapse.morphing.layer import Layer, frame_positions
from morphlapse.morphing.lead import lead_at
from morphlapse.morphing.maps import Maps
from morphlapse.morphing.tint import Tint, weaken_tint
from morphlapse.records import Size

FEATHER = 0.2
"""Over which share of the short side a layer that has moved all the way fades towards its edge."""
FAINT = 1e-3
"""Weight of a layer where it has nothing to say: it counts only where the other has nothing either."""


@dataclass(frozen=True, eq=False)
class View:
    """One layer as one frame sees it, on the grid of the velocity."""

    bend: Tensor
    """(1, 2, h, w) displacement on the layer's canvas."""
    weight: Tensor
    """(1, 1, h, w) how much it counts."""
    gain: Tensor
    """(1, 3, h, w) its colours are multiplied by."""
    offset: Tensor
    """(1, 3, h, w) and added to."""


@dataclass(frozen=True, eq=False)
class Viewer:
    """Sees the layers of a morph through its maps."""

    maps: Maps
    """Velocity, tint and agreement."""
    canvas: Size
    """Of a frame."""
    by_detail: bool
    """Whether, where they disagree, the layer with more detail counts more."""

    @cached_property
    def path(self) -> Trajectories:
        """Where every cell of the velocity's grid goes."""
        return trace(self.maps.velocity)

    @cached_property
    def places(self) -> Float[Tensor, "1 h w 2"]:
        """Where the cells of the velocity's grid lie in a frame."""
        return frame_positions(size_of(self.maps.velocity), self.canvas, like=self.maps.velocity)

    @cached_property
    def light_path(self) -> Trajectories:
        """The same on the grid of the tints, which are smoother."""
        cells = size_of(self.maps.tint.mult)
        return Trajectories(
            *(resize_field(each.flatten(0, 1), cells).unflatten(0, each.shape[:2]) for each in self.path)
        )

    def view(self, layer: Layer, s: float, t: float) -> View:
        """Layer a for s = -t, layer b for s = 1 - t, as the frame at t sees it."""
        velocity = self.maps.velocity
        middle = self._middle(self.places, t)
        moved = self._read_field(self.path, s, middle)
        half = power(self.maps.b_from_a, -0.5 if s < 0.0 else 0.5)
        turn = torch.from_numpy(half[:2, :2]).to(velocity)
        # The further a layer has moved, the wider it fades: at its own end it reaches the frame's edge.
        feather_px = max(1.0, abs(s) * FEATHER * self.canvas.short_side)
        depth = measure_depth(layer, move_positions(half, middle + moved))
        tint, lead = self._read_light(s, t)
        weight = (1.0 - abs(s)) * (fade(depth, feather_px) + FAINT)
        return View(
            bend=moved.movedim(-1, 1).contiguous() if is_identity(half) else _turn(turn, moved),
            weight=weight * enlarge(lead, size_of(velocity)) if self.by_detail else weight,
            gain=enlarge(tint.mult, size_of(velocity)),
            offset=enlarge(tint.add, size_of(velocity)),
        )

    def _middle(self, places: Tensor, t: float) -> Float[Tensor, "1 h w 2"]:
        """Where places in the frame at t lie at the midpoint, but for the flow."""
        return move_positions(power(self.maps.b_from_a, 0.5 - t), places)

    def _read_field(self, path: Trajectories, s: float, positions: Tensor) -> Float[Tensor, "1 h w 2"]:
        """The displacement φ_s, read at the places of its own cells at the midpoint, in pixels of the frame."""
        displacement = displacement_at(path, s)
        cells = size_of(displacement)
        ratio = displacement.new_tensor([self.canvas.width / cells.width, self.canvas.height / cells.height])
        if is_identity(self.maps.b_from_a):
            return displacement.movedim(1, -1) * ratio
        return sample(displacement, (positions + 0.5) / ratio - 0.5).movedim(1, -1) * ratio

    def _read_light(self, s: float, t: float) -> tuple[Tint, Float[Tensor, "1 1 h w"]]:
        """How the layer is tinted in the frame at t, and what its weight is multiplied by, on the grid of the maps."""
        tint, lead = (self.maps.tint, -self.maps.lead) if s < 0.0 else (self.maps.tint_back, self.maps.lead)
        lead = resize(lead, size_of(tint.mult))
        way = s if self.maps.formula == "source" else 0.5 - t
        mult, add, lead = self._read_map(torch.cat((*tint, lead), dim=1), self.light_path, way, t).split((3, 3, 1), 1)
        return weaken_tint(Tint(mult, add), abs(s), add_first=self.maps.add_first), lead_at(lead, t)

    def _read_map(self, image: Tensor, path: Trajectories, way: float, t: float) -> Tensor:
        """A map that is stretched over the canvas, as the frame at t sees it from so far along the flow."""
        cells = size_of(path.displacement)
        middle = self._middle(frame_positions(cells, self.canvas, like=image), t)
        at = middle + self._read_field(path, way, middle)
        small = size_of(image)
        ratio = image.new_tensor([small.width / self.canvas.width, small.height / self.canvas.height])
        return sample(image, (at + 0.5) * ratio - 0.5)

    def read_agreement(self, t: float) -> Float[Tensor, "1 1 h w"]:
        """How surely both layers show the same thing in the frame at t, on the grid of the velocity."""
        return self._read_map(self.maps.agreement, self.path, 0.5 - t, t)


def move_positions(matrix: NDArray[np.float64], positions: Float[Tensor, "1 h w 2"]) -> Float[Tensor, "1 h w 2"]:
    """Send positions through a matrix; the identity leaves them as they are, bit for bit."""
    if is_identity(matrix):
        return positions
    return map_positions(torch.from_numpy(np.ascontiguousarray(matrix)).to(positions)[None], positions)


def _turn(matrix: Tensor, moved: Float[Tensor, "1 h w 2"]) -> Float[Tensor, "1 2 h w"]:
    return (moved @ matrix.T).movedim(-1, 1).contiguous()


def is_identity(matrix: NDArray[np.float64]) -> bool:
    """Whether a matrix moves nothing."""
    return bool(np.array_equal(matrix, np.eye(3)))
