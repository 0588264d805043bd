"""What all jobs on a folder share: they read it, look, choose and align."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from morphlapse.album.folder import read_album
from morphlapse.film.timeline import photos_for
from morphlapse.options import AlbumOptions, AlignOptions, FilmOptions, MorphOptions, SelectOptions
from morphlapse.pipeline import marking, placing, selecting
from morphlapse.pipeline.context import Clock, Context
from morphlapse.pipeline.correcting import correct_album, correct_detections, selection_of
from morphlapse.pipeline.findings import Findings
from morphlapse.pipeline.framing import leave_out_sparse
from morphlapse.pipeline.identifying import look
from morphlapse.pipeline.losing import outlast
from morphlapse.pipeline.project import Project, Wanted, open_project
from morphlapse.pipeline.replanning import keep_project, plan_project
from morphlapse.pipeline.report import FilmReport
from morphlapse.records import Plan

Source = str | Path | Sequence[str | Path]
"""A folder, a file, or a list of them."""


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


def list_sources(source: Source) -> list[str | Path]:
    """A source as a list."""
    return [source] if isinstance(source, (str, Path)) else list(source)


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
        detections = marking.mark(look(album, job.wanted.select, detector, context))
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
            choice = selecting.select(seen.album, seen.detections, fit_into(wanted.film, select), on=basis)
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
