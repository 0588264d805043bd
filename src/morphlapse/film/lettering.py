"""Captions as pictures: set in figures of one width, sharp at every size, and laid over a frame."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import fsum
from pathlib import Path
from unicodedata import bidirectional

import numpy as np
import torch
from jaxtyping import Float
from PIL import Image, ImageDraw, ImageFilter
from torch import Tensor

from morphlapse.film.fonts import Font, choose_font, load_font
from morphlapse.options import FilmOptions
from morphlapse.records import Size

MARGIN = 0.05
"""A caption keeps this distance from the border, over the frame's shorter side."""
LINE = 1.25
"""From one line to the next, over the size of the letters."""
LEAST_PX = 0.5
"""Letters are no smaller: nobody could read them, and no font can be loaded."""
OUTLINE = 0.07
"""Width of an outline, over the size of the letters."""
BLUR, DENSITY = 0.09, 0.8
"""Softness of a shadow, over the size of the letters, and how dark it is behind them."""


@dataclass(frozen=True, eq=False)
class Setting:
    """How all captions of a film are set: one font, one size, one place, so that nothing jumps between them."""

    texts: tuple[str, ...]
    """All of them."""
    options: FilmOptions
    """Place, size, colour, edge and font."""
    frame: Size
    """Of the film."""

    @cached_property
    def path(self) -> Path | None:
        """The font's file."""
        return choose_font(self.texts, self.options.font)

    @cached_property
    def px(self) -> float:
        """Size of the letters: as it is asked for, or less, so that the widest and the highest caption fit."""
        px = self.options.caption_size * self.frame.short_side
        # The width of small letters is rounded, and so does not shrink as their size does.
        while px > LEAST_PX and (fits := self._fits(px)) < 1.0:
            px *= 0.98 * fits
        return max(px, LEAST_PX)

    def _fits(self, px: float) -> float:
        """By how much more captions of such letters could grow."""
        width, height = measure(self.texts, load_font(self.path, px))
        room = 1.0 - 2.0 * MARGIN
        return min(room * self.frame.width / width, room * self.frame.height / height)

    @cached_property
    def font(self) -> Font:
        """Of that size."""
        return load_font(self.path, self.px)

    @cached_property
    def rows(self) -> slice:
        """Of the frame on which captions are drawn."""
        height = measure(self.texts, self.font)[1]
        place = split_place(self.options.caption_place)[0]
        return _band(place, height, self.frame.height, self._pad, self._margin)

    @cached_property
    def columns(self) -> slice:
        """Of the frame on which captions are drawn."""
        width = measure(self.texts, self.font)[0]
        place = split_place(self.options.caption_place)[1]
        return _band(place, width, self.frame.width, self._pad, self._margin)

    @property
    def _pad(self) -> int:
        return int(np.ceil(3.0 * BLUR * self.px)) + 1

    @property
    def _margin(self) -> float:
        return MARGIN * self.frame.short_side

    def draw(self, text: str) -> Float[Tensor, "4 h w"]:
        """A caption over `rows` and `columns`: red, green and blue, each times opacity, and opacity."""
        size = (self.columns.stop - self.columns.start, self.rows.stop - self.rows.start)
        ink = self._draw_mask(text, size, 0)
        colour, under = _colours(self.options.caption_colour)
        opacity = self._edge(text, size, ink) * (1.0 - ink)
        return torch.cat((ink * colour + opacity * under, ink + opacity))

    def _edge(self, text: str, size: tuple[int, int], ink: Tensor) -> Float[Tensor, "1 h w"]:
        """How much of what is under the letters is seen, before they are on it."""
        if self.options.caption_edge == "outline":
            return self._draw_mask(text, size, max(1, round(OUTLINE * self.px)))
        if self.options.caption_edge == "none":
            return torch.zeros_like(ink)
        thick = self._draw_mask(text, size, max(1, round(0.5 * OUTLINE * self.px)))
        image = Image.fromarray((thick[0] * 255.0).byte().numpy()).filter(ImageFilter.GaussianBlur(BLUR * self.px))
        return DENSITY * (1.5 * _tensor(image)).clamp_max(1.0)

    def _draw_mask(self, text: str, size: tuple[int, int], stroke: int) -> Float[Tensor, "1 h w"]:
        image = Image.new("L", size)
        draw = ImageDraw.Draw(image)
        side = split_place(self.options.caption_place)[1]
        baseline = self._pad + self.font.getmetrics()[0]
        for number, line in enumerate(text.split("\n")):
            free = size[0] - 2 * self._pad - measure_line(line, self.font)
            x = self._pad + {"left": 0.0, "right": free}.get(side, free / 2)
            for run, offset in set_line(line, self.font):
                at = (x + offset, baseline + round(number * LINE * self.px))
                draw.text(at, run, fill=255, font=self.font, anchor="ls", stroke_width=stroke)
        return _tensor(image)


def split_place(place: str) -> tuple[str, str]:
    """How a place lies up and down (top, centre, bottom) and across (left, centre, right)."""
    words = place.split("-")
    down = next((word for word in words if word in ("top", "bottom")), "centre")
    return down, next((word for word in words if word in ("left", "right")), "centre")


def _band(place: str, length: float, whole: int, pad: int, margin: float) -> slice:
    """Where a block lies along one side of the frame, with room about it for its edge."""
    length = int(np.ceil(length))
    near, far = round(margin), round(whole - margin - length)
    start = near if place in ("top", "left") else far if place in ("bottom", "right") else round((whole - length) / 2)
    return slice(start - pad, start + length + pad)


def _colours(name: str) -> tuple[Float[Tensor, "3 1 1"], Float[Tensor, "3 1 1"]]:
    """A colour, and black or white, whichever is farther from it."""
    colour = torch.tensor(list(bytes.fromhex(name[1:]))).view(3, 1, 1) / 255.0
    luma = float((colour[:, 0, 0] * torch.tensor([0.2126, 0.7152, 0.0722])).sum())
    return colour, torch.full_like(colour, 0.0 if luma > 0.4 else 1.0)


def _tensor(image: Image.Image) -> Float[Tensor, "1 h w"]:
    return torch.from_numpy(np.array(image))[None].float() / 255.0


def set_line(line: str, font: Font) -> Iterator[tuple[str, float]]:
    """The pieces of a line and how far from its start each is drawn: every figure in a cell of one width.

    So a number that counts stands still. A line that is written from right to left is one piece.
    """
    if any(bidirectional(c) in ("R", "AL") for c in line):
        yield line, 0.0
        return
    x, cell = 0.0, _cell(font)
    for run in re.findall(r"[0-9]|[^0-9]+", line):
        if run.isdigit():
            yield run, x + (cell - font.getlength(run)) / 2
            x += cell
        else:
            yield run, x
            x += font.getlength(run)


def measure_line(line: str, font: Font) -> float:
    """Width of a line."""
    if any(bidirectional(c) in ("R", "AL") for c in line):
        return font.getlength(line)
    return fsum(_cell(font) if run.isdigit() else font.getlength(run) for run in re.findall(r"[0-9]|[^0-9]+", line))


def _cell(font: Font) -> float:
    return max(font.getlength(figure) for figure in "0123456789")


def measure(texts: Sequence[str], font: Font) -> tuple[float, float]:
    """Width of the widest text and height of the highest one."""
    ascent, descent = font.getmetrics()
    lines = [text.split("\n") for text in texts]
    width = max(measure_line(line, font) for each in lines for line in each)
    return max(width, 1.0), ascent + descent + (max(map(len, lines)) - 1) * LINE * font.size


def lay_over(
    frame: Float[Tensor, "c h w"], lettering: Float[Tensor, "4 h2 w2"], rows: slice, columns: slice
) -> Float[Tensor, "c h w"]:
    """A frame, which may have alpha as a fourth channel, with a caption on it; the frame itself is not changed.

    The part of a caption's edge that would lie beyond the frame is left out; letters never do.
    """
    height, width = frame.shape[-2:]
    top, left = max(rows.start, 0), max(columns.start, 0)
    bottom, right = min(rows.stop, height), min(columns.stop, width)
    seen = lettering[:, top - rows.start : bottom - rows.start, left - columns.start : right - columns.start]
    out = frame.clone()
    out[:, top:bottom, left:right] = _cover(frame[:, top:bottom, left:right], seen)
    return out


def _cover(under: Float[Tensor, "c h w"], seen: Float[Tensor, "4 h w"]) -> Float[Tensor, "c h w"]:
    """Lay what is seen, its colours times its opacity, over a picture (Porter and Duff 1984)."""
    free = 1.0 - seen[3:]
    if len(under) == 3:
        return under * free + seen[:3]
    alpha = under[3:] * free + seen[3:]
    return torch.cat(((under[:3] * under[3:] * free + seen[:3]) / alpha.clamp_min(1e-6), alpha))
