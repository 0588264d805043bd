"""Bodies: seen in a crop of the picture, then read closely in a crop of their own."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from morphlapse.geometry.similarity import map_points
from morphlapse.records import Size
from morphlapse.subjects.crops import Copies, Crop, cut, picture_from_crop
from morphlapse.subjects.masks import is_on_mask
from morphlapse.subjects.networks import BODY_PX, POSE_PX, Networks, PoseReading
from morphlapse.subjects.scaling import mirror_name

KEYPOINT_NAMES = (
    "nose",
    "left_eye_inner",
    "left_eye",
    "left_eye_outer",
    "right_eye_inner",
    "right_eye",
    "right_eye_outer",
    "left_ear",
    "right_ear",
    "mouth_left",
    "mouth_right",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_pinky",
    "right_pinky",
    "left_index",
    "right_index",
    "left_thumb",
    "right_thumb",
    "left_hip",
    "right_hip",
    "left_knee",
    "right_knee",
    "left_ankle",
    "right_ankle",
    "left_heel",
    "right_heel",
    "left_foot_index",
    "right_foot_index",
)
"""BlazePose's keypoints; left and right are the person's own."""

COUNT = len(KEYPOINT_NAMES)

HIP, RIM = COUNT, COUNT + 1
"""Where a reading has the two points that its crop is made from."""

VISIBLE = 0.5
"""A keypoint of more visibility is seen, one of less is guessed."""

MARGIN = 1.25
"""Side of a body's crop over the diameter of the circle around the person, as the network was trained."""


STEADY_SHARE = 0.012
"""Keypoints that move by this share of their crop between looks are half as sure."""


MIRRORED = [*(KEYPOINT_NAMES.index(mirror_name(name)) for name in KEYPOINT_NAMES), *range(COUNT, 39)]
"""Which point of a mirrored picture's reading is which of the picture's own."""


@dataclass(frozen=True, eq=False)
class Body:
    """What two looks at a body agree on."""

    crop: Crop
    """Where it was read."""
    points: Float[ndarray, "33 2"]
    """Keypoints in pixels of the picture."""
    visibility: Float[ndarray, " 33"]
    """From 0 to 1; 0 outside the picture."""
    mask: Float[ndarray, "256 256"]
    """Over the crop, from 0 to 1."""
    presence: float
    """The least presence over all looks, from 0 to 1."""
    shake: float
    """How far the visible keypoints move between looks, over the side of the crop."""
    on_mask: float
    """Share of the visible keypoints that lie on the mask."""

    @property
    def score(self) -> float:
        """How surely this is a person, from 0 to 1: the keypoints of what only resembles one move from look to look."""
        return self.presence * self.on_mask / (1.0 + (self.shake / STEADY_SHARE) ** 2)


def crop_around(hip: Float[ndarray, " 2"], rim: Float[ndarray, " 2"]) -> Crop:
    """The crop that puts the hip in its middle and the person upright, from the hip and the point above the head."""
    reach = rim - hip
    angle = math.atan2(reach[1], reach[0]) + math.pi / 2
    turn = math.remainder(angle, 2 * math.pi)
    return Crop(float(hip[0]), float(hip[1]), 2 * MARGIN * float(np.hypot(*reach)), turn)


def find_body_crops(networks: Networks, copies: Copies, crop: Crop) -> list[tuple[float, Crop]]:
    """See bodies in a part of the picture: how surely, and the crop around each, the surest first."""
    back = picture_from_crop(crop, BODY_PX)
    seen = networks.find_bodies(cut(copies, crop, BODY_PX, border="zeros"))
    return [(each.score, crop_around(*map_points(back, each.points[:2]))) for each in seen]


def read_body(networks: Networks, copies: Copies, crop: Crop) -> Body:
    """Read a body: once to centre the crop, then the crop and its mirror image, whose mean is what counts.

    The mean is steadier than one reading by a fifth (median of 20 photos under known similarities), and what the looks
    disagree on tells a person from what only resembles one.
    """
    first = networks.read_pose(cut(copies, crop, POSE_PX, border="replicate"))
    rough = map_points(picture_from_crop(crop, POSE_PX), first.points)
    crop = crop_around(rough[HIP], rough[RIM])
    pixels = cut(copies, crop, POSE_PX, border="replicate")
    second, third = networks.read_pose(pixels), unmirror(networks.read_pose(pixels[:, ::-1]))
    back = picture_from_crop(crop, POSE_PX)
    points = map_points(back, 0.5 * (second.points + third.points))[:COUNT]
    visibility = 0.5 * (second.visibility + third.visibility)[:COUNT] * is_inside(points, copies.size)
    mask = 0.5 * (second.mask + third.mask)
    moves = (second.points - third.points)[:COUNT] / POSE_PX, (points - rough[:COUNT]) / crop.side
    return Body(
        crop,
        points,
        visibility,
        mask,
        min(first.presence, second.presence, third.presence),
        max(measure_shake(move, visibility) for move in moves),
        measure_share(is_on_mask(mask, crop, points), visibility),
    )


def unmirror(reading: PoseReading) -> PoseReading:
    """What a reading of the mirror image says of the picture itself."""
    points = reading.points[MIRRORED] * (-1.0, 1.0) + (POSE_PX - 1.0, 0.0)
    return PoseReading(reading.presence, points, reading.visibility[MIRRORED], reading.mask[:, ::-1])


def is_inside(points: Float[ndarray, "n 2"], size: Size) -> ndarray:
    """Which points lie inside the picture."""
    limit = (size.width - 0.5, size.height - 0.5)
    return np.logical_and(points >= -0.5, points <= limit).min(axis=1)


def measure_share(holds: ndarray, visibility: Float[ndarray, " n"]) -> float:
    """Share of the visible points for which it holds; 0 where none is visible."""
    seen = visibility > VISIBLE
    return float(holds[seen].mean()) if seen.any() else 0.0


def measure_shake(moves: Float[ndarray, "n 2"], visibility: Float[ndarray, " n"]) -> float:
    """Median length of the moves of the visible points; infinite where none is visible."""
    seen = visibility > VISIBLE
    return float(np.median(np.hypot(*moves[seen].T))) if seen.any() else math.inf
