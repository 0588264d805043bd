"""Contact sheets of what was found: each photo with some lines of text, in rows."""

from __future__ import annotations

import math
from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor

from morphlapse.imaging.warp import resize
from morphlapse.pipeline.paper import Colour, blank, break_text, draw_over, lay_in_rows, load_font, write_lines
from morphlapse.records import Size

COLUMNS, ROWS, CELL = 6, 6, Size(252, 256)
"""Photos on a sheet, and the room that each has."""

THUMB, MOST_TEXT = Size(150, 224), 5
"""Of this its picture, and lines of text."""


def draw_cell(picture: Float[Tensor, "3 h w"], lines: Sequence[tuple[str, Colour]]) -> Float[Tensor, "3 h2 w2"]:
    """A photo on a sheet."""
    room = THUMB.width / picture.shape[-1], THUMB.height / picture.shape[-2]
    size = Size(*(max(1, math.floor(side * min(room))) for side in picture.shape[-2:]))
    cell = blank(CELL)
    left, top = (CELL.width - size.width) // 2, THUMB.height - size.height + 4
    cell[:, top : top + size.height, left : left + size.width] = resize(picture[None], size)[0]
    font = load_font(13.0)
    name, date, *rest = ([(part, colour) for part in break_text(text, font, CELL.width - 12)] for text, colour in lines)
    told = [name[0], *date, *(line for lines in rest for line in lines)][:MOST_TEXT]
    return draw_over(cell, lambda draw, _: write_lines(draw, (6, THUMB.height + 8), told, font))


def draw_sheet(cells: Sequence[Float[Tensor, "3 h w"]]) -> Float[Tensor, "3 h2 w2"]:
    """Cells in rows."""
    return lay_in_rows(cells, CELL, (math.ceil(len(cells) / COLUMNS), COLUMNS))
