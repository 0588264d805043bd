"""What each command does: checks first, then one call of the library."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import morphlapse
from morphlapse.cli import begin
from morphlapse.cli.commands import (
    AlbumCommand,
    AlignCommand,
    AnyCommand,
    CacheCommand,
    CompletionCommand,
    DoctorCommand,
    FilmCommand,
    InspectCommand,
    MorphCommand,
    PhotoCommand,
)
from morphlapse.cli.completion import write_completion
from morphlapse.cli.flags import UsageError
from morphlapse.cli.target import (
    check_extra_targets,
    check_film_target,
    check_overview_targets,
    check_page_target,
    check_stills_target,
)
from morphlapse.cli.terminal import shown_progress, tell
from morphlapse.options import FilmOptions
from morphlapse.pipeline.cluster import open_cluster
from morphlapse.pipeline.doctor import Finding, diagnose
from morphlapse.pipeline.report import FilmReport
from morphlapse.pipeline.storing import Survey, open_store, survey

Outcome = FilmReport | list[Finding] | Survey | dict[str, Any] | str
"""What comes back: a report, the doctor's findings, what is kept, JSON, or a script."""


def run_command(command: AnyCommand) -> Outcome:
    """Do what was typed."""
    runners: dict[type, Callable[[Any], Outcome]] = {
        FilmCommand: run_film,
        MorphCommand: run_morph,
        AlignCommand: run_align,
        InspectCommand: run_inspect,
        AlbumCommand: run_album,
        CacheCommand: lambda it: survey(open_store(it.store), clear=it.clear),
        DoctorCommand: lambda _: diagnose(),
        CompletionCommand: lambda it: write_completion(it.shell),
    }
    return runners[type(command)](command)


def run_film(command: FilmCommand) -> FilmReport:
    """Make a film."""
    _check_photos(command)
    check_film_target(command.output, codec=command.film.codec, overwrite=command.overwrite)
    check_overview_targets(command.overview, overwrite=command.overwrite)
    check_page_target(command.report, overwrite=command.overwrite)
    work = morphlapse.make_film
    with _lent_photos(command) as photos, _context(command) as context:
        return work(
            photos,
            command.output,
            select=command.select,
            align=command.align,
            morph=command.morph,
            film=command.film,
            overview=command.overview,
            album=command.album,
            report=command.report,
            context=context,
        )


def run_morph(command: MorphCommand) -> FilmReport:
    """Morph images."""
    _check_photos(command)
    if len(command.photos) == 1:
        raise UsageError(f"a morph needs two images or more (got only {command.photos[0]})")
    check_film_target(command.output, codec=command.film.codec, overwrite=command.overwrite)
    check_extra_targets(command.extras, command.photos, overwrite=command.overwrite)
    work = morphlapse.morph_images
    with _lent_photos(command) as photos, _context(command) as context:
        return work(
            photos,
            command.output,
            morph=command.morph,
            film=command.film,
            extras=command.extras,
            detector=command.images.detector,
            max_megapixels=command.images.max_megapixels,
            context=context,
        )


def run_align(command: AlignCommand) -> FilmReport:
    """Write aligned stills."""
    _check_photos(command)
    check_stills_target(command.output, command.photos, overwrite=command.overwrite)
    check_overview_targets(command.overview, overwrite=command.overwrite)
    stills = FilmOptions(**command.stills.given)
    work = morphlapse.align_photos
    with _lent_photos(command) as photos, _context(command) as context:
        return work(
            photos,
            command.output,
            select=command.select,
            align=command.align,
            film=stills,
            overview=command.overview,
            album=command.album,
            context=context,
        )


def run_inspect(command: InspectCommand) -> FilmReport:
    """Look at photos."""
    _check_photos(command)
    if command.pictures is not None:
        check_stills_target(command.pictures, command.photos, overwrite=command.overwrite)
    check_page_target(command.report, overwrite=command.overwrite)
    stills = FilmOptions(**command.stills.given)
    work = morphlapse.inspect_photos
    with _lent_photos(command) as photos, _context(command) as context:
        return work(
            photos,
            command.pictures,
            select=command.select,
            align=command.align,
            film=stills,
            album=command.album,
            report=command.report,
            context=context,
        )


def run_album(command: AlbumCommand) -> dict[str, Any]:
    """Check an album file, or give its form."""
    if command.schema:
        return morphlapse.album_schema()
    if command.file is None:
        raise UsageError("name an album file, or ask for its form with --schema")
    return morphlapse.check_album(command.file, allow_outside=command.allow_outside)


def _check_photos(command: PhotoCommand) -> None:
    if command.sample and command.photos:
        raise UsageError("give photos or --sample, not both")
    if not command.sample and not command.photos:
        raise UsageError("no photos: name a folder or files, or try --sample")


@contextmanager
def _lent_photos(command: PhotoCommand) -> Iterator[list[Path]]:
    """The photos that are meant; samples go when they have been used."""
    if not command.sample:
        begin()
        yield list(command.photos)
        return
    write = morphlapse.write_sample_pair if isinstance(command, MorphCommand) else morphlapse.write_sample_album
    begin()
    with TemporaryDirectory(prefix="morphlapse-") as folder:
        yield list(write(Path(folder)))


@contextmanager
def _context(command: PhotoCommand) -> Iterator[Any]:
    store = open_store(command.store)
    try:
        with open_cluster(command.cluster) as executor, shown_progress() as listener:
            yield morphlapse.Context(device=command.device, listener=listener, store=store, executor=executor)
    finally:
        if store is not None and store.cache.trouble is not None:
            tell(f"cache: {store.cache.trouble}")
