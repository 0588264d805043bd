"""A film's captions: what each photo's says, and how one goes over into the next."""

from __future__ import annotations

from functools import cached_property

import torch
from jaxtyping import Float
from torch import Tensor

from morphlapse.film.caption import Facts, spell_caption
from morphlapse.film.lettering import Setting, lay_over
from morphlapse.film.timeline import Moment, ease
from morphlapse.options import FilmOptions
from morphlapse.pipeline.ahead import Recent
from morphlapse.records import Plan, Size

KEPT = 4
"""How many captions are held as pictures."""


class Captions:
    """The captions of a film, drawn once each and laid over its frames.

    Parameters
    ----------
    plan : Plan
        Its photos.
    options : FilmOptions
        What they say, and how they look.
    frame : Size
        Of the film.
    """

    def __init__(self, plan: Plan, options: FilmOptions, frame: Size) -> None:
        photos = [entry.photo for entry in plan.placed]
        first = min((photo.date.date() for photo in photos if photo.date is not None), default=None)
        self.texts = tuple(
            spell_caption(options, Facts(photo.path.stem, number, len(photos), photo.date, first))
            for number, photo in enumerate(photos, 1)
        )
        self._options, self._frame = options, frame
        self._drawn: Recent[str, Tensor] = Recent(KEPT)

    @property
    def note(self) -> str | None:
        """What is to be told, where photos have no caption."""
        bare = self.texts.count(None)
        if not bare:
            return None
        return f"{bare} {'photo has' if bare == 1 else 'photos have'} no caption, for a date is missing or is too early"

    @cached_property
    def setting(self) -> Setting | None:
        """How they are set; None where no photo has one."""
        texts = tuple(dict.fromkeys(text for text in self.texts if text is not None))
        return Setting(texts, self._options, self._frame) if texts else None

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
