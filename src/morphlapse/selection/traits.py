"""What a photo is like where it meets its neighbours in a film: pose, framing and light."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from morphlapse.records import Basis, Detection, Keypoints, Subject
from morphlapse.selection.rating import fill_unknown

TURN_DEG, TILT_DEG = 20.0, 30.0
"""A head that turns aside, or up or down, by the first, or tilts by the second, clearly jumps."""
PLACE, GROWTH = 0.3, 0.5
"""So does a subject that moves by this share of the photo's short side, or whose size changes so much in its logarithm:
by less than a head, for photos are aligned afterwards."""
LIGHT = 0.2
"""And light that changes so much, of the range from black to white."""
LIMB = 0.35
"""And limbs that move so far on average, over the length of the trunk."""

LIMBS = ("nose", "elbow", "wrist", "knee")
SEEN = 0.5
"""Visibility from which on a joint is believed."""


def measure_traits(detections: Sequence[Detection], basis: Basis) -> Float[ndarray, "n d"]:
    """Measure photos so that a difference of 1 is a clear jump; what was not measured counts as typical.

    Parameters
    ----------
    detections : sequence of Detection
        N photos.
    basis : Basis
        What they are aligned on: of scenes the light alone counts.

    Returns
    -------
    ndarray, (N, D)
        Finite.
    """
    parts = [_describe_light(detections)]
    if basis not in ("scene", "none"):
        heads = np.array([_describe_head(each.main) for each in detections])
        frames = np.array([_describe_framing(each, basis) for each in detections])
        limbs = np.array([_describe_limbs(each.main) for each in detections])
        parts += [heads, frames, limbs]
    table = np.concatenate(parts, axis=1)
    return np.stack([fill_unknown(column, 0.0) for column in table.T], axis=1)


def _describe_light(detections: Sequence[Detection]) -> Float[ndarray, "n 5"]:
    """Lightness of the photo and of the face, and the mean colour of the photo."""
    table = np.full((len(detections), 5), np.nan)
    faces = [each.main and each.main.face for each in detections]
    for column, values in enumerate(
        ([each.lightness for each in detections], [face and face.lightness for face in faces])
    ):
        table[:, column] = [np.nan if value is None else value for value in values]
    shown = [k for k, each in enumerate(detections) if each.thumbnail is not None]
    if shown:
        thumbnails = np.stack([each.thumbnail for each in detections if each.thumbnail is not None])
        table[shown, 2:] = thumbnails.mean(axis=(1, 2)) / (255.0 * np.sqrt(3.0))
    return table / LIGHT


def _describe_head(subject: Subject | None) -> list[float]:
    """Yaw, pitch and roll."""
    pose = None if subject is None or subject.face is None else subject.face.pose
    if pose is None:
        return [np.nan] * 3
    return [pose.yaw_deg / TURN_DEG, pose.pitch_deg / TURN_DEG, pose.roll_deg / TILT_DEG]


def _describe_framing(detection: Detection, basis: Basis) -> list[float]:
    """Place and size of the subject in the photo."""
    subject = detection.main
    if subject is None or (basis == "face" and subject.face is None):
        return [np.nan] * 3
    box = subject.face.box if basis == "face" and subject.face is not None else subject.box
    size = detection.photo.size
    x = ((box.left + box.right) / 2.0 - (size.width - 1) / 2.0) / size.short_side
    y = ((box.top + box.bottom) / 2.0 - (size.height - 1) / 2.0) / size.short_side
    return [x / PLACE, y / PLACE, np.log(max(box.height, 1.0) / size.short_side) / GROWTH]


def _describe_limbs(subject: Subject | None) -> list[float]:
    """Where nose, elbows, wrists and knees are, seen from the shoulders, over the length of the trunk."""
    names = [f"{side}_{limb}" for limb in LIMBS[1:] for side in ("left", "right")]
    unknown = [np.nan] * (2 * len(names) + 2)
    points = None if subject is None else subject.keypoints
    trunk = None if points is None else _measure_trunk(points)
    if points is None or trunk is None:
        return unknown
    origin, length = trunk
    places = [_find(points, name) for name in ("nose", *names)]
    scale = LIMB * length * np.sqrt(len(places))
    return [value for place in places for value in ((np.nan, np.nan) if place is None else (place - origin) / scale)]


def _measure_trunk(points: Keypoints) -> tuple[Float[ndarray, " 2"], float] | None:
    """The middle of the shoulders and the distance from there to the middle of the hips."""
    ends = [_find(points, f"{side}_{part}") for part in ("shoulder", "hip") for side in ("left", "right")]
    known = [end for end in ends if end is not None]
    if len(known) < len(ends):
        return None
    shoulders, hips = (known[0] + known[1]) / 2.0, (known[2] + known[3]) / 2.0
    length = float(np.hypot(*(hips - shoulders)))
    return (shoulders, length) if length > 0.0 else None


def _find(points: Keypoints, name: str) -> Float[ndarray, " 2"] | None:
    if name not in points.names:
        return None
    index = points.index(name)
    return points.xy[index] if points.visibility[index] >= SEEN else None
