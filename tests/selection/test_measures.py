"""What was measured, in columns."""

import math
from dataclasses import replace

import numpy as np
import pytest

from morphlapse.records import Box, Keypoints, Size
from morphlapse.selection.measures import NOSE_DEPTH, measure_all, share_beyond, yaw_from_points

from .conftest import FIVE, make_detection, make_face, make_photo

HEAD = np.array([[-1.0, -0.5, 0.0], [1.0, -0.5, 0.0], [0.0, 0.5, NOSE_DEPTH], [-0.7, 1.4, 0.0], [0.7, 1.4, 0.0]])
"""Eyes, nose and mouth of a head that looks along z, towards the camera; the person's right is at the left."""


@pytest.mark.parametrize("yaw", [-60.0, -20.0, 0.0, 35.0])
@pytest.mark.parametrize("roll", [0.0, 30.0])
def test_five_points_of_a_turned_head_tell_how_far(yaw: float, roll: float) -> None:
    turn, tilt = math.radians(yaw), math.radians(roll)
    about_y = np.array([[math.cos(turn), 0.0, math.sin(turn)], [0.0, 1.0, 0.0], [-math.sin(turn), 0.0, math.cos(turn)]])
    about_z = np.array([[math.cos(tilt), -math.sin(tilt)], [math.sin(tilt), math.cos(tilt)]])
    xy = 100.0 + 40.0 * (HEAD @ about_y.T)[:, :2] @ about_z.T
    face = replace(make_face(), keypoints=Keypoints(FIVE, xy, np.ones(5)), pose=None)
    assert yaw_from_points(face) == pytest.approx(yaw, abs=1e-6)


def test_a_face_without_all_five_points_tells_no_turn() -> None:
    assert yaw_from_points(replace(make_face(), keypoints=Keypoints(("nose",), np.zeros((1, 2)), np.ones(1)))) is None


def test_the_share_of_a_face_beyond_the_border() -> None:
    assert share_beyond(Box(-50.5, 0.0, 49.5, 100.0), Size(300, 400)) == pytest.approx(0.5)
    assert share_beyond(Box(10.0, 10.0, 20.0, 20.0), Size(300, 400)) == pytest.approx(0.0)


def test_what_is_burnt_out_is_counted_on_the_face_where_there_is_one() -> None:
    thumbnail = np.full((32, 32, 3), 128, dtype=np.uint8)
    thumbnail[:, 16:] = 255
    face = make_face(box=Box(-0.5, -0.5, 199.5, 299.5))
    found = [
        make_detection(make_photo("a"), face, thumbnail=thumbnail),
        make_detection(make_photo("b"), thumbnail=thumbnail),
    ]
    assert measure_all(found, "face").clipped.tolist() == pytest.approx([0.0, 0.5])


def test_of_scenes_nothing_is_asked_of_people() -> None:
    measures = measure_all([make_detection(make_photo("a"), make_face(eyes_open=0.0, sharpness=0.1))], "scene")
    assert np.isnan([measures.eyes, measures.yaw_deg, measures.size, measures.cut]).all()
