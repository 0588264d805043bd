import math
from dataclasses import replace

import numpy as np
import pytest

from morphlapse.records import Box, Face, Keypoints, Size
from morphlapse.subjects.bodies import Body
from morphlapse.subjects.crops import Crop
from morphlapse.subjects.matching import FACE_ROWS
from morphlapse.subjects.people import Person, choose_turn, is_known, is_taken, part_bodies
from morphlapse.subjects.protocol import FACE_KEYPOINTS
from morphlapse.subjects.ranking import FACE_TO_PERSON, rank_people, tell_person

SIZE = Size(400, 600)
FIVE = np.array([[-10.0, -10.0], [10.0, -10.0], [0.0, 2.0], [-8.0, 12.0], [8.0, 12.0]])


def make_face(x: float, y: float, *, width: float = 50.0, score: float = 0.9) -> Face:
    box = Box(x - width / 2, y - width / 2, x + width / 2, y + width / 2)
    return Face(box, score, Keypoints(FACE_KEYPOINTS, FIVE * width / 50.0 + (x, y), np.ones(5)))


def make_body(x: float, y: float, *, side: float = 525.0, on_mask: float = 1.0, off: float = 0.0) -> Body:
    """A body with its face at (x + off, y) and a mask of a sixth of its crop around its middle."""
    points = np.tile(np.array([[x, y + 0.29 * side]]), (33, 1))
    points[FACE_ROWS] = FIVE * side / 525.0 + (x + off, y)
    mask = np.zeros((256, 256))
    mask[60:240, 110:146] = 1.0
    return Body(Crop(x, y + 0.29 * side, side), points, np.ones(33), mask, 0.9, 0.0, on_mask)


def test_the_doubts_about_face_and_body_multiply() -> None:
    person = Person(make_face(100.0, 100.0, score=0.6), make_body(100.0, 100.0))
    assert person.score == pytest.approx(1.0 - 0.4 * 0.1)


def test_a_face_alone_is_as_sure_as_the_face() -> None:
    assert Person(make_face(100.0, 100.0, score=0.6), None).score == pytest.approx(0.6)


@pytest.mark.parametrize(("angle_rad", "turn"), [(0.3, 0), (1.3, 1), (-1.7, -1), (3.0, 2), (-3.0, -2)])
def test_faces_are_looked_for_at_the_quarter_turn_of_the_surest_body(angle_rad: float, turn: int) -> None:
    crop = Crop(0.0, 0.0, 1.0, angle_rad)
    assert choose_turn([(0.9, crop), (0.6, Crop(0.0, 0.0, 1.0))], 0.0) == pytest.approx(turn * math.pi / 2)


def test_a_doubtful_body_turns_nothing() -> None:
    assert choose_turn([(0.4, Crop(0.0, 0.0, 1.0, 1.5))], 0.0) == 0.0
    assert choose_turn([], 0.25) == 0.25


def test_two_bodies_in_one_place_are_known() -> None:
    person = Person(None, make_body(100.0, 100.0))
    assert person.body is not None
    assert is_known(replace(person.body.crop, x=110.0), [person])
    assert not is_known(replace(person.body.crop, x=200.0), [person])


def test_a_body_with_its_nose_in_anothers_face_is_taken() -> None:
    owner = Person(make_face(100.0, 100.0), None)
    assert is_taken(Person(None, make_body(110.0, 95.0)), [owner])
    assert not is_taken(Person(None, make_body(200.0, 95.0)), [owner])


def test_a_face_in_anothers_face_is_taken() -> None:
    owner = Person(make_face(100.0, 100.0), None)
    assert is_taken(Person(make_face(104.0, 98.0), None), [owner])


def test_a_body_that_two_faces_claim_goes_to_the_one_it_fits() -> None:
    fits = Person(make_face(100.0, 100.0), make_body(100.0, 100.0))
    mixed = Person(make_face(160.0, 100.0), make_body(100.0, 100.0, off=48.0))
    kept = part_bodies([mixed, fits])
    assert [person.body is not None for person in kept] == [True, False]
    assert kept[0].face is fits.face


def test_people_apart_keep_their_bodies() -> None:
    people = [Person(make_face(x, 100.0), make_body(x, 100.0)) for x in (100.0, 400.0)]
    assert all(person.body for person in part_bodies(people))


def test_the_larger_person_comes_first() -> None:
    small, large = Person(make_face(250.0, 200.0, width=30.0), None), Person(make_face(350.0, 200.0, width=60.0), None)
    assert rank_people([small, large], SIZE) == [large, small]


def test_of_two_alike_the_one_nearer_to_the_middle_comes_first() -> None:
    aside, middle = Person(make_face(60.0, 60.0), None), Person(make_face(290.0, 210.0), None)
    assert rank_people([aside, middle], SIZE) == [middle, aside]


def test_of_two_alike_the_surer_comes_first() -> None:
    doubtful, sure = Person(make_face(200.0, 200.0, score=0.6), None), Person(make_face(400.0, 200.0), None)
    assert rank_people([doubtful, sure], SIZE) == [sure, doubtful]


def test_a_person_known_by_the_face_alone_has_a_box_around_more_than_it() -> None:
    left, up, right, down = (50.0 * share for share in FACE_TO_PERSON)
    subject = tell_person(Person(make_face(300.0, 150.0), None), SIZE)
    assert subject.box == Box(275.0 - left, 125.0 - up, 325.0 + right, 175.0 + down)
    assert subject.keypoints is None
    assert subject.mask is None


def test_a_mask_that_the_keypoints_are_not_on_is_not_told() -> None:
    told = [tell_person(Person(None, make_body(300.0, 100.0, on_mask=share)), SIZE).mask for share in (0.79, 0.8)]
    assert told[0] is None
    assert told[1] is not None


def test_the_box_of_a_body_has_its_mask_its_keypoints_and_its_face_in_it() -> None:
    person = Person(make_face(300.0, 100.0, width=80.0), make_body(300.0, 100.0))
    box = tell_person(person, SIZE).box
    assert box.left <= 260.0
    assert box.right >= 340.0
    assert box.top <= 60.0
    assert box.bottom == pytest.approx(399.5, abs=3.0)
