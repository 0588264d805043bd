"""How a head is turned and how far its eyes are open, from the points of its face.

Angles are those of `records.Pose`. A head is first turned up or down, then to the side, then in the picture's plane, so
a turned picture changes the roll alone. Views are taken for parallel: near a wide lens, a head is turned a little more
or less than is told.
"""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from morphlapse.records import Keypoints, Pose
from morphlapse.subjects.protocol import FACE_KEYPOINTS

PAIRS = ((33, 263), (133, 362), (127, 356), (234, 454), (93, 323), (58, 288), (129, 358), (61, 291))
"""Of the mesh: points of both halves of a face, the person's right one first: outer and inner corners of the eyes,
temples, three down the side to the jaw, wings of the nose, corners of the mouth."""

FOREHEAD, CHIN = 10, 152
"""Of the mesh: the ends of the line down the middle of a face."""

REST_PITCH_DEG = -6.0
"""How that line leans in people who look into the camera (median of 109 portraits of 13 people)."""

DEPTH_STRETCH = 1.1
"""What the mesh's depths are multiplied by: only so are the halves of turned faces alike (the same portraits)."""

FIVE_POINTS = np.array(
    [[-0.5, -0.52, -0.17], [0.5, -0.52, -0.17], [0.0, 0.03, 0.52], [-0.43, 0.51, -0.09], [0.43, 0.51, -0.09]]
)
"""Where a head has its `FACE_KEYPOINTS`: to its left, down and forward, in distances of the eyes (medians of those
portraits' meshes)."""

EYES = (((33, 133), ((160, 144), (159, 145), (158, 153))), ((263, 362), ((387, 373), (386, 374), (385, 380))))
"""Of the mesh, the person's right eye first: its corners, and points of its upper lid with those of the lower below."""

SHUT, OPEN = 0.12, 0.32
"""Height over width of an eye that is shut, and of one that is wide open (docs/detection.md says on what photos)."""


def pose_of_mesh(mesh: Float[ndarray, "m 3"]) -> Pose:
    """How a head is turned.

    Parameters
    ----------
    mesh : ndarray, (M, 3)
        MediaPipe's face mesh: x right, y down, and depth away from the viewer, all in the same unit.

    Returns
    -------
    Pose
        By the mean direction from the face's right half to its left one, and the line down its middle.
    """
    solid = mesh * (1.0, 1.0, DEPTH_STRETCH)
    across = sum((solid[left] - solid[right] for right, left in PAIRS), np.zeros(3))
    return pose_of_axes(across, solid[CHIN] - solid[FOREHEAD])


def pose_of_points(keypoints: Keypoints) -> Pose | None:
    """How a head is turned, by its five points alone; None where one is missing or all lie in one place.

    The likeliest view of a usual head: where the nose lies between the eyes tells the turn to the side, where it lies
    between eyes and mouth the turn up or down. Ten degrees are easily missed.
    """
    if not set(FACE_KEYPOINTS) <= set(keypoints.names):
        return None
    seen = keypoints.xy[[keypoints.index(name) for name in FACE_KEYPOINTS]]
    seen = seen - seen.mean(axis=0)
    model = FIVE_POINTS * (1.0, 1.0, -1.0)
    view = np.linalg.lstsq(model - model.mean(axis=0), seen, rcond=None)[0].T
    rotation, strengths, axes = np.linalg.svd(view, full_matrices=False)
    if strengths[-1] < 1e-9:
        return None
    rows = rotation @ axes
    turned = np.vstack((rows, np.cross(*rows)))
    return pose_of_axes(turned[:, 0], turned[:, 1])


def pose_of_axes(across: Float[ndarray, " 3"], down: Float[ndarray, " 3"]) -> Pose:
    """The pose of a head whose right-to-left and downward directions are known: x right, y down, z away."""
    across = across / max(float(np.linalg.norm(across)), 1e-9)
    down = down - across * (down @ across)
    forward = np.cross(down / max(float(np.linalg.norm(down)), 1e-9), across)
    roll = math.atan2(across[1], across[0])
    x = math.cos(roll) * forward[0] + math.sin(roll) * forward[1]
    y = math.cos(roll) * forward[1] - math.sin(roll) * forward[0]
    yaw = math.atan2(across[2], math.hypot(across[0], across[1]))
    # Turned to the side first and then up, the head would look up by less: undo the turn to the side.
    ahead = math.cos(yaw) * -forward[2] + math.sin(yaw) * x
    return Pose(math.degrees(yaw), math.degrees(math.atan2(-y, ahead)) - REST_PITCH_DEG, math.degrees(roll))


def measure_opening(mesh: Float[ndarray, "m 3"]) -> float:
    """How far the eyes of MediaPipe's face mesh are open, from 0 (both shut) to 1 (both wide open).

    The height of each eye over its width (Soukupová and Čech 2016) as they are in space, so that a turned head changes
    it little; the eye that is seen wider counts more, by the square.
    """
    solid = mesh * (1.0, 1.0, DEPTH_STRETCH)
    ratios, weights = [], []
    for (outer, inner), lids in EYES:
        width = float(np.linalg.norm(solid[outer] - solid[inner]))
        heights = [float(np.linalg.norm(solid[upper] - solid[lower])) for upper, lower in lids]
        ratios.append(sum(heights) / len(heights) / max(width, 1e-9))
        weights.append(float(np.sum((mesh[outer, :2] - mesh[inner, :2]) ** 2)) + 1e-9)
    ratio = float(np.average(ratios, weights=weights))
    return min(max((ratio - SHUT) / (OPEN - SHUT), 0.0), 1.0)
