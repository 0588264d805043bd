"""Whose album it is, from photos to the report: painted people, an astronaut, and real ones."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from descriptors import POINTS, REACH, ByColour, Colours, paint
from morphlapse.album.folder import read_album
from morphlapse.errors import BackendMissing, OptionError
from morphlapse.options import AlignOptions, SelectOptions
from morphlapse.pipeline.context import Context
from morphlapse.pipeline.describing import choose_long_side
from morphlapse.pipeline.detecting import detect
from morphlapse.pipeline.identifying import identify, look
from morphlapse.pipeline.jobs import inspect_photos
from morphlapse.pipeline.report_json import report_as_dict
from morphlapse.pipeline.selecting import select
from morphlapse.records import Box, Face, Photo, Size
from morphlapse.subjects import registry

PHOTOS = {"a": ["red"], "b": ["red"], "c": ["red", "green"], "d": ["blue", "red"], "e": ["blue"], "f": ["green"]}

EASY: dict[str, Any] = {"twins": False, "duplicates": False, "burst_s": 0.0, "min_sharp": 0.0}


@pytest.fixture
def painted(tmp_path, monkeypatch):
    """Red in most photos, blue before red in one, blue alone in one, and one of somebody's back."""
    (tmp_path / "album").mkdir()
    for name, colours in PHOTOS.items():
        paint(tmp_path / "album" / f"{name}.png", *colours)
    monkeypatch.setitem(registry.DETECTORS, "mediapipe", "descriptors:Colours")
    monkeypatch.setitem(registry.IDENTIFIERS, "dlib", "descriptors:ByColour")
    return tmp_path


def look_at(painted, **options):
    return look(read_album(painted / "album"), SelectOptions(**options), "mediapipe", Context())


def used(painted, **options):
    """Names of the photos that stay; painted ones are much alike, which is not asked here."""
    album, found = read_album(painted / "album"), look_at(painted, **options)
    asked = SelectOptions(**options, **EASY)
    return "".join(each.photo.path.stem for each in select(album, found, asked).used)


def test_the_film_stays_with_the_one_who_is_in_most_photos(painted):
    assert used(painted) == "abcdf"
    main = look_at(painted).found[3].main
    assert main is not None
    assert main.box.left == 20.0


def test_an_example_picture_names_the_person(painted):
    example = paint(painted / "blue.png", "gray", "blue")
    assert used(painted, person=(str(example),)) == "def"


def test_a_number_names_the_person(painted):
    assert used(painted, person=("2",)) == "def"


def test_a_photo_without_the_person_is_kept_where_it_is_included(painted):
    assert used(painted, include=("e.png",)) == "abcdef"


def test_without_comparing_faces_the_largest_person_is_taken(painted):
    assert used(painted, identify="none") == "abcdef"
    assert look_at(painted, identify="none").identity is None


@pytest.mark.parametrize("colours", [[], ["green"]])
def test_an_example_without_a_face_is_an_error(painted, colours):
    example = paint(painted / "nobody.png", *colours)
    with pytest.raises(OptionError, match=r"person: no face that can be told is seen in .*nobody\.png"):
        look_at(painted, person=(str(example),))


def test_an_example_that_is_not_there_is_an_error_that_tells_of_numbers(painted):
    with pytest.raises(OptionError, match=r"person: .*nowhere\.png: .*; give a picture .*, or a number"):
        look_at(painted, person=("nowhere.png",))


@pytest.mark.parametrize("options", [{"identify": "none"}, {"on": "scene"}, {"on": "points"}])
def test_a_person_that_nobody_looks_for_is_an_error(painted, options):
    select_options = SelectOptions(person=("1",), identify=options.get("identify", "auto"))
    align_options = AlignOptions(on=options.get("on", "auto"))
    with pytest.raises(OptionError, match="person: 1 cannot be found, for "):
        inspect_photos(painted / "album", select=select_options, align=align_options)


def test_scenes_ask_for_nobody_s_identity(painted):
    report = inspect_photos(painted / "album", align=AlignOptions(on="none"), select=SelectOptions(**EASY))
    assert report.identity is None
    assert all(fate.used for fate in report.fates)


def test_where_nothing_compares_faces_the_largest_person_is_taken_and_that_is_told(painted, monkeypatch):
    monkeypatch.setitem(registry.IDENTIFIERS, "dlib", "no_such_library:Dlib")
    assert used(painted) == "abcdef"
    identity = look_at(painted).identity
    assert identity is not None
    assert identity.note.startswith("the largest person of each photo is taken, for identifier 'dlib' cannot be loaded")
    assert "pip install --no-deps face_recognition_models" in identity.note
    with pytest.raises(BackendMissing, match="pip install --no-deps face_recognition_models"):
        look_at(painted, person=("1",))


def test_the_steps_give_what_the_job_gives(painted):
    album = read_album(painted / "album")
    found = identify(detect(album, Colours(), identifier=ByColour()), SelectOptions(person=("2",)))
    again = look_at(painted, person=("2",))
    assert found.reach == REACH
    assert [each.likeness for each in found.found] == [each.likeness for each in again.found]


def test_a_report_tells_who_was_chosen_and_who_else_there_is(painted):
    report = inspect_photos(painted / "album", align=AlignOptions(on="body"))
    told = report_as_dict(report)
    assert told["identity"]["note"].startswith("person: the one in most photos (4 of 5 with faces)")
    assert [len(each["photos"]) for each in told["identity"]["people"]] == [4, 2]
    fates = {Path(each["path"]).stem: each for each in told["photos"]}
    assert fates["e"]["reason"] == "the person is not in it"
    assert fates["e"]["likeness"] < 0.05 < 0.9 < fates["d"]["likeness"]
    assert fates["f"]["likeness"] is None


@pytest.mark.parametrize(("width", "asked"), [(100.0, 1000), (50.0, 1154), (20.0, 2885), (1.0, 3000)])
def test_small_faces_are_read_from_a_larger_copy_where_there_is_one(width, asked):
    faces = [Face(Box(0.0, 0.0, width, width), 0.9, POINTS)]
    assert choose_long_side(Photo(Path("a.jpg"), Size(2000, 3000)), 1000, faces, 150) == asked


def test_a_sample_is_one_person_s_and_all_of_it_stays(sample, recalling):
    found = look(read_album(sample[:2]), SelectOptions(), "mediapipe", recalling)
    assert found.identity is not None
    assert found.identity.note == ""
    assert not found.identity.reasons
    assert min(each.likeness or 0.0 for each in found.found) > 0.9


@pytest.mark.photos
def test_a_second_person_who_comes_in_does_not_take_the_film(photos, tmp_path):
    for day in ("2008-04-21_Day_13", "2008-04-22_Day_14", "2008-04-26_Day_17", "2008-04-27_Day_18"):
        shutil.copy(photos / "faces" / "agelapse-photo-a-day" / f"{day}.jpg", tmp_path)
    found = look(read_album(tmp_path), SelectOptions(), "mediapipe", Context())
    assert [len(each.subjects) for each in found.found] == [1, 2, 2, 2]
    assert min(each.likeness or 0.0 for each in found.found) > 0.9
    assert found.identity is not None
    assert [len(each.paths) for each in found.identity.people] == [4, 3]
