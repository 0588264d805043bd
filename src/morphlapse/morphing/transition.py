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
from morphlapse.imaging.inference import untracked
from morphlapse.imaging.velocity import Trajectories, carry
from morphlapse.imaging.warp import (
    enlarge,
    fit_within,
    pixel_positions,
    resized_from_full,
    sample,
    shrink_field,
    size_of,
)
from morphlapse.morphing.bands import mix_bands
from morphlapse.morphing.drawing import draw_morph
from morphlapse.morphing.layer import Layer, choose_pixels, lay_out, pack, read_layer, read_values, shrink_layer
from morphlapse.morphing.maps import Maps, load_maps, pack_maps, write_maps
from morphlapse.morphing.pace import PLAIN, PROBE_PX, Pace, find_pace
from morphlapse.morphing.view import Viewer, Views, move_positions
from morphlapse.options import Blending
from morphlapse.records import Size


@dataclass(frozen=True, eq=False)
class Morph:
    """The picture between two pictures.

    The frame at t is (1 - w) tint_a(a(φ_-t)) + w tint_b(b(φ_1-t)), φ being the flow of one stationary velocity, and w
    going from 0 to 1: t, but where both disagree more of that which has more detail. It is exact at both ends, free of
    folds, and the same film backwards when a and b are exchanged.
    """

    a: Layer
    """The first picture."""
    b: Layer
    """The last."""
    maps: Maps
    """Velocity, tint and agreement."""
    even: bool = True
    """Whether `pace` makes the change even."""
    blend: Blending = "detail"
    """How both are mixed, see `MorphOptions.blend`."""

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

    @property
    def path(self) -> Trajectories:
        """Where every cell of the velocity's grid goes."""
        return self._viewer.path

    @cached_property
    def _viewer(self) -> Viewer:
        return Viewer(self.maps, (self.a, self.b), by_detail=self.blend != "plain")

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
        if self._requires_grad:
            return self._frame_at(t, final=final)
        # What layers keep for the next frame is made before: it outlasts this one, and may yet meet a gradient.
        for layer in (self.a, self.b):
            choose_pixels(layer, final=final)
        return untracked(lambda: self._frame_at(t, final=final))

    @property
    def _requires_grad(self) -> bool:
        """Whether a gradient is to reach the maps or the pictures."""
        return self.maps.requires_grad or any(
            each.requires_grad for layer in (self.a, self.b) for each in (layer.image, layer.fill)
        )

    def _frame_at(self, t: float, *, final: bool) -> Float[Tensor, "3 h w"]:
        views = self._viewer.views(t)
        if self.blend == "bands":
            return self._mix_bands(views, t, final=final)
        # What is smooth is mixed on the coarse grid and enlarged once; two products a pixel remain.
        mixed = enlarge(pack((views.share * views.offset).sum(dim=0, keepdim=True)), self.size)
        gains = (views.share * views.gain).split(1)
        for layer, bend, gain, whereto in zip((self.a, self.b), views.bend.split(1), gains, self._ways(t), strict=True):
            values, unit = read_values(layer, whereto, bend, self.size, final=final)
            mixed.addcmul_(enlarge(pack(gain * unit), self.size), values)
        return mixed.clamp_(0.0, 1.0)[0]

    def _ways(self, t: float) -> list[NDArray[np.float64]]:
        """Where a frame lies on the canvases of a and of b, but for the bend."""
        if self._viewer.framed_alike:
            return [np.eye(3)] * 2
        frame = power(self.maps.b_from_a, 0.5 - t)
        return [power(self.maps.b_from_a, half) @ frame for half in (-0.5, 0.5)]

    def _mix_bands(self, views: Views, t: float, *, final: bool) -> Float[Tensor, "3 h w"]:
        read = [
            read_layer(layer, whereto, bend, self.size, final=final)
            for layer, bend, whereto in zip((self.a, self.b), views.bend.split(1), self._ways(t), strict=True)
        ]
        gain, offset = (enlarge(each, self.size) for each in (views.gain, views.offset))
        tinted = torch.addcmul(offset, gain, torch.cat(read))
        doubt = 1.0 - self._viewer.read_agreement(t)
        mixed = mix_bands(tinted[:1], tinted[1:], enlarge(views.share[1:], self.size), enlarge(doubt, self.size))
        return mixed.clamp(0.0, 1.0)[0]

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
        moved = carry(velocity, move_positions(into, points.to(velocity)[None, None])[0, 0], t - from_t)
        return move_positions(out, moved[None, None])[0, 0].to(points)

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
        index = 0 if side == "a" else 1
        whereto = image_from_canvas @ self._ways(t)[index] @ invert(image_from_canvas)
        views = self._viewer.views(t)
        bend, gain, offset = (each[index : index + 1] for each in (views.bend, views.gain, views.offset))
        ratio = bend.new_tensor([size.width / self.size.width, size.height / self.size.height])
        positions = move_positions(whereto, pixel_positions(size, like=ratio))
        positions = positions + enlarge(bend, size).movedim(1, -1) * ratio
        if len(image) != 3:
            return sample(image[None].to(ratio), positions)[0]
        colour = sample(image[None].to(ratio), positions, resampling="catmull_rom")
        return (colour * enlarge(gain, size) + enlarge(offset, size)).clamp(0.0, 1.0)[0]

    def maps_picture(self) -> Float[Tensor, "3 h w"]:
        """All that was found, as one picture: a row from a to b, and one back.

        In each row: the one picture made into the other by the maps alone, the warp as a colour wheel (hue is the way a
        point goes, colour how far), mult, add, and how surely both agree.
        """
        return draw_morph(self)

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
