"""Pictures of what was found in a series: one file for each photo, sheets of all, and their mean."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from morphlapse.album.decode import decode
from morphlapse.album.paths import show_path
from morphlapse.album.stills import write_still
from morphlapse.alignment.cast import Cast, gather_cast
from morphlapse.alignment.targets import render_targets
from morphlapse.errors import PhotoError
from morphlapse.geometry.similarity import map_points, similarity
from morphlapse.imaging.warp import coverage, map_positions, pixel_positions, resize, resized_from_full, size_of
from morphlapse.pipeline.comparing import WRONG, mean_picture, show_matches, show_overlay, show_residual
from morphlapse.pipeline.context import Context
from morphlapse.pipeline.drawing import COLOURS, POINT_NAMES, choose_target, draw_channels, show_subject, show_targets
from morphlapse.pipeline.film import Film
from morphlapse.pipeline.frames import head_of, within
from morphlapse.pipeline.overview import plain_film
from morphlapse.pipeline.paper import (
    INK,
    Colour,
    blank,
    break_text,
    draw_over,
    lay_beside,
    load_font,
    write_above,
    write_lines,
)
from morphlapse.pipeline.report import Fate
from morphlapse.records import Box, Detection, Detections, Photo, Plan, Size, Subject
from morphlapse.subjects.scaling import scale_subject

PANEL_PX = 480
"""Long side of each picture."""

LEAST_WIDTH = 320
"""And the least width of the paper it lies on, for the text above it."""

MOST_GROWTH = 4.0
"""Small photos are enlarged by so much at most."""

SMALL_PERSON = 0.3
"""A person who takes less of the photo than this is shown alone."""

COLUMNS, ROWS, CELL = 6, 6, Size(252, 256)
"""Photos on a sheet, and the room that each has."""

THUMB, MOST_TEXT = Size(150, 224), 5
"""Of this its picture, and lines of text."""

NOTHING = blank(Size(PANEL_PX // 2, PANEL_PX))
"""What stands for a file that cannot be read."""

LONGEST_NAME, LONGEST_REASON = 80, 60
"""Letters of a photo's name, and of a reason, in a file's name."""


def write_pictures(
    folder: Path, fates: Sequence[Fate], detections: Detections, film: Film | None, *, context: Context | None = None
) -> None:
    """Write pictures of what was found, with one photo in memory at a time.

    For each photo a row beside each other, by number: who was found (mask and keypoints), what is registered (a colour
    for each target), the photo over the reference, and how much its lightness differs from the reference's. Scenes have
    the matches with the reference in place of the first two. A photo that is left out has the reason in its file's
    name. `contact-01.jpg` and so on show all in order; `mean.jpg` the mean of the photos before and after alignment.

    Parameters
    ----------
    folder : Path
        Where they go.
    fates : sequence of Fate
        Every photo, in the order of the film.
    detections : Detections
        Who is where in them.
    film : Film or None
        The plan and the frame, if any photo can be used.
    context : Context, optional
        Who listens.
    """
    context = Context() if context is None else context
    bench = None if film is None else _Bench(film)
    found = {detection.photo.path: detection for detection in detections.found}
    cells: list[Tensor] = []
    for number, fate in enumerate(fates, 1):
        context.tell("draw", number - 1, len(fates))
        row = _draw_row(fate, found.get(fate.path), bench)
        title = f"{number} {show_path(Path(fate.path.name))}"
        lines = [(title, INK), (_tell_date(fate), INK), _tell_fate(fate), *row.legend]
        write_still(write_above(_lay_out(row.panels), lines), folder / name_picture(number, fate))
        cells.append(_draw_cell(row.thumb, lines[:3]))
        if len(cells) == COLUMNS * ROWS or number == len(fates):
            write_still(_draw_sheet(cells), folder / f"contact-{math.ceil(number / (COLUMNS * ROWS)):02d}.jpg")
            cells.clear()
    if bench is not None:
        write_still(_draw_means(bench), folder / "mean.jpg")
    context.tell("draw", len(fates), len(fates))


def name_picture(number: int, fate: Fate) -> str:
    """The file name of a photo's pictures: its place, its name and why it is left out."""
    reason = "" if fate.used else f" (left out, {_plain(fate.reason or '')[:LONGEST_REASON].strip()})"
    return f"photo-{number:04d} {_plain(show_path(Path(fate.path.stem)))[:LONGEST_NAME].strip()}{reason}.jpg"


def _plain(text: str) -> str:
    """Text that any file system takes."""
    return "".join(
        letter if letter.isascii() and (letter.isalnum() or letter in " -_.,()%=") else "_" for letter in text
    )


@dataclass(frozen=True, eq=False)
class _Panel:
    """A picture and what it shows."""

    picture: Tensor
    lines: list[tuple[str, Colour]]


@dataclass(frozen=True, eq=False)
class _Row:
    """What is shown of one photo."""

    panels: list[_Panel]
    thumb: Tensor
    """What stands for it on a sheet."""
    legend: list[tuple[str, Colour]]


class _Bench:
    """A film at a small size, with its reference at hand."""

    def __init__(self, film: Film) -> None:
        small = film.options.model_copy(update={"preview": True})
        self.film = Film(film.plan, small, context=Context(film.context.device))
        self.plan: Plan = film.plan
        self.at = {entry.photo.path: k for k, entry in enumerate(film.plan.placed)}

    @cached_property
    def cast(self) -> Cast | None:
        """Who is registered, where the photos are aligned on a person."""
        if self.plan.on in ("scene", "none"):
            return None
        placed = self.plan.placed
        return gather_cast(
            [entry.detection.main for entry in placed], [entry.photo.size for entry in placed], self.plan.on
        )

    @cached_property
    def reference(self) -> Tensor:
        """The reference as it stands in the film."""
        return self.still(self.plan.reference)

    def still(self, k: int) -> Float[Tensor, "3 h w"]:
        """A photo as it stands in the film."""
        return self.film.still(k).cpu()

    def seen(self, k: int) -> Float[Tensor, "1 h w"]:
        """Where the film shows pixels of a photo."""
        back = torch.from_numpy(np.linalg.inv(self.film.canvas_from_photo(k)))
        positions = pixel_positions(self.film.size, like=back)
        return coverage(map_positions(back[None], positions), self.plan.placed[k].photo.size)[0].float()


def _draw_row(fate: Fate, detection: Detection | None, bench: _Bench | None) -> _Row:
    """The pictures of one photo."""
    try:
        k = None if bench is None else bench.at.get(fate.path)
        if detection is None:
            return _Row([_Panel(NOTHING, [])], NOTHING, [])
        if bench is None or k is None:
            panel = _draw_found(detection)
            return _Row([panel], read_view(detection.photo, None)[0], _list_points(detection.main))
        first = _draw_matches(bench, k) if bench.cast is None else [_draw_found(detection), _draw_targets(bench, k)]
        legend = [] if bench.cast is None else _list_points(detection.main)
        return _Row([*first, *_draw_places(bench, k)], bench.still(k), legend)
    except PhotoError as error:
        return _Row([_Panel(NOTHING, [(str(error), WRONG)])], NOTHING, [])


def _lay_out(panels: Sequence[_Panel]) -> Float[Tensor, "3 h w"]:
    """Panels beside each other, the pictures level."""
    font = load_font(14.0)
    sheets = [_widen(panel.picture) for panel in panels]
    counts = [
        sum(len(break_text(text, font, sheet.shape[-1] - 8)) for text, _ in panel.lines)
        for panel, sheet in zip(panels, sheets, strict=True)
    ]
    tops = zip(sheets, panels, strict=True)
    return lay_beside([write_above(sheet, panel.lines, rows=max(counts)) for sheet, panel in tops])


def _widen(picture: Float[Tensor, "3 h w"]) -> Float[Tensor, "3 h w2"]:
    """A narrow picture on wider paper."""
    narrow = LEAST_WIDTH - picture.shape[-1]
    return picture if narrow <= 0 else lay_beside([picture, blank(Size(1, narrow))], gap=0)


def _draw_found(detection: Detection) -> _Panel:
    """Who was found in a photo; alone if small."""
    subject, size = detection.main, detection.photo.size
    if subject is None:
        return _Panel(read_view(detection.photo, None)[0], [("nobody was found, or looked for", INK)])
    small = subject.box.area < SMALL_PERSON * size.width * size.height
    image, image_from_photo = read_view(detection.photo, grow_box(subject.box, 0.25) if small else None)
    others = f", {len(detection.subjects) - 1} more" if len(detection.subjects) > 1 else ""
    told = f"found: a person, sure to {subject.score:.2f}{others}"
    return _Panel(show_subject(image, scale_subject(subject, image_from_photo)), [(told, INK)])


def _draw_targets(bench: _Bench, k: int) -> _Panel:
    """What of the person is registered."""
    detection, on = bench.plan.placed[k].detection, bench.plan.on
    subject = detection.main
    assert subject is not None
    assert bench.cast is not None
    face = subject.face if on == "face" else None
    box = subject.box if face is None else head_of(face)
    image, image_from_photo = read_view(detection.photo, grow_box(box, 0.25))
    if on == "mask":
        shown = show_targets(image, scale_subject(subject, image_from_photo), on="mask")
        return _Panel(shown, [("registered: the outline", INK)])
    aim, names = choose_target(bench.cast, k)
    shown = draw_channels(image, render_targets(aim, image_from_photo, size_of(image)))
    listed = [
        (POINT_NAMES.get(name, name.replace("_", " ")), COLOURS[n % len(COLOURS)]) for n, name in enumerate(names)
    ]
    named = draw_over(shown, lambda draw, _: write_lines(draw, (4, 2), listed, load_font(14.0)))
    return _Panel(
        named, [("registered: a spot at each point" + ("" if aim.mask is None else " within the outline"), INK)]
    )


def _draw_matches(bench: _Bench, k: int) -> list[_Panel]:
    """What is found in a photo and in the reference."""
    home, entry = bench.plan.placed[bench.plan.reference].photo, bench.plan.placed[k]
    if k == bench.plan.reference or bench.plan.on == "none":
        return [_Panel(read_view(entry.photo, None)[0], [("the photo", INK)])]
    (image, image_from_photo), (other, other_from_home) = read_view(entry.photo, None), read_view(home, None)
    other_from_image = other_from_home @ entry.registration.matrix @ np.linalg.inv(image_from_photo)
    told = "matches with the reference (right): green as placed, red otherwise"
    return [_Panel(show_matches(image, other, other_from_image), [(told, INK)])]


def _draw_places(bench: _Bench, k: int) -> list[_Panel]:
    """How a photo lies on the reference, in the film's frame."""
    still, seen = bench.still(k), bench.seen(k) * bench.seen(bench.plan.reference)
    over = show_overlay(still, bench.reference)
    apart = show_residual(still, bench.reference, seen=seen)
    name = show_path(Path(bench.plan.placed[bench.plan.reference].photo.path.name))
    reason = bench.plan.placed[k].registration.reason
    return [
        _Panel(over, [(f"over the reference, {name}", INK), (reason, INK)]),
        _Panel(apart, [("difference of lightness: black none, yellow 0.5 or more", INK)]),
    ]


def _list_points(subject: Subject | None) -> list[tuple[str, Colour]]:
    """The names that belong to the numbers."""
    if subject is None or subject.keypoints is None:
        return []
    points = subject.keypoints
    listed = [
        f"{n} {name.replace('_', ' ')} {seen:.2f}"
        for n, (name, seen) in enumerate(zip(points.names, points.visibility, strict=True))
    ]
    return [("  ·  ".join(listed), (170, 170, 170))]


def grow_box(box: Box, share: float) -> Box:
    """A box with room around it, over its longer side."""
    room = share * max(box.width, box.height)
    return Box(box.left - room, box.top - room, box.right + room, box.bottom + room)


def read_view(photo: Photo, box: Box | None) -> tuple[Float[Tensor, "3 h w"], NDArray[np.float64]]:
    """Read a part of a photo, or all of it, at a panel's size.

    Returns
    -------
    Tensor, (3, H, W)
        The pixels.
    array, (3, 3)
        From pixels of the upright full-size photo to those of the view: a scaling and a shift.
    """
    whole = Box(-0.5, -0.5, photo.size.width - 0.5, photo.size.height - 0.5)
    seen = whole if box is None else within(box, photo.size)
    scale = min(MOST_GROWTH, PANEL_PX / max(seen.width, seen.height, 1.0))
    image = decode(photo, long_side=max(1, round(photo.size.long_side * min(1.0, scale))))
    if scale > 1.0:
        image = resize(image[None], Size(*(round(side * scale) for side in image.shape[-2:])))[0]
    matrix = resized_from_full(photo.size, size_of(image)).numpy()
    edges = np.array([[seen.left, seen.top], [seen.right, seen.bottom]])
    (left, top), (right, bottom) = np.round(map_points(matrix, edges) + 0.5).astype(int)
    part = image[:, top : max(bottom, top + 1), left : max(right, left + 1)]
    return part, similarity(shift=(-float(left), -float(top))) @ matrix


def _draw_cell(picture: Float[Tensor, "3 h w"], lines: Sequence[tuple[str, Colour]]) -> Float[Tensor, "3 h2 w2"]:
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


def _draw_sheet(cells: Sequence[Float[Tensor, "3 h w"]]) -> Float[Tensor, "3 h2 w2"]:
    """Cells in rows."""
    rows = math.ceil(len(cells) / COLUMNS)
    sheet = blank(Size(rows * CELL.height, COLUMNS * CELL.width))
    for number, cell in enumerate(cells):
        top, left = number // COLUMNS * CELL.height, number % COLUMNS * CELL.width
        sheet[:, top : top + CELL.height, left : left + CELL.width] = cell
    return sheet


def _draw_means(bench: _Bench) -> Float[Tensor, "3 h w"]:
    """The mean of all photos before and after alignment."""
    before = plain_film(bench.film, bench.film.size, aligned=False)
    told = f"mean of {len(bench.plan.placed)} photos"
    return _lay_out(
        [
            _Panel(mean_picture(before).cpu(), [(f"{told} before alignment", INK)]),
            _Panel(mean_picture(bench.film).cpu(), [(f"{told} aligned on {bench.plan.on}", INK)]),
        ]
    )


def _tell_date(fate: Fate) -> str:
    return "no date" if fate.date is None else f"{fate.date:%Y-%m-%d %H:%M} (from {fate.date_source})"


def _tell_fate(fate: Fate) -> tuple[str, Colour]:
    """What became of a photo, in red if it is left out."""
    if not fate.used:
        return f"left out: {fate.reason}", WRONG
    score = "" if fate.score is None else f", score {fate.score:.2f}"
    fill = fate.fill_share or 0.0
    empty = f", {100 * fill:.0f} % filled in" if fill >= 0.005 else ""
    return f"used{score}{empty}", INK
