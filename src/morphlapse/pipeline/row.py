"""Another whole job: a row of images, morphed into one film in the order given."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from morphlapse.album.folder import read_album
from morphlapse.album.limits import MAX_MEGAPIXELS
from morphlapse.errors import OptionError, PhotoError
from morphlapse.options import ExtraOptions, FilmOptions, MorphOptions
from morphlapse.pipeline import detecting, marking, placing
from morphlapse.pipeline.context import Clock, Context
from morphlapse.pipeline.extras import check_extras, write_extras
from morphlapse.pipeline.film import Film
from morphlapse.pipeline.findings import Findings
from morphlapse.pipeline.output import settle_output
from morphlapse.pipeline.report import FilmReport
from morphlapse.pipeline.stills import make_folder
from morphlapse.pipeline.writing import write_film
from morphlapse.records import Album, Placed, Plan
from morphlapse.subjects.protocol import Detector


def morph_images(  # noqa: PLR0913 - each tells of the film in its own way
    paths: Sequence[str | Path],
    path: str | Path,
    *,
    morph: MorphOptions | None = None,
    film: FilmOptions | None = None,
    extras: ExtraOptions | None = None,
    detector: str | Detector = "mediapipe",
    max_megapixels: float = MAX_MEGAPIXELS,
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
    max_megapixels : float
        Larger images are refused unread.
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
        album = read_row(paths, max_megapixels)
    with clock.stage("look"):
        detections = detecting.detect(album, detector if film.hints == "auto" else None, context=context)
        detections = marking.mark(detections) if film.hints == "auto" else detections
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
    return Findings(album, detections, plan, clock).report(facts, made)


def read_row(paths: Sequence[str | Path], max_megapixels: float) -> Album:
    """The images of a morph in the order given, all of which must be readable; one may come twice."""
    photos = []
    for path in paths:
        album = read_album([path], max_megapixels=max_megapixels)
        if album.skipped:
            raise PhotoError(f"{path}: {album.skipped[0].reason}")
        photos.extend(album.photos)
    return Album(tuple(photos), (), "as given")
