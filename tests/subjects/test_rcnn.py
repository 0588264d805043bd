"""What two networks would find of drawn people, put together."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from morphlapse.imaging.warp import size_of
from morphlapse.records import Size
from morphlapse.subjects.protocol import COCO_KEYPOINTS, FACE_KEYPOINTS
from morphlapse.subjects.rcnn import (
    Outlines,
    Poses,
    cut_mask,
    face_of_keypoints,
    match_people,
    measure_overlaps,
    name_points,
    tell_people,
)
from morphlapse.subjects.scaling import paint_mask

SIZE = Size(200, 320)
SEEN, HIDDEN = 9.0, -9.0


def box_at(x: float) -> list[float]:
    return [x, 40.0, x + 60.0, 180.0]


def pose_at(x: float) -> np.ndarray:
    """Keypoints within the box, eyes and nose as a face has them, the person's left on the right."""
    points = np.stack((np.full(17, x + 30.0), np.linspace(60.0, 170.0, 17)), axis=1)
    points[:3] = [[x + 30.0, 66.0], [x + 38.0, 56.0], [x + 22.0, 56.0]]
    return points


def poses_at(*places: float, scores: tuple[float, ...] | None = None) -> Poses:
    return Poses(
        np.array([box_at(x) for x in places]).reshape(-1, 4),
        np.array(scores or [0.9] * len(places)),
        np.array([pose_at(x) for x in places]).reshape(-1, 17, 2),
        np.full((len(places), 17), SEEN),
    )


def outlines_at(*places: float) -> Outlines:
    masks = torch.zeros(len(places), SIZE.height, SIZE.width)
    for mask, x in zip(masks, places, strict=True):
        mask[40:180, int(x) : int(x) + 60] = 1.0
    return Outlines(np.array([box_at(x) for x in places]).reshape(-1, 4), np.full(len(places), 0.8), masks)


@given(st.permutations(range(3)))
def test_each_pose_gets_the_mask_of_the_same_person_in_whatever_order(order):
    places = (20.0, 70.0, 200.0)
    pairs = match_people(poses_at(*places), outlines_at(*(places[k] for k in order)))
    assert {(n, order[m]) for n, m in pairs} == {(0, 0), (1, 1), (2, 2)}


def test_people_apart_are_not_one():
    assert match_people(poses_at(20.0), outlines_at(200.0)) == []
    assert len(tell_people(poses_at(20.0), outlines_at(200.0), SIZE)) == 2


def test_a_mask_in_the_same_box_without_the_keypoints_is_not_theirs():
    outlines = outlines_at(20.0)
    empty = Outlines(outlines.boxes, outlines.scores, torch.zeros_like(outlines.masks))
    assert match_people(poses_at(20.0), empty) == []


def test_a_person_whom_both_see_has_all_parts_and_is_the_surer_for_it():
    (found,) = tell_people(poses_at(120.0), outlines_at(120.0), SIZE)
    assert found.score == pytest.approx(1.0 - 0.1 * 0.2)
    assert found.keypoints is not None
    assert found.keypoints.names == COCO_KEYPOINTS
    assert found.mask is not None
    assert found.face is not None
    painted = paint_mask(found.mask, SIZE, np.eye(3))[0]
    assert float((painted - outlines_at(120.0).masks[0]).abs().max()) < 0.01


def test_nobody_is_nobody():
    assert tell_people(poses_at(), outlines_at(), SIZE) == ()


def test_the_surer_and_more_central_person_is_the_main_one():
    main, *_ = tell_people(poses_at(10.0, 130.0), outlines_at(), SIZE)
    assert main.box.left == 129.5
    main, *_ = tell_people(poses_at(40.0, 220.0, scores=(0.71, 0.99)), outlines_at(), SIZE)
    assert main.box.left == 219.5


def test_overlap_is_that_of_the_boxes():
    a, b = (
        np.array([[0.0, 0.0, 4.0, 4.0]]),
        np.array([[0.0, 0.0, 4.0, 4.0], [2.0, 0.0, 6.0, 4.0], [9.0, 9.0, 9.0, 9.0]]),
    )
    np.testing.assert_allclose(measure_overlaps(a, b), [[1.0, 1.0 / 3.0, 0.0]])


def test_a_keypoint_outside_the_picture_is_not_seen():
    points = name_points(pose_at(300.0), np.full(17, SEEN), SIZE)
    outside = points.xy[:, 0] > SIZE.width - 0.5
    assert outside.any()
    assert (points.visibility[outside] == 0.0).all()
    assert (points.visibility[~outside] > 0.9).all()


def test_a_face_has_its_names_its_sides_and_a_mouth_below_that_nobody_saw():
    face = face_of_keypoints(name_points(pose_at(100.0), np.full(17, SEEN), SIZE))
    assert face is not None
    assert face.keypoints.names == FACE_KEYPOINTS
    right_eye, left_eye, nose, mouth_right, mouth_left = face.keypoints.xy
    assert right_eye[0] < nose[0] < left_eye[0]
    assert mouth_right[0] < mouth_left[0]
    assert nose[1] < mouth_right[1] < face.box.bottom
    assert face.keypoints.visibility[3:].max() == 0.0


def test_without_a_nose_there_is_no_face():
    logits = np.full(17, SEEN)
    logits[COCO_KEYPOINTS.index("nose")] = HIDDEN
    assert face_of_keypoints(name_points(pose_at(100.0), logits, SIZE)) is None


def test_a_mask_is_compact_and_lies_where_its_box_is():
    wide = torch.zeros(900, 1200)
    wide[100:800, 200:1100] = 1.0
    mask = cut_mask(wide, np.array([200.0, 100.0, 1100.0, 800.0]))
    assert mask is not None
    assert max(mask.weight.shape) == 256
    assert float((paint_mask(mask, size_of(wide), np.eye(3))[0] - wide).abs().mean()) < 0.002
    assert cut_mask(wide, np.array([5.0, 5.0, 5.0, 9.0])) is None
