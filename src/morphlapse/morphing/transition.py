"""A morph: the picture between two pictures, as a function of t."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Literal, TypeVar

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from morphlapse.geometry.similarity import invert, power
from morphlapse.imaging.velocity import Trajectories, carry, displacement_at, trace
from morphlapse.imaging.warp import (
    enlarge,
    fit_within,
    map_positions,
    pixel_positions,
    resize,
    resize_field,
    resized_from_full,
    sample,
    shrink_field,
    size_of,
)
from morphlapse.morphing.bands import mix_bands
from morphlapse.morphing.drawing import draw_maps
from morphlapse.morphing.layer import (
    Layer,
    fade,
    frame_positions,
    lay_out,
    measure_depth,
    pack,
    read_layer,
    shrink_layer,
)
from morphlapse.morphing.maps import Maps, load_maps, pack_maps, write_maps
from morphlapse.morphing.pace import PLAIN, PROBE_PX, Pace, find_pace
from morphlapse.morphing.tint import Tint, weaken_tint
from morphlapse.records import Size

FEATHER = 0.2
"""Over which share of the short side a layer that has moved all the way fades towards its edge."""
FAINT = 1e-3
"""Weight of a layer where it has nothing to say: it counts only where the other has nothing either."""
PANEL_PX = 384
"""Long side of a map in the picture of all maps."""
WAYS_PX = 128
"""Long side of the grid whose points are followed for it."""


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
    even: bool = True
    """Whether `pace` makes the change even."""
    bands: bool = False
    """Whether fine detail changes over faster where the layers disagree (see `mix_bands`)."""

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
    def path(self) -> Trajectories:
        """Where every cell of the velocity's grid goes."""
        return trace(self.maps.velocity)

    @cached_property
    def _places(self) -> Float[Tensor, "1 h w 2"]:
        """Where the cells of the velocity's grid lie in a frame."""
        return frame_positions(size_of(self.maps.velocity), self.size, like=self.maps.velocity)

    @cached_property
    def _light_path(self) -> Trajectories:
        """The same on the grid of the tints, which are smoother."""
        cells = size_of(self.maps.tint.mult)
        return Trajectories(
            *(resize_field(each.flatten(0, 1), cells).unflatten(0, each.shape[:2]) for each in self.path)
        )

    @cached_property
    def pace(self) -> Pace:
        """From a transition's progress to its t, so that what is seen changes evenly: `frame_at(pace(progress))`."""
        return find_pace(shrink_morph(self, PROBE_PX).frame_at) if self.even else PLAIN

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
            Read nearly as by Catmull-Rom; False reads bilinearly, which is faster and softer.
        """
        if t <= 0.0:
            return self._ends[0]
        if t >= 1.0:
            return self._ends[1]
        views, shares = self._views(t)
        if self.bands:
            return self._mix_bands(views, shares[1], t, final=final)
        # What is smooth is mixed on the coarse grid and enlarged once; two products a pixel remain.
        mixed = enlarge(pack(shares[0] * views[0].offset + shares[1] * views[1].offset), self.size)
        for layer, view, share, half in zip((self.a, self.b), views, shares, (-0.5, 0.5), strict=True):
            colour = read_layer(layer, self._whereto(half, t), view.bend, self.size, final=final)
            mixed.addcmul_(enlarge(pack(share * view.gain), self.size), colour)
        return mixed.clamp_(0.0, 1.0)[0]

    def _views(self, t: float) -> tuple[list[View], list[Tensor]]:
        """Both layers as the frame at t sees them, and the share of each."""
        views = [self._view(layer, s, t) for layer, s in ((self.a, -t), (self.b, 1.0 - t))]
        total = views[0].weight + views[1].weight
        return views, [view.weight / total for view in views]

    def _whereto(self, half: float, t: float) -> NDArray[np.float64]:
        """Where a frame lies on the canvas of a (half = -1/2) or of b (1/2), but for the bend."""
        return power(self.maps.b_from_a, half) @ power(self.maps.b_from_a, 0.5 - t)

    def _mix_bands(self, views: list[View], share: Tensor, t: float, *, final: bool) -> Float[Tensor, "3 h w"]:
        tinted = [
            torch.addcmul(
                enlarge(view.offset, self.size),
                enlarge(view.gain, self.size),
                read_layer(layer, self._whereto(half, t), view.bend, self.size, final=final),
            )
            for layer, view, half in zip((self.a, self.b), views, (-0.5, 0.5), strict=True)
        ]
        doubt = 1.0 - self._read_agreement(t)
        mixed = mix_bands(tinted[0], tinted[1], enlarge(share, self.size), enlarge(doubt, self.size))
        return mixed.clamp(0.0, 1.0)[0]

    def _read_agreement(self, t: float) -> Float[Tensor, "1 1 h w"]:
        """How surely both layers show the same thing in the frame at t, on the grid of the velocity."""
        return self._read_map(self.maps.agreement, self.path, 0.5 - t, t)

    def _view(self, layer: Layer, s: float, t: float) -> View:
        """Layer a for s = -t, layer b for s = 1 - t."""
        velocity = self.maps.velocity
        middle = self._middle(self._places, t)
        moved = self._read_field(self.path, s, middle)
        half = power(self.maps.b_from_a, -0.5 if s < 0.0 else 0.5)
        turn = torch.from_numpy(half[:2, :2]).to(velocity)
        # The further a layer has moved, the wider it fades: at its own end it reaches the frame's edge.
        feather_px = max(1.0, abs(s) * FEATHER * self.size.short_side)
        depth = measure_depth(layer, _move(half, middle + moved))
        tint = self._read_tint(s, t)
        return View(
            bend=moved.movedim(-1, 1).contiguous() if _is_identity(half) else _turn(turn, moved),
            weight=(1.0 - abs(s)) * (fade(depth, feather_px) + FAINT),
            gain=enlarge(tint.mult, size_of(velocity)),
            offset=enlarge(tint.add, size_of(velocity)),
        )

    def _middle(self, places: Tensor, t: float) -> Float[Tensor, "1 h w 2"]:
        """Where places in the frame at t lie at the midpoint, but for the flow."""
        return _move(power(self.maps.b_from_a, 0.5 - t), places)

    def _read_field(self, path: Trajectories, s: float, positions: Tensor) -> Float[Tensor, "1 h w 2"]:
        """The displacement φ_s, read at positions of the midpoint's view and in their pixels."""
        displacement = displacement_at(path, s)
        cells = size_of(displacement)
        ratio = displacement.new_tensor([self.size.width / cells.width, self.size.height / cells.height])
        if _is_identity(self.maps.b_from_a) and positions.shape[1:3] == displacement.shape[2:]:
            return displacement.movedim(1, -1) * ratio
        return sample(displacement, (positions + 0.5) / ratio - 0.5).movedim(1, -1) * ratio

    def _read_tint(self, s: float, t: float) -> Tint:
        """How the layer is tinted in the frame at t, on the grid of the maps."""
        tint = self.maps.tint if s < 0.0 else self.maps.tint_back
        way = s if self.maps.formula == "source" else 0.5 - t
        read = self._read_map(torch.cat((tint.mult, tint.add), dim=1), self._light_path, way, t)
        return weaken_tint(Tint(read[:, :3], read[:, 3:]), abs(s), add_first=self.maps.add_first)

    def _read_map(self, image: Tensor, path: Trajectories, way: float, t: float) -> Tensor:
        """A map that is stretched over the canvas, as the frame at t sees it from so far along the flow."""
        cells = size_of(path.displacement)
        middle = self._middle(frame_positions(cells, self.size, like=image), t)
        at = middle + self._read_field(path, way, middle)
        small = size_of(image)
        ratio = image.new_tensor([small.width / self.size.width, small.height / self.size.height])
        return sample(image, (at + 0.5) * ratio - 0.5)

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
        grid_from_canvas = resized_from_full(self.size, size_of(velocity)).numpy()
        into = grid_from_canvas @ power(self.maps.b_from_a, 0.5 - from_t)
        out = power(self.maps.b_from_a, t - 0.5) @ invert(grid_from_canvas)
        moved = carry(velocity, _move(into, points.to(velocity)[None, None])[0, 0], t - from_t)
        return _move(out, moved[None, None])[0, 0].to(points)

    def apply(
        self, image: Float[Tensor, "c h2 w2"], t: float, *, side: Literal["a", "b"] = "a"
    ) -> Float[Tensor, "c h2 w2"]:
        """Put the maps on another image: what becomes of it at t if it takes the place of a, or of b, alone.

        Parameters
        ----------
        image : Tensor, (C, H, W)
            Of any size: the maps are stretched over it. With three channels it gets light and colour too; with another
            number (a mask, a depth, features) it is only warped.
        t : float
            From 0 to 1. An image in the place of a is left as it is at 0, and wholly changed at 1; one in the place of
            b is left as it is at 1.
        side : {"a", "b"}
            Whose place it takes.

        Returns
        -------
        Tensor, (C, H, W)
        """
        s = -t if side == "a" else 1.0 - t
        if s == 0.0:
            return image
        size = size_of(image)
        image_from_canvas = resized_from_full(self.size, size).numpy()
        half = power(self.maps.b_from_a, -0.5 if side == "a" else 0.5)
        whereto = image_from_canvas @ half @ power(self.maps.b_from_a, 0.5 - t) @ invert(image_from_canvas)
        view = self._view(self.a if side == "a" else self.b, s, t)
        ratio = view.bend.new_tensor([size.width / self.size.width, size.height / self.size.height])
        positions = _move(whereto, pixel_positions(size, like=ratio))
        positions = positions + enlarge(view.bend, size).movedim(1, -1) * ratio
        if len(image) != 3:
            return sample(image[None].to(ratio), positions)[0]
        colour = sample(image[None].to(ratio), positions, resampling="catmull_rom")
        return (colour * enlarge(view.gain, size) + enlarge(view.offset, size)).clamp(0.0, 1.0)[0]

    def maps_picture(self) -> Float[Tensor, "3 h w"]:
        """All that was found, as one picture: a row from a to b, and one back.

        In each row: the one picture made into the other by the maps alone, the warp as a colour wheel (hue is the way a
        point goes, colour how far), mult, add, and how surely both agree.
        """
        size = fit_within(self.size, PANEL_PX)
        cells = fit_within(self.size, WAYS_PX)
        points = frame_positions(cells, self.size, like=self.maps.velocity)
        sides: tuple[Literal["a"], Literal["b"]] = ("a", "b")
        rows = []
        for side, picture, tint in zip(sides, self._ends, (self.maps.tint, self.maps.tint_back), strict=True):
            begin, end = (0.0, 1.0) if side == "a" else (1.0, 0.0)
            ways = self.carry(points.flatten(0, 2), end, begin).view_as(points) - points
            made = resize(self.apply(picture, end, side=side)[None], size)
            rows.append(draw_maps(made, ways.movedim(-1, 1), tint, self.maps.agreement, "a to b" if end else "b to a"))
        return torch.cat(rows, dim=-2)[0]

    def save(self, path: str | Path) -> None:
        """Save the maps (not the pictures) as `.npz`, which holds arrays only and runs no code when it is loaded."""
        write_maps(self.pack(), path)

    def pack(self) -> bytes:
        """The maps as the content of an `.npz` file."""
        return pack_maps({"": self.maps})

    def load(self, path: str | Path) -> Morph:
        """Put the maps that another morph has saved on the pictures of this one."""
        return replace(self, maps=load_maps(path, ("",), like=self.maps.velocity)[0])


M = TypeVar("M", bound=Morph)


def shrink_morph(morph: M, long_side: int) -> M:
    """The same morph on a smaller canvas, for a look at its frames that costs little."""
    small = fit_within(morph.size, long_side)
    matrix = resized_from_full(morph.size, small).numpy()
    cells = fit_within(size_of(morph.maps.velocity), long_side // 2)
    maps = replace(
        morph.maps,
        velocity=shrink_field(morph.maps.velocity, cells),
        b_from_a=matrix @ morph.maps.b_from_a @ invert(matrix) if small != morph.size else morph.maps.b_from_a,
    )
    return replace(morph, a=shrink_layer(morph.a, small), b=shrink_layer(morph.b, small), maps=maps)


def _move(matrix: NDArray[np.float64], positions: Tensor) -> Tensor:
    if _is_identity(matrix):
        return positions
    return map_positions(torch.from_numpy(np.ascontiguousarray(matrix)).to(positions)[None], positions)


def _turn(matrix: Tensor, moved: Float[Tensor, "1 h w 2"]) -> Float[Tensor, "1 2 h w"]:
    return (moved @ matrix.T).movedim(-1, 1).contiguous()


def _is_identity(matrix: NDArray[np.float64]) -> bool:
    return bool(np.array_equal(matrix, np.eye(3)))
