"""The album file comes back as it was, and whatever is wrong in it is told in one line with its place."""

import json
from datetime import datetime

import pytest

from morphlapse.album.project import read_album_file, write_album_file
from morphlapse.album.schema import AlbumFile, Correction, FrameEntry, PhotoEntry
from morphlapse.errors import EncodeError, PhotoError

EYE = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
MOVED = ((0.5, -3e-7, 12.25), (3e-7, 0.5, -4.0), (0.0, 0.0, 1.0))
BY_HAND = Correction(
    include=True,
    nudge=(0.1, -0.05),
    rotate_deg=12.5,
    scale=1.25,
    keypoints={"door": [1.5, 2.0], "roof": [3.0, 4.0, 0.5]},
    date=datetime(2024, 3, 2, 10, 30),
)
WHOLE = AlbumFile(
    made_by="morphlapse",
    on="face",
    reference="photos/a.jpg",
    frame=FrameEntry(size=(640, 480), canvas_from_reference=MOVED),
    options={"film": {"size": "640x480", "fps": "30000/1001"}, "select": {"include": ["b*"]}},
    photos=(
        PhotoEntry(path="photos/a.jpg", size=(30, 20), used=True, reference_from_photo=EYE, correction=BY_HAND),
        PhotoEntry(path="photos/ä [1].jpg", reason="too dark", date=datetime(2024, 3, 3)),
    ),
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "album.morphlapse.json"


def test_a_file_comes_back_as_it_was(path):
    write_album_file(WHOLE, path)
    assert read_album_file(path) == WHOLE
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_rows_of_numbers_are_lines(path):
    write_album_file(WHOLE, path)
    lines = [line.strip() for line in path.read_text().splitlines()]
    assert "[0.5, -3e-07, 12.25]," in lines
    assert '"nudge": [0.1, -0.05],' in lines


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (
            ("photos", 0, "correction", "rotate_deg"),
            "x",
            "photos[0].correction.rotate_deg: input should be a valid num",
        ),
        (("photos", 0, "correction", "rotate_deg"), 361, "photos[0].correction.rotate_deg: input should be less than"),
        (("photos", 0, "correction", "scale"), 0, "photos[0].correction.scale: input should be greater than"),
        (("photos", 0, "correction", "nudge"), [1], "photos[0].correction.nudge"),
        (("photos", 0, "correction", "date"), "noon", "photos[0].correction.date"),
        (("photos", 0, "correction", "turn"), 3, "photos[0].correction.turn: extra inputs are not permitted"),
        (("photos", 1, "reference_from_photo"), [[0, 0, 0]] * 3, "photos[1].reference_from_photo: this matrix has no"),
        (
            ("photos", 1, "reference_from_photo"),
            [[1, 0, 0], [0, float("nan"), 0], [0, 0, 1]],
            "[1][1]: input should be",
        ),
        (("photos", 1, "used"), "perhaps", "photos[1].used: input should be a valid boolean"),
        (("photos", 1, "path"), "../b.jpg", "photos[1].path: '../b.jpg' lies outside the album file's folder"),
        (("photos", 1, "path"), "/etc/passwd", "photos[1].path: '/etc/passwd' lies outside"),
        (("photos", 1, "path"), "", "photos[1].path: string should have at least 1 character"),
        (("photos",), 3, "photos: input should be a valid tuple"),
        (("frame", "size"), [0, 3], "frame.size[0]: input should be greater than 0"),
        (("version",), 2, "version: this album file has the form 2 and 1 is known; use the morphlapse that wrote it"),
    ],
)
def test_a_wrong_value_is_one_line_with_file_and_place(path, place, value, said):
    write_album_file(WHOLE, path)
    written = json.loads(path.read_text())
    inner = written
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    path.write_text(json.dumps(written))
    with pytest.raises(PhotoError) as caught:
        read_album_file(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "this is no JSON"),
        ('{"version": 1,', "this is no JSON"),
        ("[" * 100_000, "this is no JSON"),
        ("[]", "this is no album file"),
        ('{"photos": []}', "this is no album file"),
    ],
)
def test_what_is_no_album_file_is_refused(path, text, said):
    path.write_text(text)
    with pytest.raises(PhotoError, match=said):
        read_album_file(path)


def test_a_missing_file_is_told(path):
    with pytest.raises(PhotoError, match="cannot be read"):
        read_album_file(path)


def test_photos_elsewhere_need_a_word(path):
    elsewhere = AlbumFile(photos=(PhotoEntry(path="../b.jpg"),))
    write_album_file(elsewhere, path)
    with pytest.raises(PhotoError, match="--allow-outside"):
        read_album_file(path)
    assert read_album_file(path, outside=True) == elsewhere


def test_a_file_that_cannot_be_written_leaves_the_old_one(path, monkeypatch):
    write_album_file(WHOLE, path)
    before = path.read_bytes()

    def fail(*_given):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", fail)
    with pytest.raises(EncodeError, match="No space left"):
        write_album_file(AlbumFile(), path)
    assert path.read_bytes() == before
    assert len(list(path.parent.iterdir())) == 1
