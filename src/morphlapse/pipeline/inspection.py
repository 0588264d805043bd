"""Pictures of what was found in a series: one file for each photo, sheets of all, and their mean."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jaxtyping import Float
from torch import Tensor

from morphlapse.album.paths import show_path
from morphlapse.album.stills import write_still
from morphlapse.errors import PhotoError
from morphlapse.pipeline.comparing import WRONG, mean_picture
from morphlapse.pipeline.contact_sheet import COLUMNS, ROWS, draw_cell, draw_sheet
from morphlapse.pipeline.context import Context
from morphlapse.pipeline.film import Film
from morphlapse.pipeline.overview import plain_film
from morphlapse.pipeline.panels import (
    Panel,
    draw_found,
    draw_matches,
    draw_places,
    draw_targets,
    lay_out_panels,
    list_points,
)
from morphlapse.pipeline.paper import INK, Colour, blank, write_above
from morphlapse.pipeline.preview import Preview
from morphlapse.pipeline.report import Fate, tell_date
from morphlapse.pipeline.views import PANEL_PX, read_view
from morphlapse.records import Detection, Detections, Size

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
    preview = None if film is None else Preview(film)
    found = {detection.photo.path: detection for detection in detections.found}
    cells: list[Tensor] = []
    for number, fate in enumerate(fates, 1):
        context.tell("draw", number - 1, len(fates))
        row = _draw_row(fate, found.get(fate.path), preview)
        title = f"{number} {show_path(Path(fate.path.name))}"
        lines = [(title, INK), (_tell_date(fate), INK), _tell_fate(fate), *row.legend]
        write_still(write_above(lay_out_panels(row.panels), lines), folder / name_picture(number, fate))
        cells.append(draw_cell(row.thumb, lines[:3]))
        if len(cells) == COLUMNS * ROWS or number == len(fates):
            write_still(draw_sheet(cells), folder / f"contact-{math.ceil(number / (COLUMNS * ROWS)):02d}.jpg")
            cells.clear()
    if preview is not None:
        write_still(_draw_means(preview), folder / "mean.jpg")
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
class _Row:
    """What is shown of one photo."""

    panels: list[Panel]
    thumb: Tensor
    """What stands for it on a sheet."""
    legend: list[tuple[str, Colour]]


def _draw_row(fate: Fate, detection: Detection | None, preview: Preview | None) -> _Row:
    """The pictures of one photo."""
    try:
        k = None if preview is None else preview.at.get(fate.path)
        if detection is None:
            return _Row([Panel(NOTHING, [])], NOTHING, [])
        if preview is None or k is None:
            panel = draw_found(detection)
            return _Row([panel], read_view(detection.photo, None)[0], list_points(detection.main))
        first = draw_matches(preview, k) if preview.cast is None else [draw_found(detection), draw_targets(preview, k)]
        legend = [] if preview.cast is None else list_points(detection.main)
        return _Row([*first, *draw_places(preview, k)], preview.still(k), legend)
    except PhotoError as error:
        return _Row([Panel(NOTHING, [(str(error), WRONG)])], NOTHING, [])


def _draw_means(preview: Preview) -> Float[Tensor, "3 h w"]:
    """The mean of all photos before and after alignment."""
    before = plain_film(preview.film, preview.film.size, aligned=False)
    told = f"mean of {len(preview.plan.placed)} photos"
    return lay_out_panels(
        [
            Panel(mean_picture(before).cpu(), [(f"{told} before alignment", INK)]),
            Panel(mean_picture(preview.film).cpu(), [(f"{told} aligned on {preview.plan.on}", INK)]),
        ]
    )


def _tell_date(fate: Fate) -> str:
    return "no date" if fate.date is None else f"{tell_date(fate.date)} (from {fate.date_source})"


def _tell_fate(fate: Fate) -> tuple[str, Colour]:
    """What became of a photo, in red if it is left out."""
    if not fate.used:
        return f"left out: {fate.reason}", WRONG
    score = "" if fate.score is None else f", score {fate.score:.2f}"
    fill = fate.fill_share or 0.0
    empty = f", {100 * fill:.0f} % filled in" if fill >= 0.005 else ""
    return f"used{score}{empty}", INK
