"""Where a result may go is known before any work begins."""

from pathlib import Path

import pytest

from morphlapse.cli.target import check_film_target, check_stills_target
from morphlapse.errors import EncodeError, OptionError


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """A folder with a photo."""
    (tmp_path / "album").mkdir()
    (tmp_path / "album" / "a.jpg").write_bytes(b"photo")
    return tmp_path / "album"


@pytest.mark.parametrize("name", ["film.mp4", "film.MP4", "film.mkv", "film.mov", "film.m4v"])
def test_new_film_in_a_folder_is_fine(tmp_path: Path, name: str):
    check_film_target(tmp_path / name, overwrite=False)


def test_film_in_the_current_folder_is_fine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    check_film_target(Path("film.mp4"), overwrite=False)


@pytest.mark.parametrize("name", ["film.avi", "film", "film.jpg"])
def test_unknown_ending_lists_what_works(tmp_path: Path, name: str):
    with pytest.raises(OptionError, match=r"use \.mp4, \.m4v, \.mov, \.mkv"):
        check_film_target(tmp_path / name, overwrite=True)


def test_film_that_is_there_is_replaced_only_when_asked(tmp_path: Path):
    (tmp_path / "film.mp4").touch()
    with pytest.raises(EncodeError, match=r"is there already; .* --overwrite"):
        check_film_target(tmp_path / "film.mp4", overwrite=False)
    check_film_target(tmp_path / "film.mp4", overwrite=True)


def test_dangling_link_counts_as_there(tmp_path: Path):
    (tmp_path / "film.mp4").symlink_to("nowhere.mp4")
    with pytest.raises(EncodeError, match="is there already"):
        check_film_target(tmp_path / "film.mp4", overwrite=False)


def test_folder_is_no_film_even_when_asked(tmp_path: Path):
    (tmp_path / "film.mp4").mkdir()
    with pytest.raises(EncodeError, match="is a folder; give the name of a file"):
        check_film_target(tmp_path / "film.mp4", overwrite=True)


def test_name_that_no_file_can_have_is_told(tmp_path: Path):
    with pytest.raises(EncodeError, match=r"cannot be written: file name too long"):
        check_film_target(tmp_path / f"{'a' * 300}.mp4", overwrite=False)


def test_missing_folder_is_told(tmp_path: Path):
    with pytest.raises(EncodeError, match="nowhere does not exist; make the folder first"):
        check_film_target(tmp_path / "nowhere" / "film.mp4", overwrite=False)


def test_file_in_place_of_the_folder_is_told(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(EncodeError, match="is not a folder"):
        check_film_target(tmp_path / "file" / "film.mp4", overwrite=False)


def test_closed_folder_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(EncodeError, match="may not be written to"):
        check_film_target(tmp_path / "film.mp4", overwrite=False)


def test_stills_may_go_into_a_new_or_an_empty_folder(tmp_path: Path, album: Path):
    check_stills_target(tmp_path / "aligned", [album], overwrite=False)
    (tmp_path / "aligned").mkdir()
    check_stills_target(tmp_path / "aligned", [album], overwrite=False)


def test_stills_that_are_there_are_replaced_only_when_asked(tmp_path: Path, album: Path):
    (tmp_path / "aligned").mkdir()
    (tmp_path / "aligned" / "a.jpg").touch()
    with pytest.raises(EncodeError, match=r"is not empty; .* --overwrite"):
        check_stills_target(tmp_path / "aligned", [album], overwrite=False)
    check_stills_target(tmp_path / "aligned", [album], overwrite=True)


@pytest.mark.parametrize("source", [".", "a.jpg", "../album/a.jpg"])
def test_stills_never_go_where_the_originals_are(album: Path, source: str):
    with pytest.raises(EncodeError, match="holds the originals, which are never written"):
        check_stills_target(album, [album / source], overwrite=True)


def test_link_to_the_originals_is_seen_through(tmp_path: Path, album: Path):
    (tmp_path / "link").symlink_to(album)
    with pytest.raises(EncodeError, match="holds the originals"):
        check_stills_target(tmp_path / "link", [album], overwrite=True)


def test_stills_inside_the_album_would_pass_for_photos_at_the_next_run(album: Path):
    check_stills_target(album / "aligned", [album], overwrite=False)
    (album / "aligned").mkdir()
    (album / "aligned" / "a.jpg").touch()
    with pytest.raises(EncodeError, match="would be read as photos"):
        check_stills_target(album / "aligned", [album], overwrite=True)


def test_file_is_no_folder_for_stills(tmp_path: Path, album: Path):
    (tmp_path / "aligned").touch()
    with pytest.raises(EncodeError, match="is a file; give the name of a folder"):
        check_stills_target(tmp_path / "aligned", [album], overwrite=True)


def test_folder_for_stills_is_made_but_not_its_parents(tmp_path: Path, album: Path):
    with pytest.raises(EncodeError, match="make the folder first"):
        check_stills_target(tmp_path / "no" / "where", [album], overwrite=False)


def test_pictures_go_into_a_folder_that_is_empty_or_may_be_replaced(tmp_path: Path):
    check_film_target(tmp_path / "frames", codec="png", overwrite=False)
    (tmp_path / "frames").mkdir()
    (tmp_path / "frames" / "00001.png").touch()
    with pytest.raises(EncodeError, match="is not empty"):
        check_film_target(tmp_path / "frames", codec="png", overwrite=False)
    check_film_target(tmp_path / "frames", codec="png", overwrite=True)
