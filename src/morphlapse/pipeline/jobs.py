"""Whole jobs: from a folder to a film, to aligned stills, or to a table of what was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from morphlapse.album.folder import read_album
from morphlapse.album.stills import write_still
from morphlapse.errors import OptionError, PhotoError
from morphlapse.options import AlignOptions, FilmOptions, MorphOptions, SelectOptions
from morphlapse.pipeline import people, placing
from morphlapse.pipeline.context import Clock, Context, peak_memory_mb
from morphlapse.pipeline.film import Film, write_film
from morphlapse.pipeline.placing import NothingLeftError
from morphlapse.pipeline.report import FilmReport, list_fates
from morphlapse.records import Album, Detections, Placed, Plan

Source = str | Path | Sequence[str | Path]
"""A folder, a file, or a list of them."""


def make_film(  # noqa: PLR0913 - a record for each step of the job
    source: Source,
    path: str | Path,
    *,
    select: SelectOptions | None = None,
    align: AlignOptions | None = None,
    morph: MorphOptions | None = None,
    film: FilmOptions | None = None,
    context: Context | None = None,
) -> FilmReport:
    """Make a film of a folder of photos.

    Parameters
    ----------
    source : path or list of paths
        A folder, read with its subfolders, or files.
    path : path
        The film; replaced when it is whole.
    select, align, morph, film : options, optional
        Which photos, where they go, how one becomes the next, and what is seen.
    context : Context, optional
        Device and listener.

    Returns
    -------
    FilmReport
        What became of each photo, and where the time went.

    Raises
    ------
    PhotoError
        If there is no photo to be read.
    AlignmentError
        If no photo can be used.
    EncodeError
        If the film cannot be written.
    """
    context = Context() if context is None else context
    found = plan_photos(source, select=select, align=align, context=context)
    made = Film(found.plan, film, morph, context=context)
    facts = write_film(made, path)
    return found.report(facts.path, made.clock)


def align_photos(
    source: Source,
    folder: str | Path,
    *,
    select: SelectOptions | None = None,
    align: AlignOptions | None = None,
    film: FilmOptions | None = None,
    context: Context | None = None,
) -> FilmReport:
    """Write the photos of a folder upright and aligned, with their dates and without their position.

    Parameters
    ----------
    source : path or list of paths
        A folder or files; they are not changed.
    folder : path
        Where the stills go, as JPEG under the photos' names; made if it is not there.
    select, align, film : options, optional
        Which photos, where they go, and the frame (size and fill).
    context : Context, optional
        Device and listener.
    """
    context = Context() if context is None else context
    found = plan_photos(source, select=select, align=align, context=context)
    made = Film(found.plan, film, context=context)
    target = make_folder(Path(folder))
    names = name_stills([entry.photo.path for entry in found.plan.placed])
    for number, (entry, name) in enumerate(zip(found.plan.placed, names, strict=True)):
        context.tell("write", number, len(names))
        still = made.still(number).cpu()
        with made.clock.stage("write"):
            write_still(still, target / name, photo=entry.photo)
    context.tell("write", len(names), len(names))
    return found.report(target, made.clock)


def inspect_photos(
    source: Source,
    *,
    select: SelectOptions | None = None,
    align: AlignOptions | None = None,
    context: Context | None = None,
) -> FilmReport:
    """Say what is in each photo, and which would be left out and why; nothing is written."""
    context = Context() if context is None else context
    try:
        return plan_photos(source, select=select, align=align, context=context).report(None)
    except NothingLeftError as error:
        plan = Plan((), 0, "none", error.skipped, error.album.order)
        return Findings(error.album, Detections(()), plan, Clock()).report(None)


def morph_images(
    paths: Sequence[str | Path],
    path: str | Path,
    *,
    morph: MorphOptions | None = None,
    film: FilmOptions | None = None,
    context: Context | None = None,
) -> FilmReport:
    """Morph a row of images of any sizes into one film, in the order given.

    Parameters
    ----------
    paths : sequence of paths
        Two or more images.
    path : path
        The film.
    morph, film : options, optional
        How one becomes the next, and what is seen.
    context : Context, optional
        Device and listener.
    """
    if len(paths) < 2:
        raise OptionError(f"a morph needs two images or more (got {len(paths)})")
    context = Context() if context is None else context
    film = FilmOptions() if film is None else film
    clock = Clock()
    with clock.stage("read"):
        album = read_row(paths)
    with clock.stage("look"):
        detections = people.detect(album, "mediapipe" if film.hints == "auto" else None, context=context)
    if detections.skipped:
        raise PhotoError(f"{detections.skipped[0].path}: {detections.skipped[0].reason}")
    home = album.photos[0].size
    placed = tuple(Placed(found, placing.fit_centre(found.photo.size, home)) for found in detections.found)
    plan = Plan(placed, 0, "none", (), album.order)
    made = Film(plan, film, morph, context=context)
    facts = write_film(made, path)
    clock.seconds = add_seconds(clock, made.clock)
    return Findings(album, detections, plan, clock).report(facts.path)


def read_row(paths: Sequence[str | Path]) -> Album:
    """The images of a morph in the order given, all of which must be readable; one may come twice."""
    photos = []
    for path in paths:
        album = read_album([path])
        if album.skipped:
            raise PhotoError(f"{path}: {album.skipped[0].reason}")
        photos.extend(album.photos)
    return Album(tuple(photos), (), "as given")


@dataclass(frozen=True, eq=False)
class Findings:
    """What reading, looking and aligning have found."""

    album: Album
    """The photos."""
    detections: Detections
    """Who is where."""
    plan: Plan
    """Where each one goes."""
    clock: Clock
    """What it has cost."""

    def report(self, output: Path | None, more: Clock | None = None) -> FilmReport:
        """The report of a job that ends with `output`."""
        return FilmReport(
            output,
            list_fates(self.album, self.detections, self.plan),
            add_seconds(self.clock, more),
            peak_memory_mb(),
            self.plan.on,
            self.album.order,
        )


def add_seconds(*clocks: Clock | None) -> dict[str, float]:
    """Seconds by stage of several clocks together."""
    total: dict[str, float] = {}
    for clock in clocks:
        for stage, seconds in (clock.seconds if clock else {}).items():
            total[stage] = total.get(stage, 0.0) + seconds
    return total


def plan_photos(
    source: Source,
    *,
    select: SelectOptions | None,
    align: AlignOptions | None,
    context: Context,
) -> Findings:
    """Read, look, choose and align: the part that all jobs share."""
    clock = Clock()
    wanted = AlignOptions() if align is None else align
    with clock.stage("read"):
        album = read_album(source, listener=context.listener)
    detector = None if wanted.on in ("points", "scene", "none") else "mediapipe"
    with clock.stage("look"):
        detections = people.mark(people.detect(album, detector, context=context))
    with clock.stage("align"):
        # What is placed between its neighbours need not show what the others are aligned on.
        choice = people.select(album, detections, select, on="none" if wanted.keep_all else wanted.on)
        plan = placing.align(album, choice, wanted, context=context)
    return Findings(album, detections, plan, clock)


def make_folder(folder: Path) -> Path:
    """Make a folder for stills, if it is not there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PhotoError(f"{folder}: this folder cannot be made ({error.strerror or error})") from error
    return folder


def name_stills(paths: Sequence[Path]) -> list[str]:
    """A file name for each photo's still: its own, numbered where two photos share one."""
    taken: set[str] = set()
    return [_name_still(path, taken) for path in paths]


def _name_still(path: Path, taken: set[str]) -> str:
    number, name = 1, f"{path.stem}.jpg"
    while name.lower() in taken:
        number += 1
        name = f"{path.stem}-{number}.jpg"
    taken.add(name.lower())
    return name
