"""What the user gives by hand beside what was found."""

from pathlib import Path

import numpy as np
import pytest

from figures import SIZE, person
from morphlapse.errors import OptionError
from morphlapse.pipeline.marking import mark
from morphlapse.records import Detection, Detections, Photo, Subject


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
