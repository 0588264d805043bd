"""What was measured, in columns."""

import numpy as np
import pytest

from morphlapse.records import Box, Size
from morphlapse.selection.measures import measure_all, share_beyond

from .conftest import make_detection, make_face, make_photo


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


def test_eyes_that_are_seen_from_aside_are_not_judged() -> None:
    faces = [make_face(eyes_open=0.05, yaw=yaw) for yaw in (0.0, -60.0)]
    eyes = measure_all([make_detection(make_photo("a"), face) for face in faces], "face").eyes
    assert eyes[0] == 0.05
    assert np.isnan(eyes[1])
