"""Which photos make the film, and why the others do not."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatch
from typing import Literal

from morphlapse.errors import OptionError
from morphlapse.options import SelectOptions
from morphlapse.records import Basis, Choice, Detection, Detections, Photo, Skipped


def choose(detections: Detections, options: SelectOptions, *, on: Basis | Literal["auto"]) -> Choice:
    """Choose the photos that make the film.

    Parameters
    ----------
    detections : Detections
        Who is where, in the order of the film.
    options : SelectOptions
        What is asked of a photo. `include` is stronger than all but the lack of what the film is aligned on.
    on : Basis or "auto"
        What the photos will be aligned on. For "body", "face", "mask" and "points" a photo without it is left out; for
        the others nothing is asked of who is in it.

    Returns
    -------
    Choice
        Each photo in `used` or, with its reason, in `skipped`; `used` may be empty.

    Raises
    ------
    OptionError
        A pattern of `include` or `exclude` matches no photo.
    """
    check_patterns(detections, options)
    reasons = [find_reason(detection, options, on) for detection in detections.found]
    pairs = list(zip(detections.found, reasons, strict=True))
    left_out = tuple(Skipped(each.photo.path, reason, each.photo) for each, reason in pairs if reason is not None)
    return Choice(tuple(each for each, reason in pairs if reason is None), detections.skipped + left_out)


def check_patterns(detections: Detections, options: SelectOptions) -> None:
    """Raise OptionError for a pattern that matches no photo: most likely it is misspelt."""
    paths = [*(each.photo.path for each in detections.found), *(each.path for each in detections.skipped)]
    for option, patterns in (("include", options.include), ("exclude", options.exclude)):
        for pattern in patterns:
            if not any(fnmatch(path.name, pattern) for path in paths):
                example = f", for example {paths[0].name!r}" if paths else ""
                raise OptionError(f"{option}: {pattern!r} matches none of the {len(paths)} photos; give names{example}")


def find_reason(detection: Detection, options: SelectOptions, on: Basis | Literal["auto"]) -> str | None:
    """Why a photo is left out, in one sentence; None if it stays."""
    missing = find_missing(detection, on)
    if is_named(detection.photo, options.include):
        return missing
    if is_named(detection.photo, options.exclude):
        return "left out by hand (exclude)"
    if detection.lightness is not None and detection.lightness < options.min_light:
        return f"too dark (lightness {detection.lightness:.3f}, min_light is {options.min_light:g})"
    return missing


def find_missing(detection: Detection, on: Basis | Literal["auto"]) -> str | None:
    """What the photo lacks for being aligned on `on`; None where it lacks nothing."""
    if on not in {"body", "face", "mask", "points"}:
        return None
    main = detection.main
    if on == "points":
        return "no points and no mask are given for it" if main is None else None
    if main is None:
        return "no person found"
    if on == "face" and main.face is None:
        return "no face found"
    if on == "body" and main.keypoints is None:
        return "a person, but no body keypoints found"
    return "a person, but no outline found" if on == "mask" and main.mask is None else None


def is_named(photo: Photo, patterns: Iterable[str]) -> bool:
    """Whether a photo's file name matches one of the patterns."""
    return any(fnmatch(photo.path.name, pattern) for pattern in patterns)
