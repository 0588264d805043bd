from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from figures import SIZE, person
from morphlapse.album.folder import read_album
from morphlapse.options import SelectOptions
from morphlapse.pipeline.detecting import detect
from morphlapse.pipeline.selecting import select
from morphlapse.records import Album, Detection, Detections, Photo, Pose


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
