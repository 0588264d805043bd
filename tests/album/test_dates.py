import json
import os
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL.ExifTags import Base

from morphlapse.album.dates import date_from_exif, date_from_sidecar, find_date, parse_exif_date, sidecars_of

TAKEN = datetime(2019, 1, 2, 3, 4, 5, tzinfo=UTC)


def write_sidecar(path: Path, taken: datetime = TAKEN) -> None:
    stamp = str(int(taken.timestamp()))
    path.write_text(json.dumps({"title": "x", "photoTakenTime": {"timestamp": stamp, "formatted": "…"}}))


def test_the_date_of_capture_comes_before_the_others() -> None:
    tags: dict[int, object] = {Base.DateTime: "2020:01:01 01:01:01", Base.DateTimeOriginal: "2019:01:01 01:01:01"}
    assert date_from_exif(tags) == datetime(2019, 1, 1, 1, 1, 1)


def test_the_date_of_digitisation_comes_before_that_of_change() -> None:
    tags: dict[int, object] = {Base.DateTime: "2020:01:01 01:01:01", Base.DateTimeDigitized: "2019:01:01 01:01:01"}
    assert date_from_exif(tags) == datetime(2019, 1, 1, 1, 1, 1)


def test_an_offset_gives_the_date_its_zone() -> None:
    tags: dict[int, object] = {Base.DateTimeOriginal: "2019:01:02 05:04:05", Base.OffsetTimeOriginal: "+02:00"}
    date = date_from_exif(tags)
    assert date == TAKEN
    assert date is not None
    assert date.utcoffset() == timedelta(hours=2)


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("-0330", timezone(-timedelta(hours=3, minutes=30))),
        ("Z", UTC),
        ("+00:00\0", UTC),
        ("+25:00", None),
        ("", None),
        (7, None),
    ],
)
def test_offsets_are_read_as_programs_write_them(text: object, zone: timezone | None) -> None:
    date = parse_exif_date("2019:01:02 03:04:05", text)
    assert date == datetime(2019, 1, 2, 3, 4, 5, tzinfo=zone)


@pytest.mark.parametrize(
    ("text", "microsecond"), [("5", 500000), ("042", 42000), (b"16\0", 160000), (None, 0), ("x", 0)]
)
def test_fractions_of_a_second_are_kept(text: object, microsecond: int) -> None:
    date = parse_exif_date("2019:01:02 03:04:05", None, text)
    assert date == datetime(2019, 1, 2, 3, 4, 5, microsecond)


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2019:01:02 03:04:05\0\0", datetime(2019, 1, 2, 3, 4, 5)),
        (b"2019:01:02 03:04:05", datetime(2019, 1, 2, 3, 4, 5)),
        ("2019-01-02T03:04:05Z", TAKEN),
        ("2019/01/02 03:04", datetime(2019, 1, 2, 3, 4)),
        ("2019:01:02", datetime(2019, 1, 2)),
    ],
)
def test_dates_are_read_as_programs_write_them(text: object, date: datetime) -> None:
    assert parse_exif_date(text) == date


@pytest.mark.parametrize(
    "text",
    [
        "0000:00:00 00:00:00",
        "    :  :     :  :  ",
        "2999:01:01 00:00:00",
        "1066:10:14 09:00:00",
        "1970:01:01 00:00:00",
        "2019:13:41 03:04:05",
        "yesterday",
        "",
        20190102,
        (2019, 1, 2),
        None,
    ],
)
def test_absurd_dates_are_not_believed(text: object) -> None:
    assert date_from_exif({Base.DateTimeOriginal: text}) is None


def test_an_absurd_date_of_capture_lets_the_next_one_speak() -> None:
    tags: dict[int, object] = {Base.DateTimeOriginal: "0000:00:00 00:00:00", Base.DateTime: "2019:01:01 01:01:01"}
    assert date_from_exif(tags) == datetime(2019, 1, 1, 1, 1, 1)


@given(st.dictionaries(st.sampled_from(list(map(int, Base))), st.text() | st.binary() | st.integers() | st.none()))
@settings(deadline=None, max_examples=20)
def test_any_tags_can_be_searched_for_dates(tags: dict[int, object]) -> None:
    assert isinstance(date_from_exif(tags), datetime | None)


def test_exif_comes_before_the_name(tmp_path: Path) -> None:
    found = find_date(tmp_path / "2018-01-01.jpg", {Base.DateTimeOriginal: "2019:01:02 03:04:05"})
    assert found == (datetime(2019, 1, 2, 3, 4, 5), "exif")


def test_the_name_comes_before_the_sidecar(tmp_path: Path) -> None:
    path = tmp_path / "2018-01-01.jpg"
    write_sidecar(tmp_path / "2018-01-01.jpg.json")
    assert find_date(path, {}) == (datetime(2018, 1, 1), "name")


def test_the_sidecar_comes_before_the_files_time(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.touch()
    write_sidecar(tmp_path / "a.jpg.json")
    assert find_date(path, {}) == (TAKEN, "sidecar")


def test_the_files_time_comes_last(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.touch()
    os.utime(path, (TAKEN.timestamp(), TAKEN.timestamp()))
    assert find_date(path, {}) == (TAKEN, "file")


def test_a_year_before_photography_in_a_name_is_passed_over(tmp_path: Path) -> None:
    assert find_date(tmp_path / "1066-10-14 to 2018-01-01.jpg", {}) == (datetime(2018, 1, 1), "name")


def test_without_any_source_there_is_no_date(tmp_path: Path) -> None:
    assert find_date(tmp_path / "missing.jpg", {}) == (None, "none")


@pytest.mark.parametrize(
    ("photo", "sidecar"),
    [
        ("a.jpg", "a.jpg.json"),
        ("a.jpg", "a.jpg.supplemental-metadata.json"),
        ("a.jpg", "a.jpg.supplemental-me.json"),
        ("a.jpg", "a.jpg.s.json"),
        ("a.jpg", "a.jpg..json"),
        ("a(1).jpg", "a.jpg(1).json"),
        ("a(1).jpg", "a.jpg.supplemental-metadata(1).json"),
        ("a-edited.jpg", "a.jpg.supplemental-metadata.json"),
        (f"{'n' * 60}.jpg", f"{'n' * 46}.json"),
    ],
)
def test_takeouts_sidecars_are_found_under_all_their_names(photo: str, sidecar: str, tmp_path: Path) -> None:
    write_sidecar(tmp_path / sidecar)
    assert date_from_sidecar(tmp_path / photo) == TAKEN


def test_the_sidecar_of_another_photo_is_not_taken(tmp_path: Path) -> None:
    write_sidecar(tmp_path / "a.jpg.json")
    assert date_from_sidecar(tmp_path / "aa.jpg") is None


def test_a_sidecar_may_tell_of_a_time_before_1970(tmp_path: Path) -> None:
    write_sidecar(tmp_path / "a.jpg.json", datetime(1931, 5, 6, tzinfo=UTC))
    assert date_from_sidecar(tmp_path / "a.jpg") == datetime(1931, 5, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "null",
        "{",
        "[" * 100000,
        '{"photoTakenTime": 3}',
        '{"photoTakenTime": {"timestamp": null}}',
        '{"photoTakenTime": {"timestamp": "1e400"}}',
        '{"photoTakenTime": {"timestamp": "99999999999999999"}}',
    ],
)
def test_a_damaged_sidecar_counts_as_none(content: str, tmp_path: Path) -> None:
    (tmp_path / "a.jpg.json").write_text(content)
    assert date_from_sidecar(tmp_path / "a.jpg") is None


def test_a_sidecar_lies_beside_its_photo() -> None:
    assert {path.parent for path in sidecars_of(Path("x/y/a(1).jpg"))} == {Path("x/y")}
