"""What shows a series at a glance, besides its film: a contact sheet, before and after, the mean."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from morphlapse.album.stills import write_still
from morphlapse.errors import EncodeError, OptionError
from morphlapse.film.encode import write_frames
from morphlapse.film.formats import choose_encoding
from morphlapse.imaging.warp import fit_within, resize
from morphlapse.options import PICTURE_SUFFIXES, FilmOptions, OverviewOptions
from morphlapse.pipeline.comparing import mean_picture
from morphlapse.pipeline.context import Context
from morphlapse.pipeline.film import Film
from morphlapse.pipeline.paper import (
    INK,
    blank,
    draw_over,
    lay_beside,
    lay_in_rows,
    load_font,
    write_above,
    write_lines,
)
from morphlapse.pipeline.placing import fit_centre
from morphlapse.records import Placed, Size

SHEET_PX = 6000
"""Width of a contact sheet, about, at most."""
TILE_PX = (96, 360)
"""Long side of a photo on it: at least, at most."""
TEXT_PX = 22
"""Height of the line under it."""
HALF_PX = 960
"""Long side of each half of before and after, at most."""
COMPARED = 4
"""So many photos a picture of before and after shows."""


def check_overview(options: OverviewOptions, sources: Sequence[str | Path], output: str | Path) -> None:
    """Refuse what cannot be written, before any work.

    Raises
    ------
    OptionError
        If two results would be one file, or a film of before and after can have no such name.
    EncodeError
        If a result would lie among the photos, where it would be read as one, or take the place of one.
    """
    taken = {Path(os.path.realpath(output))}
    for path in (options.sheet, options.before_after, options.mean):
        if path is None:
            continue
        place = Path(os.path.realpath(path))
        if place in taken:
            raise OptionError(f"{path}: two results cannot have one name; choose another")
        taken.add(place)
        for source in map(Path, sources):
            home = Path(os.path.realpath(source))
            if place == home or (source.is_dir() and home in place.parents and is_picture(path)):
                raise EncodeError(f"{path} is one of the photos, or would be read as one; choose a place outside")
    if options.before_after is not None and not is_picture(options.before_after):
        choose_encoding(options.before_after)


def is_picture(path: Path) -> bool:
    """Whether a name is that of a picture rather than of a film."""
    return path.suffix.lower() in PICTURE_SUFFIXES


def write_overview(film: Film, options: OverviewOptions, context: Context) -> None:
    """Write what is asked for; each file is renamed into its place when it is whole.

    Parameters
    ----------
    film : Film
        A series. What is transparent in it is shown as it is in its photos.
    options : OverviewOptions
        What is written, and where to.
    context : Context
        Gets a step of progress for each.
    """
    wanted = [options.sheet, options.mean, options.before_after]
    total = sum(path is not None for path in wanted)
    if total == 0:
        return
    after = plain_film(film, film.size) if film.transparent else film
    done = 0
    for path, write in zip(wanted, (_write_sheet, _write_mean, _write_comparison), strict=True):
        if path is not None:
            context.tell("write", done, total)
            write(after, path)
            done += 1
    context.tell("write", done, total)


def plain_film(film: Film, size: Size, *, aligned: bool = True) -> Film:
    """The same series without tricks: photos dissolve into each other, aligned or as they were taken."""
    fill = "blur" if film.options.fill == "transparent" else film.options.fill
    changes = {"size": (size.width, size.height), "preview": False, "fill": fill, "codec": "auto"}
    if film.options.transition == "morph":
        changes["transition"] = "dissolve"
    plan = film.plan
    if not aligned:
        home = plan.placed[plan.reference].photo.size
        laid = tuple(_as_taken(entry, home) for entry in plan.placed)
        plan = replace(plan, placed=laid, on="none", level_rad=0.0)
        changes |= {"fit": "auto", "zoom": 1.0, "offset_x": 0.0, "offset_y": 0.0, "grade": 0.0}
    options = FilmOptions.model_validate({**dict(film.options), **changes})
    plain = Film(plan, options, context=Context(film.context.device))
    if aligned:
        plain.lighting = film.lighting
    return plain


def _as_taken(entry: Placed, home: Size) -> Placed:
    """A photo as its file shows it, only laid over the reference."""
    taken = replace(entry.detection, photo=replace(entry.photo, mirrored=None))
    return Placed(taken, fit_centre(entry.photo.size, home))


def _write_mean(film: Film, path: Path) -> None:
    write_still(mean_picture(film).cpu(), path)


def _write_sheet(film: Film, path: Path) -> None:
    write_still(draw_sheet(film), path)


def draw_sheet(film: Film) -> Float[Tensor, "3 h w"]:
    """Every photo as it stands in the film, in rows, with its date."""
    count, aspect = len(film.plan.placed), film.size.aspect
    columns = max(1, math.ceil(math.sqrt(count / aspect)))
    width = min(TILE_PX[1], max(TILE_PX[0], SHEET_PX // columns))
    tile = fit_within(film.size, max(1, round(min(width, width * aspect) / min(1.0, aspect))))
    cells = (_draw_tile(film.still(number), entry, tile) for number, entry in enumerate(film.plan.placed))
    return lay_in_rows(cells, _cell_of(tile), (math.ceil(count / columns), columns))


def _cell_of(tile: Size) -> Size:
    return Size(tile.height + TEXT_PX, tile.width + 4)


def _draw_tile(still: Float[Tensor, "3 h w"], entry: Placed, tile: Size) -> Float[Tensor, "3 h2 w2"]:
    """A photo with its date below."""
    cell = blank(_cell_of(tile))
    cell[:, : tile.height, : tile.width] = resize(still[None], tile)[0].cpu()
    text = "" if entry.photo.date is None else entry.photo.date.date().isoformat()
    font = load_font(13.0)
    return draw_over(cell, lambda draw, _: write_lines(draw, (4, tile.height + 2), [(text, INK)], font))


def _write_comparison(film: Film, path: Path) -> None:
    small = fit_within(film.size, HALF_PX)
    size = Size(max(16, small.height // 2 * 2), max(16, small.width // 2 * 2))
    before, after = (plain_film(film, size, aligned=aligned) for aligned in (False, True))
    if is_picture(path):
        write_still(draw_comparison(before, after), path)
    else:
        write_frames(_beside(before, after), path, size=Size(size.height, 2 * size.width), fps=film.options.fps)


def _beside(before: Film, after: Film) -> Iterator[Float[Tensor, "3 h w"]]:
    for moment in after.timeline.moments():
        yield torch.cat((before.show(moment), after.show(moment)), dim=-1)


def draw_comparison(before: Film, after: Film) -> Float[Tensor, "3 h w"]:
    """A few photos of a series as they were taken, and below them as they are aligned."""
    last = len(after.plan.placed) - 1
    chosen = sorted({round(k * last / (COMPARED - 1)) for k in range(COMPARED)})
    rows = []
    for film, text in ((before, "as they were taken"), (after, f"aligned on {after.plan.on}")):
        tile = fit_within(film.size, HALF_PX // 2)
        row = lay_beside([resize(film.still(k)[None], tile)[0].cpu() for k in chosen])
        rows.append(write_above(row, [(text, INK)]))
    return torch.cat(rows, dim=1)
