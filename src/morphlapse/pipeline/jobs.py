"""Whole jobs on a folder: to a film, to aligned stills, or to a table of what was found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from morphlapse.errors import OptionError
from morphlapse.options import AlbumOptions, AlignOptions, FilmOptions, MorphOptions, OverviewOptions, SelectOptions
from morphlapse.pipeline.context import Context
from morphlapse.pipeline.film import Film
from morphlapse.pipeline.findings import Findings
from morphlapse.pipeline.inspection import write_pictures
from morphlapse.pipeline.losing import outlast
from morphlapse.pipeline.output import settle_output
from morphlapse.pipeline.overview import check_overview, write_overview
from morphlapse.pipeline.placing import NothingLeftError
from morphlapse.pipeline.planning import Job, Source, finish_job, look_through, plan_from, prepare_job
from morphlapse.pipeline.report import FilmReport
from morphlapse.pipeline.stills import as_they_are, make_folder, write_stills
from morphlapse.pipeline.writing import write_film
from morphlapse.records import Detections, Plan


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
        return found.show(facts, made, report, context, transitions=True)

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
        write_stills(made, target, context)
        with made.clock.stage("write"):
            write_overview(made, overview, context)
        return found.report(target, made)

    return finish_job(job, context, work)


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
