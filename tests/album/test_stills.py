from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from PIL.ExifTags import GPS, IFD, Base

from full_disk import largest_file
from morphlapse.album.decode import decode, read_photo
from morphlapse.album.stills import write_still
from morphlapse.errors import EncodeError
from morphlapse.records import Photo, Size

Writer = Callable[..., Path]
RED = torch.tensor([1.0, 0.2, 0.0])[:, None, None].expand(3, 24, 32).contiguous()


def exif_of(path: Path) -> tuple[Image.Exif, dict]:
    with Image.open(path) as opened:
        exif = opened.getexif()
        return exif, exif.get_ifd(IFD.Exif)


@pytest.fixture
def original(tmp_path: Path, picture: Image.Image) -> Photo:
    """A phone's photo: turned, with a zone, a position and a thumbnail's directory."""
    exif = Image.Exif()
    exif[Base.Orientation] = 6
    exif[Base.Make] = "Maker"
    exif[Base.DateTime] = "2020:05:06 07:08:09"
    exif.get_ifd(IFD.Exif).update(
        {
            Base.DateTimeOriginal: "2019:01:02 03:04:05",
            Base.OffsetTimeOriginal: "+09:00",
            Base.SubsecTimeOriginal: "042",
            Base.DateTimeDigitized: "2019:01:02 03:04:06",
            Base.MakerNote: b"secrets",
        }
    )
    exif.get_ifd(IFD.GPSInfo).update({GPS.GPSLatitudeRef: "N", GPS.GPSLatitude: (48.0, 8.0, 0.0)})
    picture.save(tmp_path / "original.jpg", exif=exif)
    return read_photo(tmp_path / "original.jpg")


@pytest.mark.parametrize("ending", ["jpg", "JPEG", "png"])
def test_a_still_has_the_date_of_its_original(ending: str, tmp_path: Path, original: Photo) -> None:
    path = tmp_path / f"still.{ending}"
    write_still(RED, path, photo=original)
    still = read_photo(path)
    assert still.date == original.date
    assert still.date is not None
    assert still.date.utcoffset() == datetime.fromisoformat("2019-01-02T03:04:05+09:00").utcoffset()


@pytest.mark.parametrize("ending", ["jpg", "png"])
def test_a_still_is_upright_and_tells_no_place(ending: str, tmp_path: Path, original: Photo) -> None:
    path = tmp_path / f"still.{ending}"
    write_still(RED, path, photo=original)
    exif, inner = exif_of(path)
    assert exif[Base.Orientation] == 1
    assert exif[Base.Make] == "Maker"
    assert exif[Base.DateTime] == "2020:05:06 07:08:09"
    assert inner[Base.DateTimeDigitized] == "2019:01:02 03:04:06"
    assert IFD.GPSInfo not in exif
    assert Base.MakerNote not in inner
    assert not exif.get_ifd(IFD.IFD1)
    assert read_photo(path).size == Size(24, 32)


@pytest.mark.parametrize("date", [datetime(2008, 4, 8), datetime(2019, 1, 2, 3, 4, 5, tzinfo=UTC)])
def test_a_date_from_elsewhere_becomes_exifs(date: datetime, tmp_path: Path, write_jpeg: Writer) -> None:
    photo = Photo(write_jpeg("a.jpg"), Size(64, 96), date, "name")
    write_still(RED, tmp_path / "still.jpg", photo=photo)
    still = read_photo(tmp_path / "still.jpg")
    assert (still.date, still.date_source) == (date, "exif")


def test_an_absurd_date_of_the_original_is_not_kept(tmp_path: Path, write_jpeg: Writer) -> None:
    path = write_jpeg("2008-04-08.jpg", plain={Base.DateTime: "0000:00:00 00:00:00"})
    write_still(RED, tmp_path / "still.jpg", photo=read_photo(path))
    exif, inner = exif_of(tmp_path / "still.jpg")
    assert Base.DateTime not in exif
    assert inner[Base.DateTimeOriginal] == "2008:04:08 00:00:00"


def test_the_files_time_is_the_photos(tmp_path: Path, original: Photo) -> None:
    write_still(RED, tmp_path / "still.jpg", photo=original)
    assert original.date is not None
    assert (tmp_path / "still.jpg").stat().st_mtime == pytest.approx(original.date.timestamp(), abs=1e-3)


def test_a_photo_from_before_1970_has_its_date(tmp_path: Path, write_jpeg: Writer) -> None:
    photo = Photo(write_jpeg("a.jpg"), Size(64, 96), datetime(1931, 5, 6), "name")
    write_still(RED, tmp_path / "still.png", photo=photo)
    assert read_photo(tmp_path / "still.png").date == datetime(1931, 5, 6)


def test_an_original_that_is_gone_still_gives_its_date(tmp_path: Path) -> None:
    photo = Photo(tmp_path / "gone.jpg", Size(1, 1), datetime(2008, 4, 8), "exif")
    write_still(RED, tmp_path / "still.jpg", photo=photo)
    assert read_photo(tmp_path / "still.jpg").date == datetime(2008, 4, 8)


def test_a_png_keeps_every_level(tmp_path: Path, levels: np.ndarray) -> None:
    write_still(torch.from_numpy(levels), tmp_path / "still.png")
    assert np.array_equal(decode(tmp_path / "still.png").numpy(), levels)


def test_a_jpeg_keeps_colours_at_full_resolution(tmp_path: Path) -> None:
    stripes = torch.zeros(3, 32, 32)
    stripes[0, :, ::2] = 1.0
    stripes[2, :, 1::2] = 1.0
    write_still(stripes, tmp_path / "still.jpg")
    assert (decode(tmp_path / "still.jpg") - stripes).abs().mean() < 0.02


def test_values_beyond_the_range_are_clamped(tmp_path: Path) -> None:
    write_still(torch.tensor([-0.5, 0.5, 1.5])[:, None, None].repeat(1, 4, 4), tmp_path / "still.png")
    assert decode(tmp_path / "still.png")[:, 0, 0].tolist() == pytest.approx([0.0, 128 / 255, 1.0])


def test_an_existing_file_is_replaced_and_nothing_is_left_beside(tmp_path: Path) -> None:
    (tmp_path / "still.jpg").write_text("old")
    write_still(RED, tmp_path / "still.jpg")
    assert [path.name for path in tmp_path.iterdir()] == ["still.jpg"]
    assert decode(tmp_path / "still.jpg").shape == (3, 24, 32)


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "still.png").write_text("old")
    noise = torch.rand(3, 64, 64, generator=torch.Generator().manual_seed(0))
    with largest_file(2000), pytest.raises(EncodeError, match=r"still\.png.*cannot be written"):
        write_still(noise, tmp_path / "still.png")
    assert [path.name for path in tmp_path.iterdir()] == ["still.png"]
    assert (tmp_path / "still.png").read_text() == "old"


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(EncodeError, match="folder does not exist"):
        write_still(RED, tmp_path / "nowhere" / "still.jpg")


def test_a_file_in_the_folders_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EncodeError, match="folder does not exist"):
        write_still(RED, tmp_path / "file" / "still.jpg")


def test_a_folder_in_the_files_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "still.jpg").mkdir()
    with pytest.raises(EncodeError, match="cannot be written"):
        write_still(RED, tmp_path / "still.jpg")
    assert [path.name for path in tmp_path.iterdir()] == ["still.jpg"]


def test_another_ending_is_told(tmp_path: Path) -> None:
    with pytest.raises(EncodeError, match=r"\.jpg or \.png"):
        write_still(RED, tmp_path / "still.tif")


def test_the_original_is_never_written(tmp_path: Path, original: Photo) -> None:
    before = original.path.read_bytes()
    (tmp_path / "link.jpg").symlink_to(original.path)
    with pytest.raises(EncodeError, match="original"):
        write_still(RED, tmp_path / "link.jpg", photo=original)
    assert original.path.read_bytes() == before


def test_a_transparent_still_is_a_png(tmp_path: Path):
    clear = torch.cat((RED, torch.linspace(0.0, 1.0, 32).expand(1, 24, 32)))
    write_still(clear, tmp_path / "still.png")
    with Image.open(tmp_path / "still.png") as still:
        assert still.mode == "RGBA"
        assert np.asarray(still)[0, [0, -1], 3].tolist() == [0, 255]
    with pytest.raises(EncodeError, match="a JPEG cannot be transparent"):
        write_still(clear, tmp_path / "still.jpg")
