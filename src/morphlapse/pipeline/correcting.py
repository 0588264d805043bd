"""What the album file says by hand, applied: dates, turned photos, points, the choice, and places in the frame."""

from __future__ import annotations

import glob
import math
from dataclasses import replace
from fnmatch import fnmatch

import numpy as np
from numpy.typing import NDArray

from morphlapse.album.folder import order_photos
from morphlapse.album.paths import leads_outside, show_path
from morphlapse.album.schema import Correction
from morphlapse.errors import OptionError, PhotoError
from morphlapse.geometry.similarity import invert, similarity
from morphlapse.options import SelectOptions
from morphlapse.pipeline import marking
from morphlapse.pipeline.project import Project
from morphlapse.records import Album, Detection, Detections, FixedFrame, Photo, Placed, Size


def correct_album(project: Project, album: Album) -> Album:
    """Date and turn photos as the file says, and refuse those that it may not name."""
    if not project.options.allow_outside:
        for photo in album.photos:
            if leads_outside(project.path_of(photo.path)):
                raise OptionError(
                    f"album: {show_path(photo.path)} lies outside the folder of {show_path(project.path)}; "
                    "put the album file above the photos, or allow it with --allow-outside"
                )
    dated = [_redate(_turn(project, photo), project.correction_of(photo.path)) for photo in album.photos]
    if dated == list(album.photos):
        return album
    photos, order = order_photos(dated)
    return replace(album, photos=photos, order=order)


def _turn(project: Project, photo: Photo) -> Photo:
    """What was said by hand of a photo's being mirrored, else what was decided before and is to stay."""
    entry, said = project.entry_of(photo.path), project.correction_of(photo.path).mirrored
    if said is None and entry is not None and entry.used and not project.options.realign:
        said = entry.mirrored
    return photo if said is None else replace(photo, mirrored=said)


def _redate(photo: Photo, correction: Correction) -> Photo:
    return photo if correction.date is None else replace(photo, date=correction.date, date_source="sidecar")


def correct_detections(project: Project, detections: Detections) -> Detections:
    """Put the points that were given by hand in the place of those that were found."""
    return replace(detections, found=tuple(_mark(project, detection) for detection in detections.found))


def _mark(project: Project, detection: Detection) -> Detection:
    path = detection.photo.path
    points = project.correction_of(path).keypoints
    if not points:
        return detection
    try:
        return marking.mark(Detections((detection,)), {path.name: points}).found[0]
    except OptionError as error:
        index = list(project.entries).index(project.path_of(path))
        said = str(error).removeprefix("points: ")
        raise PhotoError(f"{show_path(project.path)}: photos[{index}].correction.keypoints: {said}") from error


def selection_of(project: Project, album: Album) -> SelectOptions:
    """The choice with what the file says by hand; names that it keeps of photos that are gone do not count."""
    said = [(photo.path, project.correction_of(photo.path).include) for photo in album.photos]
    by_hand = {
        "include": tuple(glob.escape(path.name) for path, include in said if include is True),
        "exclude": tuple(glob.escape(path.name) for path, include in said if include is False),
    }
    kept = {} if project.before is None else project.before.options.get("select", {})
    paths = [*(photo.path for photo in album.photos), *(each.path for each in album.skipped)]
    select = project.wanted.select
    named = {
        name: tuple(
            each
            for each in getattr(select, name)
            if each not in kept.get(name, ()) or any(fnmatch(path.name, each) for path in paths)
        )
        for name in by_hand
    }
    return select.model_copy(update={name: (*named[name], *by_hand[name]) for name in by_hand})


def correct_place(entry: Placed, correction: Correction, frame: FixedFrame) -> Placed:
    """Move a photo in the film as was asked by hand; the frame is the one that the file has, so any size is alike."""
    entry = replace(entry, caption=correction.caption)
    if not correction.moves:
        return entry
    inner = frame.canvas_from_reference
    matrix = invert(inner) @ move_in_frame(correction, frame.size) @ inner @ entry.registration.matrix
    return replace(entry, registration=replace(entry.registration, matrix=matrix))


def move_in_frame(correction: Correction, frame: Size) -> NDArray[np.float64]:
    """3x3 on a frame: turned clockwise and enlarged about its middle, then moved."""
    middle = ((frame.width - 1) / 2.0, (frame.height - 1) / 2.0)
    shift = (correction.nudge[0] * frame.width, correction.nudge[1] * frame.height)
    return similarity(correction.scale, math.radians(correction.rotate_deg), shift, centre=middle)
