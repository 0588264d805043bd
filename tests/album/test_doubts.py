from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import hard_pictures as made
from morphlapse.album.decode import decode, read_photo
from morphlapse.album.doubts import MOST_TEXT, count_scans, slim_png
from morphlapse.album.faults import UnreadablePhotoError
from morphlapse.album.folder import read_album


def put(tmp_path: Path, name: str, content: bytes) -> Path:
    (tmp_path / name).write_bytes(content)
    return tmp_path / name


def test_a_progressive_jpeg_has_its_scans_counted() -> None:
    plain, progressive = made.jpeg(), made.jpeg(progressive=True)
    assert count_scans(plain, 100) == 1
    assert 2 < count_scans(progressive, 100) == progressive.count(b"\xff\xda") < 20


def test_scans_behind_the_first_picture_do_not_count() -> None:
    content = made.jpeg(progressive=True)
    assert count_scans(content * 50, 100) == count_scans(content, 100)


def test_a_jpeg_of_many_scans_is_told_before_it_is_decoded(tmp_path: Path) -> None:
    content = made.encode(made.picture(), "JPEG", progressive=True)
    last = content.rindex(b"\xff\xda")
    path = put(tmp_path, "a.jpg", content[:last] + content[last:-2] * 70 + content[-2:])
    with pytest.raises(UnreadablePhotoError, match="more than 64 scans"):
        read_photo(path)


def test_a_jpeg_with_fewer_bits_than_blocks_is_told_by_its_header(tmp_path: Path) -> None:
    with pytest.raises(UnreadablePhotoError, match="ends before"):
        read_photo(put(tmp_path, "a.jpg", made.claiming(9000, 9000)))


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_of_one_colour_has_bits_enough(progressive: bool, tmp_path: Path) -> None:
    flat = Image.new("L", (2000, 1500), 90)
    path = put(tmp_path, "a.jpg", made.encode(flat, "JPEG", quality=1, optimize=True, progressive=progressive))
    assert tuple(decode(path, long_side=40).shape) == (3, 30, 40)


@pytest.mark.parametrize("content", [made.texts(3, 1000), made.png(), made.deep_png(6)])
def test_a_png_with_little_text_is_left_as_it_is(content: bytes) -> None:
    stream = BytesIO(content)
    assert slim_png(stream) is stream
    assert stream.tell() == 0


def test_a_text_that_is_too_large_is_left_out_and_the_others_stay() -> None:
    small = made.chunk(b"tEXt", b"Title\0a cat")
    bulky = made.chunk(b"zTXt", b"key\0\0" + made.zlib.compress(bytes(MOST_TEXT + 1)))
    slim = slim_png(BytesIO(made.png_with(small, bulky, small))).read()
    assert slim == made.png_with(small, small)


def test_a_png_looks_the_same_with_and_without_its_texts(tmp_path: Path) -> None:
    plain = decode(put(tmp_path, "a.png", made.png()))
    bulky = decode(put(tmp_path, "b.png", made.text_bomb(5_000_000, 3)))
    assert torch.equal(plain, bulky)


def test_the_limit_of_pixels_can_be_raised_and_lowered(tmp_path: Path) -> None:
    path = put(tmp_path, "a.pgm", b"P5 20000 11000 255\n" + bytes(100))
    with pytest.raises(UnreadablePhotoError, match="more than 200 megapixels"):
        read_photo(path)
    assert read_photo(path, max_megapixels=300.0).size.width == 20000
    put(tmp_path, "b.png", made.png())
    album = read_album(tmp_path, max_megapixels=0.001)
    assert album.photos == ()
    assert all("0.001 megapixels" in skipped.reason for skipped in album.skipped)


@pytest.mark.hard
def test_a_photo_that_was_let_in_is_decoded_whatever_its_size(tmp_path: Path) -> None:
    path = put(tmp_path, "a.pgm", b"P5 16000 15000 255\n" + np.zeros((15000, 16000), np.uint8).tobytes())
    photo = read_photo(path, max_megapixels=300.0)
    assert tuple(decode(photo, long_side=16).shape) == (3, 15, 16)
    with pytest.raises(UnreadablePhotoError, match="200 megapixels"):
        decode(path)
