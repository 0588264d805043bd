"""The film as a function of time: `Film`."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing, nullcontext
from fractions import Fraction
from functools import cached_property, partial
from itertools import islice
from typing import TypeVar

import torch
from jaxtyping import Float
from torch import Tensor

from morphlapse.film.timeline import Moment
from morphlapse.morphing.clear import mix_clear
from morphlapse.pipeline.ahead import Recent, work_ahead
from morphlapse.pipeline.captions import Captions, has_captions, spell_captions
from morphlapse.pipeline.context import limited_threads
from morphlapse.pipeline.footage import KEPT_LAYERS
from morphlapse.pipeline.transitions import Transitions

Result = TypeVar("Result")

PIXELS_AT_ONCE = 16e6
"""So many pixels of frames are worked on at once, at most: of larger frames fewer."""
PIXELS_AHEAD = 1.5e6
"""Of transitions that are made ready ahead, for each core, a frame of each has so many pixels together, at most."""


class Film(Transitions):
    """A film as a function of time.

    Nothing is read or computed before it is seen; see `Footage`.

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

    def _forget(self) -> None:
        super()._forget()
        self._signed: Recent[int, Tensor] = Recent(KEPT_LAYERS)

    @cached_property
    def flows(self) -> bool:
        """Whether the film comes to no stop at its photos."""
        return self.timeline.flows

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

        On a CPU, frames are made ahead, each core making its own, and the next transitions are solved meanwhile.
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
        self._hold(self.ahead)
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

    @cached_property
    def ahead(self) -> int:
        """How many transitions are made ready while one is seen: of small frames as many as can be solved at once.

        Where there are many photos, transitions are short, and solving them takes longer than their frames.
        """
        if self.workers == 1 or self.options.transition != "morph":
            return 0
        fitting = int(self.workers * PIXELS_AHEAD / (self.size.width * self.size.height))
        return max(1, min(self.workers, fitting))

    def _tasks(
        self, finish: Callable[[Tensor], Result], start: int, stop: int
    ) -> Iterator[tuple[Callable[[], Result], list[Callable[[], None]]]]:
        """What is to be done for each frame, and, where a transition begins, for those after it."""
        moments = list(islice(self.timeline.moments(), start, stop))
        pairs = list(dict.fromkeys((each.first, each.second) for each in moments if each.first != each.second))
        begun = ready = 0
        stood: Recent[int, Result] = Recent(KEPT_LAYERS)

        def make_one(moment: Moment) -> Result:
            picture = self.show(moment)
            with self.clock.stage("encode"):
                return finish(picture)

        def make(moment: Moment) -> Result:
            if moment.first != moment.second:
                return make_one(moment)
            return stood.get(moment.first, lambda: make_one(moment))

        for moment in moments:
            after = range(0)
            if begun < len(pairs) and (moment.first, moment.second) == pairs[begun]:
                begun += 1
                after = range(max(ready, begun), min(begun + self.ahead, len(pairs)))
                ready = begun + self.ahead
            yield partial(make, moment), [partial(self._prepare, pairs[max(0, k - self.ahead) : k + 1]) for k in after]

    @cached_property
    def captions(self) -> Captions | None:
        """What is written over the film."""
        if not has_captions(self.plan, self.options):
            return None
        return Captions(spell_captions(self.plan, self.options), self.options, self.size)

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
            pace = self._pace(moment.first, moment.second)
            # Where nothing stands at the photos, no pace jumps there either.
            t = (pace.joined() if self.flows else pace)(moment.progress)
            return morph.frame_at(t, final=self.final)


def _as_it_is(frame: Tensor) -> Tensor:
    return frame
