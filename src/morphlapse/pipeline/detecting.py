"""Who is where in each photo of an album: `detect`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import ExitStack, closing, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from morphlapse.album.decode import decode
from morphlapse.imaging.lightness import measure_lightness
from morphlapse.imaging.warp import resized_from_full, size_of
from morphlapse.pipeline.context import Context
from morphlapse.pipeline.describing import describe_faces
from morphlapse.pipeline.elsewhere import look_elsewhere
from morphlapse.pipeline.looking import look_ahead, share_detector, share_identifier
from morphlapse.pipeline.measuring import make_thumbnail, measure_sharpness, measure_subject
from morphlapse.pipeline.storing import Store
from morphlapse.records import Album, Detection, Detections, Photo, Skipped
from morphlapse.subjects.protocol import Detector, Identifier
from morphlapse.subjects.registry import open_detector, open_identifier
from morphlapse.subjects.scaling import scale_subject

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
