"""A film's captions: what each photo's says, and how one goes over into the next."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import torch
from jaxtyping import Float
from torch import Tensor

from morphlapse.film.caption import Facts, clean_caption, spell_caption
from morphlapse.film.easing import ease
from morphlapse.film.lettering import Setting, lay_over
from morphlapse.film.timeline import Moment
from morphlapse.options import FilmOptions
from morphlapse.pipeline.ahead import Recent
from morphlapse.records import Plan, Size

KEPT = 4
"""How many captions are held as pictures."""


def spell_captions(plan: Plan, options: FilmOptions) -> tuple[str | None, ...]:
    """What the caption of each photo of a film says; None where it has none."""
    photos = [entry.photo for entry in plan.placed]
    first = min((photo.date.date() for photo in photos if photo.date is not None), default=None)
    return tuple(
        spell_caption(options, Facts(entry.photo.path.stem, number, len(photos), entry.photo.date, first))
        if entry.caption is None
        else clean_caption(entry.caption)
        for number, entry in enumerate(plan.placed, 1)
    )


def has_captions(plan: Plan, options: FilmOptions) -> bool:
    """Whether anything is to be written over a film."""
    return options.caption is not None or any(entry.caption for entry in plan.placed)


class Captions:
    """The captions of a film, drawn once each and laid over its frames.

    Parameters
    ----------
    texts : sequence of str or None
        What that of each photo says.
    options : FilmOptions
        How they look.
    frame : Size
        Of the film.
    every : sequence of str, optional
        All captions of the film, where `texts` are those of a part: they share one size.
    """

    def __init__(
        self, texts: Sequence[str | None], options: FilmOptions, frame: Size, *, every: Sequence[str] = ()
    ) -> None:
        self.texts = tuple(texts)
        self.every = tuple(every) or tuple(dict.fromkeys(text for text in texts if text is not None))
        self._options, self._frame = options, frame
        self._drawn: Recent[str, Tensor] = Recent(KEPT)

    @property
    def note(self) -> str | None:
        """What is to be told, where photos have no caption."""
        bare = self.texts.count(None)
        if not bare or self._options.caption is None:
            return None
        return f"{bare} {'photo has' if bare == 1 else 'photos have'} no caption, for a date is missing or is too early"

    @cached_property
    def setting(self) -> Setting | None:
        """How they are set; None where no photo has one."""
        return Setting(self.every, self._options, self._frame) if self.every else None

    def over(self, frame: Float[Tensor, "c h w"], moment: Moment) -> Float[Tensor, "c h w"]:
        """The frame of a moment with its caption.

        Between photos, one caption becomes the other in the middle third of the way; what both have in common stands.
        """
        if self.setting is None:
            return frame
        first, second = self.texts[moment.first], self.texts[moment.second]
        share = ease(3.0 * moment.progress - 1.0, "smooth") if first != second else 0.0
        if share in (0.0, 1.0):
            text = second if share else first
            return frame if text is None else self._lay(frame, self._draw(text))
        return self._lay(frame, torch.lerp(self._draw(first), self._draw(second), share))

    def _lay(self, frame: Tensor, lettering: Tensor) -> Tensor:
        assert self.setting is not None
        return lay_over(frame, lettering.to(frame), self.setting.rows, self.setting.columns)

    def _draw(self, text: str | None) -> Tensor:
        setting = self.setting
        assert setting is not None
        return self._drawn.get(text or "", lambda: setting.draw(text or ""))
