"""What is shown of photos: each picture says something that can be read off it."""

import numpy as np
import pytest
import torch

from morphlapse.errors import AlignmentError
from morphlapse.pipeline.drawing import COLOURS, show_subject, show_targets
from morphlapse.records import Box, Face, Keypoints, Mask, Subject

GREY = torch.full((3, 240, 320), 0.5)
BODY = Keypoints(
    ("left_ear", "left_shoulder", "left_hip", "nose"),
    np.array([[160.0, 40.0], [160.0, 90.0], [160.0, 180.0], [130.0, 45.0]]),
    np.array([1.0, 1.0, 1.0, 0.0]),
)
MASK = Mask(np.full((20, 10), 255, dtype=np.uint8), Box(110.0, 20.0, 210.0, 220.0))
EYES = Keypoints(
    ("right_eye", "left_eye", "nose", "mouth_right", "mouth_left"),
    np.array([[140.0, 40.0], [180.0, 40.0], [160.0, 60.0], [145.0, 80.0], [175.0, 80.0]]),
    np.ones(5),
)
FACE = Face(Box(120.0, 20.0, 200.0, 100.0), 1.0, EYES)
PERSON = Subject(1.0, MASK.box, BODY, MASK, FACE)


def test_the_mask_is_tinted_and_what_is_around_it_stays():
    shown = show_subject(GREY, Subject(1.0, MASK.box, mask=MASK))
    assert bool((shown[:, 100:150, 130:190] != GREY[:, 100:150, 130:190]).any(dim=0).all())
    assert (shown[:, :, :100] - 0.5).abs().max() < 0.01


def test_a_point_is_the_more_opaque_the_surer_it_is_seen():
    shown = show_subject(GREY, Subject(1.0, MASK.box, BODY))
    seen, hidden = (float((shown[:, y, x] - 0.5).abs().max()) for x, y in ((160, 90), (130, 45)))
    assert seen > 3.0 * hidden > 0.0


def test_points_of_a_face_are_marked():
    shown = show_subject(GREY, Subject(1.0, MASK.box, face=FACE))
    assert all(float((shown[:, int(y), int(x)] - 0.5).abs().max()) > 0.2 for x, y in EYES.xy)


def test_each_target_has_its_colour_at_its_point():
    shown = show_targets(GREY, PERSON, on="body")
    for (x, y), colour in zip(BODY.xy[:3], COLOURS, strict=False):
        here = shown[:, int(y), int(x)] - 0.15
        assert int(here.argmax()) == int(np.argmax(colour))
        assert here.max() > 0.5


def test_a_face_has_a_target_for_each_of_its_points():
    shown = show_targets(GREY, PERSON, on="face")
    assert all(float((shown[:, int(y), int(x)] - 0.15).max()) > 0.5 for x, y in EYES.xy)


def test_the_outline_is_its_own_target():
    shown = show_targets(GREY, PERSON, on="mask")
    assert float(shown[0, 120, 160]) > 0.9
    assert float(shown[0, 120, 20]) < 0.2


def test_targets_of_somebody_who_is_not_seen_are_refused_with_the_reason():
    with pytest.raises(AlignmentError, match="no targets on the face, for no face was found"):
        show_targets(GREY, Subject(1.0, MASK.box, BODY), on="face")
