"""What is seen in a photo, and how well photos lie on each other, as pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal

import cv2
import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from morphlapse.alignment.cast import Cast, gather_cast
from morphlapse.alignment.targets import Aim, render_targets
from morphlapse.errors import AlignmentError, OptionError
from morphlapse.geometry.similarity import map_points
from morphlapse.imaging.compare import lightness_of
from morphlapse.imaging.features import match_images
from morphlapse.imaging.warp import size_of
from morphlapse.pipeline.pictures import Picture, tensor_from
from morphlapse.records import Keypoints, Size, Subject
from morphlapse.subjects.scaling import paint_mask

if TYPE_CHECKING:
    from morphlapse.pipeline.film import Film

Colour = tuple[int, int, int]

COLOURS: tuple[Colour, ...] = (
    (255, 80, 80),
    (80, 220, 90),
    (90, 140, 255),
    (255, 205, 50),
    (225, 90, 255),
    (60, 225, 225),
    (255, 140, 40),
    (190, 255, 130),
)
"""One for each channel of targets, again from the first where there are more."""

POINT_NAMES = {
    "mesh_33": "right eye, outer corner",
    "mesh_133": "right eye, inner corner",
    "mesh_362": "left eye, inner corner",
    "mesh_263": "left eye, outer corner",
    "mesh_2": "nose, base",
    "mesh_1": "nose, tip",
    "mesh_61": "mouth, right corner",
    "mesh_291": "mouth, left corner",
}
"""What the mesh's points are called; right and left are the person's own."""

MASK: Colour = (40, 200, 255)
JOINT: Colour = (255, 235, 60)
FACE: Colour = (255, 110, 200)
RIGHT: Colour = (70, 240, 90)
WRONG: Colour = (255, 70, 70)
UNSEEN: Colour = (96, 96, 96)

MOST_RESIDUAL = 0.5
"""Difference of lightness that is shown as bright as can be."""

NEAR = 0.02
"""Matches that a placement explains lie so close to where it puts them, over the picture's long side."""

MOST_MATCHES = 60
"""The clearest are drawn."""

PAPER: Colour = (24, 24, 24)
INK: Colour = (235, 235, 235)


def show_subject(image: Picture, subject: Subject) -> Float[Tensor, "3 h w"]:
    """Show who was found in a photo.

    Parameters
    ----------
    image : picture
        The photo.
    subject : Subject
        One person, in pixels of that picture.

    Returns
    -------
    Tensor, (3, H, W)
        The photo with the person's mask tinted and outlined, the body's keypoints numbered by their place in
        `subject.keypoints.names`, the face's in another colour; the surer a point is seen, the more opaque it is.
    """
    photo = tensor_from(image).detach().cpu()
    if subject.mask is not None:
        inside = paint_mask(subject.mask, size_of(photo), np.eye(3))
        photo = torch.lerp(photo, _tint(MASK, photo), 0.35 * inside)
        edges, _ = cv2.findContours((inside[0] > 0.5).byte().numpy(), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        photo = draw_over(photo, lambda draw, unit: _draw_outlines(draw, edges, unit))
    if subject.keypoints is not None:
        body = subject.keypoints
        photo = draw_over(photo, lambda draw, unit: _draw_points(draw, body, JOINT, unit, numbered=True))
    if subject.face is not None:
        face = subject.face.keypoints
        photo = draw_over(photo, lambda draw, unit: _draw_points(draw, face, FACE, unit, numbered=False))
    return photo


def show_targets(
    image: Picture, subject: Subject, on: Literal["body", "face", "mask"] = "body"
) -> Float[Tensor, "3 h w"]:
    """Show what of a person is registered: the mask times a Gaussian around each keypoint, one colour each.

    Parameters
    ----------
    image : picture
        The photo.
    subject : Subject
        One person, in pixels of that picture.
    on : "body", "face" or "mask"
        What photos are aligned on. In a series the side of the body is that which most photos show; here, that which
        this one shows.

    Raises
    ------
    AlignmentError
        If the photo shows too little of it.
    """
    photo = tensor_from(image).detach().cpu()
    cast = gather_cast([subject], [size_of(photo)], on)
    if cast.reasons[0] is not None:
        raise AlignmentError(f"there are no targets on the {on}, for {cast.reasons[0]}")
    if on == "mask":
        return draw_channels(photo, _mask_channel(subject, photo, np.eye(3)))
    return draw_channels(photo, render_targets(choose_target(cast, 0)[0], np.eye(3), size_of(photo)))


def choose_target(cast: Cast, k: int) -> tuple[Aim, tuple[str, ...]]:
    """What is registered of photo k, and the names of its points: the targets alone where it shows them all."""
    scheme = cast.evidence.scheme
    share = cast.evidence.trust[k] * scheme.weight
    if (share[: scheme.targets] > 0.0).all():
        share[scheme.targets :] = 0.0
    return cast.aim(k, share), tuple(name for name, each in zip(scheme.names, share, strict=True) if each > 0.0)


def _mask_channel(subject: Subject, like: Tensor, image_from_photo: NDArray[np.float64]) -> Float[Tensor, "1 h w"]:
    assert subject.mask is not None
    return paint_mask(subject.mask, size_of(like), image_from_photo)


def draw_channels(photo: Float[Tensor, "3 h w"], channels: Float[Tensor, "k h w"]) -> Float[Tensor, "3 h w"]:
    """Lay channels over a darkened photo, each in its colour and as bright as can be at its highest."""
    shown = 0.3 * lightness_of(photo[None])[0].expand(3, -1, -1)
    for k, channel in enumerate(channels):
        shown = shown + _tint(COLOURS[k % len(COLOURS)], photo) * channel / channel.max().clamp_min(1e-6)
    return shown.clamp(0.0, 1.0)


def show_overlay(a: Picture, b: Picture) -> Float[Tensor, "3 h w"]:
    """Show two pictures of one size through each other, half of each: what agrees is sharp, what does not is double."""
    first, second = _pair(a, b)
    return torch.lerp(first, second, 0.5)


def show_residual(a: Picture, b: Picture, *, seen: Float[Tensor, "1 h w"] | None = None) -> Float[Tensor, "3 h w"]:
    """Show how much the lightness of two pictures of one size differs.

    Parameters
    ----------
    a, b : picture
        Such as two stills of a film.
    seen : Tensor, (1, H, W), optional
        1 where both pictures are known; elsewhere the result is grey.

    Returns
    -------
    Tensor, (3, H, W)
        Black where they agree, by violet and orange to yellow where lightness differs by half of its range or more.
    """
    first, second = _pair(a, b)
    apart = (lightness_of(first[None]) - lightness_of(second[None]))[0, 0].abs() / MOST_RESIDUAL
    levels = (apart.clamp(0.0, 1.0) * 255.0).round().byte().numpy()
    mapped = cv2.cvtColor(cv2.applyColorMap(levels, cv2.COLORMAP_INFERNO), cv2.COLOR_BGR2RGB)
    shown = tensor_from(mapped)
    return shown if seen is None else torch.lerp(_tint(UNSEEN, shown).expand_as(shown), shown, seen.cpu())


def show_matches(a: Picture, b: Picture, b_from_a: NDArray[np.float64]) -> Float[Tensor, "3 h w"]:
    """Show two pictures beside each other, with lines between what was found in both.

    Parameters
    ----------
    a, b : picture
        Of any two sizes.
    b_from_a : array, (3, 3)
        Where a placement puts points of a: matches that agree with it are green, others red.
    """
    first, second = (tensor_from(each).detach().cpu() for each in (a, b))
    here, there = match_images(first, second)
    apart = np.linalg.norm(map_points(b_from_a, here) - there, axis=1) if len(here) else np.zeros(0)
    right = apart < NEAR * size_of(second).long_side
    chosen = [*np.flatnonzero(~right)[: MOST_MATCHES // 2], *np.flatnonzero(right)[:MOST_MATCHES]]
    across = there + np.array([first.shape[-1], 0])
    lines = [(here[k], across[k], RIGHT if right[k] else WRONG) for k in chosen]
    return draw_over(lay_beside([first, second], gap=0), lambda draw, unit: _draw_lines(draw, lines, unit))


def mean_picture(film: Film) -> Float[Tensor, "3 h w"]:
    """The mean of all photos of a film as they stand in it: what is held still is sharp.

    One photo at a time is read. Of a plan that is aligned on "none" it is the mean before alignment.
    """
    mean = film.still(0).clone()
    for number in range(1, len(film.plan.placed)):
        mean += (film.still(number).to(mean) - mean) / (number + 1)
    return mean


def _pair(a: Picture, b: Picture) -> tuple[Tensor, Tensor]:
    first, second = (tensor_from(each).detach().cpu() for each in (a, b))
    if size_of(first) != size_of(second):
        raise OptionError(f"the two pictures must be of one size, got {size_of(first)} and {size_of(second)}")
    return first, second


def _tint(colour: Colour, like: Tensor) -> Float[Tensor, "3 1 1"]:
    return like.new_tensor(colour)[:, None, None] / 255.0


def draw_over(
    photo: Float[Tensor, "3 h w"], paint: Callable[[ImageDraw.ImageDraw, float], None]
) -> Float[Tensor, "3 h w"]:
    """Let a function draw over a picture; it gets the unit, which is a pixel at a long side of 640."""
    levels = (photo.clamp(0.0, 1.0) * 255.0).round().byte().movedim(0, 2).contiguous().numpy()
    layer = Image.new("RGBA", (photo.shape[-1], photo.shape[-2]))
    paint(ImageDraw.Draw(layer), max(1.0, size_of(photo).long_side / 640.0))
    return tensor_from(Image.alpha_composite(Image.fromarray(levels).convert("RGBA"), layer))


def _draw_outlines(draw: ImageDraw.ImageDraw, edges: Sequence[NDArray[Any]], unit: float) -> None:
    for edge in edges:
        points = [(int(x), int(y)) for x, y in edge[:, 0]]
        draw.line([*points, points[0]], fill=(*MASK, 255), width=round(1.5 * unit))


def _draw_points(draw: ImageDraw.ImageDraw, points: Keypoints, colour: Colour, unit: float, *, numbered: bool) -> None:
    radius = 3.0 * unit
    shades = [(*colour, round(40 + 215 * float(seen))) for seen in points.visibility]
    for (x, y), shade in zip(points.xy, shades, strict=True):
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=shade, outline=(0, 0, 0, shade[3]))
    for number in _choose_labels(points, 10.0 * unit) if numbered else ():
        x, y = points.xy[number] + [1.3 * radius, -2.5 * radius]
        stroke, shade = round(unit), shades[number]
        draw.text(
            (x, y), str(number), shade, load_font(11.0 * unit), stroke_width=stroke, stroke_fill=(0, 0, 0, shade[3])
        )


def _choose_labels(points: Keypoints, room_px: float) -> list[int]:
    """Points that get a number: the surest first, and of those that crowd together one."""
    chosen: list[int] = []
    for number in np.argsort(-points.visibility, kind="stable"):
        if all(np.linalg.norm(points.xy[number] - points.xy[other]) >= room_px for other in chosen):
            chosen.append(int(number))
    return chosen


def _draw_lines(draw: ImageDraw.ImageDraw, lines: Sequence[tuple[NDArray, NDArray, Colour]], unit: float) -> None:
    for start, end, colour in lines:
        draw.line([tuple(start), tuple(end)], fill=(*colour, 170), width=round(unit))
        for x, y in (start, end):
            draw.ellipse((x - 2 * unit, y - 2 * unit, x + 2 * unit, y + 2 * unit), outline=(*colour, 255))


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
