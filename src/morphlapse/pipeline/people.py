"""The steps from an album to the photos that are used: `detect` and `select`."""

from __future__ import annotations

from typing import Literal

import numpy as np

from morphlapse.album.decode import decode
from morphlapse.album.opening import UnreadablePhotoError
from morphlapse.imaging.warp import resized_from_full, size_of
from morphlapse.options import SelectOptions
from morphlapse.pipeline.context import Context
from morphlapse.records import Album, Basis, Choice, Detection, Detections, Photo, Skipped
from morphlapse.selection.choice import choose
from morphlapse.selection.quality import measure_lightness
from morphlapse.subjects.protocol import Detector
from morphlapse.subjects.registry import open_detector
from morphlapse.subjects.scaling import scale_subject

DETECT_PX = 1024
"""Long side at which people are looked for."""


def detect(
    album: Album, detector: str | Detector | None = "mediapipe", *, context: Context | None = None
) -> Detections:
    """Find who is where in each photo.

    Parameters
    ----------
    album : Album
        The photos.
    detector : str, Detector or None
        A registered name, an object with the Detector protocol's method, or None to look for nobody.
    context : Context, optional
        Who listens.

    Returns
    -------
    Detections
        In pixels of the upright full-size photos; a photo whose pixels cannot be read is skipped, with its reason.
    """
    context = Context() if context is None else context
    if isinstance(detector, str):
        with open_detector(detector) as opened:
            return _look_at_all(album, opened, context)
    return _look_at_all(album, detector, context)


def _look_at_all(album: Album, detector: Detector | None, context: Context) -> Detections:
    found: list[Detection] = []
    skipped = list(album.skipped)
    for number, photo in enumerate(album.photos):
        context.tell("look", number, len(album.photos))
        try:
            found.append(look_at(photo, detector))
        except UnreadablePhotoError as error:
            skipped.append(Skipped(photo.path, error.reason, photo))
    context.tell("look", len(album.photos), len(album.photos))
    return Detections(tuple(found), tuple(skipped))


def look_at(photo: Photo, detector: Detector | None) -> Detection:
    """Find who is where in one photo, at a reduced size."""
    image = decode(photo, long_side=DETECT_PX)
    lightness = measure_lightness(image)
    if detector is None:
        return Detection(photo, (), lightness)
    photo_from_image = np.linalg.inv(resized_from_full(photo.size, size_of(image)).numpy())
    subjects = tuple(scale_subject(subject, photo_from_image) for subject in detector.detect(image))
    return Detection(photo, subjects, lightness)


def select(
    album: Album,
    detections: Detections,
    options: SelectOptions | None = None,
    *,
    on: Basis | Literal["auto"] = "auto",
) -> Choice:
    """Choose the photos that make the film.

    Parameters
    ----------
    album : Album
        The photos, in the order of the film.
    detections : Detections
        Who is where in them.
    options : SelectOptions, optional
        What is asked of a photo.
    on : Basis or "auto"
        What the album will be aligned on: photos without it are left out.
    """
    known = {detection.photo.path: detection for detection in detections.found}
    ordered = tuple(known[photo.path] for photo in album.photos if photo.path in known)
    options = SelectOptions() if options is None else options
    return choose(Detections(ordered, detections.skipped), options, on=on)
