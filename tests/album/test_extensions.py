from pathlib import Path

import pytest

from morphlapse.album.extensions import could_be_photo, reason_unopened


@pytest.mark.parametrize("name", ["a.jpg", "a.JPG", "a.b.heic", "a.HIF", "a.tiff", "a.pgm", "a.avif", "a.NEF", "a.jxl"])
def test_names_of_pictures_could_be_photos(name: str) -> None:
    assert could_be_photo(Path(name))


@pytest.mark.parametrize("name", ["a.mov", "a.json", "a", "jpg", "a.jpg.part", "a.txt", "a.xmp"])
def test_other_names_could_not(name: str) -> None:
    assert not could_be_photo(Path(name))


def test_raw_files_are_not_opened_and_the_reason_names_the_format() -> None:
    assert "CR3" in (reason_unopened(Path("IMG_1.CR3")) or "")


def test_ordinary_photos_are_opened() -> None:
    assert reason_unopened(Path("a.jpg")) is None
