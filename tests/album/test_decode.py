import dataclasses
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pillow_heif import from_pillow

from morphlapse.album.decode import decode, read_photo
from morphlapse.album.faults import UnreadablePhotoError
from morphlapse.errors import PhotoError
from morphlapse.imaging.warp import fit_within, pixel_positions, resized_from_full
from morphlapse.records import Size

LOSSLESS = ("png", "webp", "tif", "bmp", "ppm")
LOSSY = ("jpg", "avif", "jp2", "gif", "heic")


def write(picture: Image.Image, path: Path) -> Path:
    if path.suffix == ".heic":
        from_pillow(picture).save(path, quality=95)
    else:
        options = {".webp": {"lossless": True}, ".jpg": {"quality": 95}}.get(path.suffix, {})
        picture.save(path, **options)
    return path


@pytest.mark.parametrize("ending", LOSSLESS)
def test_pixels_are_those_of_the_file(ending: str, tmp_path: Path, picture: Image.Image, levels: np.ndarray) -> None:
    image = decode(write(picture, tmp_path / f"a.{ending}"))
    assert image.dtype == torch.float32
    assert np.array_equal(image.numpy(), levels)


@pytest.mark.parametrize("ending", LOSSY)
def test_lossy_pixels_are_near_those_saved(
    ending: str, tmp_path: Path, picture: Image.Image, levels: np.ndarray
) -> None:
    image = decode(write(picture, tmp_path / f"a.{ending}"))
    assert np.abs(image.numpy() - levels).mean() < 0.04


def test_a_photo_and_its_path_give_the_same(write_jpeg) -> None:
    path = write_jpeg("a.jpg")
    assert torch.equal(decode(read_photo(path)), decode(str(path)))


@given(st.integers(1, 300), st.integers(1, 300), st.integers(1, 320), st.sampled_from(["JPEG", "PNG"]))
@settings(deadline=None, max_examples=10)
def test_a_reduced_photo_has_exactly_the_size_that_fits(
    tmp_path_factory: pytest.TempPathFactory, width: int, height: int, long_side: int, kind: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "reduced.jpg"
    exif = Image.Exif()
    exif[274] = 6
    Image.new("RGB", (width, height)).save(path, kind, exif=exif)
    expected = fit_within(Size(width, height), long_side)
    assert decode(path, long_side=long_side).shape == (3, expected.height, expected.width)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("long_side", [20, 31, 62, 100, 250])
def test_a_reduced_photos_pixels_lie_where_the_matrix_says(kind: str, long_side: int, tmp_path: Path) -> None:
    full = Size(189, 251)
    x, y = np.meshgrid(np.arange(full.width) / full.width, np.arange(full.height) / full.height)
    ramps = np.stack((x, y, np.zeros_like(x)), axis=-1)
    options = {"quality": 98, "subsampling": 0} if kind == "JPEG" else {}
    Image.fromarray(np.round(ramps * 255).astype(np.uint8)).save(tmp_path / "a.bin", kind, **options)
    image = decode(tmp_path / "a.bin", long_side=long_side)
    reduced = Size(int(image.shape[1]), int(image.shape[2]))
    back = torch.linalg.inv(resized_from_full(full, reduced))
    positions = pixel_positions(reduced, like=back)[0] @ back[:2, :2].T + back[:2, 2]
    measured = torch.stack((image[0] * full.width, image[1] * full.height), dim=-1)
    # A level is about a pixel wide: single pixels are read roughly, their mean well.
    assert (measured - positions)[1:-1, 1:-1].mean(dim=(0, 1)).abs().max() < 0.3


def test_a_photo_is_never_enlarged(tmp_path: Path, picture: Image.Image, levels: np.ndarray) -> None:
    assert np.array_equal(decode(write(picture, tmp_path / "a.png"), long_side=5000).numpy(), levels)


def test_fine_stripes_become_gray_when_reduced(tmp_path: Path) -> None:
    stripes = np.zeros((128, 128, 3), dtype=np.uint8)
    stripes[:, ::2] = 255
    Image.fromarray(stripes).save(tmp_path / "a.png")
    inner = decode(tmp_path / "a.png", long_side=32)[:, 2:-2, 2:-2]
    assert (inner - 0.5).abs().max() < 0.05


def test_gray_of_16_bits_is_reduced_too(tmp_path: Path) -> None:
    Image.new("I;16", (60, 40), 30000).save(tmp_path / "a.png")
    image = decode(tmp_path / "a.png", long_side=30)
    assert image.shape == (3, 20, 30)
    assert torch.allclose(image, torch.tensor(30000 / 65535), atol=1e-5)


@pytest.mark.parametrize("kind", ["MPO", "GIF", "WEBP", "TIFF", "PNG", "AVIF"])
def test_of_several_pictures_the_first_is_read(kind: str, tmp_path: Path) -> None:
    first, second = Image.new("RGB", (16, 16), (250, 0, 0)), Image.new("RGB", (16, 16), (0, 0, 250))
    first.save(tmp_path / "a.bin", kind, save_all=True, append_images=[second])
    red, _, blue = decode(tmp_path / "a.bin").mean(dim=(1, 2))
    assert red > 0.9
    assert blue < 0.1


def test_a_photo_that_has_changed_its_size_since_is_refused(tmp_path: Path, picture: Image.Image) -> None:
    photo = read_photo(write(picture, tmp_path / "a.png"))
    with pytest.raises(UnreadablePhotoError, match="96x64"):
        decode(dataclasses.replace(photo, size=Size(10, 10)))


def test_the_originals_bytes_and_time_stay(write_jpeg) -> None:
    path = write_jpeg("a.jpg")
    before = (path.read_bytes(), path.stat().st_mtime_ns)
    decode(path, long_side=40)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "tif", "avif", "gif"])
@given(share=st.floats(0.0, 1.0, exclude_max=True))
@settings(deadline=None, max_examples=10)
def test_a_file_that_is_cut_off_is_an_error_and_never_half_a_picture(
    ending: str, share: float, encoded: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = encoded[ending]
    path = tmp_path_factory.getbasetemp() / f"cut.{ending}"
    path.write_bytes(content)
    whole = decode(path)
    path.write_bytes(content[: int(share * len(content))])
    try:
        image = decode(path)
    except PhotoError:
        return
    assert torch.equal(image, whole)


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "tif", "avif", "gif"])
@given(seed=st.integers(0, 2**32))
@settings(deadline=None, max_examples=10)
def test_a_damaged_file_is_a_picture_or_a_photo_error(
    ending: str, seed: int, encoded: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory
) -> None:
    random = np.random.default_rng(seed)
    content = np.frombuffer(encoded[ending], dtype=np.uint8).copy()
    reach = int(random.choice([60, 400, len(content)]))
    content[random.integers(0, min(reach, len(content)), size=3)] = random.integers(0, 256, size=3)
    path = tmp_path_factory.getbasetemp() / f"damaged.{ending}"
    path.write_bytes(content.tobytes())
    try:
        photo = read_photo(path)
        image = decode(photo, long_side=64)
    except PhotoError:
        return
    expected = fit_within(photo.size, 64)
    assert image.shape == (3, expected.height, expected.width)


def test_a_jpeg_without_its_last_byte_is_an_error(tmp_path: Path, picture: Image.Image) -> None:
    buffer = BytesIO()
    picture.save(buffer, "JPEG")
    (tmp_path / "a.jpg").write_bytes(buffer.getvalue()[:-1])
    with pytest.raises(UnreadablePhotoError, match="ends before"):
        decode(tmp_path / "a.jpg")
