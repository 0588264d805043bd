import math
from dataclasses import replace

import numpy as np
import pytest

from morphlapse.geometry.similarity import map_points, similarity
from morphlapse.records import Size
from morphlapse.subjects.bodies import Body
from morphlapse.subjects.crops import Crop, make_copies
from morphlapse.subjects.faces import MARGIN, FaceSighting, face_of_sighting
from morphlapse.subjects.matching import (
    FACE_OF_BODY,
    FACE_ROWS,
    choose_crops,
    head_of,
    hide_faces,
    is_rival,
    measure_distance,
    share_body,
    sight_face,
)

FIVE = np.array([[40.0, 50.0], [60.0, 50.0], [50.0, 62.0], [42.0, 72.0], [58.0, 72.0]])


def sighting(x: float, y: float, width: float = 40.0, tilt_rad: float = 0.0) -> FaceSighting:
    return FaceSighting(0.9, Crop(x, y, MARGIN * width, tilt_rad), np.zeros((4, 2)))


def body(points: np.ndarray, crop: Crop, mask: np.ndarray | None = None) -> Body:
    keypoints = np.zeros((33, 2))
    keypoints[FACE_ROWS] = points
    return Body(crop, keypoints, np.ones(33), np.zeros((256, 256)) if mask is None else mask, 1.0, 0.0, 1.0)


def test_a_face_seen_from_a_bodys_keypoints_agrees_with_them() -> None:
    seen = sight_face(FIVE, 0.8)
    face = face_of_sighting(seen, 0.8, Size(200, 200))
    assert measure_distance(body(FIVE, Crop(0.0, 0.0, 400.0)), face) < 0.05
    assert seen.score == 0.8


@pytest.mark.parametrize(("scale", "turn"), [(2.0, 0.0), (0.5, 1.0), (3.0, -2.5)])
def test_the_distance_of_body_and_face_does_not_depend_on_size_and_turn(scale: float, turn: float) -> None:
    def distance_of(points: np.ndarray) -> float:
        seen = sight_face(points, 0.8)
        face = face_of_sighting(seen, 0.8, Size(200, 200))
        moved = body(points + 0.3 * seen.width, Crop(0.0, 0.0, 400.0))
        return measure_distance(moved, face)

    turned = map_points(similarity(scale, turn), FIVE)
    assert distance_of(turned) == pytest.approx(distance_of(FIVE), abs=0.02)


@pytest.mark.parametrize("tilt_rad", [0.0, 0.6, math.pi / 2, -2.0])
def test_a_standing_body_is_looked_for_below_its_face(tilt_rad: float) -> None:
    face = sighting(100.0, 80.0, tilt_rad=tilt_rad)
    (crop,) = choose_crops(face, [])
    assert head_of(crop) == pytest.approx((100.0, 80.0))
    assert crop.side * FACE_OF_BODY == pytest.approx(face.width)
    assert crop.angle_rad == tilt_rad


def test_the_body_seen_with_its_head_at_the_face_is_tried_first() -> None:
    far, near = Crop(400.0, 200.0, 420.0), Crop(105.0, 200.0, 420.0)
    assert choose_crops(sighting(100.0, 80.0), [far, near])[0] == near


def test_a_body_seen_elsewhere_is_not_tried() -> None:
    assert Crop(400.0, 200.0, 420.0) not in choose_crops(sighting(100.0, 80.0), [Crop(400.0, 200.0, 420.0)])


def test_neighbours_are_rivals_and_people_far_apart_are_not() -> None:
    assert is_rival(sighting(100.0, 80.0), sighting(200.0, 80.0))
    assert not is_rival(sighting(100.0, 80.0), sighting(300.0, 80.0))


def test_a_hidden_face_is_gray_and_ones_own_is_untouched() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (160, 240, 3), dtype=np.uint8)
    own, rival = sighting(80.0, 80.0), sighting(110.0, 80.0)
    view = hide_faces(make_copies(picture), [rival], own).levels[0]
    assert np.ptp(view[75:85, 115:130], axis=(0, 1)).max() == 0
    np.testing.assert_array_equal(view[65:95, 65:95], picture[65:95, 65:95])
    np.testing.assert_array_equal(view[:, 160:], picture[:, 160:])


def test_hiding_leaves_the_picture_itself_alone() -> None:
    picture = np.full((100, 100, 3), 7, dtype=np.uint8)
    picture[:50] = 200
    before = picture.copy()
    hide_faces(make_copies(picture), [sighting(70.0, 50.0)], sighting(20.0, 50.0))
    np.testing.assert_array_equal(picture, before)


def test_bodies_whose_masks_lie_on_each_other_are_one() -> None:
    mask = np.zeros((256, 256))
    mask[40:200, 100:160] = 1.0
    first = body(FIVE, Crop(100.0, 100.0, 200.0), mask)
    assert share_body(first, replace(first, crop=Crop(110.0, 100.0, 200.0)))
    assert not share_body(first, replace(first, crop=Crop(170.0, 100.0, 200.0)))


def test_a_body_without_a_mask_shares_none() -> None:
    empty = body(FIVE, Crop(100.0, 100.0, 200.0))
    assert not share_body(empty, empty)
