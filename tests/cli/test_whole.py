"""The whole way, from files to files, with the real library."""

import json
from pathlib import Path

import av
import pytest
import skimage.data
from PIL import Image

from morphlapse.cli import main

PLAIN = ["--on", "none", "--transition", "dissolve", "--fps", "10"]
"""No people are looked for and no motion is sought: seconds less."""


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """Three photos, one file that is none, and one that could not be."""
    folder = tmp_path / "album"
    folder.mkdir()
    portrait = Image.fromarray(skimage.data.astronaut()).resize((128, 160))
    for day, turn in ((1, 0), (2, 2), (3, -2)):
        portrait.rotate(turn).save(folder / f"2024-03-0{day} photo.jpg")
    (folder / "2024-03-04 broken.jpg").write_bytes(b"\xff\xd8\xff no photo")
    (folder / "notes.txt").write_text("none of it")
    return folder


def seen(film: Path) -> tuple[int, int, int]:
    """Frames, width and height."""
    with av.open(film) as opened:
        frames = list(opened.decode(video=0))
    return len(frames), frames[0].width, frames[0].height


def test_folder_becomes_a_film(album: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    film = tmp_path / "film.mp4"
    assert main(["film", str(album), "-o", str(film), "--size", "160x120", *PLAIN]) == 0
    assert seen(film) == (35, 160, 120)
    shown = capsys.readouterr()
    assert shown.out == f"{film}\n"
    assert shown.err.splitlines()[0].startswith("3 of 4 photos used")


def test_preview_has_the_frames_of_the_film_at_a_small_size(album: Path, tmp_path: Path):
    film = tmp_path / "film.mp4"
    assert main(["film", str(album), "-o", str(film), "--size", "960x720", "--preview", *PLAIN]) == 0
    assert seen(film) == (35, 480, 360)


def test_json_has_every_file_that_could_be_a_photo_once(
    album: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    film = tmp_path / "film.mp4"
    assert main(["film", str(album), "-o", str(film), "--json", "--size", "160x120", *PLAIN]) == 0
    told = json.loads(capsys.readouterr().out)
    photos = {Path(photo["path"]).name: photo for photo in told["photos"]}
    assert len(told["photos"]) == len(photos) == 4
    assert [photo["used"] for photo in told["photos"]].count(True) == 3
    assert not photos["2024-03-04 broken.jpg"]["used"]
    assert photos["2024-03-04 broken.jpg"]["reason"]
    assert photos["2024-03-02 photo.jpg"]["date"].startswith("2024-03-02")
    assert told["output"] == str(film)
    assert told["peak_memory_mb"] > 0
    assert sum(told["seconds"].values()) > 0


def test_one_photo_becomes_a_film_that_holds_it(album: Path, tmp_path: Path):
    film = tmp_path / "film.mp4"
    assert main(["film", str(album / "2024-03-01 photo.jpg"), "-o", str(film), *PLAIN]) == 0
    assert seen(film)[0] == 10


def test_images_become_a_morph(album: Path, tmp_path: Path):
    film = tmp_path / "morph.mkv"
    images = [str(album / f"2024-03-0{day} photo.jpg") for day in (2, 1)]
    assert main(["morph", *images, "-o", str(film), "--transition", "dissolve", "--fps", "10", "--loop"]) == 0
    assert seen(film) == (30, 128, 160)


def test_photos_become_aligned_stills_and_stay_as_they_are(album: Path, tmp_path: Path):
    before = {path: path.read_bytes() for path in album.iterdir()}
    assert main(["align", str(album), "-o", str(tmp_path / "out"), "--on", "none", "--size", "160x120"]) == 0
    stills = sorted((tmp_path / "out").iterdir())
    assert [still.name for still in stills] == [f"2024-03-0{day} photo.jpg" for day in (1, 2, 3)]
    for still in stills:
        with Image.open(still) as opened:
            assert opened.size == (160, 120)
    assert {path: path.read_bytes() for path in album.iterdir()} == before


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("empty", "no photos there"),
        ("nowhere", "there is no such file or folder"),
        ("broken.jpg", "its JPEG header is damaged"),
    ],
)
@pytest.mark.parametrize("command", ["film", "align"])
def test_source_without_a_photo_is_one_line_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str, source: str, said: str
):
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff no photo")
    output = tmp_path / ("out.mp4" if command == "film" else "out")
    assert main([command, str(tmp_path / source), "-o", str(output), "--on", "none"]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("\n") == 1
    assert said in shown.err
    assert not output.exists()


def test_duration_too_short_for_the_photos_is_a_usage_error(
    album: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert main(["film", str(album), "-o", str(tmp_path / "film.mp4"), "--duration", "0.2", "--most", "9", *PLAIN]) == 2
    assert "3 photos do not fit into 2 frames" in capsys.readouterr().err
    assert not (tmp_path / "film.mp4").exists()
