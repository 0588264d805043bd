"""Subject and background apart: two layers, each with its own motion, or the subject before something else."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from morphlapse.imaging.warp import enlarge, pixel_positions, resize, resized_from_full
from morphlapse.morphing.background import Masks
from morphlapse.morphing.cutout import Cutout, compose, fill_from, fill_in_place, make_backdrop
from morphlapse.morphing.layer import pack, read_layer
from morphlapse.morphing.maps import Maps, load_maps, pack_maps, write_maps
from morphlapse.morphing.pace import PLAIN, PROBE_PX, Pace, find_pace
from morphlapse.morphing.search import Guide, find_maps
from morphlapse.morphing.transition import Morph, shrink_morph
from morphlapse.records import Size

GRAY = 0.5
"""What the solver sees around the subject."""


class Front(Morph):
    """A morph of two subjects: (4, H, W), colour times alpha, and alpha."""

    def frame_at(self, t: float, *, final: bool = True) -> Float[Tensor, "4 h w"]:
        """The subject at t, for 0 < t < 1."""
        views = self._viewer.views(t)
        colour, alpha = self.a.image.new_zeros(1), self.a.image.new_zeros(1)
        for k, (layer, whereto) in enumerate(zip((self.a, self.b), self._ways(t), strict=True)):
            bend, share, *light = (each[k : k + 1] for each in (views.bend, views.share, views.gain, views.offset))
            # Its border is drawn out, for a person whom the frame cuts off goes on.
            read = read_layer(layer, whereto, bend, self.size, final=final, surrounded=False)
            # Colour comes times alpha, and so does what is added to it.
            gain, offset = (enlarge(pack(share * each), self.size) for each in light)
            colour = colour + gain * read[:, :3] + offset * read[:, 3:]
            alpha = alpha + enlarge(share, self.size) * read[:, 3:]
        return torch.cat((colour, alpha.clamp(0.0, 1.0)), dim=1)[0]


@dataclass(frozen=True, eq=False)
class Dissolve:
    """Two pictures that stand still, one fading into the other."""

    a: Tensor
    """(1, 3, H, W)"""
    b: Tensor
    """(1, 3, H, W)"""

    def frame_at(self, t: float, *, final: bool = True) -> Float[Tensor, "3 h w"]:
        """The picture at t; `final` makes no difference."""
        del final
        return self.a[0] if self.a is self.b else torch.lerp(self.a, self.b, t)[0]


@dataclass(frozen=True, eq=False)
class ApartMorph:
    """The picture between two pictures, subject and background apart; used as a `Morph` is."""

    front: Front
    """The subjects."""
    behind: Morph | Dissolve | None
    """What is behind them; None is nothing, and frames then have an alpha."""
    ends: tuple[Tensor, Tensor]
    """(3 or 4, H, W) the frames at 0 and 1."""
    even: bool = True
    """Whether `pace` makes the change even."""

    @property
    def size(self) -> Size:
        """Of a frame."""
        return self.front.size

    @property
    def maps(self) -> Maps:
        """Velocity, tint and agreement of the subject."""
        return self.front.maps

    @property
    def agreement(self) -> float:
        """How surely both subjects are the same, 0 to 1."""
        return self.front.agreement

    @cached_property
    def pace(self) -> Pace:
        """From a transition's progress to its t; see `Morph.pace`."""
        if not self.even:
            return PLAIN
        small = shrink_apart(self, PROBE_PX)
        return find_pace(lambda t: small.frame_at(t)[:3])

    def frame_at(self, t: float, *, final: bool = True) -> Float[Tensor, "c h w"]:
        """The picture at t; see `Morph.frame_at`."""
        if t <= 0.0:
            return self.ends[0]
        if t >= 1.0:
            return self.ends[1]
        behind = None if self.behind is None else self.behind.frame_at(t, final=final)[None]
        return compose(self.front.frame_at(t, final=final)[None], behind)

    def carry(self, points: Float[Tensor, "n 2"], t: float, from_t: float = 0.0) -> Float[Tensor, "n 2"]:
        """Where points of the subject in one frame are in another; see `Morph.carry`."""
        return self.front.carry(points, t, from_t)

    def save(self, path: str | Path) -> None:
        """Save the maps of the subject, and of what is behind where that moves too; see `Morph.save`."""
        write_maps(self.pack(), path)

    def pack(self) -> bytes:
        """The maps as the content of an `.npz` file."""
        return pack_maps({part: morph.maps for part, morph in self._moving.items()})

    def load(self, path: str | Path) -> ApartMorph:
        """Put the maps that another such morph has saved on the pictures of this one."""
        moving = self._moving
        found = load_maps(path, tuple(moving), like=self.maps.velocity)
        return replace(
            self, **{part: replace(moving[part], maps=maps) for part, maps in zip(moving, found, strict=True)}
        )

    @property
    def _moving(self) -> dict[str, Morph]:
        behind = {"behind": self.behind} if isinstance(self.behind, Morph) else {}
        return {"front": self.front, **behind}


def shrink_apart(morph: ApartMorph, long_side: int) -> ApartMorph:
    """The same morph on a smaller canvas; see `shrink_morph`."""
    front, behind = shrink_morph(morph.front, long_side), morph.behind
    if isinstance(behind, Dissolve):
        behind = Dissolve(resize(behind.a, front.size), resize(behind.b, front.size))
    elif behind is not None:
        behind = shrink_morph(behind, long_side)
    first, last = (resize(end[None], front.size)[0] for end in morph.ends)
    return replace(morph, front=front, behind=behind, ends=(first, last))


def morph_apart(a: Cutout, b: Cutout, guide: Guide, stays: Tensor | None = None) -> ApartMorph:
    """Find the morph between two photos with subject and background apart.

    Parameters
    ----------
    a, b : Cutout
        The photos.
    guide : Guide
        `options.background` says what becomes of the background; it is neither "auto" nor "whole".
    stays : Tensor, (1, 3, H, W), optional
        For "stay" and for a picture, what stays behind the subject.
    """
    background = guide.options.background
    found = _morph_both(a, b, guide) if background in ("morph", "dissolve") else _morph_before(a, b, guide, stays)
    return replace(found, even=guide.options.pace == "even")


def _morph_before(a: Cutout, b: Cutout, guide: Guide, stays: Tensor | None) -> ApartMorph:
    background = guide.options.background
    fronts = [cut.lift(cut.plate, exact=False) for cut in (a, b)]
    front = morph_fronts(a, b, fronts, guide)
    if background == "transparent":
        return ApartMorph(front, None, (compose(fronts[0], None), compose(fronts[1], None)))
    first, second = (make_backdrop(background, cut, stays) for cut in (a, b))
    return ApartMorph(front, Dissolve(first, second), (compose(fronts[0], first), compose(fronts[1], second)))


def _morph_both(a: Cutout, b: Cutout, guide: Guide) -> ApartMorph:
    if guide.options.background == "morph":
        maps = find_background(a, b, guide)
        alone = Morph(a.lay(a.plate, a.around), b.lay(b.plate, b.around), maps)
        plates = (
            fill_from(a, b, _follow(alone, a.size, b.size, 0.0)),
            fill_from(b, a, _follow(alone, b.size, a.size, 1.0)),
        )
        behind = Morph(a.lay(plates[0], a.around), b.lay(plates[1], b.around), maps, blend=guide.options.blend)
    else:
        plates = fill_in_place(a, b), fill_in_place(b, a)
        behind = Dissolve(*plates)
    fronts = [cut.lift(plate, exact=True) for cut, plate in zip((a, b), plates, strict=True)]
    return ApartMorph(morph_fronts(a, b, fronts, guide), behind, (a.photo[0], b.photo[0]))


def _follow(morph: Morph, size: Size, other: Size, t: float) -> Float[Tensor, "1 h w 2"]:
    """Where the pixels of a small copy of one end (t = 0 or 1) are in a small copy of the other."""
    positions = pixel_positions(size, like=morph.maps.velocity)
    points = _rescale(positions.reshape(-1, 2), size, morph.size)
    return _rescale(morph.carry(points, 1.0 - t, t), morph.size, other).view(positions.shape)


def _rescale(points: Tensor, full: Size, reduced: Size) -> Tensor:
    matrix = resized_from_full(full, reduced).to(points)
    return points * matrix.diagonal()[:2] + matrix[:2, 2]


def find_background(a: Cutout, b: Cutout, guide: Guide) -> Maps:
    """The motion of what is behind the subjects, where both photos show how it moves."""
    layers = [cut.lay(cut.plate, cut.around) for cut in (a, b)]
    nobody = Masks(a.photo.new_zeros(1, 1, 2, 2), a.photo.new_zeros(1, 1, 2, 2))
    alone = Guide(guide.options, masks=nobody, b_from_a=guide.b_from_a)
    return guide.recalled("behind", lambda known: find_maps(layers[0], layers[1], alone, known))


def morph_fronts(a: Cutout, b: Cutout, fronts: list[Tensor], guide: Guide) -> Front:
    """The motion of the subjects, as it is seen where all around them is gray."""
    gray = a.photo.new_full((1, 3, 1, 1), GRAY)
    seen = [cut.lay(torch.lerp(gray, cut.photo, cut.alpha), gray) for cut in (a, b)]
    nothing = a.photo.new_zeros(1, 4, 1, 1)
    maps = guide.recalled("front", lambda known: find_maps(seen[0], seen[1], guide, known))
    return Front(a.lay(fronts[0], nothing), b.lay(fronts[1], nothing), maps, blend=guide.options.blend)
