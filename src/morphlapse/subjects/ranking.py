"""People told as Subjects, the main one first."""

from __future__ import annotations

import math

import numpy as np

from morphlapse.geometry.box import box_around, clip_box, unite_boxes
from morphlapse.records import Box, Keypoints, Mask, Size, Subject
from morphlapse.subjects.bodies import KEYPOINT_NAMES, VISIBLE
from morphlapse.subjects.masks import straighten_mask
from morphlapse.subjects.matching import FACE_OF_BODY
from morphlapse.subjects.people import Person

ON_MASK = 0.8
"""A mask with a smaller share of the visible keypoints on it is not that person's."""

FACE_TO_PERSON = (1.0, 0.6, 1.0, 2.0)
"""How far a person reaches beyond their face when only that is seen: left, up, right, down, in widths of it."""


def rank_people(people: list[Person], size: Size) -> list[Person]:
    """The main person first: large, surely there, and near the middle of the picture."""
    return sorted(people, key=lambda person: -measure_prominence(person, size))


def measure_prominence(person: Person, size: Size) -> float:
    """Width of the face (or what it would be for the body) times score, halved towards the corners of the picture."""
    widths, middles = [], []
    if person.body:
        widths.append(person.body.crop.side * FACE_OF_BODY)
        middles.append(person.body.points[person.body.visibility > VISIBLE].mean(axis=0))
    if person.face:
        box = person.face.box
        widths.append(max(box.width, box.height))
        middles.append(np.array([(box.left + box.right) / 2, (box.top + box.bottom) / 2]))
    corner = np.array([size.width / 2, size.height / 2])
    off_centre = min(float(np.hypot(*(middle - corner))) for middle in middles) / math.hypot(*corner)
    return max(widths) * person.score * (1.0 - 0.5 * min(off_centre, 1.0))


def tell_person(person: Person, size: Size) -> Subject:
    """What is known of a person, as a Subject in the picture's pixels."""
    body = person.body
    mask = straighten_mask(body.mask, body.crop, size) if body and body.on_mask >= ON_MASK else None
    keypoints = Keypoints(KEYPOINT_NAMES, body.points, body.visibility) if body else None
    return Subject(person.score, box_person(person, mask, size), keypoints, mask, person.face)


def box_person(person: Person, mask: Mask | None, size: Size) -> Box:
    """The part of the picture that a person fills."""
    boxes = []
    if person.body:
        boxes.append(box_around(person.body.points[person.body.visibility > VISIBLE]))
    if mask is not None and (mask.weight > 127).any():
        boxes.append(_box_weight(mask))
    if person.face:
        box, (left, up, right, down) = person.face.box, FACE_TO_PERSON if not person.body else (0.0, 0.0, 0.0, 0.0)
        w = box.width
        boxes.append(Box(box.left - left * w, box.top - up * w, box.right + right * w, box.bottom + down * w))
    return clip_box(unite_boxes(boxes), size)


def _box_weight(mask: Mask) -> Box:
    """Around what is more person than not."""
    (rows, columns), (height, width) = np.nonzero(mask.weight > 127), mask.weight.shape
    x, y = mask.box.width / width, mask.box.height / height
    return Box(
        mask.box.left + float(columns.min()) * x,
        mask.box.top + float(rows.min()) * y,
        mask.box.left + float(columns.max() + 1) * x,
        mask.box.top + float(rows.max() + 1) * y,
    )
