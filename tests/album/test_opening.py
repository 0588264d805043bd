import os
import threading
import warnings
from pathlib import Path

import pytest
from PIL import Image, ImageFile

from morphlapse.album.faults import UnreadablePhotoError
from morphlapse.album.opening import hush_pillow, identify, open_picture


def reason_for(path: Path) -> str:
    with pytest.raises(UnreadablePhotoError) as caught, open_picture(path):
        pass
    assert "\n" not in str(caught.value)
    assert caught.value.path == path
    return caught.value.reason


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    assert "no such file" in reason_for(tmp_path / "a.jpg")


def test_an_empty_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").touch()
    assert "empty" in reason_for(tmp_path / "a.jpg")


def test_a_folder_is_told(tmp_path: Path) -> None:
    assert "not a file" in reason_for(tmp_path)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.jpg")
    assert "not a file" in reason_for(tmp_path / "a.jpg")


def test_a_link_to_nowhere_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").symlink_to(tmp_path / "gone.jpg")
    assert "no such file" in reason_for(tmp_path / "a.jpg")


def test_a_text_that_is_named_like_a_photo_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_text("not a photo, whatever its name says")
    assert "no picture" in reason_for(tmp_path / "a.jpg")


def test_a_raw_file_is_told_by_its_format(tmp_path: Path) -> None:
    (tmp_path / "a.NEF").write_bytes(b"II*\0 something")
    assert "NEF" in reason_for(tmp_path / "a.NEF")


def test_a_header_that_is_cut_off_is_told(tmp_path: Path, encoded: dict[str, bytes]) -> None:
    (tmp_path / "a.png").write_bytes(encoded["png"][:20])
    assert "ends before" in reason_for(tmp_path / "a.png")


def test_a_damaged_header_is_told(tmp_path: Path, encoded: dict[str, bytes]) -> None:
    (tmp_path / "a.webp").write_bytes(encoded["webp"][:12] + bytes(40))
    assert "is damaged" in reason_for(tmp_path / "a.webp")


@pytest.mark.parametrize("size", [(20_000, 10_001), (65_535, 65_535)])
def test_a_picture_beyond_200_megapixels_is_refused_before_it_is_decoded(size: tuple[int, int], tmp_path: Path) -> None:
    header = b"GIF89a" + size[0].to_bytes(2, "little") + size[1].to_bytes(2, "little") + b"\0\0\0,"
    frame = bytes(4) + size[0].to_bytes(2, "little") + size[1].to_bytes(2, "little") + b"\0\x02\0;"
    (tmp_path / "a.gif").write_bytes(header + frame)
    assert "200 megapixels" in reason_for(tmp_path / "a.gif")


def test_a_picture_of_a_phone_with_200_megapixels_is_opened(tmp_path: Path) -> None:
    (tmp_path / "a.pgm").write_bytes(b"P5 16320 12240 255\n")
    with open_picture(tmp_path / "a.pgm") as picture:
        assert picture.image.size == (16320, 12240)


def test_the_content_decides_not_the_name(tmp_path: Path, encoded: dict[str, bytes]) -> None:
    (tmp_path / "a.jpg").write_bytes(encoded["png"])
    with open_picture(tmp_path / "a.jpg") as picture:
        assert picture.kind == "PNG"


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIF"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1heic", "HEIF"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf", "AVIF"),
        (b"\0\0\0\x1cftypavis\0\0\0\0avis", "AVIF"),
    ],
)
def test_heif_and_avif_are_told_apart(start: bytes, kind: str) -> None:
    found = identify(start)
    assert found is not None
    assert found[0] == kind


def test_a_film_is_no_picture() -> None:
    assert identify(b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom") is None


def test_opening_leaves_pillow_as_it_was(tmp_path: Path, encoded: dict[str, bytes]) -> None:
    before = (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, list(Image.ID), dict(Image.OPEN))
    for ending, content in encoded.items():
        (tmp_path / f"a.{ending}").write_bytes(content)
        with open_picture(tmp_path / f"a.{ending}"):
            pass
    assert before == (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, list(Image.ID), dict(Image.OPEN))


def test_a_second_thread_waits_until_the_first_has_put_the_warnings_back() -> None:
    before, entered = list(warnings.filters), threading.Event()

    def hush() -> None:
        with hush_pillow():
            entered.set()

    second = threading.Thread(target=hush)
    with hush_pillow():
        second.start()
        assert not entered.wait(0.05)
    second.join()
    assert entered.is_set()
    assert list(warnings.filters) == before
