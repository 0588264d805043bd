"""Dark paper: pictures beside each other, text above them, and what is drawn over them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from PIL import ImageDraw
from torch import Tensor

from morphlapse.imaging.warp import size_of
from morphlapse.pipeline.pictures import tensor_from

if TYPE_CHECKING:
    pass

from collections.abc import Callable

from PIL import Image, ImageFont

from morphlapse.records import Size

Colour = tuple[int, int, int]

PAPER: Colour = (24, 24, 24)
INK: Colour = (235, 235, 235)


def draw_over(
    photo: Float[Tensor, "3 h w"], paint: Callable[[ImageDraw.ImageDraw, float], None]
) -> Float[Tensor, "3 h w"]:
    """Let a function draw over a picture; it gets the unit, which is a pixel at a long side of 640."""
    levels = (photo.clamp(0.0, 1.0) * 255.0).round().byte().movedim(0, 2).contiguous().numpy()
    layer = Image.new("RGBA", (photo.shape[-1], photo.shape[-2]))
    paint(ImageDraw.Draw(layer), max(1.0, size_of(photo).long_side / 640.0))
    return tensor_from(Image.alpha_composite(Image.fromarray(levels).convert("RGBA"), layer))


def load_font(height_px: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The font that Pillow brings along."""
    return ImageFont.load_default(max(8.0, height_px))


def lay_beside(pictures: Sequence[Float[Tensor, "3 _h _w"]], *, gap: int = 8) -> Float[Tensor, "3 h2 w2"]:
    """Pictures from left to right, their tops level, on dark paper."""
    size = Size(max(each.shape[-2] for each in pictures), sum(each.shape[-1] + gap for each in pictures) - gap)
    sheet = blank(size)
    left = 0
    for each in pictures:
        sheet[:, : each.shape[-2], left : left + each.shape[-1]] = each.cpu()
        left += each.shape[-1] + gap
    return sheet


def lay_in_rows(
    cells: Iterable[Float[Tensor, "3 _h _w"]], cell: Size, shape: tuple[int, int]
) -> Float[Tensor, "3 h2 w2"]:
    """Cells of one size in so many rows and columns, on dark paper; one at a time is asked for."""
    rows, columns = shape
    sheet = blank(Size(rows * cell.height, columns * cell.width))
    for number, each in enumerate(cells):
        top, left = number // columns * cell.height, number % columns * cell.width
        sheet[:, top : top + cell.height, left : left + cell.width] = each
    return sheet


def blank(size: Size) -> Float[Tensor, "3 h w"]:
    """Dark paper."""
    return (torch.tensor(PAPER)[:, None, None] / 255.0).repeat(1, size.height, size.width)


def write_above(
    picture: Float[Tensor, "3 h w"], lines: Sequence[tuple[str, Colour]], *, rows: int = 0
) -> Float[Tensor, "3 h2 w"]:
    """Put lines of text on a strip of paper above a picture, at least `rows` high; what is too long is broken."""
    font = load_font(14.0)
    broken = [(part, colour) for text, colour in lines for part in break_text(text, font, picture.shape[-1] - 8)]
    strip = blank(Size(18 * max(rows, len(broken)) + 6, picture.shape[-1]))
    drawn = draw_over(strip, lambda draw, _: write_lines(draw, (4, 2), broken, font))
    return torch.cat([drawn, picture], dim=1)


def write_lines(
    draw: ImageDraw.ImageDraw,
    corner: tuple[int, int],
    lines: Sequence[tuple[str, Colour]],
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
) -> None:
    """Write lines under each other."""
    for number, (text, colour) in enumerate(lines):
        draw.text((corner[0], corner[1] + 18 * number), text, (*colour, 255), font)


def break_text(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int) -> list[str]:
    """Break a text into lines of at most a width, between words where that can be done."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= width:
            lines[-1] = longer
            continue
        if lines[-1]:
            lines.append("")
        for letter in word:
            if font.getlength(lines[-1] + letter) > width and lines[-1]:
                lines.append("")
            lines[-1] += letter
    return lines


def tensor_from_colour(colour: Colour, like: Tensor) -> Float[Tensor, "3 1 1"]:
    """Red, green and blue, 0 to 1, to be spread over a picture."""
    return like.new_tensor(colour)[:, None, None] / 255.0
