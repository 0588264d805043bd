"""What the film shows."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from morphlapse.errors import OptionError
from morphlapse.geometry.frame import Wish, choose_frame, majority_aspect
from morphlapse.geometry.polygon import area_of, clip_polygon, corners_of
from morphlapse.geometry.rectangle import NoCoverError
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


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 1000), st.integers(3, 20))
def test_nine_tenths_of_the_photos_fill_the_frame(seed, count):
    frame = choose_frame(shaken(count, seed=seed), [LANDSCAPE] * count)
    assert sum(share < 1e-3 for share in frame.fill_share) >= 0.9 * count


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 1000), st.sampled_from([(1920, 1080), (1080, 1920), (500, 500), (333, 200)]))
def test_a_size_that_is_asked_for_is_given_and_nothing_is_squashed(seed, size):
    frame = choose_frame(shaken(5, seed=seed), [LANDSCAPE] * 5, Wish(size))
    assert frame.size == Size(size[1] // 2 * 2, size[0] // 2 * 2)
    matrix = frame.canvas_from_reference
    assert matrix[0, 0] == matrix[1, 1]
    assert matrix[0, 1] == -matrix[1, 0]


@settings(deadline=None, max_examples=10)
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


def test_no_photos_are_refused():
    with pytest.raises(OptionError, match="needs a photo"):
        choose_frame([], [])


def mixed(count, *, seed=0, spread=20.0):
    """Portraits and landscapes about one point, shaken."""
    sizes = [PORTRAIT if k % 3 == 0 else LANDSCAPE for k in range(count)]
    shakes = shaken(count, seed=seed, spread=spread)
    return [m @ similarity(shift=(-s.width / 2, -s.height / 2)) for m, s in zip(shakes, sizes, strict=True)], sizes


def rectangle_of(frame):
    """Left, top, right and bottom of what a frame without a turn shows, in the reference's plane."""
    shown = map_points(invert(frame.canvas_from_reference), corners_of(frame.size))
    return np.concatenate([shown.min(axis=0), shown.max(axis=0)])


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 1000), st.integers(1, 9), st.sampled_from(["auto", (1920, 1080), (500, 500), (300, 700)]))
def test_a_frame_that_covers_is_filled_by_every_photo(seed, count, size):
    frame = choose_frame(*mixed(count, seed=seed), Wish(size, "cover"))
    assert max(frame.fill_share) < 1e-9


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 1000), st.integers(1, 9), st.sampled_from(["auto", (1920, 1080), (500, 500), (300, 700)]))
def test_a_frame_that_contains_shows_all_of_every_photo(seed, count, size):
    placements, sizes = mixed(count, seed=seed)
    frame = choose_frame(placements, sizes, Wish(size, "contain"))
    for placement, each in zip(placements, sizes, strict=True):
        corners = map_points(frame.canvas_from_reference @ placement, corners_of(each))
        assert (corners > -0.5 - 1e-6).all()
        assert (corners < np.array([frame.size.width, frame.size.height]) - 0.5 + 1e-6).all()


def test_a_frame_that_contains_is_no_larger_than_it_must_be():
    frame = choose_frame(*mixed(6), Wish(fit="contain"))
    placed = [map_points(m, corners_of(s)) for m, s in zip(*mixed(6), strict=True)]
    low, high = np.min(placed, axis=(0, 1)), np.max(placed, axis=(0, 1))
    assert np.allclose(rectangle_of(frame), [*low, *high], atol=2.0)


def test_photos_that_share_nothing_cannot_all_fill_a_frame():
    placements = [similarity(shift=(790.0 * k, 0.0)) for k in range(3)]
    with pytest.raises(NoCoverError, match="the photos share too little") as caught:
        choose_frame(placements, [LANDSCAPE] * 3, Wish(fit="cover"))
    assert caught.value.farthest in (0, 2)


@settings(deadline=None, max_examples=8)
@given(st.integers(0, 1000), st.floats(1.0, 5.0), st.sampled_from(["auto", "cover"]))
def test_zooming_in_shows_a_part_of_the_frame(seed, zoom, fit):
    placements, sizes = mixed(6, seed=seed)
    focus = [map_points(m, np.array([[200.0, 0.0], [300.0, 120.0]])) for m in placements]
    near, far = (choose_frame(placements, sizes, Wish((800, 600), fit, z), focus=focus) for z in (zoom, 1.0))
    inner, outer = rectangle_of(near), rectangle_of(far)
    assert (inner[:2] > outer[:2] - 1e-6).all()
    assert (inner[2:] < outer[2:] + 1e-6).all()
    assert inner[2] - inner[0] == pytest.approx((outer[2] - outer[0]) / zoom)


@settings(deadline=None, max_examples=8)
@given(st.integers(0, 1000), st.floats(0.2, 1.0), st.sampled_from(["auto", "contain"]))
def test_zooming_out_shows_the_frame_and_what_is_around_it(seed, zoom, fit):
    placements, sizes = mixed(6, seed=seed)
    far, near = (choose_frame(placements, sizes, Wish((800, 600), fit, z)) for z in (zoom, 1.0))
    inner, outer = rectangle_of(near), rectangle_of(far)
    assert (inner[:2] > outer[:2] - 1e-6).all()
    assert (inner[2:] < outer[2:] + 1e-6).all()


def test_zooming_in_goes_to_the_subject():
    focus = [np.array([[500.0, 20.0], [600.0, 120.0]])]
    frame = choose_frame([np.eye(3)], [LANDSCAPE], Wish(zoom=3.0), focus=focus)
    seen = map_points(frame.canvas_from_reference, focus[0])
    assert (seen > 0.0).all()
    assert (seen < [frame.size.width, frame.size.height]).all()


def test_eyes_are_two_fifths_from_the_top_where_the_photos_have_room():
    eyes = np.array([300.0, 350.0])
    for wish in (Wish((500, 500)), Wish((640, 360)), Wish(zoom=2.0)):
        frame = choose_frame(shaken(5), [PORTRAIT] * 5, wish, eyes=eyes)
        x, y = map_points(frame.canvas_from_reference, eyes[None])[0] / [frame.size.width, frame.size.height]
        assert y == pytest.approx(0.4, abs=0.07)
        assert x == pytest.approx(0.5, abs=0.07)


def test_a_head_near_the_top_is_not_cut_off():
    head = np.array([[200.0, 25.0], [400.0, 300.0]])
    placements = [similarity(angle_rad=angle, centre=(300.0, 160.0)) for angle in (-0.08, 0.0, 0.05, 0.08)]
    frame = choose_frame(placements, [PORTRAIT] * 4, focus=[head] * 4, eyes=np.array([300.0, 160.0]))
    assert map_points(frame.canvas_from_reference, head)[:, 1].min() > -0.01 * frame.size.height


def test_portraits_among_landscapes_leave_a_frame_that_most_fill():
    placements, sizes = mixed(20)
    frame = choose_frame(placements, sizes)
    assert frame.size.aspect > 1.0
    assert np.median(frame.fill_share) < 1e-3
    assert max(frame.fill_share) < 0.5


def test_no_side_is_longer_than_a_film_has_it():
    size = choose_frame([np.eye(3)], [Size(1000, 40000)], Wish(fit="contain")).size
    assert size.long_side <= 8192


def test_a_person_who_stands_in_portraits_is_seen_whole_in_a_wide_frame():
    body = np.array([[200.0, 60.0], [400.0, 760.0]])
    frame = choose_frame(shaken(6), [PORTRAIT] * 6, Wish((1920, 1080)), focus=[body] * 6)
    seen = map_points(frame.canvas_from_reference, body)
    assert seen[0, 1] > -0.02 * frame.size.height
    assert seen[1, 1] < 1.02 * frame.size.height
    assert max(frame.fill_share) < 0.7


@pytest.mark.parametrize("aspect", [Fraction(16, 9), Fraction(1), Fraction(9, 16), Fraction(4, 5), Fraction(21, 9)])
def test_an_aspect_is_taken_at_the_size_that_the_photos_allow(aspect):
    small, large = (choose_frame([np.eye(3)], [size], Wish(aspect)).size for size in (Size(300, 400), Size(3000, 4000)))
    assert large.aspect == pytest.approx(float(aspect), rel=2e-3)
    assert large.short_side == 1080
    assert small.aspect == pytest.approx(float(aspect), rel=1e-2)
    assert small.width <= 400
    assert small.height <= 300


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 1000), st.floats(-1.0, 1.0), st.floats(-1.0, 1.0), st.sampled_from(["auto", "cover", "contain"]))
def test_an_offset_moves_the_frame_and_keeps_what_the_fit_promises(seed, x, y, fit):
    placements, sizes = shaken(5, seed=seed), [LANDSCAPE] * 5
    still, moved = (choose_frame(placements, sizes, Wish((400, 300), fit, offset=o)) for o in ((0.0, 0.0), (x, y)))
    centre = map_points(still.canvas_from_reference @ invert(moved.canvas_from_reference), np.array([[199.5, 149.5]]))[
        0
    ]
    step = centre - [199.5, 149.5]
    if fit == "auto":
        assert np.allclose(step, [400 * x, 300 * y], atol=1.01)
    else:
        assert (np.abs(step) <= np.abs([400 * x, 300 * y]) + 1.01).all()
    if fit == "cover":
        assert max(moved.fill_share) < 2e-3
    if fit == "contain":
        for placement in placements:
            corners = map_points(moved.canvas_from_reference @ placement, corners_of(LANDSCAPE))
            assert (corners > -1.1).all()
            assert (corners < [400.1, 300.1]).all()


def test_a_large_offset_under_cover_stops_at_the_edge():
    at_edge = choose_frame([np.eye(3)], [LANDSCAPE], Wish((300, 300), "cover", offset=(2.0, 0.0)))
    right = map_points(invert(at_edge.canvas_from_reference), np.array([[299.5, 150.0]]))[0, 0]
    assert right == pytest.approx(799.5, abs=1.0)
