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
from morphlapse.imaging.warp import frame_positions, map_positions, resize, resize_field, sample, size_of
from morphlapse.morphing.depth import fade, measure_depth
from morphlapse.morphing.layer import Layer
from morphlapse.morphing.lead import lead_at
from morphlapse.morphing.maps import Maps
from morphlapse.morphing.tint import Tint, weaken_tint
from morphlapse.records import Size

FEATHER = 0.2
"""Over which share of the short side a layer that has moved all the way fades towards its edge."""
FAINT = 1e-3
"""Weight of a layer where it has nothing to say: it counts only where the other has nothing either."""


@dataclass(frozen=True, eq=False)
class Views:
    """Both layers as one frame sees them; a comes first."""

    bend: Tensor
    """(2, 2, h, w) displacement on the layer's canvas, on the grid of the velocity."""
    share: Tensor
    """(2, 1, h', w') what each has of the frame, on the grid of the tints, as what follows; the sum is 1."""
    gain: Tensor
    """(2, 3, h', w') its colours are multiplied by."""
    offset: Tensor
    """(2, 3, h', w') and added to."""


@dataclass(frozen=True, eq=False)
class Viewer:
    """Sees the layers of a morph through its maps: both at once, for on so small a grid calls are most of the time."""

    maps: Maps
    """Velocity, tint and agreement."""
    layers: tuple[Layer, Layer]
    """Of one canvas."""
    by_detail: bool
    """Whether, where they disagree, the layer with more detail counts more."""

    @property
    def canvas(self) -> Size:
        """Of a frame."""
        return self.layers[0].canvas

    @cached_property
    def path(self) -> Trajectories:
        """Where every cell of the velocity's grid goes."""
        return trace(self.maps.velocity)

    @cached_property
    def places(self) -> Float[Tensor, "1 h w 2"]:
        """Where the cells of the velocity's grid lie in a frame."""
        return frame_positions(size_of(self.maps.velocity), self.canvas, like=self.maps.velocity)

    @cached_property
    def light_places(self) -> Float[Tensor, "1 h w 2"]:
        """And those of the tints' grid."""
        return frame_positions(size_of(self.maps.tint.mult), self.canvas, like=self.maps.velocity)

    @cached_property
    def light_path(self) -> Trajectories:
        """The same on the grid of the tints, which are smoother."""
        cells = size_of(self.maps.tint.mult)
        return Trajectories(
            *(resize_field(each.flatten(0, 1), cells).unflatten(0, each.shape[:2]) for each in self.path)
        )

    @cached_property
    def light(self) -> Float[Tensor, "2 7 h w"]:
        """What gives each layer the other's light, and how much more it counts; on the grid of the tints."""
        maps = self.maps
        lead = resize(maps.lead, size_of(maps.tint.mult))
        return torch.cat((torch.cat((*maps.tint, -lead), dim=1), torch.cat((*maps.tint_back, lead), dim=1)))

    @cached_property
    def framed_alike(self) -> bool:
        """Whether no similarity was found before."""
        return is_identity(self.maps.b_from_a)

    def views(self, t: float) -> Views:
        """Both layers as the frame at t sees them."""
        bend = self._bend(self.path, self.places, t).movedim(-1, 1)
        # Weights are as smooth as the light: its grid is enough for them.
        whereto = self._middle(self.light_places, t) + self._bend(self.light_path, self.light_places, t)
        if not self.framed_alike:
            halves = [power(self.maps.b_from_a, half) for half in (-0.5, 0.5)]
            turns = torch.stack([torch.from_numpy(half[:2, :2]) for half in halves]).to(bend)
            whereto = torch.cat([move_positions(half, each[None]) for half, each in zip(halves, whereto, strict=True)])
            bend = torch.einsum("bij,bjhw->bihw", turns, bend)
        # The further a layer has moved, the wider it fades: at its own end it reaches the frame's edge.
        way = bend.new_tensor([t, 1.0 - t])[:, None, None, None]
        feather_px = (way * (FEATHER * self.canvas.short_side)).clamp_min(1.0)
        weight = (1.0 - way) * (fade(measure_depth(self.layers, whereto), feather_px) + FAINT)
        tint, lead = self._read_light(t)
        if self.by_detail:
            weight = weight * lead
        return Views(bend, weight / weight.sum(dim=0), *tint)

    def _bend(self, path: Trajectories, places: Tensor, t: float) -> Float[Tensor, "2 h w 2"]:
        """By how much places at the midpoint move to both layers, but for the similarity."""
        middle = self._middle(places, t)
        return torch.cat([self._read_field(path, s, middle) for s in (-t, 1.0 - t)])

    def _middle(self, places: Tensor, t: float) -> Float[Tensor, "1 h w 2"]:
        """Where places in the frame at t lie at the midpoint, but for the flow."""
        return places if self.framed_alike else move_positions(power(self.maps.b_from_a, 0.5 - t), places)

    def _read_field(self, path: Trajectories, s: float, positions: Tensor) -> Float[Tensor, "1 h w 2"]:
        """The displacement φ_s, read at the places of its own cells at the midpoint, in pixels of the frame."""
        displacement = displacement_at(path, s)
        cells = size_of(displacement)
        ratio = displacement.new_tensor([self.canvas.width / cells.width, self.canvas.height / cells.height])
        if self.framed_alike:
            return displacement.movedim(1, -1) * ratio
        return sample(displacement, (positions + 0.5) / ratio - 0.5).movedim(1, -1) * ratio

    def _read_light(self, t: float) -> tuple[Tint, Float[Tensor, "2 1 h w"]]:
        """How the layers are tinted in the frame at t, and what their weights are multiplied by; on the tints' grid."""
        if self.maps.formula == "source":
            ways = zip((-t, 1.0 - t), self.light.split(1), strict=True)
            read = torch.cat([self._read_map(each, self.light_path, self.light_places, way, t) for way, each in ways])
        else:
            # Both lie at the midpoint, and are read at one place.
            light = self.light.flatten(0, 1)[None]
            read = self._read_map(light, self.light_path, self.light_places, 0.5 - t, t).unflatten(1, (2, 7))[0]
        mult, add, lead = read.split((3, 3, 1), dim=1)
        strength = mult.new_tensor([t, 1.0 - t])[:, None, None, None]
        return weaken_tint(Tint(mult, add), strength, add_first=self.maps.add_first), lead_at(lead, t * (1.0 - t))

    def _read_map(self, image: Tensor, path: Trajectories, places: Tensor, way: float, t: float) -> Tensor:
        """A map that is stretched over the canvas, as the frame at t sees it from so far along the flow."""
        middle = self._middle(places, t)
        at = middle + self._read_field(path, way, middle)
        small = size_of(image)
        ratio = image.new_tensor([small.width / self.canvas.width, small.height / self.canvas.height])
        return sample(image, (at + 0.5) * ratio - 0.5)

    def read_agreement(self, t: float) -> Float[Tensor, "1 1 h w"]:
        """How surely both layers show the same thing in the frame at t, on the grid of the velocity."""
        return self._read_map(self.maps.agreement, self.path, self.places, 0.5 - t, t)


def move_positions(matrix: NDArray[np.float64], positions: Float[Tensor, "1 h w 2"]) -> Float[Tensor, "1 h w 2"]:
    """Send positions through a matrix; the identity leaves them as they are, bit for bit."""
    if is_identity(matrix):
        return positions
    return map_positions(torch.from_numpy(np.ascontiguousarray(matrix)).to(positions)[None], positions)


def is_identity(matrix: NDArray[np.float64]) -> bool:
    """Whether a matrix moves nothing."""
    return bool(np.array_equal(matrix, np.eye(3)))
