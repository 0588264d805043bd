"""The album over real turned, damaged, odd and hostile files."""

import contextlib
from pathlib import Path

import pytest
import torch

from morphlapse.album.decode import decode, read_photo
from morphlapse.album.faults import UnreadablePhotoError
from morphlapse.album.folder import BY_DATE, read_album

pytestmark = pytest.mark.photos

CUT_OFF = ("truncated_image.png", "truncated_jpeg.jpg", "truncated_end_chunk.png", "ultrahdr.jpg")


@pytest.fixture(scope="module")
def awkward(photos: Path) -> Path:
    return photos / "awkward"


def test_every_file_is_used_or_skipped_with_a_reason(awkward: Path) -> None:
    album = read_album(awkward)
    there = sorted(path for path in awkward.rglob("*") if path.is_file())
    assert sorted([photo.path for photo in album.photos] + [skipped.path for skipped in album.skipped]) == there
    assert all(skipped.reason for skipped in album.skipped)
    assert len(album.photos) > 100


@pytest.mark.parametrize("folder", ["pillow", "pillow-avif", "png16", "skimage"])
def test_every_file_becomes_a_picture_or_a_photo_error(folder: str, awkward: Path) -> None:
    decoded = 0
    for photo in read_album(awkward / folder).photos:
        with contextlib.suppress(UnreadablePhotoError):
            image = decode(photo)
            assert image.shape == (3, photo.size.height, photo.size.width)
            assert 0.0 <= float(image.min()) <= float(image.max()) <= 1.0
            decoded += 1
    assert decoded >= 4


def test_broken_heic_files_are_skipped(awkward: Path) -> None:
    album = read_album(awkward / "heif-broken")
    assert [skipped.path.name for skipped in album.skipped] == ["corrupted.heic", "corrupted.hif", "empty.heic"]


@pytest.mark.parametrize(
    ("group", "count"),
    [
        ("exif-orientation/Landscape_?.jpg", 9),
        ("exif-orientation/Portrait_?.jpg", 9),
        ("pillow-orientation/hopper_orientation_?.jpg", 7),
        ("pillow-orientation/hopper_orientation_?.webp", 7),
        ("pillow-avif/rot?mir?.avif", 8),
    ],
)
def test_turned_photos_of_one_scene_look_the_same(group: str, count: int, awkward: Path) -> None:
    images = [decode(path, long_side=240) for path in sorted(awkward.glob(group))]
    assert len(images) == count
    # A number drawn into each picture differs.
    assert all((image - images[0]).abs().mean() < 0.02 for image in images)
    assert all((image.flip(-1) - images[0]).abs().mean() > 0.05 for image in images)


@pytest.mark.parametrize("name", CUT_OFF)
def test_pictures_that_are_cut_off_are_told(name: str, awkward: Path) -> None:
    with pytest.raises(UnreadablePhotoError, match="ends before"):
        decode(awkward / "pillow" / name)


@pytest.mark.parametrize("name", ["decompression_bomb.gif", "zero_width.gif", "broken.png"])
def test_hostile_files_are_refused_by_their_header(name: str, awkward: Path) -> None:
    with pytest.raises(UnreadablePhotoError):
        read_photo(awkward / "pillow" / name)


def test_a_picture_with_texts_that_become_large_is_read(awkward: Path) -> None:
    assert decode(awkward / "pillow" / "png_decompression_dos.png").shape == (3, 1, 1)


def test_cmyk_looks_like_its_rgb_twin(awkward: Path) -> None:
    cmyk, rgb = (decode(awkward / "pillow" / f"pil_sample_{kind}.jpg") for kind in ("cmyk", "rgb"))
    assert (cmyk - rgb).abs().mean() < 0.03


def test_one_scene_in_many_formats_looks_the_same(awkward: Path) -> None:
    names = (
        "pillow/hopper.jpg",
        "pillow/hopper.png",
        "pillow/hopper.webp",
        "pillow/hopper.gif",
        "pillow-avif/hopper.avif",
    )
    images = [decode(awkward / name) for name in names]
    assert all((image - images[0]).abs().mean() < 0.02 for image in images)


def test_a_series_without_exif_is_ordered_by_the_dates_in_its_names(photos: Path) -> None:
    album = read_album(photos / "faces" / "agelapse-photo-a-day")
    assert album.order == BY_DATE
    assert [photo.path.stem.split("_")[-1] for photo in album.photos] == [str(day) for day in range(1, 21)]


def test_a_glacier_is_ordered_by_exif(photos: Path) -> None:
    album = read_album(photos / "series" / "glimpse-columbia-glacier")
    dates = [photo.date for photo in album.photos if photo.date is not None]
    assert dates == sorted(dates)
    assert {photo.date_source for photo in album.photos} == {"exif"}


def test_a_reduced_photo_looks_like_the_full_one_reduced(photos: Path) -> None:
    path = photos / "faces" / "deepface" / "img1.jpg"
    full, reduced = decode(path), decode(path, long_side=300)
    assert reduced.shape == (3, 300, 222)
    area = torch.nn.functional.adaptive_avg_pool2d(full[None], (300, 222))[0]
    assert (area - reduced).abs().mean() < 0.02
