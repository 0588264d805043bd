"""Faces: seen in a crop of the picture, then read closely as a mesh."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from morphlapse.geometry.box import box_around
from morphlapse.geometry.similarity import invert, map_points, similarity
from morphlapse.records import Box, Face, Keypoints, Size
from morphlapse.subjects.bodies import is_inside
from morphlapse.subjects.crops import Copies, Crop, Picture, cut, picture_from_crop
from morphlapse.subjects.heads import measure_opening, pose_of_mesh
from morphlapse.subjects.networks import FAR_FACE_PX, MESH_PX, NEAR_FACE_PX, Networks, Sighting
from morphlapse.subjects.protocol import FACE_KEYPOINTS

MARGIN = 1.5
"""Side of a face's crop over the face, as the mesh network was trained."""

READINGS = 3
"""How often a face is read, each time in the crop that the reading before gives."""

EYE_CORNERS = (33, 263)
"""Of the mesh: the outer ones, the person's right one first."""

RIGHT_IRIS, LEFT_IRIS, NOSE_TIP, MOUTH_RIGHT, MOUTH_LEFT = 468, 473, 1, 61, 291
"""Of the mesh: the keypoints of a `Face`; right and left are the person's own."""

MESH_SURE = 0.5
"""A mesh of which the network is less sure is none."""

MOUTH_REACH = 0.4
"""From the middle of the mouth to its corner, over the distance of the eyes."""

STEADY_SHARE = 0.01
"""A mesh that moves by this share of its crop between readings is half as sure."""


@dataclass(frozen=True, eq=False)
class FaceSighting:
    """A face that a detection network sees, in pixels of the picture."""

    score: float
    """From 0 to 1."""
    crop: Crop
    """Around the face with a margin, upright with it."""
    points: Float[ndarray, "4 2"]
    """Right eye, left eye, nose, middle of the mouth."""

    @property
    def width(self) -> float:
        """Of the face."""
        return self.crop.side / MARGIN


def find_faces(networks: Networks, copies: Copies, crop: Crop) -> list[FaceSighting]:
    """See faces in a part of the picture by both networks, each face once, the surest first."""
    seen = [
        *_look(networks.find_far_faces, copies, crop, FAR_FACE_PX),
        *_look(networks.find_near_faces, copies, crop, NEAR_FACE_PX),
    ]
    return keep_distinct(sorted(seen, key=lambda each: -each.score))


def find_far_faces(networks: Networks, copies: Copies, crops: list[Crop]) -> list[FaceSighting]:
    """See small faces in several parts of the picture, each face once, the surest first."""
    seen = [each for crop in crops for each in _look(networks.find_far_faces, copies, crop, FAR_FACE_PX)]
    return keep_distinct(sorted(seen, key=lambda each: -each.score))


def sighting_of(face: Face) -> FaceSighting:
    """How a face that was read would be seen."""
    right_eye, left_eye, nose = face.keypoints.xy[: FACE_KEYPOINTS.index("nose") + 1]
    box, mouth = face.box, face.keypoints.xy[3:].mean(axis=0)
    middle = 0.5 * (box.left + box.right), 0.5 * (box.top + box.bottom)
    crop = Crop(*middle, MARGIN * max(box.width, box.height), measure_tilt(right_eye, left_eye))
    return FaceSighting(face.score, crop, np.stack((right_eye, left_eye, nose, mouth)))


def _look(find: Callable[[Picture], list[Sighting]], copies: Copies, crop: Crop, pixels: int) -> list[FaceSighting]:
    back = picture_from_crop(crop, pixels)
    per_pixel = crop.side / pixels
    return [_face_sighting(each, back, per_pixel) for each in find(cut(copies, crop, pixels, border="zeros"))]


def _face_sighting(sighting: Sighting, back: ndarray, per_pixel: float) -> FaceSighting:
    left, top, right, bottom = sighting.box
    x, y = map_points(back, np.array([[(left + right) / 2, (top + bottom) / 2]]))[0]
    points = map_points(back, sighting.points[:4])
    side = MARGIN * max(right - left, bottom - top) * per_pixel
    return FaceSighting(sighting.score, Crop(float(x), float(y), float(side), measure_tilt(*points[:2])), points)


def keep_distinct(sightings: list[FaceSighting]) -> list[FaceSighting]:
    """Drop sightings of a face that a surer one shows already."""
    kept: list[FaceSighting] = []
    for each in sightings:
        if all(math.dist(_middle(each), _middle(other)) > 0.5 * max(each.width, other.width) for other in kept):
            kept.append(each)
    return kept


def _middle(sighting: FaceSighting) -> tuple[float, float]:
    return sighting.crop.x, sighting.crop.y


def measure_tilt(right_eye: Float[ndarray, " 2"], left_eye: Float[ndarray, " 2"]) -> float:
    """How far a face is turned, in radians; 0 has the person's right eye straight left of the other."""
    x, y = left_eye - right_eye
    return math.atan2(y, x)


def crop_of_mesh(mesh: Float[ndarray, "478 2"]) -> Crop:
    """The crop around a mesh, upright with its eyes."""
    tilt = measure_tilt(*mesh[list(EYE_CORNERS)])
    upright = similarity(angle_rad=-tilt)
    straight = map_points(upright, mesh)
    low, high = straight.min(axis=0), straight.max(axis=0)
    x, y = map_points(invert(upright), 0.5 * (low + high)[None])[0]
    return Crop(float(x), float(y), MARGIN * float((high - low).max()), tilt)


def read_face(networks: Networks, copies: Copies, sighting: FaceSighting) -> Face:
    """Read a face's mesh where a face was seen.

    Returns
    -------
    Face
        Its score is how sure all networks are, times how steady the mesh is between readings: that of a person's face
        hardly moves, that of a stain that resembles one does. The mesh is the mean of the last two readings; where the
        mesh network sees no face, there is none and the keypoints are those of the sighting.
    """
    crop, meshes, presences, depths = sighting.crop, [], [], []
    for _ in range(READINGS):
        reading = networks.read_mesh(cut(copies, crop, MESH_PX, border="replicate"))
        meshes.append(map_points(picture_from_crop(crop, MESH_PX), reading.points))
        depths.append(reading.depth * (crop.side / MESH_PX))
        presences.append(reading.presence)
        crop = crop_of_mesh(meshes[-1])
    score = sighting.score * min(presences) * measure_steadiness(meshes, crop.side)
    if min(presences) < MESH_SURE:
        return face_of_sighting(sighting, score, copies.size)
    return face_of_mesh(0.5 * (meshes[-1] + meshes[-2]), 0.5 * (depths[-1] + depths[-2]), score, copies.size)


def measure_steadiness(meshes: list[Float[ndarray, "478 2"]], side: float) -> float:
    """From 1 (the readings agree) to 0, by the medians of how far points are from the last reading."""
    last, first = (float(np.median(np.hypot(*(meshes[-1] - each).T))) / side for each in (meshes[-2], meshes[0]))
    return 1.0 / (1.0 + (max(last, 0.5 * first) / STEADY_SHARE) ** 2)


def face_of_mesh(mesh: Float[ndarray, "478 2"], depth: Float[ndarray, " 478"], score: float, size: Size) -> Face:
    """The face that has this mesh, its depth in the same pixels."""
    xy = mesh[[RIGHT_IRIS, LEFT_IRIS, NOSE_TIP, MOUTH_RIGHT, MOUTH_LEFT]]
    keypoints = Keypoints(FACE_KEYPOINTS, xy, is_inside(xy, size).astype(np.float64))
    solid = np.column_stack((mesh, depth))
    return Face(box_around(mesh), score, keypoints, mesh, pose_of_mesh(solid), measure_opening(solid))


def face_of_sighting(sighting: FaceSighting, score: float, size: Size) -> Face:
    """A face without a mesh; the corners of its mouth are put where most people have them."""
    right_eye, left_eye, nose, mouth = sighting.points
    reach = MOUTH_REACH * (left_eye - right_eye)
    xy = np.stack((right_eye, left_eye, nose, mouth - reach, mouth + reach))
    half, crop = 0.5 * sighting.width, sighting.crop
    box = Box(crop.x - half, crop.y - half, crop.x + half, crop.y + half)
    return Face(box, score, Keypoints(FACE_KEYPOINTS, xy, 0.5 * is_inside(xy, size)))
