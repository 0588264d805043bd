"""What the film shows."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from morphlapse.errors import OptionError
from morphlapse.geometry.frame import Wish, area_of, choose_frame, clip_polygon, corners_of, majority_aspect
from morphlapse.geometry.similarity import invert, map_points, similarity
from morphlapse.records import Size

LANDSCAPE, PORTRAIT = Size(600, 800), Size(800, 600)


def shaken(count, *, seed=0, spread=20.0):
    generator = np.random.default_rng(seed)
    return [
        similarity(generator.uniform(0.95, 1.05), generator.normal(0.0, 0.02), tuple(generator.normal(0.0, spread, 2)))
        for _ in range(count)
    ]


def test_one_photo_is_shown_whole_and_pixel_by_pixel():
    frame = choose_frame([np.eye(3)], [LANDSCAPE])
    assert frame.size == LANDSCAPE
    assert np.allclose(frame.canvas_from_reference, np.eye(3))
    assert frame.fill_share == (0.0,)


def test_equal_photos_that_lie_alike_are_shown_whole():
    frame = choose_frame([np.eye(3)] * 7, [LANDSCAPE] * 7)
    assert np.allclose(frame.canvas_from_reference, np.eye(3))


def test_a_large_photo_is_reduced_to_a_short_side_of_1080():
    assert choose_frame([np.eye(3)], [Size(3000, 4000)]).size == Size(1080, 1440)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 1000), st.integers(3, 20))
def test_nine_tenths_of_the_photos_fill_the_frame(seed, count):
    frame = choose_frame(shaken(count, seed=seed), [LANDSCAPE] * count)
    assert sum(share < 1e-3 for share in frame.fill_share) >= 0.9 * count


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 1000), st.sampled_from([(1920, 1080), (1080, 1920), (500, 500), (333, 200)]))
def test_a_size_that_is_asked_for_is_given_and_nothing_is_squashed(seed, size):
    frame = choose_frame(shaken(5, seed=seed), [LANDSCAPE] * 5, Wish(size))
    assert frame.size == Size(size[1] // 2 * 2, size[0] // 2 * 2)
    matrix = frame.canvas_from_reference
    assert matrix[0, 0] == matrix[1, 1]
    assert matrix[0, 1] == -matrix[1, 0]


@settings(deadline=None, max_examples=20)
@given(st.integers(31, 2000), st.integers(31, 2000))
def test_sides_are_even(height, width):
    size = choose_frame([np.eye(3)], [Size(height, width)]).size
    assert size.height % 2 == 0
    assert size.width % 2 == 0


def test_the_frame_follows_the_photos():
    offset = similarity(1.5, 0.0, (1000.0, -300.0))
    placements = shaken(6)
    a = choose_frame(placements, [LANDSCAPE] * 6)
    b = choose_frame([offset @ placement for placement in placements], [LANDSCAPE] * 6)
    assert a.size == b.size
    assert np.allclose(b.canvas_from_reference @ offset, a.canvas_from_reference, atol=2.0)


def test_the_majority_gives_the_aspect():
    sizes = [PORTRAIT] * 3 + [LANDSCAPE] * 2
    size = choose_frame([np.eye(3)] * 5, sizes).size
    assert size.height > size.width


def test_a_photo_that_lies_on_its_side_counts_as_it_is_shown():
    assert majority_aspect([similarity(angle_rad=math.pi / 2)], [LANDSCAPE]) == pytest.approx(0.75)


def test_a_panorama_among_others_does_not_matter():
    placements = shaken(10)
    plain = choose_frame(placements, [LANDSCAPE] * 10)
    mixed = choose_frame([*placements, np.eye(3)], [LANDSCAPE] * 10 + [Size(300, 3000)])
    assert mixed.size.aspect == pytest.approx(plain.size.aspect, rel=0.02)
    assert mixed.fill_share[-1] > 0.1


def test_photos_that_share_little_leave_a_frame_of_a_decent_size():
    placements = [similarity(shift=(700.0 * k, 0.0)) for k in range(4)]
    frame = choose_frame(placements, [LANDSCAPE] * 4)
    shown = map_points(invert(frame.canvas_from_reference), corners_of(frame.size))
    assert area_of(shown) >= 0.39 * LANDSCAPE.height * LANDSCAPE.width
    assert max(frame.fill_share) > 0.3


def test_the_subject_stays_in_view():
    placements = [similarity(shift=(x, 0.0)) for x in (-250.0, 0.0, 250.0)]
    box = np.array([[100.0, 100.0], [100.0, 500.0], [480.0, 500.0]])
    frame = choose_frame(placements, [LANDSCAPE] * 3, focus=[box, box, None])
    seen = map_points(frame.canvas_from_reference, box)
    assert (seen > -0.05 * frame.size.width).all()
    assert (seen < 1.05 * np.array([frame.size.width, frame.size.height])).all()


def test_the_frame_is_levelled():
    frame = choose_frame([np.eye(3)], [LANDSCAPE], level_rad=0.1)
    line = map_points(frame.canvas_from_reference, np.array([[0.0, 0.0], [math.cos(0.1), math.sin(0.1)]]))
    assert line[0, 1] == pytest.approx(line[1, 1])


def test_zooming_out_shows_more_and_fills():
    near = choose_frame([np.eye(3)], [LANDSCAPE])
    far = choose_frame([np.eye(3)], [LANDSCAPE], Wish((800, 600), zoom=0.5))
    assert far.canvas_from_reference[0, 0] == pytest.approx(0.5 * near.canvas_from_reference[0, 0])
    assert far.fill_share[0] == pytest.approx(0.75, abs=0.01)


def test_the_fill_share_is_what_the_photo_lacks():
    frame = choose_frame([np.eye(3), similarity(shift=(400.0, 0.0))], [LANDSCAPE] * 2, Wish((800, 600), zoom=0.5))
    shown = map_points(invert(frame.canvas_from_reference), corners_of(frame.size))
    inside = clip_polygon(corners_of(LANDSCAPE), shown)
    assert frame.fill_share[0] == pytest.approx(1.0 - area_of(inside) / area_of(shown))


def test_clipping_leaves_what_both_cover():
    square = np.array([[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 2.0]])
    assert area_of(clip_polygon(square, square + 1.0)) == pytest.approx(1.0)
    assert len(clip_polygon(square, square + 5.0)) == 0


def test_no_photos_are_refused():
    with pytest.raises(OptionError, match="needs a photo"):
        choose_frame([], [])
