"""What is known of a subject's place in each photo of a series: named points, and how surely they are seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float
from numpy import ndarray

from morphlapse.records import Basis, Face, Keypoints, Size, Subject

Side = Literal["left", "right"]
"""The person's own."""

FACE_POINTS = ("right_eye", "left_eye", "nose", "mouth_right", "mouth_left")
"""What a face is aligned on."""

MESH_POINTS = (33, 133, 362, 263, 2, 1, 61, 291)
MESH_WEIGHTS = (1.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.5, 0.5)
"""The same where there is MediaPipe's mesh: corners of the eyes, base and tip of the nose, corners of the mouth.

By the landmarks of two other detectors (dlib, MTCNN) these hold a face steadier than the five points, whose eyes follow
the gaze and whose mouth follows the mood: 1.22 and 1.12 times the best possible against 1.46 and 1.13.
"""

MESH_SIZES = (468, 478)
"""Meshes of MediaPipe have so many points."""

BODY_PARTS = ("ear", "shoulder", "hip")
"""What a body is aligned on, of one side."""

MORE_BODY_POINTS = ("nose", "right_eye", "left_eye")
"""They and the other side only help to find a wrong point."""

HELP = 0.25
"""Weight of points that only help."""

SEEN = 0.9
"""Visibility from which on a point is surely seen: joints in the open have 1.0, hips guessed under a wide suit at the
frame's edge 0.4 to 0.85, and a film aligned on such hips lets the head grow and shrink by 15 %."""


@dataclass(frozen=True, eq=False)
class Scheme:
    """Which points speak of a subject."""

    names: tuple[str, ...]
    """First those that the subject is aligned on."""
    targets: int
    """How many these are."""
    weight: Float[ndarray, " k"]
    """How much each counts."""
    ends: tuple[tuple[int, ...], tuple[int, ...]]
    """Points between whose means the subject's length is measured; none: it is measured by their spread."""
    eyes: tuple[tuple[int, ...], tuple[int, ...]] | None = None
    """Points of the right and of the left eye."""
    least: int = 3
    """So many points must be seen."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """The points of a subject in N photos."""

    scheme: Scheme
    """Which these are."""
    xy: Float[ndarray, "n k 2"]
    """In pixels of the full-size photos; 0 where unknown."""
    trust: Float[ndarray, "n k"]
    """How far each point is believed, 0 to 1; 0 where it is hidden or outside the photo."""

    @property
    def complete(self) -> Bool[ndarray, " n"]:
        """Photos that show enough to place them: two targets and the least number of points."""
        seen = self.trust > 0.0
        return (seen[:, : self.scheme.targets].sum(axis=1) >= 2) & (seen.sum(axis=1) >= self.scheme.least)


def choose_body_points(side: Side) -> Scheme:
    """Ear, shoulder and hip of a side; what else is seen only helps."""
    other = "left" if side == "right" else "right"
    names = (*(f"{side}_{part}" for part in BODY_PARTS), *(f"{other}_{part}" for part in BODY_PARTS), *MORE_BODY_POINTS)
    weight = np.where(np.arange(len(names)) < len(BODY_PARTS), 1.0, HELP)
    return Scheme(names, len(BODY_PARTS), weight, ((0,), (2,)))


def choose_face_points(faces: Sequence[Face | None]) -> Scheme:
    """Points of the mesh where every face has one, else the five that each face has."""
    meshes = [face.mesh for face in faces if face is not None]
    if meshes and all(mesh is not None and len(mesh) in MESH_SIZES for mesh in meshes):
        names = tuple(f"mesh_{k}" for k in MESH_POINTS)
        return Scheme(names, len(names), np.array(MESH_WEIGHTS), ((0, 1, 2, 3), (6, 7)), ((0, 1), (2, 3)))
    return Scheme(FACE_POINTS, len(FACE_POINTS), np.ones(len(FACE_POINTS)), ((0, 1), (3, 4)), ((0,), (1,)))


def choose_given_points(points: Sequence[Keypoints | None]) -> Scheme:
    """Every point that the user gives anywhere; two of them make a similarity."""
    names = tuple(dict.fromkeys(name for each in points if each is not None for name in each.names))
    return Scheme(names, len(names), np.ones(len(names)), ((), ()), least=2)


def gather_evidence(subjects: Sequence[Subject | None], sizes: Sequence[Size], on: Basis) -> Evidence:
    """Collect the points that a basis needs from every photo.

    Parameters
    ----------
    subjects : sequence of Subject or None
        The chosen person in each photo.
    sizes : sequence of Size
        Of the full-size photos.
    on : "body", "face", "mask" or "points"
        For a body: ear, shoulder and hip of the side that faces the camera in most photos. For a face: eyes, nose and
        mouth. For a mask: body points, which only help to begin. For points: all that are given.
    """
    if on == "face":
        faces = [None if subject is None else subject.face for subject in subjects]
        scheme = choose_face_points(faces)
        points = [None if face is None else _name_points(face, scheme) for face in faces]
    else:
        points = [None if subject is None else subject.keypoints for subject in subjects]
        scheme = choose_given_points(points) if on == "points" else choose_body_points(vote_side(points))
    xy = np.zeros((len(points), len(scheme.names), 2))
    trust = np.zeros((len(points), len(scheme.names)))
    for n, (each, size) in enumerate(zip(points, sizes, strict=True)):
        for k, name in enumerate(scheme.names):
            if each is not None and name in each.names:
                xy[n, k] = each.xy[each.index(name)]
                seen = _visibility(each, name)
                trust[n, k] = (seen if on == "points" else believe(seen)) * _is_inside(xy[n, k], size)
    return Evidence(scheme, xy, trust)


def _name_points(face: Face, scheme: Scheme) -> Keypoints:
    if scheme.names == FACE_POINTS or face.mesh is None:
        return face.keypoints
    return Keypoints(scheme.names, face.mesh[list(MESH_POINTS)], np.ones(len(MESH_POINTS)))


def vote_side(points: Sequence[Keypoints | None]) -> Side:
    """The side of the body that is seen better in the whole album."""
    votes = dict.fromkeys(("left", "right"), 0.0)
    for each in points:
        for side in votes:
            for part in BODY_PARTS:
                votes[side] += 0.0 if each is None else _visibility(each, f"{side}_{part}")
    return "left" if votes["left"] >= votes["right"] else "right"


def _visibility(points: Keypoints, name: str) -> float:
    return float(points.visibility[points.index(name)]) if name in points.names else 0.0


def believe(visibility: float) -> float:
    """Trust from visibility: 0 up to 0.3, 1 from 0.7 on."""
    return float(np.clip((visibility - 0.3) / 0.4, 0.0, 1.0))


def _is_inside(point: Float[ndarray, " 2"], size: Size) -> bool:
    return bool(-0.5 <= point[0] <= size.width - 0.5 and -0.5 <= point[1] <= size.height - 0.5)


def measure_lengths(evidence: Evidence) -> Float[ndarray, " n"]:
    """The subject's length in pixels of each photo: from ear to hip, or from eyes to mouth.

    Where a point is hidden, from those that are seen, by how far they spread in the photos that show all; NaN where two
    are not seen.
    """
    first, second = (list(part) for part in evidence.scheme.ends)
    if not first:
        return _measure_spreads(evidence)
    whole = (evidence.trust[:, [*first, *second]] > 0.0).all(axis=1)
    ends = evidence.xy[:, first].mean(axis=1) - evidence.xy[:, second].mean(axis=1)
    length = np.where(whole, np.linalg.norm(ends, axis=1), np.nan)
    for n in np.flatnonzero(~whole):
        seen = evidence.trust[n] > 0.0
        others = whole & (evidence.trust[:, seen] > 0.0).all(axis=1)
        if seen.sum() >= 2 and others.any():
            ratio = length[others] / _spread(evidence.xy[others][:, seen])
            length[n] = float(np.median(ratio)) * float(_spread(evidence.xy[n : n + 1][:, seen])[0])
    return np.where(length > 0.0, length, np.nan)


def _measure_spreads(evidence: Evidence) -> Float[ndarray, " n"]:
    """Twice the spread of points, as large as that of all of them would be by what the photo with most points shows."""
    seen = evidence.trust > 0.0
    most = int(seen.sum(axis=1).argmax())
    length = np.full(len(seen), np.nan)
    for n in range(len(seen)):
        both = seen[n] & seen[most]
        shared = both if both.sum() >= 2 else seen[n]
        if shared.sum() >= 2:
            here, there = (float(_spread(evidence.xy[k : k + 1][:, shared])[0]) for k in (n, most))
            whole = float(_spread(evidence.xy[most : most + 1][:, seen[most]])[0])
            length[n] = 2.0 * here * (whole / there if both.sum() >= 2 else 1.0)
    return length


def _spread(points: Float[ndarray, "n k 2"]) -> Float[ndarray, " n"]:
    return np.sqrt(points.var(axis=1).sum(axis=1)) + 1e-9


def supports_body(subject: Subject | None) -> bool:
    """Whether ear, shoulder and hip of one side are surely seen."""
    points = None if subject is None else subject.keypoints
    if points is None:
        return False
    return any(all(_visibility(points, f"{side}_{part}") >= SEEN for part in BODY_PARTS) for side in ("left", "right"))


def choose_basis(subjects: Sequence[Subject | None]) -> Basis:
    """What `auto` means for an album: the first of body, face and scene that more than half of the photos support.

    A body is supported by ear, shoulder and hip of one side, a face by a face. `scene` needs nobody; whether the photos
    do show one scene comes out when they are placed.

    Parameters
    ----------
    subjects : sequence of Subject or None
        The chosen person in each photo.
    """
    half = 0.5 * len(subjects)
    if sum(supports_body(subject) for subject in subjects) > half:
        return "body"
    if sum(subject is not None and subject.face is not None for subject in subjects) > half:
        return "face"
    return "scene"
