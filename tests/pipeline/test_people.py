"""What the user gives by hand beside what was found."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from figures import SIZE, person
from morphlapse.album.folder import read_album
from morphlapse.errors import OptionError
from morphlapse.options import SelectOptions
from morphlapse.pipeline.people import detect, mark, select
from morphlapse.records import Album, Detection, Detections, Photo, Pose, Subject


@pytest.fixture
def found():
    """A photo of a person, and one of nobody."""
    photos = [Photo(Path("nowhere") / name, SIZE) for name in ("a.jpg", "b.jpg")]
    return Detections((Detection(photos[0], (person(np.eye(3)),)), Detection(photos[1])))


def main_of(detections: Detections, k: int) -> Subject:
    main = detections.found[k].main
    assert main is not None
    return main


def test_a_given_point_takes_the_place_of_the_one_that_was_found(found):
    marked = main_of(mark(found, {"a.jpg": {"left_hip": (400.0, 500.0), "heel": (1.0, 2.0, 0.5)}}), 0)
    points, before = marked.keypoints, main_of(found, 0).keypoints
    assert points is not None
    assert before is not None
    assert len(points.names) == len(before.names) + 1
    assert np.allclose(points.xy[points.index("left_hip")], (400.0, 500.0))
    assert points.visibility[points.index("heel")] == 0.5
    assert np.allclose(points.xy[points.index("nose")], before.xy[before.index("nose")])
    assert marked.mask is main_of(found, 0).mask


def test_what_is_given_where_nobody_was_found_is_the_subject(found):
    given = person(np.eye(3))
    assert main_of(mark(found, {"b.jpg": given}), 1) is given
    points = main_of(mark(found, {"b.jpg": np.array([[1.0, 2.0], [3.0, 4.0]])}), 1).keypoints
    assert points is not None
    assert points.names == ("1", "2")


def test_without_files_beside_the_photos_nothing_changes(found):
    assert [each.subjects for each in mark(found).found] == [each.subjects for each in found.found]


@pytest.mark.parametrize(
    ("points", "said"),
    [
        ({"c.jpg": {"door": (1, 2)}}, "points: 'c.jpg' is none of the photos; give their names, for example .'a.jpg'."),
        ({"a.jpg": {"door": (900.0, 3.0)}}, "points: of a.jpg, the point 'door' at .* is outside the photo"),
    ],
)
def test_wrong_points_are_told_with_their_photo(found, points, said):
    with pytest.raises(OptionError, match=said):
        mark(found, points)


def test_what_auto_comes_to_decides_whether_faces_must_look_at_the_camera():
    aside = replace(person(np.eye(3)), keypoints=None)
    assert aside.face is not None
    aside = replace(aside, face=replace(aside.face, pose=Pose(80.0, 0.0, 0.0)))
    photos = tuple(Photo(Path("nowhere") / f"{k}.jpg", SIZE) for k in range(4))
    ahead = replace(person(np.eye(3)), keypoints=None)
    found = Detections(tuple(Detection(photo, (aside if k == 3 else ahead,)) for k, photo in enumerate(photos)))
    faces = select(Album(photos), found)
    assert [each.path.name for each in faces.skipped] == ["3.jpg"]
    assert "max_yaw_deg" in faces.skipped[0].reason
    bodies = Detections(
        tuple(replace(each, subjects=(person(np.eye(3)),)) for each in found.found[:3]) + found.found[3:]
    )
    assert len(select(Album(photos), bodies, SelectOptions()).used) == 4


@pytest.mark.photos
@pytest.mark.parametrize(
    ("series", "gone"),
    [
        ("faces/agelapse-photo-a-day", {"2008-04-14_Day_6.jpg", "2008-04-24_Day_16.jpg"}),
        ("bodies/sam2-gallery/frames_juggle_1s", set()),
        ("series/derived-shift-glacier", set()),
    ],
)
def test_of_real_series_only_the_two_nights_are_left_out(photos: Path, series: str, gone: set[str]):
    album = read_album(photos / series)
    choice = select(album, detect(album, None), on="none")
    assert {each.path.name for each in choice.skipped} == gone
    assert choice.notes == ()
