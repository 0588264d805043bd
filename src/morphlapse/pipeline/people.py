"""The steps from an album to the photos that are used: `detect`, `mark` and `select`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack, closing, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from morphlapse.album.decode import decode
from morphlapse.album.points import make_subject, parse_points, read_given
from morphlapse.alignment.evidence import choose_basis
from morphlapse.errors import OptionError
from morphlapse.imaging.warp import resized_from_full, size_of
from morphlapse.options import SelectOptions
from morphlapse.pipeline.context import Context
from morphlapse.pipeline.describing import describe_faces
from morphlapse.pipeline.elsewhere import look_elsewhere
from morphlapse.pipeline.looking import look_ahead, share_detector, share_identifier
from morphlapse.pipeline.measuring import make_thumbnail, measure_sharpness, measure_subject
from morphlapse.pipeline.storing import Store
from morphlapse.records import Album, Basis, Choice, Detection, Detections, Keypoints, Photo, Size, Skipped, Subject
from morphlapse.selection.choice import choose
from morphlapse.selection.quality import measure_lightness
from morphlapse.subjects.protocol import Detector, Identifier
from morphlapse.subjects.registry import open_detector, open_identifier
from morphlapse.subjects.scaling import mirror_subject, scale_subject

DETECT_PX = 1000
"""Long side at which people are looked for: photos of 4000 to 4080 pixels are decoded at just a quarter of their size,
which costs half of what 1024 does."""


def detect(
    album: Album,
    detector: str | Detector | None = "mediapipe",
    *,
    identifier: str | Identifier | None = None,
    context: Context | None = None,
) -> Detections:
    """Find who is where in each photo.

    Parameters
    ----------
    album : Album
        The photos.
    detector : str, Detector or None
        A registered name, an object with the Detector protocol's method, or None to look for nobody.
    identifier : str, Identifier or None
        What describes the faces, so that `identify` can tell them apart: a registered name ("dlib"), an object with
        the Identifier protocol's method, or None.
    context : Context, optional
        Who listens.

    Returns
    -------
    Detections
        In pixels of the upright full-size photos; a photo whose pixels cannot be read is skipped, with its reason.
    """
    context = Context() if context is None else context
    named = not any(each is not None and not isinstance(each, str) for each in (detector, identifier))
    with open_identifier(identifier) if isinstance(identifier, str) else nullcontext(identifier) as teller:
        return look_at_all(album, detector, teller, context, (detector, identifier) if named else None)


def look_at_all(
    album: Album,
    detector: str | Detector | None,
    identifier: Identifier | None,
    context: Context,
    names: tuple[object, ...] | None,
) -> Detections:
    """Find who is where in each photo; what is found is kept under `names` of who looked, or not if there are none."""
    store = None if names is None else context.store
    known = _recall_all(album, names, store)
    rest = replace(album, photos=tuple(photo for photo in album.photos if photo.path not in known))
    keep = None if store is None else partial(_keep, store, names)
    with ExitStack() as stack:
        shared = None
        if context.executor is not None and names is not None:
            who = (_word(names[0]), _word(names[1]))
            seen = look_elsewhere(context.executor, rest.photos, look_at, who, context.device)
        else:
            if isinstance(detector, str):
                # Loading the models takes longer than reading what is known of hundreds of photos.
                detector = stack.enter_context(open_detector(detector)) if rest.photos else None
            shared, told = share_detector(detector, context.device), share_identifier(identifier)
            seen = look_ahead(rest.photos, lambda photo: look_at(photo, shared, told))
        with closing(seen):
            fresh = _gather(rest, seen, identifier, context, keep)
    known |= {detection.photo.path: detection for detection in fresh.found}
    found = tuple(known[photo.path] for photo in album.photos if photo.path in known)
    return replace(fresh, found=found, notes=getattr(shared, "notes", ()))


def _recall_all(album: Album, names: tuple[object, ...] | None, store: Store | None) -> dict[Path, Detection]:
    """What was found in an album's photos before."""
    if store is None:
        return {}
    found = [store.find_detection(photo, names, DETECT_PX) for photo in album.photos]
    return {detection.photo.path: detection for detection in found if detection is not None}


def _keep(store: Store, names: tuple[object, ...] | None, detection: Detection) -> None:
    store.keep_detection(detection, names, DETECT_PX)


def _word(name: object) -> str | None:
    return None if name is None else str(name)


def _gather(
    album: Album,
    looks: Iterable[Detection | Skipped],
    identifier: Identifier | None,
    context: Context,
    keep: Callable[[Detection], None] | None,
) -> Detections:
    found: list[Detection] = []
    skipped = list(album.skipped)
    context.tell("look", 0, len(album.photos))
    for number, seen in enumerate(looks):
        context.tell("look", number + 1, len(album.photos))
        if isinstance(seen, Skipped):
            skipped.append(seen)
            continue
        found.append(seen)
        if keep is not None:
            keep(seen)
    return Detections(tuple(found), tuple(skipped), None if identifier is None else identifier.reach)


def look_at(photo: Photo, detector: Detector | None, identifier: Identifier | None = None) -> Detection:
    """Find who is where in one photo and measure it, at a reduced size; describe the faces where that is asked for."""
    image = decode(photo, long_side=DETECT_PX)
    found = () if detector is None else detector.detect(image)
    if identifier is not None:
        found = describe_faces(photo, image, found, identifier)
    measured = tuple(measure_subject(subject, image) for subject in found)
    photo_from_image = np.linalg.inv(resized_from_full(photo.size, size_of(image)).numpy())
    return Detection(
        photo,
        tuple(scale_subject(subject, photo_from_image) for subject in measured),
        lightness=measure_lightness(image),
        sharpness=measure_sharpness(measured[0] if measured else None, image),
        thumbnail=make_thumbnail(image),
    )


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
    basis = choose_basis([each.main for each in ordered]) if on == "auto" else on
    return choose(replace(detections, found=ordered), options, on=on, basis=basis)
