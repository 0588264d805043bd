"""What the user gives for a photo, in files beside it."""

import json
from typing import Any

import numpy as np
import pytest
from PIL import Image

from morphlapse.album.decode import read_photo
from morphlapse.album.folder import read_album
from morphlapse.album.points import parse_points, read_given
from morphlapse.errors import OptionError, PhotoError
from morphlapse.records import Size


@pytest.fixture
def photo(write_jpeg):
    """96 x 64 pixels upright, which its camera stored turned."""
    return read_photo(write_jpeg("a.jpg", plain={0x0112: 6}))


def write(photo, text):
    photo.path.with_name("a.points.json").write_text(text)


def paint(photo, size, box):
    image = Image.new("L", size)
    image.paste(255, box)
    image.save(photo.path.with_name("a.mask.png"))


def test_a_photo_without_files_has_nothing_given(photo):
    assert read_given(photo) is None


def test_points_are_in_pixels_of_the_upright_photo(photo):
    assert photo.size == Size(96, 64)
    write(photo, '{"door": [10, 90], "roof": [50.5, 2, 0.5]}')
    given = read_given(photo)
    assert given is not None
    assert given.keypoints is not None
    assert given.keypoints.names == ("door", "roof")
    assert np.allclose(given.keypoints.xy, [[10.0, 90.0], [50.5, 2.0]])
    assert np.allclose(given.keypoints.visibility, [1.0, 0.5])
    assert given.box.left < 10.0 < 50.5 < given.box.right


def test_a_mask_covers_the_whole_photo_and_has_a_box(photo):
    paint(photo, (64, 96), (16, 24, 32, 72))
    given = read_given(photo)
    assert given is not None
    assert given.mask is not None
    assert given.mask.weight.shape == (96, 64)
    assert (given.box.left, given.box.top, given.box.right, given.box.bottom) == (15.5, 23.5, 31.5, 71.5)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "a.points.json: this is no JSON"),
        ("\udcff".encode("utf-8", "surrogateescape").decode("latin-1"), "this is no JSON"),
        ("[1, 2]", "points are written as"),
        ("{}", "points are written as"),
        ('{"door": [1]}', r"the point 'door' is \[1\] and must be \[x, y\]"),
        ('{"door": ["1", 2]}', "must be"),
        ('{"door": "12"}', "must be"),
        ('{"door": [64, 2]}', r"the point 'door' at \(64, 2\) is outside the photo, which is 64x96"),
        ('{"door": [NaN, 2]}', "is outside the photo"),
        ('{"door": [1, 2, 3]}', "has the weight 3"),
    ],
)
def test_wrong_points_are_one_line(photo, text, said):
    write(photo, text)
    with pytest.raises(PhotoError, match=said) as caught:
        read_given(photo)
    assert "\n" not in str(caught.value)


def test_a_mask_of_another_size_is_refused(photo):
    paint(photo, (96, 64), (0, 0, 5, 5))
    with pytest.raises(PhotoError, match=r"a\.mask\.png: the mask is 96x64 and its photo 64x96"):
        read_given(photo)


def test_an_empty_mask_is_refused(photo):
    paint(photo, (64, 96), (0, 0, 0, 0))
    with pytest.raises(PhotoError, match="black all over"):
        read_given(photo)


@pytest.mark.parametrize("value", [np.array([[1.0, 2.0], [3.0, 4.0]]), {"1": (1, 2), "2": np.array([3.0, 4.0, 1.0])}])
def test_arrays_and_mappings_are_points_too(value: Any):
    points = parse_points(value, Size(10, 10))
    assert points.names == ("1", "2")
    assert np.allclose(points.xy, [[1.0, 2.0], [3.0, 4.0]])


def test_what_is_no_points_is_refused():
    with pytest.raises(OptionError, match="points are written as"):
        parse_points(np.zeros(3), Size(10, 10))


def test_masks_are_no_photos_of_the_album_unless_they_are_alone(photo):
    paint(photo, (64, 96), (0, 0, 5, 5))
    photo.path.with_name("b.mask.png").write_bytes(photo.path.with_name("a.mask.png").read_bytes())
    write(photo, json.dumps({"door": [1, 2]}))
    assert {each.path.name for each in read_album(photo.path.parent).photos} == {"a.jpg", "b.mask.png"}
