import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from morphlapse.geometry.similarity import map_points, similarity
from morphlapse.records import Size
from morphlapse.subjects.crops import Copies, Crop, bytes_from_image, make_copies, whole_picture
from morphlapse.subjects.faces import (
    MARGIN,
    FaceSighting,
    crop_of_mesh,
    face_of_mesh,
    face_of_sighting,
    find_faces,
    keep_distinct,
    measure_steadiness,
    measure_tilt,
    read_face,
)
from morphlapse.subjects.mediapipe import MediaPipe

FOUR = np.array([[40.0, 50.0], [60.0, 50.0], [50.0, 62.0], [50.0, 72.0]])


def sighting(x: float = 50.0, y: float = 55.0, width: float = 50.0, score: float = 0.9) -> FaceSighting:
    return FaceSighting(score, Crop(x, y, MARGIN * width), FOUR)


def mesh() -> np.ndarray:
    """478 points in a box of 40 x 60 whose eye corners are level."""
    points = np.random.default_rng(0).uniform((-20.0, -30.0), (20.0, 30.0), (478, 2))
    points[[0, 2]] = (-20.0, -30.0), (20.0, 30.0)
    points[[33, 263]] = (-15.0, -8.0), (15.0, -8.0)
    return points


@pytest.fixture(scope="module")
def copies(astronaut: Tensor) -> Copies:
    return make_copies(bytes_from_image(astronaut))


@settings(deadline=None, max_examples=10)
@given(st.floats(-3.0, 3.0))
def test_the_tilt_of_a_turned_face_is_its_turn(turn: float) -> None:
    eyes = map_points(similarity(2.0, turn, (5.0, 6.0)), np.array([[-1.0, 0.0], [1.0, 0.0]]))
    assert measure_tilt(*eyes) == pytest.approx(turn)


@settings(deadline=None, max_examples=10)
@given(st.floats(0.2, 5.0), st.floats(-3.0, 3.0), st.floats(-100.0, 100.0))
def test_the_crop_of_a_mesh_moves_with_it(scale: float, turn: float, shift: float) -> None:
    crop = crop_of_mesh(map_points(similarity(scale, turn, (shift, -shift)), mesh()))
    assert (crop.x, crop.y) == pytest.approx((shift, -shift), abs=1e-6)
    assert crop.side == pytest.approx(MARGIN * 60.0 * scale)
    assert math.remainder(crop.angle_rad - turn, 2 * math.pi) == pytest.approx(0.0, abs=1e-6)


def test_of_two_sightings_of_one_face_the_surer_is_kept() -> None:
    first, second, other = sighting(), sighting(x=55.0, score=0.6), sighting(x=120.0, score=0.5)
    assert keep_distinct([first, second, other]) == [first, other]


def test_a_mesh_that_stays_is_steady_and_one_that_wanders_is_not() -> None:
    points = mesh()
    assert measure_steadiness([points, points, points], 90.0) == 1.0
    assert measure_steadiness([points, points, points + 3.0], 90.0) < 0.1
    assert measure_steadiness([points + 9.0, points, points], 90.0) < 0.1


def test_the_keypoints_of_a_mesh_are_among_its_points() -> None:
    points = mesh()
    face = face_of_mesh(points, np.zeros(478), 0.9, Size(100, 100))
    assert {tuple(each) for each in face.keypoints.xy} <= {tuple(each) for each in points}


def test_a_face_without_a_mesh_has_its_keypoints_from_the_sighting_and_less_surely() -> None:
    face = face_of_sighting(sighting(), 0.3, Size(100, 100))
    assert face.mesh is None
    np.testing.assert_array_equal(face.keypoints.xy[:3], FOUR[:3])
    right, left = face.keypoints.xy[3:]
    assert right[0] < 50.0 < left[0]
    assert face.keypoints.visibility.tolist() == [0.5] * 5


def test_a_face_is_seen_once_though_two_networks_see_it(mediapipe: MediaPipe, copies: Copies) -> None:
    assert len(find_faces(mediapipe._networks, copies, whole_picture(copies.size))) == 1


def test_a_face_is_read_alike_from_a_crop_that_is_a_little_off(mediapipe: MediaPipe, copies: Copies) -> None:
    seen = find_faces(mediapipe._networks, copies, whole_picture(copies.size))[0]
    crop = Crop(seen.crop.x + 5.0, seen.crop.y - 4.0, 1.1 * seen.crop.side, seen.crop.angle_rad + 0.1)
    a = read_face(mediapipe._networks, copies, seen)
    b = read_face(mediapipe._networks, copies, FaceSighting(seen.score, crop, seen.points))
    assert a.mesh is not None
    assert b.mesh is not None
    assert np.hypot(*(a.mesh - b.mesh).T).mean() < 1.0
    assert min(a.score, b.score) > 0.5


def test_where_no_face_is_the_score_is_low_and_there_is_no_mesh(mediapipe: MediaPipe, copies: Copies) -> None:
    empty = FaceSighting(0.9, Crop(440.0, 60.0, 100.0), FOUR)
    face = read_face(mediapipe._networks, copies, empty)
    assert face.score < 0.1
    assert face.mesh is None
