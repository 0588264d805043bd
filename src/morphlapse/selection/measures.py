"""What was measured of each photo, as columns of numbers; NaN is what was not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from morphlapse.records import Basis, Box, Detection, Face, Size, Subject

BLOWN, BLACK = 250, 5
"""A cell of a thumbnail with all three colours beyond these is burnt out, or has drowned in black."""

LEAST_CELLS = 9
"""A subject with fewer cells of the thumbnail is not judged by them."""

ASIDE_DEG = 30.0
"""Eyes of a head that is turned to a side by more are not judged: the lids of the far one are hardly seen."""

Column = Float[ndarray, " n"]


@dataclass(frozen=True, eq=False)
class Measures:
    """What was measured of N photos."""

    light: Column
    """Lightness of the photo, 0 to 1."""
    face_light: Column
    """Lightness of the face, 0 to 1."""
    clipped: Column
    """Share of the subject, or of a photo without one, that is burnt out or has drowned in black."""
    sharp: Column
    """Sharpness of the subject, 0 to 1."""
    eyes: Column
    """How far the eyes are open, 0 to 1."""
    yaw_deg: Column
    """How far the head is turned to a side."""
    pitch_deg: Column
    """How far it is turned up or down."""
    size: Column
    """Height of the subject, of faces the face, over the photo's short side."""
    cut: Column
    """Share of the face that is beyond the photo's border."""
    likeness: Column
    """How surely it is the person whose album it is."""


def measure_all(detections: Sequence[Detection], basis: Basis) -> Measures:
    """Collect what was measured of photos that are aligned on a basis; of scenes nothing that speaks of people."""
    people = [None if basis in ("scene", "none") else each.main for each in detections]
    faces = [None if subject is None else subject.face for subject in people]
    sizes = [each.photo.size for each in detections]
    return Measures(
        light=_column(each.lightness for each in detections),
        face_light=_column(face and face.lightness for face in faces),
        clipped=measure_clipping(detections, people),
        sharp=_column(_sharpness(each, face, basis) for each, face in zip(detections, faces, strict=True)),
        eyes=_column(face and _eyes_of(face) for face in faces),
        yaw_deg=_column(face and face.pose and face.pose.yaw_deg for face in faces),
        pitch_deg=_column(face and face.pose and face.pose.pitch_deg for face in faces),
        size=_column(_size(subject, size, basis) for subject, size in zip(people, sizes, strict=True)),
        cut=_column(face and share_beyond(face.box, size) for face, size in zip(faces, sizes, strict=True)),
        likeness=_column(each.likeness for each in detections),
    )


def _column(values: Iterable[float | None]) -> Column:
    return np.array([np.nan if value is None else value for value in values], dtype=float)


def _sharpness(detection: Detection, face: Face | None, basis: Basis) -> float | None:
    if basis == "face" and face is not None and face.sharpness is not None:
        return face.sharpness
    return detection.sharpness


def _eyes_of(face: Face) -> float | None:
    aside = face.pose is not None and abs(face.pose.yaw_deg) > ASIDE_DEG
    return None if aside else face.eyes_open


def _size(subject: Subject | None, size: Size, basis: Basis) -> float | None:
    if subject is None or (basis == "face" and subject.face is None):
        return None
    box = subject.face.box if basis == "face" and subject.face is not None else subject.box
    return box.height / size.short_side


def share_beyond(box: Box, size: Size) -> float:
    """Share of a box that lies beyond the photo's border."""
    wide = min(box.right, size.width - 0.5) - max(box.left, -0.5)
    high = min(box.bottom, size.height - 0.5) - max(box.top, -0.5)
    return 1.0 - max(wide, 0.0) * max(high, 0.0) / box.area if box.area > 0.0 else 0.0


def measure_clipping(detections: Sequence[Detection], people: Sequence[Subject | None]) -> Column:
    """Share of the face or the person, or of a photo without one, that is burnt out or has drowned in black."""
    shares = np.full(len(detections), np.nan)
    for k, (detection, subject) in enumerate(zip(detections, people, strict=True)):
        if detection.thumbnail is not None:
            box = None if subject is None else subject.face.box if subject.face is not None else subject.box
            cells = detection.thumbnail if box is None else cut_cells(detection.thumbnail, box, detection.photo.size)
            count = cells.shape[0] * cells.shape[1]
            if count >= LEAST_CELLS:
                lost = np.count_nonzero(cells.min(axis=-1) >= BLOWN) + np.count_nonzero(cells.max(axis=-1) <= BLACK)
                shares[k] = lost / count
    return shares


def cut_cells(thumbnail: ndarray, box: Box, size: Size) -> ndarray:
    """The cells of a thumbnail whose middles are in a box of the photo."""
    rows, columns = thumbnail.shape[:2]
    top, bottom = (round(min(max((y + 0.5) / size.height, 0.0), 1.0) * rows) for y in (box.top, box.bottom))
    left, right = (round(min(max((x + 0.5) / size.width, 0.0), 1.0) * columns) for x in (box.left, box.right))
    return thumbnail[top:bottom, left:right]
