"""Which face belongs to which body: where one tells the other to be, and whether they agree."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from morphlapse.geometry.similarity import map_points
from morphlapse.records import Face
from morphlapse.subjects.bodies import KEYPOINT_NAMES, Body
from morphlapse.subjects.crops import Copies, Crop, make_copies, picture_from_crop
from morphlapse.subjects.faces import MARGIN, FaceSighting, measure_tilt
from morphlapse.subjects.masks import is_on_mask
from morphlapse.subjects.protocol import FACE_KEYPOINTS

AGREEMENT = 0.25
"""Mean distance of the face keypoints of body and face, over the face's width, up to which they are one person's."""

RIVAL_REACH = 4.0
"""Other faces nearer than this many widths are hidden while a body is read, for the network mixes neighbours."""

RIVAL_DISC, OWN_DISC = 0.75, 0.6
"""Radii, in widths of the face, of the disc that hides a rival and of the one that is spared for the owner."""

HEAD_OF_BODY = 0.29
"""From the hip to the nose of a standing person, over the side of the body's crop (about the median of 140 photos)."""

FACE_OF_BODY = 1 / 10.5
"""Width of a face over the side of the body's crop (about the median of the same photos)."""

FACE_OF_MOUTH = 2.65
"""Width of a face over the distance from its eyes to its mouth (median of 127 of them)."""

SHARED_MASK = 0.5
"""Two bodies are one where this share of a mask lies on the other."""

MASK_STEP = 4
"""Every so many pixels of a mask are looked up in the other."""

FACE_ROWS = [KEYPOINT_NAMES.index(name) for name in ("right_eye", "left_eye", "nose", "mouth_right", "mouth_left")]


def measure_distance(body: Body, face: Face) -> float:
    """Mean distance of the face keypoints of a body and of a face, over the face's width."""
    apart = np.hypot(*(body.points[FACE_ROWS] - face.keypoints.xy).T)
    return float(apart.mean()) / max(face.box.width, face.box.height)


def choose_crops(face: FaceSighting, sights: list[Crop]) -> list[Crop]:
    """Crops for a face's body: that of a body seen with its head there, and where a standing person's would be."""
    side, tilt = face.width / FACE_OF_BODY, face.crop.angle_rad
    reach = HEAD_OF_BODY * side
    standing = Crop(face.crop.x - math.sin(tilt) * reach, face.crop.y + math.cos(tilt) * reach, side, tilt)
    apart = {math.dist(head_of(sight), (face.crop.x, face.crop.y)): sight for sight in sights}
    near = [apart[distance] for distance in sorted(apart)[:1] if distance < face.width]
    return [*near, standing]


def head_of(crop: Crop) -> tuple[float, float]:
    """Where the head of a body in this crop is, if it stands."""
    reach = HEAD_OF_BODY * crop.side
    return crop.x + math.sin(crop.angle_rad) * reach, crop.y - math.cos(crop.angle_rad) * reach


def sight_face(points: Float[ndarray, "5 2"], score: float) -> FaceSighting:
    """A sighting from the face keypoints of a body, in the order of `FACE_KEYPOINTS`."""
    right_eye, left_eye, nose = points[: FACE_KEYPOINTS.index("nose") + 1]
    eyes, mouth = 0.5 * (right_eye + left_eye), points[3:].mean(axis=0)
    x, y = 0.5 * (eyes + mouth)
    side = MARGIN * FACE_OF_MOUTH * float(np.hypot(*(mouth - eyes)))
    crop = Crop(float(x), float(y), side, measure_tilt(right_eye, left_eye))
    return FaceSighting(score, crop, np.stack((right_eye, left_eye, nose, mouth)))


def share_body(a: Body, b: Body) -> bool:
    """Whether more than half of the smaller mask lies on the other."""
    return max(measure_overlap(a, b), measure_overlap(b, a)) > SHARED_MASK


def measure_overlap(a: Body, b: Body) -> float:
    """Share of a's mask that lies on b's."""
    rows, columns = np.nonzero(a.mask[::MASK_STEP, ::MASK_STEP] > 0.5)
    pixels = MASK_STEP * np.stack((columns, rows), axis=1).astype(np.float64)
    points = map_points(picture_from_crop(a.crop, len(a.mask)), pixels)
    return float(is_on_mask(b.mask, b.crop, points).mean()) if len(points) else 0.0


def is_rival(a: FaceSighting, b: FaceSighting) -> bool:
    """Whether two faces are so near that the pose network would mix the two people."""
    return math.dist((a.crop.x, a.crop.y), (b.crop.x, b.crop.y)) < RIVAL_REACH * max(a.width, b.width)


def hide_faces(copies: Copies, rivals: list[FaceSighting], own: FaceSighting) -> Copies:
    """The picture with discs of its mean colour over other faces, but never over one's own."""
    picture = copies.levels[0].copy()
    gray = picture.mean(axis=(0, 1)).round().astype(np.uint8)
    spared = measure_reach(copies, own) < OWN_DISC
    for rival in rivals:
        picture[(measure_reach(copies, rival) < RIVAL_DISC) & ~spared] = gray
    return make_copies(picture)


def measure_reach(copies: Copies, face: FaceSighting) -> Float[ndarray, "h w"]:
    """How far each pixel is from the middle of a face, in widths of it."""
    x = np.arange(copies.size.width) - face.crop.x
    y = np.arange(copies.size.height) - face.crop.y
    return np.hypot(x[None], y[:, None]) / face.width
