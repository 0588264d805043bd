"""The film as a function of time: `Film`."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing, nullcontext
from dataclasses import replace
from fractions import Fraction
from functools import cached_property, partial
from itertools import islice
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from morphlapse.film.timeline import Moment, Timeline, plan_timeline
from morphlapse.geometry.frame import Frame
from morphlapse.morphing.apart import ApartMorph, morph_apart
from morphlapse.morphing.background import Masks
from morphlapse.morphing.clear import keep_whole, lay_clear, mix_clear, morph_clear
from morphlapse.morphing.cutout import Cutout, compose, cut_out, fill_in_place, make_backdrop
from morphlapse.morphing.extend import NEIGHBOURS, extend_layer
from morphlapse.morphing.hints import Hints
from morphlapse.morphing.layer import Layer, lay_out
from morphlapse.morphing.pace import Pace
from morphlapse.morphing.search import Guide, Recall, morph_layers
from morphlapse.morphing.transition import Morph
from morphlapse.options import FilmOptions, MorphOptions, is_backdrop
from morphlapse.pipeline.ahead import Recent, work_ahead
from morphlapse.pipeline.backdrop import load_backdrop
from morphlapse.pipeline.captions import Captions, has_captions, spell_captions
from morphlapse.pipeline.context import Clock, Context, choose_device, limited_threads
from morphlapse.pipeline.fields import Pair, recall_maps
from morphlapse.pipeline.frames import frame_plan, shrink_frame
from morphlapse.pipeline.framing import find_framing
from morphlapse.pipeline.hinting import find_hints
from morphlapse.pipeline.laying import load_layer
from morphlapse.pipeline.lighting import Lighting, find_lighting
from morphlapse.pipeline.masking import lay_mask
from morphlapse.pipeline.output import is_transparent, longest_side
from morphlapse.pipeline.room import NOTE, make_in_room
from morphlapse.records import Mask, Plan, Size

Value = TypeVar("Value")

PREVIEW_PX = 480
"""Long side of a preview."""
KEPT_LAYERS = 3
"""How many photos are held at once."""
KEPT_MORPHS = 2
"""How many transitions: one that is seen, one that is made ready."""
OWN = ("auto", "whole", "morph", "dissolve")
"""Backgrounds with which a photo stands as it is."""
Result = TypeVar("Result")

PIXELS_AT_ONCE = 16e6
"""So many pixels of frames are worked on at once, at most: of larger frames fewer."""


class Film:
    """A film as a function of time.

    Nothing is read or computed before it is seen; at any time two or three photos are in memory, however many there
    are.

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
        self._signed: Recent[int, Tensor] = Recent(KEPT_LAYERS)
        self._cuts: Recent[int, Cutout] = Recent(KEPT_LAYERS)
        self._morphs: Recent[tuple[int, int], Morph | ApartMorph] = Recent(KEPT_MORPHS)

    @cached_property
    def frame(self) -> Frame:
        """Which part of the reference's plane is seen, at which size."""
        most = PREVIEW_PX if self.options.preview else longest_side(self.options)
        return self.whole_frame if most is None else shrink_frame(self.whole_frame, most)

    @cached_property
    def whole_frame(self) -> Frame:
        """The same where this is no preview."""
        return frame_plan(self.plan, self.options)

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

    @cached_property
    def flows(self) -> bool:
        """Whether the film comes to no stop at its photos."""
        return self.timeline.flows

    @property
    def size(self) -> Size:
        """Of a frame."""
        return self.frame.size

    @property
    def duration_s(self) -> Fraction:
        """Length of the film."""
        return self.timeline.duration_s

    def frame_at(self, time_s: Fraction | float) -> Float[Tensor, "c h w"]:
        """The picture at a time in seconds: three channels, and a fourth for alpha if the film is transparent."""
        return self.show(self.timeline.moment_at(time_s))

    def frames(self, start: int = 0, stop: int | None = None) -> Generator[Float[Tensor, "c h w"], None, None]:
        """Every frame of the film, or those from `start` to before `stop`, in order.

        A photo that stands is the same tensor again and again.

        On a CPU, frames are made ahead, each core making its own, and the next transition is solved meanwhile.
        """
        return self.finished(_as_it_is, start, stop)

    def finished(
        self, finish: Callable[[Tensor], Result], start: int = 0, stop: int | None = None, *, held: int | None = None
    ) -> Generator[Result, None, None]:
        """What a function makes of every frame, in order; it is called where the frame is made, on any thread.

        Parameters
        ----------
        finish : callable
            Such as what makes bytes of a frame. It is called once for a photo that stands.
        start, stop : int
            The first frame, and the one after the last.
        held : int, optional
            How many results may wait, see `work_ahead`: the smaller they are, the more.
        """
        # Once, before several threads ask for it.
        _ = self.lighting, self.captions and self.captions.setting
        end = self.timeline.frames if stop is None else stop
        alone = limited_threads(1) if self.workers > 1 else nullcontext()
        with alone, closing(work_ahead(self._tasks(finish, start, end), self.workers, held)) as ahead:
            for number in range(start, end):
                self.context.tell("film", number, self.timeline.frames)
                with self.clock.stage("wait"):
                    frame = next(ahead)
                yield frame
        self.context.tell("film", end, self.timeline.frames)

    @cached_property
    def workers(self) -> int:
        """How many frames are made at once."""
        fitting = int(PIXELS_AT_ONCE / (self.size.width * self.size.height))
        return 1 if self.device.type != "cpu" else max(1, min(torch.get_num_threads(), fitting))

    def _tasks(
        self, finish: Callable[[Tensor], Result], start: int, stop: int
    ) -> Iterator[tuple[Callable[[], Result], Callable[[], object] | None]]:
        """What is to be done for each frame, and, where a transition begins, for the one after it."""
        seen = -1
        stood: Recent[int, Result] = Recent(KEPT_LAYERS)

        def make(moment: Moment) -> Result:
            if moment.first != moment.second:
                return finish(self.show(moment))
            return stood.get(moment.first, lambda: finish(self.show(moment)))

        for moment in islice(self.timeline.moments(), start, stop):
            begins = moment.first != moment.second and moment.first != seen
            seen = moment.first if begins else seen
            yield partial(make, moment), self._next(moment) if begins else None

    def _next(self, moment: Moment) -> Callable[[], object] | None:
        """How to get the transition after this one ready, where that saves time."""
        last = len(self.plan.placed) - 1
        if self.workers == 1 or self.options.transition != "morph" or (moment.second == last and not self.options.loop):
            return None
        return partial(self.transition, moment.second, (moment.second + 1) % (last + 1))

    @cached_property
    def captions(self) -> Captions | None:
        """What is written over the film."""
        if not has_captions(self.plan, self.options):
            return None
        return Captions(spell_captions(self.plan, self.options), self.options, self.size)

    def _make(self, make: Callable[[], Value]) -> Value:
        """Make something where there is room for it, and say so where that is no longer the GPU."""
        made = make_in_room(make, self.device, self._forget)
        if made is None:
            self.device = torch.device("cpu")
            self.notes = (NOTE,)
            made = make()
        return made

    def show(self, moment: Moment) -> Float[Tensor, "c h w"]:
        """What is seen at a moment, whenever that is: the picture, and the caption on it."""
        return self._make(lambda: self._show(moment))

    def _show(self, moment: Moment) -> Tensor:
        picture, captions = self._picture(moment), self.captions
        if captions is None:
            return picture
        with self.clock.stage("render"):
            if moment.first == moment.second:
                return self._signed.get(moment.first, lambda: captions.over(picture, moment))
            return captions.over(picture, moment)

    def picture(self, moment: Moment) -> Float[Tensor, "c h w"]:
        """The picture of a moment, without a caption."""
        return self._make(lambda: self._picture(moment))

    def _picture(self, moment: Moment) -> Tensor:
        if moment.first == moment.second or moment.progress <= 0.0:
            return self._still(moment.first)
        if moment.progress >= 1.0:
            return self._still(moment.second)
        if self.options.transition == "dissolve":
            first, second = self._still(moment.first), self._still(moment.second)
            with self.clock.stage("render"):
                return (mix_clear if self.transparent else torch.lerp)(first, second, moment.progress)
        morph = self._transition(moment.first, moment.second)
        with self.clock.stage("render"):
            t = self._pace(morph)(moment.progress)
            return morph.frame_at(t, final=self.options.quality != "draft" and not self.options.preview)

    def _pace(self, morph: Morph | ApartMorph) -> Pace:
        """Where nothing stands at the photos, no pace jumps there either."""
        return morph.pace.joined() if self.flows else morph.pace

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
    def uncut(self) -> frozenset[int]:
        """Photos whose subject cannot be cut out, for no outline was found."""
        return frozenset(index for index in range(len(self.plan.placed)) if self._outline(index) is None)

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

    @property
    def whole(self) -> frozenset[Path]:
        """Photos that are morphed as by "auto" although more was asked for, for no outline was found."""
        asked = self.morph.background not in ("auto", "whole")
        return frozenset(self.plan.placed[index].photo.path for index in self.uncut if asked)

    def _outline(self, index: int) -> Mask | None:
        subject = self.plan.placed[index].detection.main
        return None if subject is None else subject.mask

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

    def transition(self, first: int, second: int) -> Morph | ApartMorph:
        """The morph from one photo to another."""
        return self._make(lambda: self._transition(first, second))

    def _transition(self, first: int, second: int) -> Morph | ApartMorph:
        with self.clock.stage("solve"):
            return self._morphs.get((first, second), lambda: self._solve(first, second))

    def _solve(self, first: int, second: int) -> Morph | ApartMorph:
        layers = self.layer(first), self.layer(second)
        hints = self._hints(first, second, layers[0].image)
        # Photos that were aligned share their framing; another look would swing the subject.
        unaligned = self.plan.on == "none" and self.morph.prealign
        b_from_a = find_framing(*layers, hints) if unaligned else None
        recall = self._recall(first, second, layers[0].image)
        if self.morph.background in ("auto", "whole"):
            masks = self._masks(first, second)
            whole = morph_layers(*layers, self.morph, hints=hints, masks=masks, b_from_a=b_from_a, recall=recall)
            return morph_clear(whole) if self.transparent else whole
        if self.transparent or self.uncut.isdisjoint((first, second)):
            guide = Guide(self.morph, hints, b_from_a, recall=recall)
            return morph_apart(self._cut(first), self._cut(second), guide, self._stays)
        # One of them stands as it is, the other perhaps before something else: what stands is morphed.
        shown = [
            replace(layer, image=self._still(k)[None], image_from_canvas=np.eye(3))
            for layer, k in zip(layers, (first, second), strict=True)
        ]
        plain = self.morph.model_copy(update={"background": "auto"})
        masks = self._masks(first, second)
        return morph_layers(shown[0], shown[1], plain, hints=hints, masks=masks, b_from_a=b_from_a, recall=recall)

    def _recall(self, first: int, second: int, like: Tensor) -> Recall:
        """Where the maps of a transition are kept."""
        return partial(recall_maps, self.context.store, self.pair(first, second), like)

    def pair(self, first: int, second: int) -> Pair:
        """Two photos and what the maps between them depend on."""
        frames = (self.frame,) if self.frame is self.whole_frame else (self.whole_frame, self.frame)
        stops = None if self.lighting is None else self.lighting.stops
        return Pair(self.plan, self.options, self.morph, frames, first, second, stops)

    def _hints(self, first: int, second: int, like: Tensor) -> Hints | None:
        if self.options.hints == "none":
            return None
        subjects = [self.plan.placed[index].detection.main for index in (first, second)]
        matrices = [self.canvas_from_photo(index) for index in (first, second)]
        return find_hints(subjects[0], subjects[1], matrices[0], matrices[1], like=like)

    def _masks(self, first: int, second: int) -> Masks | None:
        if self.options.hints == "none" or self.plan.on == "scene":
            return None
        a, b = self._mask(first), self._mask(second)
        return None if a is None or b is None else Masks(a, b)

    def _mask(self, index: int) -> Tensor | None:
        return lay_mask(self._outline(index), self.canvas_from_photo(index), self.size, like=self.layer(index).image)

    def canvas_from_photo(self, index: int) -> NDArray[np.float64]:
        """3x3 from pixels of the upright full-size photo to those of a frame."""
        return self.frame.canvas_from_reference @ self.plan.placed[index].registration.matrix


def _as_it_is(frame: Tensor) -> Tensor:
    return frame
