"""Photos as they stand in a film: each laid on its canvas, lit, and with its subject cut out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from morphlapse.film.timeline import Timeline, plan_timeline
from morphlapse.geometry.frame import Frame
from morphlapse.morphing.clear import keep_whole, lay_clear
from morphlapse.morphing.cutout import Cutout, compose, cut_out, fill_in_place, make_backdrop
from morphlapse.morphing.extend import NEIGHBOURS, extend_layer
from morphlapse.morphing.layer import Layer, lay_out
from morphlapse.options import FilmOptions, MorphOptions, is_backdrop
from morphlapse.pipeline.ahead import Recent
from morphlapse.pipeline.backdrop import load_backdrop
from morphlapse.pipeline.context import Clock, Context, choose_device
from morphlapse.pipeline.framing import frame_plan, shrink_frame
from morphlapse.pipeline.laying import load_layer
from morphlapse.pipeline.lighting import Lighting, find_lighting
from morphlapse.pipeline.masking import lay_mask
from morphlapse.pipeline.memory import NOTE, make_in_room
from morphlapse.pipeline.output import is_transparent, longest_side
from morphlapse.records import Mask, Plan, Size

Value = TypeVar("Value")

PREVIEW_PX = 480
"""Long side of a preview."""
KEPT_LAYERS = 3
"""How many photos are held at once."""
OWN = ("auto", "whole", "morph", "dissolve")
"""Backgrounds with which a photo stands as it is."""


class Footage:
    """What a film shows, whenever that is.

    Nothing is read before it is seen; at any time two or three photos are in memory, however many there are.

    Parameters
    ----------
    plan : Plan
        Where each photo goes.
    options : FilmOptions, optional
        What the audience sees.
    morph : MorphOptions, optional
        How one photo becomes the next.
    context : Context, optional
        The device, and who listens.
    """

    def __init__(
        self,
        plan: Plan,
        options: FilmOptions | None = None,
        morph: MorphOptions | None = None,
        *,
        context: Context | None = None,
    ) -> None:
        self.plan = plan
        self.options = FilmOptions() if options is None else options
        self.morph = MorphOptions() if morph is None else morph
        self.transparent = is_transparent(self.options, self.morph)
        self.context = Context() if context is None else context
        self.clock = Clock()
        self.device = choose_device(self.context.device)
        self.notes: tuple[str, ...] = ()
        self._forget()

    def _forget(self) -> None:
        """Hold no picture any more."""
        self.__dict__.pop("_stays", None)
        self._layers: Recent[int, Layer] = Recent(KEPT_LAYERS)
        self._bare: Recent[int, Layer] = Recent(KEPT_LAYERS)
        self._stills: Recent[int, Tensor] = Recent(KEPT_LAYERS)
        self._cuts: Recent[int, Cutout] = Recent(KEPT_LAYERS)

    def _make(self, make: Callable[[], Value]) -> Value:
        """Make something where there is room for it, and say so where that is no longer the GPU."""
        made = make_in_room(make, self.device, self._forget)
        if made is None:
            self.device = torch.device("cpu")
            self.notes = (NOTE,)
            made = make()
        return made

    @cached_property
    def frame(self) -> Frame:
        """Which part of the reference's plane is seen, at which size."""
        most = PREVIEW_PX if self.options.preview else longest_side(self.options)
        return self.whole_frame if most is None else shrink_frame(self.whole_frame, most)

    @cached_property
    def whole_frame(self) -> Frame:
        """The same where this is no preview."""
        return frame_plan(self.plan, self.options)

    @property
    def size(self) -> Size:
        """Of a frame."""
        return self.frame.size

    @cached_property
    def timeline(self) -> Timeline:
        """When each photo is seen."""
        dates = [entry.photo.date for entry in self.plan.placed]
        return plan_timeline(len(dates), self.options, dates)

    @cached_property
    def lighting(self) -> Lighting | None:
        """How the photos are lit, and by how much each is corrected; None where none is."""
        with self.clock.stage("light"):
            starts = [float(time) for time in self.timeline.starts_s[: len(self.plan.placed)]]
            return find_lighting(self.plan, self.whole_frame, self.options, starts, self.context)

    def canvas_from_photo(self, index: int) -> NDArray[np.float64]:
        """3x3 from pixels of the upright full-size photo to those of a frame."""
        return self.frame.canvas_from_reference @ self.plan.placed[index].registration.matrix

    def layer(self, index: int) -> Layer:
        """A photo laid on the film's canvas, read at the size at which it is seen."""
        with self.clock.stage("read"):
            return self._layers.get(index, lambda: self._load(index))

    def _load(self, index: int) -> Layer:
        if self.options.fill != "neighbour":
            return self._lay(index)
        return extend_layer(self._bare.get(index, lambda: self._lay(index)), self._neighbours(index))

    def _lay(self, index: int) -> Layer:
        photo, matrix = self.plan.placed[index].photo, self.canvas_from_photo(index)
        stops = None if self.lighting is None else torch.from_numpy(self.lighting.stops[index])
        fill = "blur" if self.options.fill in ("neighbour", "transparent") else self.options.fill
        layer = load_layer(photo, matrix, self.size, fill, self.device, stops)
        return replace(layer, eight_bit=self.options.quality != "best")

    def _neighbours(self, index: int) -> Iterator[Layer]:
        """The photos before and after one, the nearest first."""
        for step in range(1, NEIGHBOURS + 1):
            for other in (index - step, index + step):
                if 0 <= other < len(self.plan.placed):
                    yield self._bare.get(other, partial(self._lay, other))

    @property
    def final(self) -> bool:
        """Whether frames are as sharp as can be."""
        return self.options.quality != "draft" and not self.options.preview

    def still(self, index: int) -> Float[Tensor, "c h w"]:
        """A photo as it stands in the film."""
        return self._make(lambda: self._still(index))

    def _still(self, index: int) -> Tensor:
        with self.clock.stage("render"):
            return self._stills.get(index, lambda: self._stand(index))

    def _stand(self, index: int) -> Tensor:
        background = self.morph.background
        if background in OWN or (index in self.uncut and not self.transparent):
            layer = self.layer(index)
            return lay_clear(layer) if self.transparent else lay_out(layer)[0]
        cut = self._cut(index)
        behind = None if background == "transparent" else make_backdrop(background, cut, self._stays)
        return compose(cut.lift(cut.plate, exact=False), behind)

    @cached_property
    def _stays(self) -> Tensor | None:
        """For a background that stays: a picture, or that of the reference, filled from the next photo."""
        if is_backdrop(self.morph.background):
            return load_backdrop(self.morph.background, self.size, self.device)
        count = len(self.plan.placed)
        able = [
            k % count for k in range(self.plan.reference, self.plan.reference + count) if k % count not in self.uncut
        ]
        if self.morph.background != "stay" or not able:
            return None
        return fill_in_place(self._cut(able[0]), self._cut(able[min(1, len(able) - 1)]))

    def _cut(self, index: int) -> Cutout:
        """A photo's subject; of a transparent film all of a photo that is among the uncut, which else has none."""
        return self._cuts.get(index, lambda: self._cut_out(index))

    def _cut_out(self, index: int) -> Cutout:
        mask = self._mask(index)
        if mask is None:
            return keep_whole(self.layer(index))
        return cut_out(self.layer(index), mask)

    @cached_property
    def uncut(self) -> frozenset[int]:
        """Photos whose subject cannot be cut out, for no outline was found."""
        return frozenset(index for index in range(len(self.plan.placed)) if self._outline(index) is None)

    @property
    def whole(self) -> frozenset[Path]:
        """Photos that are morphed as by "auto" although more was asked for, for no outline was found."""
        asked = self.morph.background not in ("auto", "whole")
        return frozenset(self.plan.placed[index].photo.path for index in self.uncut if asked)

    def _outline(self, index: int) -> Mask | None:
        subject = self.plan.placed[index].detection.main
        return None if subject is None else subject.mask

    def _mask(self, index: int) -> Tensor | None:
        return lay_mask(self._outline(index), self.canvas_from_photo(index), self.size, like=self.layer(index).image)
