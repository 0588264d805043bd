"""Our own morph, as the benchmark sees it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from worlds import Pair

from morphlapse.geometry.similarity import power
from morphlapse.imaging.velocity import displacement_at
from morphlapse.imaging.warp import enlarge, size_of
from morphlapse.morphing.background import Masks
from morphlapse.morphing.hints import Hints
from morphlapse.morphing.layer import read_layer
from morphlapse.morphing.search import Guide, morph_layers
from morphlapse.morphing.tint import Tint, apply_tint
from morphlapse.morphing.transition import Morph
from morphlapse.pipeline.prealign import find_framing

OURS = "ours"


@dataclass(frozen=True, eq=False)
class OurMorph:
    """A morph and, besides, its layers at the midpoint."""

    morph: Morph

    def frame_at(self, t: float, *, final: bool = True) -> Tensor:
        """(3, H, W) at t."""
        return self.morph.frame_at(t, final=final)

    def pace(self, progress: float) -> float:
        """The t that is shown when so much of a transition is over."""
        return self.morph.pace(progress)

    def carry(self, points: Tensor, t: float) -> Tensor:
        """Where points of a are at t."""
        return self.morph.carry(points, t)

    def reads_at(self, t: float) -> tuple[Tensor, Tensor]:
        """By how much each picture is read aside."""
        return displacement_at(self.morph.path, -t), displacement_at(self.morph.path, 1.0 - t)

    def midpoint_layers(self, *, tinted: bool = True) -> tuple[Tensor, Tensor]:
        """Both pictures as they are mixed at 1/2."""
        maps = self.morph.maps
        first = self._read(-0.5, maps.tint if tinted else None)
        return first, self._read(0.5, maps.tint_back if tinted else None)

    def _read(self, s: float, tint: Tint | None) -> Tensor:
        morph = self.morph
        layer = morph.a if s < 0.0 else morph.b
        half = power(morph.maps.b_from_a, s)
        bend = displacement_at(morph.path, s)
        cells = size_of(bend)
        ratio = bend.new_tensor([morph.size.width / cells.width, morph.size.height / cells.height])
        turn = torch.from_numpy(half[:2, :2]).to(bend) * ratio
        colour = read_layer(layer, half, torch.einsum("ij,bjhw->bihw", turn, bend), morph.size)
        if tint is None:
            return colour
        return apply_tint(colour, Tint(*(enlarge(each, morph.size) for each in tint)), 0.5)


def morph_ours(pair: Pair, hints: Hints | None = None, *, framed: bool = True, masks: Masks | None = None) -> OurMorph:
    """Morph a pair; a difference in framing is found and undone first, as `morphlapse.morph` does."""
    b_from_a = None if framed else find_framing(pair.a, pair.b, hints)
    return OurMorph(morph_layers(pair.a, pair.b, Guide(hints=hints, masks=masks, b_from_a=b_from_a)))
