"""The step from chosen photos to where each one goes: `align`."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from fnmatch import fnmatch

import numpy as np
from torch import Tensor

from morphlapse.album.decode import decode
from morphlapse.alignment.arrange import arrange
from morphlapse.alignment.background import Shots
from morphlapse.alignment.series import Series, choose_basis
from morphlapse.errors import AlignmentError, OptionError
from morphlapse.options import AlignOptions
from morphlapse.pipeline.context import Context, limited_threads
from morphlapse.records import Album, Basis, Choice, Detection, Photo, Placed, Plan, Registration, Size, Skipped

ALIGN_PX = 1024
"""Long side at which scenes and backgrounds are looked at."""

FILM_DIAGONAL_MM = 43.27
"""Of 24 mm x 36 mm."""


class NothingLeftError(AlignmentError):
    """No photo of an album can be used; it knows each one's reason."""

    def __init__(self, album: Album, skipped: tuple[Skipped, ...]) -> None:
        self.album, self.skipped = album, skipped
        super().__init__(_nothing_left(skipped))


def align(album: Album, choice: Choice, options: AlignOptions | None = None, *, context: Context | None = None) -> Plan:
    """Find where each chosen photo goes.

    Parameters
    ----------
    album : Album
        The photos.
    choice : Choice
        Those of them that are used, and who is in them.
    options : AlignOptions, optional
        What stays put.
    context : Context, optional
        Who listens.

    Returns
    -------
    Plan
        A registration per photo; a photo that cannot be placed is among the skipped, with its reason.

    Raises
    ------
    AlignmentError
        If no photo is left.
    OptionError
        If the reference that is asked for is none of the chosen photos.
    """
    options = AlignOptions() if options is None else options
    context = Context() if context is None else context
    if not choice.used:
        raise NothingLeftError(album, choice.skipped)
    reference = _find_reference(choice.used, options.reference)
    on, series = _recall_place(choice.used, options, reference, context)
    placed, skipped = [], list(choice.skipped)
    for detection, result in zip(choice.used, series.results, strict=True):
        if isinstance(result, Registration):
            placed.append(Placed(detection, result))
        else:
            skipped.append(Skipped(detection.photo.path, result, detection.photo))
    if not placed:
        raise NothingLeftError(album, tuple(skipped))
    paths = [entry.photo.path for entry in placed]
    home = choice.used[series.reference].photo.path
    return Plan(tuple(placed), paths.index(home), on, tuple(skipped), album.order, series.level_rad, choice.notes)


def _recall_place(
    used: tuple[Detection, ...], options: AlignOptions, reference: int | None, context: Context
) -> tuple[Basis, Series]:
    """The same as `place`, from what is kept where that holds it."""
    shots = _take_shots(used)
    contents = None if context.store is None else context.store.contents_of([detection.photo for detection in used])
    if context.store is None or contents is None:
        return place(shots, options, reference, context)
    parts = (contents, shots.subjects, shots.sizes, shots.focal, options, reference)
    return context.store.recall("places", parts, lambda: place(shots, options, reference, context), Series)


def place(shots: Shots, options: AlignOptions, reference: int | None, context: Context) -> tuple[Basis, Series]:
    """Find where each photo of a series goes, and say what they are aligned on; the listener is told."""
    on = options.on if options.on != "auto" else choose_basis(shots.subjects)
    if on == "none":
        return on, _fit_all(shots.sizes, reference)
    count, seen = len(shots.sizes), set[int]()

    def load(index: int) -> Tensor:
        seen.add(index)
        context.tell("align", len(seen) - 1, count)
        return shots.load(index)

    context.tell("align", 0, count)
    # People are registered on grids so small that threads mostly wait for each other: beside other programs two took
    # seventeen times the CPU seconds of one.
    with nullcontext() if on == "scene" else limited_threads(1):
        series = arrange(replace(shots, load=load), on, options, reference)
    context.tell("align", count, count)
    return on, series


def _take_shots(used: tuple[Detection, ...]) -> Shots:
    photos = [detection.photo for detection in used]
    return Shots(
        tuple(detection.main for detection in used),
        tuple(photo.size for photo in photos),
        lambda index: decode(photos[index], long_side=ALIGN_PX),
        tuple(find_focal_px(photo) for photo in photos),
    )


def find_focal_px(photo: Photo) -> float | None:
    """Focal length in pixels of the full-size photo, by the diagonals of 35 mm film and of the photo."""
    diagonal = float(np.hypot(photo.size.height, photo.size.width))
    return None if photo.focal_mm is None else photo.focal_mm / FILM_DIAGONAL_MM * diagonal


def _fit_all(sizes: tuple[Size, ...], reference: int | None) -> Series:
    home = 0 if reference is None else reference
    return Series(home, tuple(fit_centre(size, sizes[home]) for size in sizes))


def fit_centre(size: Size, onto: Size) -> Registration:
    """Lay a picture over another one, centre on centre and of equal area, without a look at their pixels."""
    scale = float(np.sqrt(onto.height * onto.width / (size.height * size.width)))
    shift_x = (onto.width - 1) / 2 - scale * (size.width - 1) / 2
    shift_y = (onto.height - 1) / 2 - scale * (size.height - 1) / 2
    matrix = np.array([[scale, 0.0, shift_x], [0.0, scale, shift_y], [0.0, 0.0, 1.0]])
    return Registration(matrix, status="placed", reason="fitted, not registered")


def _find_reference(used: tuple[Detection, ...], name: str | None) -> int | None:
    if name is None:
        return None
    for index, detection in enumerate(used):
        if fnmatch(detection.photo.path.name, name) or str(detection.photo.path) == name:
            return index
    raise OptionError(
        f"reference: no photo that is used is named {name!r}; name one of them, for example {_example(used)}"
    )


def _example(used: tuple[Detection, ...]) -> str:
    return used[0].photo.path.name


def _nothing_left(skipped: tuple[Skipped, ...]) -> str:
    if not skipped:
        return "no photo to align"
    reasons = [entry.reason for entry in skipped]
    most = max(dict.fromkeys(reasons), key=reasons.count)
    if len(skipped) == 1:
        return f"the only photo cannot be used: {most}; photos without people need --on scene"
    return (
        f"none of the {len(skipped)} photos can be used, most because: {most}; "
        "`morphlapse inspect` lists them all; an album without people needs --on scene"
    )
