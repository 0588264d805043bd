"""Hints from what is known of a person in both photos: the face, and the body's joints."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from morphlapse.geometry.similarity import map_points
from morphlapse.morphing.hints import Hints
from morphlapse.records import Face, Keypoints, Subject

MESH_STEP = 3
"""Every third point of a face mesh is a hint; more cost time and change nothing."""
MESH_POINTS = 468
"""Those beyond are irises, which look aside when the face does not."""
SEEN = 0.6
"""How visible a joint must be in both photos."""
JOINTS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
"""Joints that are hints; the face has its own."""
TOLERANCE = 0.02
"""Share of the eyes' distance (of a mesh) within which the pictures decide."""
JOINT_TOLERANCE = 0.15
"""The same for joints, over the extent of those that are seen: no detector tells to the pixel where an elbow is in a
sleeve, and a badge beside it must not be bent."""

Points = NDArray[np.float64]


def hints_from_subjects(
    a: Subject | None, b: Subject | None, canvas_from_a: Points, canvas_from_b: Points, *, like: Tensor
) -> Hints | None:
    """Match two photos of a person by what was found of them.

    Parameters
    ----------
    a, b : Subject or None
        The person in both photos, in pixels of the photos.
    canvas_from_a, canvas_from_b : array, (3, 3)
        Where the photos lie.
    like : Tensor
        Whose device and dtype the hints get.

    Returns
    -------
    Hints or None
        On the canvas; None where nothing is seen in both.
    """
    if a is None or b is None:
        return None
    faces, joints = match_faces(a.face, b.face), match_joints(a.keypoints, b.keypoints)
    parts = [*faces, *joints]
    if not parts:
        return None
    first, second, weight = (np.concatenate(column) for column in zip(*parts, strict=True))
    first, second = map_points(canvas_from_a, first), map_points(canvas_from_b, second)
    near = [np.full(len(points), TOLERANCE * span_of(a.face, canvas_from_a)) for points, _, _ in faces]
    near += [np.full(len(points), _reach_of(map_points(canvas_from_a, points))) for points, _, _ in joints]
    return Hints(_to(first, like), _to(second, like), _to(weight, like), _to(np.concatenate(near), like))


def match_faces(a: Face | None, b: Face | None) -> list[tuple[Points, Points, Points]]:
    """The mesh, where both have one; else eyes, nose and mouth corners."""
    if a is None or b is None:
        return []
    if a.mesh is not None and b.mesh is not None and a.mesh.shape == b.mesh.shape:
        chosen = slice(0, MESH_POINTS, MESH_STEP)
        return [(a.mesh[chosen], b.mesh[chosen], np.ones(len(a.mesh[chosen])))]
    return _match_names(a.keypoints, b.keypoints, a.keypoints.names, weight=5.0)


def match_joints(a: Keypoints | None, b: Keypoints | None) -> list[tuple[Points, Points, Points]]:
    """The joints that are seen in both photos."""
    if a is None or b is None:
        return []
    wanted = tuple(name for name in a.names if name.rpartition("_")[2] in JOINTS)
    return _match_names(a, b, wanted, weight=3.0)


def _match_names(
    a: Keypoints, b: Keypoints, names: tuple[str, ...], *, weight: float
) -> list[tuple[Points, Points, Points]]:
    pairs = [(a.index(name), b.index(name)) for name in names if name in a.names and name in b.names]
    seen = [(i, j) for i, j in pairs if min(a.visibility[i], b.visibility[j]) >= SEEN]
    if not seen:
        return []
    first, second = (list(column) for column in zip(*seen, strict=True))
    return [(a.xy[first], b.xy[second], np.full(len(seen), weight))]


def _reach_of(joints: Points) -> float:
    """How far joints may be off, in pixels of the canvas."""
    return JOINT_TOLERANCE * float(np.hypot(*np.ptp(joints, axis=0)))


def span_of(face: Face | None, canvas_from_photo: Points) -> float:
    """Distance of the eyes on the canvas, 0 without a face."""
    if face is None or "right_eye" not in face.keypoints.names:
        return 0.0
    rows = [face.keypoints.index("right_eye"), face.keypoints.index("left_eye")]
    right, left = map_points(canvas_from_photo, face.keypoints.xy[rows])
    return float(np.hypot(*(left - right)))


def _to(array: Points, like: Tensor) -> Float[Tensor, "*n"]:
    return torch.from_numpy(np.ascontiguousarray(array)).to(like)
