from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PIL.ExifTags import Base
from PIL.PngImagePlugin import PngInfo
from PIL.TiffImagePlugin import ImageFileDirectory_v2
from pillow_heif import from_pillow

from morphlapse.album.decode import decode, read_photo
from morphlapse.album.faults import UnreadablePhotoError
from morphlapse.album.header import read_camera, read_header
from morphlapse.album.opening import open_picture
from morphlapse.records import Size

# What a camera that was held that way stores of an upright picture.
STORED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
SAVED: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 95},
    "PNG": {},
    "WEBP": {"lossless": True},
    "TIFF": {},
    "TIFF-LZW": {"compression": "tiff_lzw"},
    "AVIF": {"quality": 95},
    "HEIF": {"quality": 95},
}


def store(picture: Image.Image, orientation: int) -> Image.Image:
    turn = STORED[orientation]
    return picture if turn is None else picture.transpose(turn)


def save(picture: Image.Image, path: Path, kind: str, exif: Image.Exif) -> None:
    if kind == "HEIF":
        from_pillow(picture).save(path, quality=95, exif=exif.tobytes())
        return
    picture.save(path, kind.split("-")[0], exif=exif, **SAVED[kind])


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", list(SAVED))
def test_every_orientation_comes_upright(
    kind: str, orientation: int, tmp_path: Path, picture: Image.Image, levels: np.ndarray
) -> None:
    exif = Image.Exif()
    exif[Base.Orientation] = orientation
    path = tmp_path / "a.bin"
    save(store(picture, orientation), path, kind, exif)
    photo = read_photo(path)
    assert photo.size == Size(64, 96)
    assert np.abs(decode(photo).numpy() - levels).mean() < 0.03


@pytest.mark.parametrize("value", [0, 9, 65535])
def test_an_orientation_beyond_8_counts_as_none(value: int, tmp_path: Path, picture: Image.Image) -> None:
    exif = Image.Exif()
    exif[Base.Orientation] = value
    picture.save(tmp_path / "a.png", exif=exif)
    assert read_photo(tmp_path / "a.png").size == Size(64, 96)


def test_an_orientation_that_only_xmp_gives_is_followed_in_a_tiff(tmp_path: Path, picture: Image.Image) -> None:
    tags = ImageFileDirectory_v2()
    tags[700] = b'<x tiff:Orientation="6"/>'
    picture.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "a.tif", tiffinfo=tags)
    photo = read_photo(tmp_path / "a.tif")
    assert photo.size == Size(64, 96)
    assert decode(photo).shape == (3, 64, 96)


def move_chunk_to_end(png: bytes, kind: bytes) -> bytes:
    at = png.index(kind) - 4
    end = at + int.from_bytes(png[at : at + 4], "big") + 12
    return png[:at] + png[end:-12] + png[at:end] + png[-12:]


def test_exif_behind_the_pixels_of_a_png_is_found(tmp_path: Path, picture: Image.Image) -> None:
    exif = Image.Exif()
    exif[Base.Orientation] = 6
    exif[Base.DateTime] = "2019:01:02 03:04:05"
    buffer = BytesIO()
    store(picture, 6).save(buffer, "PNG", exif=exif)
    (tmp_path / "a.png").write_bytes(move_chunk_to_end(buffer.getvalue(), b"eXIf"))
    photo = read_photo(tmp_path / "a.png")
    assert (photo.size, photo.date_source) == (Size(64, 96), "exif")
    assert decode(photo).shape == (3, 64, 96)


def test_the_pixels_of_an_ordinary_png_are_not_read_for_its_header(tmp_path: Path, picture: Image.Image) -> None:
    text = PngInfo()
    text.add_text("Comment", "before the pixels")
    picture.save(tmp_path / "a.png", pnginfo=text)
    with open_picture(tmp_path / "a.png") as opened:
        read_header(opened)
        assert opened.image.tile


def test_damaged_exif_counts_as_none(tmp_path: Path, encoded: dict[str, bytes]) -> None:
    segment = b"Exif\0\0II*\0\x08\0\0\0\xff\xff\x12\x01\x03\0"
    jpeg = encoded["jpg"]
    damaged = jpeg[:2] + b"\xff\xe1" + (len(segment) + 2).to_bytes(2, "big") + segment + jpeg[2:]
    (tmp_path / "a.jpg").write_bytes(damaged)
    assert read_photo(tmp_path / "a.jpg").date_source == "file"


@pytest.mark.parametrize("mode", ["F", "I", "LAB"])
def test_pixels_without_a_white_are_refused_by_their_header(mode: str, tmp_path: Path) -> None:
    Image.new(mode, (8, 8)).save(tmp_path / "a.tif")
    with pytest.raises(UnreadablePhotoError, match=mode):
        read_photo(tmp_path / "a.tif")


@pytest.mark.parametrize(("told", "focal"), [(28, 28.0), (0, None), (None, None)])
def test_the_focal_length_is_that_of_a_camera_for_35_mm_film(write_jpeg, told, focal):
    path = write_jpeg("a.jpg", photo={} if told is None else {Base.FocalLengthIn35mmFilm: told})
    assert read_photo(path).focal_mm == focal


@pytest.mark.parametrize(
    ("make", "model", "name"),
    [
        ("Canon", "Canon EOS 5D", "Canon EOS 5D"),
        ("Apple", "iPhone 12\0", "Apple iPhone 12"),
        (None, "X100", "X100"),
        (None, None, None),
    ],
)
def test_a_camera_is_named_by_its_make_and_model(make, model, name):
    tags: dict[int, object] = {Base.Make: make, Base.Model: model}
    assert read_camera(tags) == name
