"""The step from who is where to whose album it is: `identify`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np
from jaxtyping import Float32
from numpy import ndarray

from morphlapse.album.decode import read_photo
from morphlapse.album.faults import UnreadablePhotoError
from morphlapse.errors import BackendMissing, OptionError
from morphlapse.options import SelectOptions
from morphlapse.pipeline.context import Context
from morphlapse.pipeline.detecting import detect, look_at, look_at_all
from morphlapse.records import Album, Detections, Identity
from morphlapse.selection.identity import identify_person
from morphlapse.selection.mirrors import find_mirrored
from morphlapse.subjects.protocol import Detector, Identifier
from morphlapse.subjects.registry import load_identifier, open_detector, open_identifier


def identify(
    detections: Detections,
    options: SelectOptions | None = None,
    *,
    detector: str | Detector = "mediapipe",
    identifier: str | Identifier | None = None,
) -> Detections:
    """Find whose album it is: that person becomes the main one of each photo they are in.

    Parameters
    ----------
    detections : Detections
        Who is where, with descriptors, as `detect(album, identifier="dlib")` gives them.
    options : SelectOptions, optional
        `person` (pictures of their face, or numbers), `min_likeness`, `doubt`; `identify="none"` changes nothing.
    detector, identifier : str or object, optional
        What looks at the pictures that `person` names; the identifier must be that of `detect` (by default the one
        that the options name).

    Returns
    -------
    Detections
        With `identity`, from which `select` takes its reasons.

    Raises
    ------
    OptionError
        If a picture of the person cannot be read or shows no face, or nobody has the number.
    BackendMissing
        If pictures are to be looked at and the detector or the identifier is not installed.
    """
    options = SelectOptions() if options is None else options
    if options.identify == "none":
        return detections
    named = options.identifier if identifier is None else identifier
    return identify_person(detections, options, read_examples(options, detector, named))


def look(album: Album, select: SelectOptions | None, detector: str | None, context: Context) -> Detections:
    """Find who is where and whose album it is, as all jobs do; without a detector nobody is looked for.

    Where what compares faces is not installed and nobody in particular is asked for, the largest person of each photo
    is taken, and the identity's note says so.
    """
    options = SelectOptions() if select is None else select
    if detector is None or options.identify == "none":
        _refuse_person(options)
        return look_straight(album, options, lambda some: detect(some, detector, context=context))
    try:
        opened = load_identifier(options.identifier)
    except BackendMissing as error:
        if options.person:
            raise
        note = f"the largest person of each photo is taken, for {error}"
        found = look_straight(album, options, lambda some: detect(some, detector, context=context))
        return replace(found, identity=Identity(note))
    # A wrong example is told before hours of looking.
    examples = read_examples(options, detector, opened)
    names = (detector, options.identifier)
    found = look_straight(album, options, lambda some: look_at_all(some, detector, opened, context, names))
    return identify_person(found, options, examples)


def look_straight(album: Album, options: SelectOptions, see: Callable[[Album], Detections]) -> Detections:
    """Find who is where, and look again, turned back, at photos that the others show to be mirrored.

    Parameters
    ----------
    album : Album
        The photos.
    options : SelectOptions
        Whether mirrored photos are turned back.
    see : callable
        Looks at the photos of an album.
    """
    found = see(album)
    mirrored = [found.found[k].photo for k in find_mirrored(found.found)] if options.mirror == "turn" else []
    wrong = tuple(replace(photo, mirrored=True) for photo in mirrored if photo.mirrored is None)
    if not wrong:
        return found
    again = {seen.photo.path: seen for seen in see(replace(album, photos=wrong, skipped=())).found}
    return replace(found, found=tuple(again.get(seen.photo.path, seen) for seen in found.found))


def _refuse_person(options: SelectOptions) -> None:
    if options.person:
        said = (
            "identify is none" if options.identify == "none" else "nobody is looked for when aligned on scene or points"
        )
        raise OptionError(f"person: {', '.join(options.person)} cannot be found, for {said}")


def read_examples(
    options: SelectOptions, detector: str | Detector, identifier: str | Identifier
) -> Float32[ndarray, "e d"] | None:
    """Descriptors of the largest face in each picture that `person` names; None where it names none."""
    pictures = [each for each in options.person if not each.isdecimal()]
    if not pictures:
        return None
    with (
        open_detector(detector) if isinstance(detector, str) else nullcontext(detector) as finder,
        open_identifier(identifier) if isinstance(identifier, str) else nullcontext(identifier) as teller,
    ):
        return np.stack([_read_example(Path(each), finder, teller) for each in pictures])


def _read_example(path: Path, detector: Detector, identifier: Identifier) -> Float32[ndarray, " d"]:
    try:
        seen = look_at(read_photo(path), detector, identifier)
    except UnreadablePhotoError as error:
        raise OptionError(
            f"person: {error}; give a picture that shows their face, or a number that `morphlapse inspect` lists"
        ) from error
    faces = [subject.face for subject in seen.subjects if subject.face is not None]
    told = [face.descriptor for face in faces if face.descriptor is not None]
    if not told:
        raise OptionError(f"person: no face that can be told is seen in {path}; give another picture")
    return told[0]
