"""What speaks against a photo, and how much of an album may go."""

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from morphlapse.options import SelectOptions
from morphlapse.records import Basis, Box, Choice, Detection, Detections
from morphlapse.selection.choice import choose
from morphlapse.selection.rating import rate

from .conftest import make_detection, make_face, make_photo, make_thumbnail, name_of

GOOD: dict[str, Any] = {"eyes_open": 0.8, "sharpness": 0.5, "lightness": 0.5}


def good(number: int, **changed: Any) -> Detection:
    """One of many good photos, a day apart, each a little unlike the others; or a photo with a fault."""
    face = make_face(**{**GOOD, "sharpness": 0.5 + 0.02 * (number % 5), "yaw": 3.0 * (number % 3), **changed})
    return make_detection(make_photo(f"{number:02}.jpg", number), face, thumbnail=make_thumbnail(number))


ALBUM = tuple(good(number) for number in range(10))


def choose_with(*more: Detection, **options: Any) -> Choice:
    """What is chosen of the good photos and some more."""
    return choose(Detections((*ALBUM, *more)), SelectOptions(**options), on="face")


def reason(choice: Choice, name: str) -> str | None:
    """Why it is left out."""
    return next((each.reason for each in choice.skipped if each.path.name == name), None)


def test_good_photos_stay() -> None:
    assert choose_with().used == ALBUM
    assert choose_with().notes == ()


LIGHT = np.full((32, 32, 3), 255, dtype=np.uint8)
FAULTS: dict[str, Detection] = {
    "min_light": replace(good(20), lightness=0.03),
    "max_light": replace(good(20), lightness=0.99),
    "max_clipped": replace(good(20), thumbnail=LIGHT),
    "min_sharp": good(20, sharpness=0.1),
    "min_size": good(20, box=Box(100.0, 100.0, 105.0, 106.0)),
    "max_cut": good(20, box=Box(-60.5, 80.0, 59.5, 200.0)),
    "min_face_light": good(20, lightness=0.01),
    "min_eyes": good(20, eyes_open=0.05),
    "max_yaw_deg": good(20, yaw=-71.0),
    "max_pitch_deg": good(20, pitch=60.0),
}
KEEPING = {"max_light": 1.0, "max_clipped": 1.0, "max_cut": 1.0, "max_yaw_deg": 180.0, "max_pitch_deg": 180.0}


@pytest.mark.parametrize("option", FAULTS)
def test_a_fault_is_told_in_one_line_with_a_number_and_the_option_that_changes_it(option: str) -> None:
    told = reason(choose_with(FAULTS[option]), "20.jpg")
    assert told is not None
    assert re.search(rf"\d.*{option} is \d", told)
    assert "\n" not in told


@pytest.mark.parametrize("option", FAULTS)
def test_each_rule_can_be_switched_off(option: str) -> None:
    assert reason(choose_with(FAULTS[option], **{option: KEEPING.get(option, 0.0)}), "20.jpg") is None


@pytest.mark.parametrize("option", FAULTS)
def test_include_is_stronger_than_every_rule(option: str) -> None:
    assert reason(choose_with(FAULTS[option], include=("20.jpg",)), "20.jpg") is None


@pytest.mark.parametrize("option", ["min_face_light", "min_eyes", "max_yaw_deg", "max_pitch_deg"])
@pytest.mark.parametrize("basis", ["body", "mask", "scene", "none"])
def test_a_face_must_look_at_the_camera_in_films_of_faces_only(option: str, basis: Basis) -> None:
    choice = choose(Detections((*ALBUM, FAULTS[option])), SelectOptions(), on="auto", basis=basis)
    assert reason(choice, "20.jpg") is None


def test_what_was_not_measured_is_no_fault() -> None:
    bare = make_detection(make_photo("20.jpg", 20), replace(make_face(), pose=None), lightness=None)
    assert reason(choose_with(bare), "20.jpg") is None


def test_an_old_camera_is_judged_by_itself() -> None:
    old = [
        make_detection(
            make_photo(f"old{k}.jpg", -7000.0 + k, camera="Phone of 2002"), make_face(sharpness=0.08 + 0.01 * (k % 3))
        )
        for k in range(12)
    ]
    new = [make_detection(make_photo(f"new{k}.jpg", k), make_face(sharpness=0.7 + 0.02 * (k % 3))) for k in range(100)]
    shaken = make_detection(make_photo("shaken.jpg", -6995.5, camera="Phone of 2002"), make_face(sharpness=0.005))
    choice = choose(Detections((*old[:5], shaken, *old[5:], *new)), SelectOptions(), on="face")
    assert [each.path.name for each in choice.skipped] == ["shaken.jpg"]


def test_a_rule_takes_no_more_than_its_share_and_the_best_stay() -> None:
    asleep = tuple(good(k, eyes_open=0.001 * k) for k in range(10))
    choice = choose(Detections(asleep), SelectOptions(max_left_out=0.3), on="face")
    assert [name_of(each) for each in choice.used] == [f"{k:02}.jpg" for k in range(3, 10)]
    assert choice.notes == ("min_eyes would leave out 10 of 10 photos: the best 7 of them stay (max_left_out)",)


def test_all_rules_together_take_no_more_than_their_share() -> None:
    mixed = (*(good(k, eyes_open=0.0) for k in range(4)), *(good(k, yaw=80.0) for k in range(4, 8)), *ALBUM[8:])
    choice = choose(Detections(mixed), SelectOptions(), on="face")
    assert len(choice.used) == 5
    assert "all rules together would leave out 8 of 10 photos" in choice.notes[0]


def test_ratings_tell_better_from_worse() -> None:
    worse = [replace(ALBUM[0], lightness=0.99), good(0, eyes_open=0.1), good(0, yaw=45.0), good(0, sharpness=0.2)]
    worse += [replace(ALBUM[0], likeness=0.2), good(0, box=Box(-30.5, 80.0, 89.5, 200.0)), good(0, lightness=0.1)]
    for each in worse:
        known = replace(ALBUM[0], likeness=0.9)
        score = rate(Detections((*ALBUM, known, each)), SelectOptions()).score
        assert (score >= 0.0).all()
        assert (score <= 1.0).all()
        assert score[-1] < score[-2] or each.lightness == 0.99


def test_what_was_not_measured_rates_as_typical() -> None:
    bare = make_detection(make_photo("x.jpg"), replace(make_face(), pose=None), lightness=None)
    score = rate(Detections((*ALBUM, bare)), SelectOptions()).score
    assert score[:-1].min() - 0.05 <= score[-1] <= score[:-1].max() + 0.05
