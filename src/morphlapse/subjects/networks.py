"""The networks in MediaPipe's wheel: five graphs that each look at one square crop.

Crops are cut, turned and mapped back by `crops.py`, so the graphs hold nothing but their models; a picture's answer
does not depend on the one before. Positions are pixels of the crop.

Models: BlazePose (Bazarevsky et al. 2020) with its detector and segmentation, BlazeFace (Bazarevsky et al. 2019) at
short and at full range, and the face mesh with attention (Grishchenko et al. 2020). All lie in the wheel, under Apache
2.0; nothing is downloaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from jaxtyping import Float, UInt8
from numpy import ndarray

from morphlapse.subjects.graphs import (
    MESH_PRESENCE,
    WHOLE,
    Graphs,
    open_bodies,
    open_far_faces,
    open_mesh,
    open_near_faces,
    open_pose,
)

BODY_PX = 224
POSE_PX = 256
FAR_FACE_PX = 192
NEAR_FACE_PX = 128
MESH_PX = 192

BODY_SEEN = 0.3
"""Bodies of a lower score are not seen; where a face is, a faint body helps to find its crop."""

FACE_SEEN = 0.5
"""Faces of a lower score are not seen; this is MediaPipe's own default."""


@dataclass(frozen=True, eq=False)
class Sighting:
    """A face or a body that a detection network sees."""

    score: float
    """From 0 to 1."""
    box: Float[ndarray, " 4"]
    """left, top, right, bottom."""
    points: Float[ndarray, "n 2"]
    """Of a face: right eye, left eye, nose, mouth, right ear, left ear. Of a body: its hip's middle, and a point on
    the circle around the whole person, straight above the head."""


@dataclass(frozen=True, eq=False)
class PoseReading:
    """What the pose network reads from a crop."""

    presence: float
    """From 0 to 1: how surely a person is in the crop."""
    points: Float[ndarray, "39 2"]
    """The 33 keypoints, then hip's middle and the point on the circle, then four of no use here."""
    visibility: Float[ndarray, " 39"]
    """From 0 to 1."""
    mask: Float[ndarray, "256 256"]
    """From 0 to 1."""


@dataclass(frozen=True, eq=False)
class MeshReading:
    """What the face mesh network reads from a crop."""

    presence: float
    """From 0 to 1: how surely a face is in the crop."""
    points: Float[ndarray, "478 2"]
    """The mesh, irises last."""
    depth: Float[ndarray, " 478"]
    """Away from the viewer, in pixels of the crop; 0 is about the middle of the head."""


class Networks:
    """The loaded models; several threads may ask at once, and the same crop gets the same answer."""

    def __init__(self) -> None:
        gray = {"image": np.full((POSE_PX, POSE_PX, 3), 128, dtype=np.uint8)}
        self._body = Graphs(partial(open_bodies, BODY_SEEN), gray)
        self._far = Graphs(partial(open_far_faces, FACE_SEEN), gray)
        self._near = Graphs(partial(open_near_faces, FACE_SEEN), gray)
        self._pose = Graphs(open_pose, gray)
        self._mesh = Graphs(open_mesh, {**gray, "roi": WHOLE})

    def close(self) -> None:
        """Stop the graphs and their threads."""
        for graphs in (self._body, self._far, self._near, self._pose, self._mesh):
            graphs.close()

    def find_bodies(self, crop: UInt8[ndarray, "224 224 3"]) -> list[Sighting]:
        """See whole people, at any turn, the surest first."""
        return self._detect(self._body, crop)

    def find_far_faces(self, crop: UInt8[ndarray, "192 192 3"]) -> list[Sighting]:
        """See faces down to a twentieth of the crop, the surest first."""
        return self._detect(self._far, crop)

    def find_near_faces(self, crop: UInt8[ndarray, "128 128 3"]) -> list[Sighting]:
        """See faces that fill much of the crop, the surest first."""
        return self._detect(self._near, crop)

    def read_pose(self, crop: UInt8[ndarray, "256 256 3"]) -> PoseReading:
        """Read keypoints and mask of the person whom the crop is around."""
        found = self._pose.run({"image": np.ascontiguousarray(crop)})
        points = found.points.landmark
        visibility = np.array([point.visibility for point in points], dtype=np.float64)
        return PoseReading(
            float(found.presence), _positions_of(points, POSE_PX), visibility, np.array(found.mask, dtype=np.float64)
        )

    def read_mesh(self, crop: UInt8[ndarray, "192 192 3"]) -> MeshReading:
        """Read the mesh of the face that the crop is around."""
        found = self._mesh.run({"image": np.ascontiguousarray(crop), "roi": WHOLE})
        points = found.points.landmark
        depth = np.array([point.z for point in points], dtype=np.float64) * MESH_PX
        return MeshReading(float(getattr(found, MESH_PRESENCE)), _positions_of(points, MESH_PX), depth)

    def _detect(self, graphs: Graphs, crop: ndarray) -> list[Sighting]:
        detections = graphs.run({"image": np.ascontiguousarray(crop)}).detections or ()
        return sorted((_sighting_of(each, len(crop)) for each in detections), key=lambda s: -s.score)


def _positions_of(points: Any, pixels: int) -> Float[ndarray, "n 2"]:
    """Pixels of the crop from shares of it, 0 and 1 being its edges: only so do mirror images agree."""
    return np.array([(point.x, point.y) for point in points], dtype=np.float64) * pixels - 0.5


def _sighting_of(detection: Any, pixels: int) -> Sighting:
    place = detection.location_data
    box = place.relative_bounding_box
    edges = np.array([box.xmin, box.ymin, box.xmin + box.width, box.ymin + box.height], dtype=np.float64)
    return Sighting(float(detection.score[0]), edges * pixels - 0.5, _positions_of(place.relative_keypoints, pixels))
