from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from morphlapse.errors import OptionError
from morphlapse.options import SelectOptions
from morphlapse.records import Basis, Box, Detection, Detections, Face, Keypoints, Mask, Photo, Size, Skipped, Subject
from morphlapse.selection.choice import choose

BOX = Box(0.0, 0.0, 9.0, 9.0)
POINTS = Keypoints(("nose",), np.zeros((1, 2)), np.ones(1))
FACE = Face(BOX, 0.9, POINTS)
MASK = Mask(np.ones((2, 2), dtype=np.uint8), BOX)
WHOLE = Subject(0.9, BOX, POINTS, MASK, FACE)
BASES: tuple[Basis | Literal["auto"], ...] = ("auto", "body", "face", "mask", "scene", "none")


def detection(name: str, *subjects: Subject, lightness: float | None = 0.5) -> Detection:
    return Detection(Photo(Path("album") / name, Size(10, 10)), subjects, lightness)


def names(detections: tuple[Detection, ...]) -> list[str]:
    return [each.photo.path.name for each in detections]


def reasons(skipped: tuple[Skipped, ...]) -> dict[str, str]:
    return {each.path.name: each.reason for each in skipped}


ALBUM = Detections((detection("a1.jpg", WHOLE), detection("a2.jpg", WHOLE), detection("b1.jpg", WHOLE)))


def test_by_default_every_photo_stays_in_its_order() -> None:
    choice = choose(ALBUM, SelectOptions(), on="auto")
    assert names(choice.used) == ["a1.jpg", "a2.jpg", "b1.jpg"]
    assert choice.skipped == ()


def test_excluded_photos_are_left_out_by_wildcard_and_by_name() -> None:
    choice = choose(ALBUM, SelectOptions(exclude=("a*", "b1.jpg")), on="none")
    assert choice.used == ()
    assert reasons(choice.skipped) == dict.fromkeys(("a1.jpg", "a2.jpg", "b1.jpg"), "left out by hand (exclude)")


def test_include_is_stronger_than_exclude() -> None:
    choice = choose(ALBUM, SelectOptions(include=("a2.jpg",), exclude=("a*",)), on="none")
    assert names(choice.used) == ["a2.jpg", "b1.jpg"]


@pytest.mark.parametrize("option", ["include", "exclude"])
def test_a_pattern_that_matches_nothing_is_an_error_that_says_which(option: str) -> None:
    with pytest.raises(OptionError, match=rf"{option}: 'c\*' matches none of the 3 photos; .*'a1.jpg'"):
        choose(ALBUM, SelectOptions.model_validate({option: ("c*",)}), on="none")


def test_a_pattern_may_name_a_photo_that_is_skipped_already() -> None:
    gone = Skipped(Path("album/c1.jpg"), "the file is empty")
    choice = choose(Detections(ALBUM.found, (gone,)), SelectOptions(exclude=("c1.jpg",)), on="none")
    assert choice.skipped == (gone,)


def test_a_dark_photo_is_left_out_and_the_reason_gives_both_numbers() -> None:
    dark = Detections((detection("day.jpg", WHOLE), detection("night.jpg", WHOLE, lightness=0.031)))
    choice = choose(dark, SelectOptions(min_light=0.05), on="auto")
    assert reasons(choice.skipped) == {"night.jpg": "too dark (lightness 0.031, min_light is 0.05)"}


def test_a_dark_photo_stays_when_it_is_included() -> None:
    dark = Detections((detection("night.jpg", WHOLE, lightness=0.0),))
    assert names(choose(dark, SelectOptions(include=("night*",)), on="body").used) == ["night.jpg"]


def test_min_light_0_keeps_the_darkest_photo() -> None:
    dark = Detections((detection("night.jpg", WHOLE, lightness=0.0),))
    assert len(choose(dark, SelectOptions(min_light=0.0), on="auto").used) == 1


def test_a_photo_of_unknown_lightness_stays() -> None:
    assert len(choose(Detections((detection("a.jpg", WHOLE, lightness=None),)), SelectOptions(), on="auto").used) == 1


@pytest.mark.parametrize(
    ("on", "subject", "reason"),
    [
        ("body", None, "no person found"),
        ("face", None, "no person found"),
        ("mask", None, "no person found"),
        ("body", Subject(0.9, BOX, face=FACE), "a person, but no body keypoints found"),
        ("face", Subject(0.9, BOX, POINTS, MASK), "no face found"),
        ("mask", Subject(0.9, BOX, POINTS, face=FACE), "a person, but no outline found"),
    ],
)
def test_a_photo_without_what_the_film_is_aligned_on_is_left_out(
    on: Basis, subject: Subject | None, reason: str
) -> None:
    album = Detections((detection("a.jpg", *([subject] if subject else [])),))
    assert reasons(choose(album, SelectOptions(), on=on).skipped) == {"a.jpg": reason}


def test_include_does_not_make_up_for_a_missing_face() -> None:
    choice = choose(Detections((detection("a.jpg"),)), SelectOptions(include=("a.jpg",)), on="face")
    assert reasons(choice.skipped) == {"a.jpg": "no person found"}


@pytest.mark.parametrize("on", ["auto", "scene", "none"])
def test_nobody_need_be_in_a_photo_that_is_not_aligned_on_a_person(on: Basis) -> None:
    assert len(choose(Detections((detection("a.jpg"),)), SelectOptions(), on=on).used) == 1


def test_what_was_skipped_before_comes_first_and_is_kept() -> None:
    gone = Skipped(Path("album/broken.jpg"), "its data is damaged")
    choice = choose(Detections(ALBUM.found, (gone,)), SelectOptions(exclude=("a1.jpg",)), on="auto")
    assert [each.path.name for each in choice.skipped] == ["broken.jpg", "a1.jpg"]


@settings(deadline=None, max_examples=20)
@given(
    st.lists(st.tuples(st.booleans(), st.floats(0.0, 1.0)), max_size=8),
    st.floats(0.0, 1.0),
    st.sampled_from(BASES),
)
def test_every_photo_is_used_or_skipped_exactly_once(
    photos: list[tuple[bool, float]], min_light: float, on: Basis | Literal["auto"]
) -> None:
    found = tuple(
        detection(f"{number}.jpg", *([WHOLE] if there else []), lightness=light)
        for number, (there, light) in enumerate(photos)
    )
    choice = choose(Detections(found), SelectOptions(min_light=min_light), on=on)
    told = names(choice.used) + [each.path.name for each in choice.skipped]
    assert sorted(told) == sorted(names(found))
    assert all(each.reason for each in choice.skipped)
