"""What is shown of photos: each picture says something that can be read off it."""

import numpy as np
import pytest
import torch

from morphlapse.errors import AlignmentError, OptionError
from morphlapse.geometry.similarity import similarity
from morphlapse.imaging.warp import warp_by_matrix
from morphlapse.pipeline.drawing import (
    COLOURS,
    break_text,
    lay_beside,
    load_font,
    show_matches,
    show_overlay,
    show_residual,
    show_subject,
    show_targets,
)
from morphlapse.records import Box, Face, Keypoints, Mask, Size, Subject
from synthetic import picture

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


def test_an_overlay_is_half_of_each():
    assert torch.allclose(show_overlay(torch.zeros(3, 8, 9), torch.ones(3, 8, 9)), torch.full((3, 8, 9), 0.5))


def test_where_two_pictures_agree_the_residual_is_black_and_the_brighter_the_less_they_do():
    shades = torch.linspace(0.0, 0.5, 32).expand(3, 8, 32)
    shown = show_residual(shades, torch.zeros(3, 8, 32)).mean(dim=(0, 1))
    assert shown[0] < 0.02
    assert bool((shown.diff() > -0.01).all())
    assert shown[-1] > 0.7


def test_the_residual_is_grey_where_one_picture_ends():
    seen = torch.zeros(1, 8, 32)
    shown = show_residual(torch.rand(3, 8, 32), torch.rand(3, 8, 32), seen=seen)
    assert float(shown.std(dim=0).max()) == pytest.approx(0.0, abs=1e-6)


def test_pictures_of_two_sizes_cannot_be_laid_over_each_other():
    with pytest.raises(OptionError, match="of one size, got 9x8 and 8x8"):
        show_overlay(torch.zeros(3, 8, 9), torch.zeros(3, 8, 8))


def test_matches_are_green_where_the_placement_is_right_and_red_where_it_is_wrong():
    a = picture("astronaut", Size(200, 200))
    b_from_a = similarity(shift=(12.0, 7.0))
    b = warp_by_matrix(a, torch.from_numpy(np.linalg.inv(b_from_a)).float()[None], Size(200, 180))
    right, wrong = (show_matches(a[0], b[0], matrix) for matrix in (b_from_a, similarity(shift=(80.0, 90.0))))
    plain = lay_beside([a[0], b[0]], gap=0)
    more_green = ((right - plain)[1] - (right - plain)[0] > 0.2).float().mean()
    more_red = ((wrong - plain)[0] - (wrong - plain)[1] > 0.2).float().mean()
    assert right.shape == (3, 200, 380)
    assert min(more_green, more_red) > 0.01
    assert not ((wrong - plain)[1] - (wrong - plain)[0] > 0.2).any()


def test_pictures_without_a_match_are_shown_all_the_same():
    assert show_matches(torch.zeros(3, 40, 50), torch.zeros(3, 30, 20), np.eye(3)).shape == (3, 40, 70)


def test_text_is_broken_between_words_and_long_words_anywhere():
    font = load_font(14.0)
    lines = break_text("one two " + 60 * "x", font, 100)
    assert lines[0] == "one two"
    assert len(lines) > 2
    assert all(font.getlength(line) <= 100.0 for line in lines)
