import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from morphlapse.records import Size
from morphlapse.subjects.bodies import (
    KEYPOINT_NAMES,
    Body,
    crop_around,
    find_body_crops,
    is_inside,
    measure_shake,
    measure_share,
    read_body,
    unmirror,
)
from morphlapse.subjects.crops import Crop, bytes_from_image, make_copies, whole_picture
from morphlapse.subjects.mediapipe import MediaPipe
from morphlapse.subjects.networks import PoseReading
from morphlapse.subjects.scaling import mirror_name

ONES = np.ones(33)


def body(*, presence: float = 1.0, shake: float = 0.0, on_mask: float = 1.0) -> Body:
    return Body(Crop(0.0, 0.0, 1.0), np.zeros((33, 2)), ONES, np.zeros((256, 256)), presence, shake, on_mask)


def test_mirroring_a_name_twice_gives_it_back() -> None:
    assert [mirror_name(mirror_name(name)) for name in KEYPOINT_NAMES] == list(KEYPOINT_NAMES)


def test_names_of_one_side_have_their_like_on_the_other() -> None:
    assert {mirror_name(name) for name in KEYPOINT_NAMES} == set(KEYPOINT_NAMES)
    assert mirror_name("left_ear") == "right_ear"
    assert mirror_name("nose") == "nose"


@settings(deadline=None, max_examples=10)
@given(st.floats(-200.0, 200.0), st.floats(-200.0, 200.0), st.floats(5.0, 300.0), st.floats(-3.1, 3.1))
def test_a_crop_is_upright_with_the_person(x: float, y: float, reach: float, turn: float) -> None:
    hip = np.array([x, y])
    above = hip + reach * np.array([math.sin(turn), -math.cos(turn)])
    crop = crop_around(hip, above)
    assert (crop.x, crop.y, crop.side) == pytest.approx((x, y, 2.5 * reach))
    assert math.remainder(crop.angle_rad - turn, 2 * math.pi) == pytest.approx(0.0, abs=1e-9)


def test_unmirroring_twice_gives_the_reading_back() -> None:
    generator = np.random.default_rng(0)
    points, visibility, mask = generator.random((39, 2)) * 256, generator.random(39), generator.random((256, 256))
    twice = unmirror(unmirror(PoseReading(0.9, points, visibility, mask)))
    np.testing.assert_allclose(twice.points, points)
    np.testing.assert_array_equal(twice.visibility, visibility)
    np.testing.assert_array_equal(twice.mask, mask)


def test_unmirroring_swaps_the_sides() -> None:
    points = np.zeros((39, 2))
    points[KEYPOINT_NAMES.index("left_ear")] = (10.0, 20.0)
    reading = unmirror(PoseReading(1.0, points, np.ones(39), np.zeros((256, 256))))
    assert reading.points[KEYPOINT_NAMES.index("right_ear")].tolist() == [245.0, 20.0]


@pytest.mark.parametrize(("point", "inside"), [((-0.5, 3.0), True), ((-0.6, 3.0), False), ((9.5, 4.6), False)])
def test_a_picture_ends_at_the_edges_of_its_pixels(point: tuple[float, float], inside: bool) -> None:
    assert is_inside(np.array([point]), Size(5, 10)).tolist() == [inside]


def test_only_visible_points_shake() -> None:
    moves = np.array([[3.0, 4.0], [100.0, 0.0], [0.0, 5.0]])
    assert measure_shake(moves, np.array([1.0, 0.1, 0.9])) == 5.0


def test_a_body_of_which_nothing_is_seen_is_nobody() -> None:
    shake = measure_shake(np.zeros((33, 2)), np.zeros(33))
    assert body(shake=shake).score == 0.0
    assert measure_share(np.ones(33, dtype=bool), np.zeros(33)) == 0.0


def test_a_steady_body_is_as_sure_as_the_network() -> None:
    assert body(presence=0.8).score == 0.8


@pytest.mark.parametrize("worse", [{"shake": 0.02}, {"presence": 0.5}, {"on_mask": 0.5}])
def test_doubts_lower_the_score(worse: dict[str, float]) -> None:
    assert body(**worse).score < 0.6


def test_a_person_is_read_alike_from_a_crop_that_is_a_little_off(mediapipe: MediaPipe, astronaut: Tensor) -> None:
    networks, copies = mediapipe._networks, make_copies(bytes_from_image(astronaut))
    (_, crop), *_ = find_body_crops(networks, copies, whole_picture(copies.size))
    off = Crop(crop.x + 0.02 * crop.side, crop.y, 1.05 * crop.side, crop.angle_rad + 0.05)
    a, b = read_body(networks, copies, crop), read_body(networks, copies, off)
    head = slice(0, 11)
    assert np.hypot(*(a.points[head] - b.points[head]).T).mean() < 0.01 * crop.side
    assert min(a.score, b.score) > 0.7
