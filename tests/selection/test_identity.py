"""Whose album it is, of albums of made people."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from descriptors import REACH, make_faces
from morphlapse.errors import OptionError
from morphlapse.options import SelectOptions
from morphlapse.records import Box, Detection, Detections, Face, Identity, Keypoints, Photo, Size, Subject
from morphlapse.selection.choice import choose
from morphlapse.selection.identity import identify_person

POINTS = Keypoints(("nose",), np.zeros((1, 2)), np.ones(1))
BOX = Box(0.0, 0.0, 9.0, 9.0)


def subject(descriptor=None, score=0.9):
    face = None if descriptor is None else Face(BOX, 0.9, POINTS, descriptor=descriptor)
    return Subject(score, BOX, POINTS, face=face)


def album(*photos, days=None):
    """Photos named 0.jpg, 1.jpg...; each is a list of descriptors, or of None for a person without a face."""
    found = []
    for k, faces in enumerate(photos):
        date = None if days is None else datetime(2001, 1, 1) + timedelta(days=float(days[k]))
        photo = Photo(Path(f"{k}.jpg"), Size(10, 10), date)
        found.append(Detection(photo, tuple(subject(face) for face in faces), 0.5))
    return Detections(tuple(found), reach=REACH)


def identity_of(detections: Detections) -> Identity:
    assert detections.identity is not None
    return detections.identity


def used(detections, options=None):
    """Which photos stay."""
    options = SelectOptions() if options is None else options
    return [int(each.photo.path.stem) for each in choose(detections, options, on="face").used]


def descriptor_of(detections: Detections, k: int, place: int = 0) -> Any:
    face = detections.found[k].subjects[place].face
    assert face is not None
    return face.descriptor


def likeness_of(detections: Detections, k: int) -> float:
    likeness = detections.found[k].likeness
    assert likeness is not None
    return likeness


def test_the_one_in_most_photos_is_the_album_s_person():
    faces, people, _ = make_faces([6, 4])
    mixed = album(*([face] for face in faces))
    chosen = identify_person(mixed, SelectOptions())
    assert used(chosen) == np.flatnonzero(people == 0).tolist()
    assert identity_of(chosen).chosen == (1,)
    assert [len(person.paths) for person in identity_of(chosen).people] == [6, 4]
    assert {identity_of(chosen).reasons[Path(f"{k}.jpg")] for k in range(6, 10)} == {"the person is not in it"}


def test_the_person_becomes_the_main_one_and_the_others_stay_behind():
    faces, _, _ = make_faces([5, 5])
    beside = album(*([other, own] for own, other in zip(faces[:5], faces[5:], strict=True)), [faces[0]])
    chosen = identify_person(beside, SelectOptions())
    for k in range(5):
        assert np.array_equal(descriptor_of(chosen, k), faces[k])
        assert np.array_equal(descriptor_of(chosen, k, 1), faces[5 + k])
        assert likeness_of(chosen, k) > 0.9


def test_an_example_names_the_person_though_they_are_in_few_photos():
    faces, people, _ = make_faces([8, 3, 5])
    chosen = identify_person(album(*([face] for face in faces[:-1])), SelectOptions(person=("x.jpg",)), faces[-1:])
    assert used(chosen) == np.flatnonzero(people[:-1] == 2).tolist()


def test_a_number_names_the_person():
    faces, people, _ = make_faces([8, 3, 5])
    chosen = identify_person(album(*([face] for face in faces)), SelectOptions(person=("3",)))
    assert used(chosen) == np.flatnonzero(people == 1).tolist()


@pytest.mark.parametrize("number", ["0", "4"])
def test_a_number_that_nobody_has_is_an_error(number):
    faces, _, _ = make_faces([2, 2, 2])
    with pytest.raises(OptionError, match=f"person: there is no person {number}, 3 were told apart"):
        identify_person(album(*([face] for face in faces)), SelectOptions(person=(number,)))


def test_two_examples_from_far_apart_years_find_all_years_in_between():
    faces, _, days = make_faces([100, 100], drift=1.5, days=3650.0)
    dated = album(*([face] for face in faces), days=days - days[0])
    chosen = identify_person(dated, SelectOptions(person=("young.jpg", "old.jpg")), faces[[3, 97]])
    assert used(chosen) == list(range(100))


def test_one_example_is_followed_through_the_years():
    faces, _, days = make_faces([100, 100], drift=1.5, days=3650.0)
    dated = album(*([face] for face in faces), days=days - days[0])
    chosen = identify_person(dated, SelectOptions(person=("now.jpg",)), faces[98:99])
    assert used(chosen) == list(range(100))


def test_an_example_of_somebody_else_finds_nobody():
    faces, _, _ = make_faces([8, 1])
    chosen = identify_person(album(*([face] for face in faces[:8])), SelectOptions(person=("x.jpg",)), faces[8:])
    assert used(chosen) == []


def between(faces, towards, distance):
    """A face so far from the middle of others, on the way to another one."""
    centre = faces.mean(axis=0)
    step = towards - centre
    return centre + step * np.float32(distance / np.linalg.norm(step))


def test_a_doubtful_photo_is_told_and_left_out_and_include_keeps_it():
    faces, _, _ = make_faces([6, 4])
    mixed = album(*([face] for face in faces), [between(faces[:6], faces[6], 0.53)])
    chosen = identify_person(mixed, SelectOptions())
    reason = identity_of(chosen).reasons[Path("10.jpg")]
    assert reason.startswith("perhaps another person (likeness 0.")
    assert reason.endswith("--include NAME keeps it")
    assert used(chosen) == list(range(6))
    assert used(chosen, SelectOptions(include=("10.jpg",))) == [*range(6), 10]


def test_no_doubt_is_told_where_it_is_not_asked_for():
    faces, _, _ = make_faces([6, 3])
    chosen = identify_person(album(*([face] for face in faces)), SelectOptions(doubt=0.0, min_likeness=1.0))
    assert set(identity_of(chosen).reasons.values()) == {"the person is not in it"}


def test_a_photo_of_somebody_alone_without_a_face_stays_and_one_of_several_does_not():
    faces, _, _ = make_faces([4])
    backs = album(*([face] for face in faces), [None], [None, None], [])
    chosen = identify_person(backs, SelectOptions())
    told = identity_of(chosen).reasons
    assert list(told) == [Path("5.jpg")]
    assert told[Path("5.jpg")].startswith("whose it is cannot be told, for 2 people are in it")
    assert [chosen.found[k].likeness for k in (4, 5, 6)] == [None] * 3
    assert [each.photo.path.stem for each in choose(chosen, SelectOptions(), on="body").used] == list("01234")


def test_an_album_without_faces_is_left_as_it_is_and_says_so():
    backs = album([None], [None, None])
    chosen = identify_person(backs, SelectOptions())
    assert chosen.found == backs.found
    assert identity_of(chosen).note == "no face can be told: the largest person of each photo is taken"
    assert identity_of(chosen).reasons == {}


def test_an_album_without_people_has_nothing_to_say():
    assert identity_of(identify_person(album([], []), SelectOptions())).note == ""


def test_an_album_of_many_people_is_left_as_it_is_and_says_so():
    faces, _, _ = make_faces([2, 2, 1, 1, 1])
    chosen = identify_person(album(*([face] for face in faces)), SelectOptions())
    assert used(chosen) == list(range(7))
    assert identity_of(chosen).chosen == ()
    assert "the largest person of each photo is taken" in identity_of(chosen).note


def test_two_photos_of_two_people_both_stay():
    faces, _, _ = make_faces([1, 1])
    assert used(identify_person(album(*([face] for face in faces)), SelectOptions())) == [0, 1]


def test_one_photo_of_one_person_stays():
    faces, _, _ = make_faces([1])
    assert used(identify_person(album([faces[0]]), SelectOptions())) == [0]
    assert used(identify_person(album([faces[0]], [None]), SelectOptions())) == [0]


def test_where_nearly_all_faces_are_one_person_s_an_odd_one_is_believed():
    faces, _, _ = make_faces([30, 8, 1])
    odd = between(faces[:30], faces[-1], 0.52)
    few = identify_person(album(*([face] for face in [*faces[:9], *faces[30:38]]), [odd]), SelectOptions())
    many = identify_person(album(*([face] for face in faces[:30]), [odd]), SelectOptions())
    assert likeness_of(many, 30) > likeness_of(few, 17)


@settings(max_examples=15)
@given(st.integers(0, 10_000))
def test_the_order_of_the_photos_does_not_change_who_is_who(seed):
    faces, _, _ = make_faces([9, 5, 2], seed=seed)
    mixed = album(*([face] for face in faces))
    order = np.random.default_rng(seed).permutation(16)
    turned = Detections(tuple(mixed.found[k] for k in order), reach=REACH)
    first, second = (identify_person(each, SelectOptions()) for each in (mixed, turned))
    assert identity_of(first).reasons == identity_of(second).reasons
