"""Points and masks that the user gives by hand, added to what was found: `mark`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from morphlapse.album.points import make_subject, parse_points, read_given
from morphlapse.errors import OptionError
from morphlapse.records import Detection, Detections, Keypoints, Size, Subject
from morphlapse.subjects.scaling import mirror_subject

Given = Subject | Mapping[str, object] | NDArray[np.generic]
"""A Subject, a mapping from name to (x, y) or (x, y, weight), or an array (N, 2) or (N, 3)."""


def mark(detections: Detections, points: Mapping[str, Given] | None = None) -> Detections:
    """Add what the user gives by hand: points and masks, which are believed more than what was found.

    Parameters
    ----------
    detections : Detections
        Who is where, as `detect` found it; `detect(album, None)` finds nobody.
    points : mapping, optional
        From a photo's file name to a Subject, named points or an array of them, in pixels of the upright full-size
        photo. By default they are read from the files beside the photos: photo.jpg has photo.points.json and
        photo.mask.png.

    Returns
    -------
    Detections
        A point that is given takes the place of the main person's of that name, a mask that of their mask. What is
        given for a photo that is turned back speaks of its file, and is turned with it.

    Raises
    ------
    PhotoError
        If a file is not as it should be.
    OptionError
        If `points` is not, or names a photo that is not there.
    """
    if points is None:
        found = tuple(_mark_one(detection, read_given(detection.photo)) for detection in detections.found)
        return replace(detections, found=found)
    names = [detection.photo.path.name for detection in detections.found]
    for name in points:
        if name not in names:
            raise OptionError(f"points: {name!r} is none of the photos; give their names, for example {names[:1]}")
    values = [
        read_value(points[name], detection.photo.size, name) if name in points else None
        for name, detection in zip(names, detections.found, strict=True)
    ]
    return replace(detections, found=tuple(map(_mark_one, detections.found, values)))


def read_value(given: Given, size: Size, name: str) -> Subject | None:
    """What is given for a photo of a size as a Subject."""
    if isinstance(given, Subject):
        return given
    try:
        return make_subject(parse_points(given, size), None)
    except OptionError as error:
        raise OptionError(f"points: of {name}, {error}") from error


def _mark_one(detection: Detection, given: Subject | None) -> Detection:
    if given is None:
        return detection
    if detection.photo.mirrored:
        given = mirror_subject(given, detection.photo.size)
    if detection.main is None:
        return replace(detection, subjects=(given,))
    main = detection.main
    marked = replace(
        main,
        keypoints=_take_over(main.keypoints, given.keypoints),
        mask=given.mask or main.mask,
        face=given.face or main.face,
    )
    return replace(detection, subjects=(marked, *detection.subjects[1:]))


def _take_over(found: Keypoints | None, given: Keypoints | None) -> Keypoints | None:
    if found is None or given is None:
        return found if given is None else given
    kept = [k for k, name in enumerate(found.names) if name not in given.names]
    names = (*(found.names[k] for k in kept), *given.names)
    xy, seen = (found.xy[kept], given.xy), (found.visibility[kept], given.visibility)
    return Keypoints(names, np.concatenate(xy), np.concatenate(seen), given=given.given)
