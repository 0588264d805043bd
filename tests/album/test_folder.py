import json
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL.ExifTags import Base

from morphlapse.album.folder import BY_DATE, BY_NAME, order_photos, read_album
from morphlapse.errors import PhotoError
from morphlapse.records import Album, Photo, Progress, Size

Writer = Callable[..., Path]


def names(album: Album) -> list[str]:
    return [photo.path.name for photo in album.photos]


def write_dated(write_jpeg: Writer, name: str, date: str, offset: str | None = None) -> Path:
    zone = {} if offset is None else {Base.OffsetTimeOriginal: offset}
    return write_jpeg(name, photo={Base.DateTimeOriginal: date, **zone})


def test_photos_come_in_the_order_of_their_dates(tmp_path: Path, write_jpeg: Writer) -> None:
    write_dated(write_jpeg, "a.jpg", "2019:01:03 00:00:00")
    write_dated(write_jpeg, "sub/b.jpg", "2019:01:01 00:00:00")
    write_jpeg("2019-01-02.jpg")
    album = read_album(tmp_path)
    assert names(album) == ["b.jpg", "2019-01-02.jpg", "a.jpg"]
    assert album.order == BY_DATE
    assert [photo.date_source for photo in album.photos] == ["exif", "name", "exif"]


def test_photos_of_one_date_come_in_natural_order(tmp_path: Path, write_jpeg: Writer) -> None:
    for number in (10, 9, 1):
        write_jpeg(f"2008-04-12_Day_{number}.jpg")
    assert names(read_album(tmp_path)) == [f"2008-04-12_Day_{number}.jpg" for number in (1, 9, 10)]


def test_fractions_of_a_second_order_a_burst(tmp_path: Path, write_jpeg: Writer) -> None:
    for name, fraction in (("a.jpg", "90"), ("b.jpg", "10")):
        write_jpeg(name, photo={Base.DateTimeOriginal: "2019:01:01 00:00:00", Base.SubsecTimeOriginal: fraction})
    assert names(read_album(tmp_path)) == ["b.jpg", "a.jpg"]


def test_an_album_with_file_times_only_goes_by_name_and_says_so(tmp_path: Path, write_jpeg: Writer) -> None:
    for age, name in enumerate(("2.jpg", "10.jpg", "1.jpg")):
        os.utime(write_jpeg(name), (1.5e9 - 1e6 * age, 1.5e9 - 1e6 * age))
    album = read_album(tmp_path)
    assert names(album) == ["1.jpg", "2.jpg", "10.jpg"]
    assert album.order == BY_NAME


def test_where_most_have_dates_the_others_go_by_their_files_time(tmp_path: Path, write_jpeg: Writer) -> None:
    write_jpeg("2019-01-01.jpg")
    write_jpeg("2019-01-03.jpg")
    between = datetime(2019, 1, 2).timestamp()
    os.utime(write_jpeg("z.jpg"), (between, between))
    album = read_album(tmp_path)
    assert names(album) == ["2019-01-01.jpg", "z.jpg", "2019-01-03.jpg"]
    assert album.order == BY_DATE


def test_dates_with_zones_are_compared_as_moments(tmp_path: Path, write_jpeg: Writer) -> None:
    write_dated(write_jpeg, "tokyo.jpg", "2019:01:01 12:00:00", "+09:00")
    write_dated(write_jpeg, "lima.jpg", "2019:01:01 08:00:00", "-05:00")
    assert names(read_album(tmp_path)) == ["tokyo.jpg", "lima.jpg"]


def test_among_dates_without_a_zone_the_clock_on_the_wall_counts(tmp_path: Path, write_jpeg: Writer) -> None:
    write_dated(write_jpeg, "tokyo.jpg", "2019:01:01 12:00:00", "+09:00")
    write_dated(write_jpeg, "somewhere.jpg", "2019:01:01 09:00:00")
    write_dated(write_jpeg, "lima.jpg", "2019:01:01 08:00:00", "-05:00")
    assert names(read_album(tmp_path)) == ["lima.jpg", "somewhere.jpg", "tokyo.jpg"]


zones = st.integers(-14, 14).map(lambda hours: timezone(timedelta(hours=hours)))
clocks = st.datetimes(datetime(1826, 1, 2), datetime(2030, 1, 1))
dates = st.none() | clocks | st.builds(lambda date, zone: date.replace(tzinfo=zone), clocks, zones)


@given(st.lists(st.tuples(st.integers(0, 99), dates), unique_by=lambda each: each[0], max_size=8), st.randoms())
def test_any_mix_of_dates_has_one_order(facts: list[tuple[int, datetime | None]], random) -> None:
    photos = [
        Photo(Path(f"{number}.jpg"), Size(1, 1), date, "none" if date is None else "exif") for number, date in facts
    ]
    shuffled = random.sample(photos, len(photos))
    assert order_photos(photos) == order_photos(shuffled)


def test_hidden_files_thumbnails_and_bins_are_left_alone(tmp_path: Path, write_jpeg: Writer) -> None:
    kept = write_jpeg("in/a.jpg")
    for name in ("._a.jpg", ".trashed-1-a.jpg", ".hidden/a.jpg", "__MACOSX/a.jpg", "@eaDir/a.jpg", "#recycle/a.jpg"):
        write_jpeg(f"in/{name}")
    album = read_album(tmp_path)
    assert [photo.path for photo in album.photos] == [kept]
    assert album.skipped == ()


def test_a_hidden_folder_that_is_named_is_read(tmp_path: Path, write_jpeg: Writer) -> None:
    write_jpeg(".hidden/a.jpg")
    assert names(read_album(tmp_path / ".hidden")) == ["a.jpg"]


def test_links_in_circles_end(tmp_path: Path, write_jpeg: Writer) -> None:
    write_jpeg("in/a.jpg")
    (tmp_path / "in" / "loop").symlink_to(tmp_path)
    (tmp_path / "in" / "self.jpg").symlink_to(tmp_path / "in" / "self.jpg")
    album = read_album(tmp_path)
    assert names(album) == ["a.jpg"]
    assert [skipped.path.name for skipped in album.skipped] == ["self.jpg"]


def test_a_linked_folder_is_read_and_a_photo_goes_by_its_own_name(tmp_path: Path, write_jpeg: Writer) -> None:
    target = write_jpeg("elsewhere/z.jpg")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "folder").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "in" / "a_link.jpg").symlink_to(target)
    assert names(read_album(tmp_path / "in")) == ["z.jpg"]


def test_every_candidate_is_there_once_used_or_skipped(tmp_path: Path, write_jpeg: Writer) -> None:
    write_jpeg("a.jpg")
    (tmp_path / "b.png").touch()
    (tmp_path / "c.CR2").write_bytes(b"II*\0")
    (tmp_path / "d.heic").write_text("no picture at all")
    (tmp_path / "notes.txt").write_text("not a candidate")
    album = read_album(tmp_path)
    assert names(album) == ["a.jpg"]
    assert [skipped.path.name for skipped in album.skipped] == ["b.png", "c.CR2", "d.heic"]
    assert "CR2" in album.skipped[1].reason
    assert not any(str(tmp_path) in skipped.reason for skipped in album.skipped)


def test_a_folder_too_deep_to_be_opened_is_told(tmp_path: Path, write_jpeg: Writer) -> None:
    photo = write_jpeg("a.jpg")
    here = os.open(tmp_path, os.O_RDONLY)
    for _ in range(20):
        os.mkdir("d" * 250, dir_fd=here)
        inside = os.open("d" * 250, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inside
    os.close(here)
    album = read_album(tmp_path)
    assert [each.path for each in album.photos] == [photo]
    assert [skipped.reason for skipped in album.skipped] == [
        "the folder cannot be opened (File name too long): its photos are left out"
    ]


def test_a_folder_without_permission_is_told(tmp_path: Path, write_jpeg: Writer) -> None:
    if os.geteuid() == 0:
        pytest.skip("nothing is closed to root")
    write_jpeg("a.jpg")
    write_jpeg("closed/b.jpg").parent.chmod(0)
    album = read_album(tmp_path)
    (tmp_path / "closed").chmod(0o700)
    assert "cannot be opened" in album.skipped[0].reason


def test_one_file_is_an_album(write_jpeg: Writer) -> None:
    assert names(read_album(str(write_jpeg("a.jpg")))) == ["a.jpg"]


def test_a_list_of_files_and_folders_is_an_album(tmp_path: Path, write_jpeg: Writer) -> None:
    single, inside = write_jpeg("2019-01-02.jpg"), write_jpeg("in/2019-01-01.jpg")
    album = read_album([single, str(tmp_path / "in"), single])
    assert [photo.path for photo in album.photos] == [inside, single]


def test_a_named_file_of_any_ending_is_looked_at(tmp_path: Path, write_jpeg: Writer) -> None:
    shutil.copy(write_jpeg("a.jpg"), tmp_path / "photo")
    (tmp_path / "notes.txt").write_text("x")
    album = read_album([tmp_path / "photo", tmp_path / "notes.txt"])
    assert names(album) == ["photo"]
    assert [skipped.path.name for skipped in album.skipped] == ["notes.txt"]


def test_a_missing_path_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match="nowhere"):
        read_album(tmp_path / "nowhere")


def test_a_missing_file_of_a_list_is_an_error_that_names_it(tmp_path: Path, write_jpeg: Writer) -> None:
    with pytest.raises(PhotoError, match=r"gone\.jpg"):
        read_album([write_jpeg("a.jpg"), tmp_path / "gone.jpg"])


def test_a_folder_without_photos_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    with pytest.raises(PhotoError, match=tmp_path.name):
        read_album(tmp_path)


def test_an_empty_list_is_an_error() -> None:
    with pytest.raises(PhotoError, match="no photos"):
        read_album([])


def test_the_listener_hears_of_every_photo(tmp_path: Path, write_jpeg: Writer) -> None:
    for name in ("a.jpg", "b.jpg"):
        write_jpeg(name)
    (tmp_path / "c.png").touch()
    heard: list[Progress] = []
    read_album(tmp_path, listener=heard.append)
    assert [(step.done, step.total) for step in heard] == [(1, 3), (2, 3), (3, 3)]


def test_sidecars_date_an_album(tmp_path: Path, write_jpeg: Writer) -> None:
    for name, year in (("a.jpg", 2020), ("b.jpg", 2010)):
        write_jpeg(name)
        stamp = int(datetime(year, 1, 1, tzinfo=UTC).timestamp())
        (tmp_path / f"{name}.json").write_text(json.dumps({"photoTakenTime": {"timestamp": str(stamp)}}))
    assert names(read_album(tmp_path)) == ["b.jpg", "a.jpg"]
