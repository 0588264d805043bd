"""Whole jobs: from a folder to a film, to aligned stills, or to a table of what was found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from morphlapse.album.folder import read_album
from morphlapse.album.opening import show_path
from morphlapse.album.stills import write_still
from morphlapse.errors import OptionError, PhotoError
from morphlapse.film.fonts import check_font
from morphlapse.film.music import check_music
from morphlapse.film.timeline import photos_for
from morphlapse.options import (
    AlbumOptions,
    AlignOptions,
    ExtraOptions,
    FilmOptions,
    MorphOptions,
    OverviewOptions,
    SelectOptions,
)
from morphlapse.pipeline import people, placing
from morphlapse.pipeline.backdrop import read_backdrop
from morphlapse.pipeline.context import Clock, Context, peak_memory_mb
from morphlapse.pipeline.extras import check_extras, write_extras
from morphlapse.pipeline.film import Film
from morphlapse.pipeline.frames import leave_out_sparse
from morphlapse.pipeline.glances import take_glances
from morphlapse.pipeline.identity import look
from morphlapse.pipeline.inspection import write_pictures
from morphlapse.pipeline.losing import outlast
from morphlapse.pipeline.output import check_output, choose_output, is_transparent, settle_options
from morphlapse.pipeline.overview import check_overview, write_overview
from morphlapse.pipeline.page import write_page
from morphlapse.pipeline.placing import NothingLeftError
from morphlapse.pipeline.project import Project, Wanted, open_project
from morphlapse.pipeline.replanning import (
    correct_album,
    correct_detections,
    keep_project,
    plan_project,
    selection_of,
)
from morphlapse.pipeline.report import UNCUT, FilmReport, list_fates
from morphlapse.pipeline.writing import write_film
from morphlapse.records import Album, Detections, Placed, Plan
from morphlapse.subjects.protocol import Detector

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
    overview: OverviewOptions | None = None,
    album: AlbumOptions | None = None,
    report: str | Path | None = None,
    context: Context | None = None,
) -> FilmReport:
    """Make a film of a folder of photos.

    Parameters
    ----------
    source : path or list of paths
        A folder, read with its subfolders, or files; or an album file.
    path : path
        The film; replaced when it is whole.
    select, align, morph, film : options, optional
        Which photos, where they go, how one becomes the next, and what is seen.
    overview : OverviewOptions, optional
        What shows the series at a glance, besides the film.
    album : AlbumOptions, optional
        The album file, in which all this is kept.
    report : path, optional
        A page (.html) that shows the photos, how they lie, and the transitions; see `write_page`.
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
    job = prepare_job(source, album, select=select, align=align, morph=morph, film=film)
    settled = settle_output(path, job.sources, job.wanted.film, job.wanted.morph)
    overview = OverviewOptions() if overview is None else overview
    check_overview(overview, job.sources, path)

    def work(found: Findings) -> FilmReport:
        made = Film(found.plan, settled, job.wanted.morph, context=context)
        facts = write_film(made, path)
        with made.clock.stage("write"):
            write_overview(made, overview, context)
        return found.show(facts.path, made, report, context, transitions=True)

    return finish_job(job, context, work)


def align_photos(  # noqa: PLR0913 - a record for each step of the job
    source: Source,
    folder: str | Path,
    *,
    select: SelectOptions | None = None,
    align: AlignOptions | None = None,
    film: FilmOptions | None = None,
    overview: OverviewOptions | None = None,
    album: AlbumOptions | None = None,
    context: Context | None = None,
) -> FilmReport:
    """Write the photos of a folder upright and aligned, with their dates and without their position.

    Parameters
    ----------
    source : path or list of paths
        A folder or files; they are not changed.
    folder : path
        Where the stills go, as JPEG (transparent ones as PNG) under the photos' names; made if it is not there.
    select, align, film : options, optional
        Which photos, where they go, and the frame (size, fit, zoom and fill). Light and colour stay as they are unless
        `grade` is a number.
    overview : OverviewOptions, optional
        What shows the series at a glance, besides the stills.
    album : AlbumOptions, optional
        The album file, in which all this is kept.
    context : Context, optional
        Device and listener.
    """
    context = Context() if context is None else context
    job = prepare_job(source, album, select=select, align=align, film=film)
    overview = OverviewOptions() if overview is None else overview
    check_overview(overview, job.sources, folder)

    def work(found: Findings) -> FilmReport:
        made = Film(found.plan, as_they_are(job.wanted.film), context=context)
        target = make_folder(Path(folder))
        _write_stills(made, target, context)
        with made.clock.stage("write"):
            write_overview(made, overview, context)
        return found.report(target, made)

    return finish_job(job, context, work)


def _write_stills(made: Film, target: Path, context: Context) -> None:
    placed = made.plan.placed
    names = name_stills([entry.photo.path for entry in placed], ".png" if made.transparent else ".jpg")
    for number, (entry, name) in enumerate(zip(placed, names, strict=True)):
        context.tell("write", number, len(names))
        still = made.still(number).cpu()
        with made.clock.stage("write"):
            write_still(still, target / name, photo=entry.photo)
    context.tell("write", len(names), len(names))


def inspect_photos(  # noqa: PLR0913 - a record for each step of the job
    source: Source,
    pictures: str | Path | None = None,
    *,
    select: SelectOptions | None = None,
    align: AlignOptions | None = None,
    film: FilmOptions | None = None,
    album: AlbumOptions | None = None,
    report: str | Path | None = None,
    context: Context | None = None,
) -> FilmReport:
    """Say what is in each photo, and which would be left out and why; and show it, where that is asked for.

    Parameters
    ----------
    source : path or list of paths
        A folder or files; they are not changed.
    pictures : path, optional
        A folder for pictures of what was found (see `write_pictures`), made if it is not there; by default nothing is
        written.
    select, align, film : options, optional
        Which photos, where they go, and the frame (size, fit, zoom and fill).
    album : AlbumOptions, optional
        The album file, in which all this is kept.
    report : path, optional
        A page (.html) that shows the photos and how they lie; see `write_page`.
    context : Context, optional
        Device and listener.
    """
    context = Context() if context is None else context
    job = prepare_job(source, album, select=select, align=align, film=film)
    if job.wanted.film.fill == "transparent":
        raise OptionError("fill: nothing is transparent in what is inspected; take blur, neighbour or a colour")
    seen = look_through(job, context)

    def work(detections: Detections) -> FilmReport:
        found = _plan_or_nothing(replace(seen, detections=detections), job, context)
        made = Film(found.plan, as_they_are(job.wanted.film), context=context) if found.plan.placed else None
        target = None if pictures is None else make_folder(Path(pictures))
        if target is not None:
            fates = found.report(None, made).fates
            with found.clock.stage("draw"):
                write_pictures(target, fates, found.detections, made, context=context)
        return found.show(target, made, report, context)

    return outlast(seen.detections, work)


def _plan_or_nothing(seen: Findings, job: Job, context: Context) -> Findings:
    try:
        return plan_from(seen, job, context)
    except NothingLeftError as error:
        return replace(seen, plan=Plan((), 0, "none", error.skipped, seen.album.order))


def morph_images(  # noqa: PLR0913 - each tells of the film in its own way
    paths: Sequence[str | Path],
    path: str | Path,
    *,
    morph: MorphOptions | None = None,
    film: FilmOptions | None = None,
    extras: ExtraOptions | None = None,
    detector: str | Detector = "mediapipe",
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
    extras : ExtraOptions, optional
        What is written besides the film: maps, a strip, stills.
    detector : str or Detector
        What finds the people that guide the motion: a registered name, or an object with the Detector protocol's
        method. Points and masks in files beside the images guide it too.
    context : Context, optional
        Device and listener.
    """
    if len(paths) < 2:
        raise OptionError(f"a morph needs two images or more (got {len(paths)})")
    context = Context() if context is None else context
    film = settle_output(path, paths, film, morph)
    extras = ExtraOptions() if extras is None else extras
    check_extras(extras, paths, path, MorphOptions() if morph is None else morph)
    clock = Clock()
    with clock.stage("read"):
        album = read_row(paths)
    with clock.stage("look"):
        detections = people.detect(album, detector if film.hints == "auto" else None, context=context)
        detections = people.mark(detections) if film.hints == "auto" else detections
    if detections.skipped:
        raise PhotoError(f"{detections.skipped[0].path}: {detections.skipped[0].reason}")
    home = album.photos[0].size
    placed = tuple(Placed(found, placing.fit_centre(found.photo.size, home)) for found in detections.found)
    plan = Plan(placed, 0, "none", (), album.order)
    made = Film(plan, film, morph, context=context)
    if extras.stills is not None:
        make_folder(extras.stills)
    with made.clock.stage("write"):
        write_extras(made, extras, context)
    facts = write_film(made, path)
    return Findings(album, detections, plan, clock).report(facts.path, made)


def settle_output(
    path: str | Path, sources: Sequence[str | Path], film: FilmOptions | None, morph: MorphOptions | None
) -> FilmOptions:
    """The options of a film, settled for the file it goes to, which is checked before any work begins."""
    options = FilmOptions() if film is None else film
    clear = is_transparent(options, MorphOptions() if morph is None else morph)
    encoding = choose_output(path, options, transparent=clear)
    behind = read_backdrop(MorphOptions().background if morph is None else morph.background)
    check_output(path, [*sources, *([behind.path] if behind else [])], encoding)
    check_font(options.caption, options.font)
    if options.music is not None:
        check_music(options.music, encoding)
    return settle_options(options, encoding)


def list_sources(source: Source) -> list[str | Path]:
    """A source as a list."""
    return [source] if isinstance(source, (str, Path)) else list(source)


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

    def report(self, output: Path | None, film: Film | None) -> FilmReport:
        """The report of a job that ends with `output`, and of the film that was made for it."""
        fates = list_fates(self.album, self.detections, self.plan, () if film is None else film.frame.fill_share)
        whole = frozenset() if film is None else film.whole
        lighting = None if film is None else film.lighting
        note = None if film is None or film.captions is None else film.captions.note
        return FilmReport(
            output,
            tuple(replace(fate, behind=UNCUT) if fate.path in whole else fate for fate in fates),
            add_seconds(self.clock, None if film is None else film.clock),
            peak_memory_mb(),
            self.plan.on,
            self.album.order,
            (
                *self.detections.notes,
                *self.plan.notes,
                *([note] if note else []),
                *(() if film is None else film.notes),
            ),
            None if lighting is None else lighting.report,
            self.detections.identity,
        )

    def show(
        self,
        output: Path | None,
        film: Film | None,
        page: str | Path | None,
        context: Context,
        *,
        transitions: bool = False,
    ) -> FilmReport:
        """The report of a job, also as a page where one is asked for."""
        told = self.report(output, film)
        if page is None:
            return told
        with self.clock.stage("report"):
            glances = take_glances(told.fates, self.detections, film, transitions=transitions, context=context)
        seconds = add_seconds(self.clock, None if film is None else film.clock)
        told = replace(told, seconds=seconds, peak_memory_mb=peak_memory_mb())
        write_page(Path(page), told, glances, "Photos" if output is None else show_path(Path(output.name)))
        return told


def add_seconds(*clocks: Clock | None) -> dict[str, float]:
    """Seconds by stage of several clocks together."""
    total: dict[str, float] = {}
    for clock in clocks:
        for stage, seconds in (clock.seconds if clock else {}).items():
            total[stage] = total.get(stage, 0.0) + seconds
    return total


@dataclass(frozen=True, eq=False)
class Job:
    """What a job is asked to do."""

    sources: tuple[str | Path, ...]
    """Where photos are."""
    wanted: Wanted
    """All options."""
    project: Project | None
    """The album file, where there is one."""


def prepare_job(
    source: Source,
    album: AlbumOptions | None = None,
    *,
    select: SelectOptions | None = None,
    align: AlignOptions | None = None,
    morph: MorphOptions | None = None,
    film: FilmOptions | None = None,
) -> Job:
    """Bring together what is asked for and what the album file says."""
    sources = tuple(list_sources(source))
    wanted = Wanted(select or SelectOptions(), align or AlignOptions(), morph or MorphOptions(), film or FilmOptions())
    project = open_project(sources, album, wanted)
    return Job(sources, wanted, None) if project is None else Job(project.sources, project.wanted, project)


def plan_photos(job: Job, context: Context) -> Findings:
    """Read, look, choose and align: the part that all jobs share."""
    return plan_from(look_through(job, context), job, context)


def finish_job(job: Job, context: Context, work: Callable[[Findings], FilmReport]) -> FilmReport:
    """Plan the photos and do the rest of a job; a photo that cannot be read any more is left out of both."""
    seen = look_through(job, context)
    return outlast(
        seen.detections, lambda detections: work(plan_from(replace(seen, detections=detections), job, context))
    )


def look_through(job: Job, context: Context) -> Findings:
    """Read the photos and look for people, where these are asked for; the plan is empty."""
    clock = Clock()
    with clock.stage("read"):
        album = read_album(job.sources, max_megapixels=job.wanted.select.max_megapixels, listener=context.listener)
        album = album if job.project is None else correct_album(job.project, album)
    with clock.stage("look"):
        align = job.wanted.align
        detector = None if align.on in ("points", "scene", "none") else align.detector
        detections = people.mark(look(album, job.wanted.select, detector, context))
        detections = detections if job.project is None else correct_detections(job.project, detections)
    return Findings(album, detections, Plan((), 0, "none", detections.skipped, album.order), clock)


def plan_from(seen: Findings, job: Job, context: Context) -> Findings:
    """Choose and align what was read and looked at, and keep it in the album file, where there is one."""
    project, wanted = job.project, job.wanted
    with seen.clock.stage("align"):
        plan = None if project is None else plan_project(project, seen.album, seen.detections, context)
        if plan is None:
            select = wanted.select if project is None else selection_of(project, seen.album)
            # What is placed between its neighbours need not show what the others are aligned on.
            basis = "none" if wanted.align.keep_all else wanted.align.on
            choice = people.select(seen.album, seen.detections, fit_into(wanted.film, select), on=basis)
            plan = placing.align(seen.album, choice, wanted.align, context=context)
            plan = leave_out_sparse(plan, select, wanted.film)
        if project is not None:
            plan = keep_project(project, seen.album, seen.detections, plan)
        return replace(seen, plan=plan)


def fit_into(film: FilmOptions | None, select: SelectOptions | None) -> SelectOptions:
    """What is asked of the photos, and of them no more than a film that is given a duration can show."""
    select = SelectOptions() if select is None else select
    fitting = None if film is None else photos_for(film)
    return select if select.most != "auto" or fitting is None else select.model_copy(update={"most": fitting})


def as_they_are(film: FilmOptions | None) -> FilmOptions:
    """What is asked of a film, for stills: their light is evened out only where a number is given for it."""
    film = FilmOptions() if film is None else film
    return film.model_copy(update={"grade": 0.0}) if film.grade == "auto" else film


def make_folder(folder: Path) -> Path:
    """Make a folder for stills, if it is not there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PhotoError(f"{folder}: this folder cannot be made ({error.strerror or error})") from error
    return folder


def name_stills(paths: Sequence[Path], ending: str = ".jpg") -> list[str]:
    """A file name for each photo's still: its own, numbered where two photos share one."""
    taken: set[str] = set()
    return [_name_still(path, ending, taken) for path in paths]


def _name_still(path: Path, ending: str, taken: set[str]) -> str:
    number, name = 1, f"{path.stem}{ending}"
    while name.lower() in taken:
        number += 1
        name = f"{path.stem}-{number}{ending}"
    taken.add(name.lower())
    return name
