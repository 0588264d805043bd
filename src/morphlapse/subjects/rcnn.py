"""From what R-CNNs find, one network keypoints and another masks, to people each of whose parts is of the same person.

Nothing here needs the networks: boxes are (left, top, right, bottom) as torchvision gives them, pixel corners at whole
numbers, so that they are half a pixel off from `records.Box`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from numpy import ndarray
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from morphlapse.geometry.box import clip_box
from morphlapse.imaging.warp import fit_within, resize, size_of
from morphlapse.records import Box, Face, Keypoints, Mask, Size, Subject
from morphlapse.subjects.protocol import COCO_KEYPOINTS, FACE_KEYPOINTS

MASK_PX = 256
"""Long side of a mask's grid, at most."""

SEEN_LOGIT = 2.0
"""A keypoint whose heatmap peaks at this value is as likely seen as not."""

VISIBLE = 0.5
"""A keypoint of more visibility is seen."""

LEAST_MATCH = 0.3
"""Least product of the boxes' overlap and the share of seen keypoints on the mask, for both to be one person's."""

MOUTH_DOWN, MOUTH_REACH = 1.87, 0.43
"""Where a mouth is: so many times as far below the eyes as the nose, and its corners so far aside, in distances of the
eyes (`heads.FIVE_POINTS`)."""

FACE_SIDE = 2.4
"""Side of a face's box, in distances of the eyes."""


@dataclass(frozen=True, eq=False)
class Poses:
    """What a keypoint network finds: N people."""

    boxes: Float[ndarray, "n 4"]
    """Around each."""
    scores: Float[ndarray, " n"]
    """From 0 to 1."""
    points: Float[ndarray, "n 17 2"]
    """`COCO_KEYPOINTS`."""
    logits: Float[ndarray, "n 17"]
    """How high each keypoint's heatmap peaks."""


@dataclass(frozen=True, eq=False)
class Outlines:
    """What a mask network finds: M people."""

    boxes: Float[ndarray, "m 4"]
    """Around each."""
    scores: Float[ndarray, " m"]
    """From 0 to 1."""
    masks: Float[Tensor, "m h w"]
    """Over the whole picture, 0 to 1."""


def tell_people(poses: Poses, outlines: Outlines, size: Size) -> tuple[Subject, ...]:
    """People as Subjects, the main one first: whoever both networks see, and whoever one of them sees alone."""
    pairs = match_people(poses, outlines)
    matched, outlined = dict(pairs), {m for _, m in pairs}
    found = [_tell(poses, n, outlines, matched.get(n), size) for n in range(len(poses.boxes))]
    found += [_tell(poses, None, outlines, m, size) for m in range(len(outlines.boxes)) if m not in outlined]
    return tuple(sorted(found, key=lambda subject: -measure_prominence(subject, size)))


def match_people(poses: Poses, outlines: Outlines) -> list[tuple[int, int]]:
    """Which pose and which mask are one person's, each at most once, so that they agree best on the whole."""
    if not len(poses.boxes) or not len(outlines.boxes):
        return []
    agreement = measure_overlaps(poses.boxes, outlines.boxes) * measure_shares(poses, outlines)
    rows, columns = linear_sum_assignment(agreement, maximize=True)
    return [(int(n), int(m)) for n, m in zip(rows, columns, strict=True) if agreement[n, m] >= LEAST_MATCH]


def measure_overlaps(a: Float[ndarray, "n 4"], b: Float[ndarray, "m 4"]) -> Float[ndarray, "n m"]:
    """Intersection over union of boxes."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = np.clip(high - low, 0.0, None).prod(axis=-1)
    areas = [np.clip(boxes[:, 2:] - boxes[:, :2], 0.0, None).prod(axis=-1) for boxes in (a, b)]
    return shared / np.maximum(areas[0][:, None] + areas[1][None] - shared, 1e-9)


def measure_shares(poses: Poses, outlines: Outlines) -> Float[ndarray, "n m"]:
    """Share of each pose's seen keypoints that lie on each mask; 1 where none is seen, which tells nothing."""
    height, width = outlines.masks.shape[-2:]
    x = np.clip(poses.points[..., 0].astype(int), 0, width - 1)
    y = np.clip(poses.points[..., 1].astype(int), 0, height - 1)
    seen = visibility_of(poses.logits) > VISIBLE
    on = outlines.masks.cpu().numpy()[:, y, x].transpose(1, 0, 2) > 0.5
    count = seen.sum(axis=-1)[:, None]
    return np.where(count > 0, (on & seen[:, None]).sum(axis=-1) / np.maximum(count, 1), 1.0)


def visibility_of(logits: Float[ndarray, "*n"]) -> Float[ndarray, "*n"]:
    """From the peaks of heatmaps to 0..1."""
    return 1.0 / (1.0 + np.exp(np.clip(SEEN_LOGIT - logits, -50.0, 50.0)))


def _tell(poses: Poses, n: int | None, outlines: Outlines, m: int | None, size: Size) -> Subject:
    boxes = ([] if n is None else [poses.boxes[n]]) + ([] if m is None else [outlines.boxes[m]])
    scores = ([] if n is None else [poses.scores[n]]) + ([] if m is None else [outlines.scores[m]])
    low, high = np.min(boxes, axis=0)[:2], np.max(boxes, axis=0)[2:]
    keypoints = None if n is None else name_points(poses.points[n], poses.logits[n], size)
    return Subject(
        1.0 - float(np.prod([1.0 - float(score) for score in scores])),
        clip_box(Box(*(low - 0.5).tolist(), *(high - 0.5).tolist()), size),
        keypoints,
        None if m is None else cut_mask(outlines.masks[m], outlines.boxes[m]),
        None if keypoints is None else face_of_keypoints(keypoints),
    )


def name_points(points: Float[ndarray, "17 2"], logits: Float[ndarray, " 17"], size: Size) -> Keypoints:
    """COCO's keypoints, none of them seen outside the picture."""
    xy = points.astype(np.float64) - 0.5
    inside = ((xy >= -0.5) & (xy <= (size.width - 0.5, size.height - 0.5))).all(axis=1)
    return Keypoints(COCO_KEYPOINTS, xy, visibility_of(logits.astype(np.float64)) * inside)


def cut_mask(mask: Float[Tensor, "h w"], box: Float[ndarray, " 4"]) -> Mask | None:
    """The part of a mask in a box, compact; None where there is none."""
    height, width = mask.shape
    left, top = (max(0, int(np.floor(value))) for value in box[:2])
    right, bottom = min(width, int(np.ceil(box[2]))), min(height, int(np.ceil(box[3])))
    if right <= left or bottom <= top:
        return None
    part = mask[None, None, top:bottom, left:right].detach().float().cpu()
    small = resize(part, fit_within(size_of(part), MASK_PX))[0, 0]
    weight = (small.clamp(0.0, 1.0) * 255.0).round().to(torch.uint8).numpy()
    return Mask(weight, Box(left - 0.5, top - 0.5, right - 0.5, bottom - 0.5))


def face_of_keypoints(keypoints: Keypoints) -> Face | None:
    """The face of a body whose eyes and nose are seen; its mouth is put where most people have it, as not seen."""
    rows = [keypoints.index(name) for name in ("right_eye", "left_eye", "nose")]
    right_eye, left_eye, nose = keypoints.xy[rows]
    apart = float(np.hypot(*(left_eye - right_eye)))
    if keypoints.visibility[rows].min() <= VISIBLE or apart < 1.0:
        return None
    middle, reach = 0.5 * (right_eye + left_eye), MOUTH_REACH * (left_eye - right_eye)
    mouth = middle + MOUTH_DOWN * (nose - middle)
    xy = np.stack((right_eye, left_eye, nose, mouth - reach, mouth + reach))
    (x, y), half = 0.5 * (middle + mouth), 0.5 * FACE_SIDE * apart
    score = float(keypoints.visibility[rows].min())
    seen = np.array([*keypoints.visibility[rows], 0.0, 0.0])
    return Face(Box(x - half, y - half, x + half, y + half), score, Keypoints(FACE_KEYPOINTS, xy, seen))


def measure_prominence(subject: Subject, size: Size) -> float:
    """Height of the person times score, halved towards the corners of the picture."""
    box = subject.box
    off = np.hypot(box.left + box.right + 1.0 - size.width, box.top + box.bottom + 1.0 - size.height)
    return box.height * subject.score * (1.0 - 0.5 * min(1.0, float(off) / float(np.hypot(size.width, size.height))))
