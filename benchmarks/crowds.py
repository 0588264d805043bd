"""Who is found of the people whom a dataset marks in its photos (COCO's keypoints and COCO WholeBody's faces)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from goals import Found, Row
from ours import OURS
from scipy.optimize import linear_sum_assignment

from morphlapse.album.folder import read_album
from morphlapse.pipeline.detecting import detect
from morphlapse.records import Box

GROUP = "People in the wild, bodies/mmpose-coco"
PEOPLE = Row(GROUP, "people with five marked joints or more, found by face or body", "%", better="high", digits=0)
BODIES = Row(GROUP, "the same, with their bodies", "%", better="high", digits=0)
FACES = Row(GROUP, "marked faces, found", "%", better="high", digits=0)
WRONG = Row(GROUP, "found where nobody is marked", "of all found", digits=0)
LEAST_JOINTS = 5
OVERLAP = 0.3
"""Two boxes that share so much of what they cover together are of one person."""


def measure_crowds(folder: Path) -> Iterator[Found]:
    """Each photo, each marked person and face."""
    if not folder.is_dir():
        print(f"skipped: people in the wild, for there is no {folder}")
        return
    marks = json.loads((folder / "test_coco_wholebody.json").read_text())
    ids = {image["file_name"]: image["id"] for image in marks["images"]}
    for each in detect(read_album(folder)).found:
        known = [mark for mark in marks["annotations"] if mark["image_id"] == ids.get(each.photo.path.name)]
        boxes = [subject.box for subject in each.subjects]
        bodies = pair([_box_of(mark["bbox"]) for mark in known], boxes)
        faces = pair(
            [_box_of(mark["face_box"]) for mark in known], [s.face.box for s in each.subjects if s.face is not None]
        )
        name = each.photo.path.name
        for k, mark in enumerate(known):
            if mark["num_keypoints"] >= LEAST_JOINTS:
                yield Found(PEOPLE, OURS, f"{name}/{k}", 100.0 * (bodies[k] or faces[k]))
                yield Found(BODIES, OURS, f"{name}/{k}", 100.0 * bodies[k])
            if mark["face_valid"]:
                yield Found(FACES, OURS, f"{name}/{k}", 100.0 * faces[k])
        everyone = [_box_of(mark["bbox"]) for mark in known]
        alone = [all(measure_overlap(box, other) == 0.0 for other in everyone) for box in boxes]
        yield Found(WRONG, OURS, name, float(sum(alone)))


def pair(marked: Sequence[Box], found: Sequence[Box]) -> list[bool]:
    """For each marked box whether a found one is paired with it."""
    overlap = np.array([[measure_overlap(a, b) for b in found] for a in marked]).reshape(len(marked), len(found))
    pairs = dict(zip(*linear_sum_assignment(-overlap), strict=True))
    return [k in pairs and bool(overlap[k, pairs[k]] >= OVERLAP) for k in range(len(marked))]


def measure_overlap(a: Box, b: Box) -> float:
    """What two boxes share of what they cover together."""
    width = min(a.right, b.right) - max(a.left, b.left)
    height = min(a.bottom, b.bottom) - max(a.top, b.top)
    both = max(width, 0.0) * max(height, 0.0)
    return both / max(a.area + b.area - both, 1e-9)


def _box_of(given: Sequence[Any]) -> Box:
    left, top, width, height = (float(value) for value in given)
    return Box(left - 0.5, top - 0.5, left + width - 0.5, top + height - 0.5)
