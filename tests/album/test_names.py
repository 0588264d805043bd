from datetime import datetime
from pathlib import PurePath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from morphlapse.album.names import dates_from_name, natural_key


@pytest.mark.parametrize(
    ("stem", "date"),
    [
        ("2008-04-08", datetime(2008, 4, 8)),
        ("2008-04-08_Day_1", datetime(2008, 4, 8)),
        ("2008_4_8", datetime(2008, 4, 8)),
        ("20080408_121314", datetime(2008, 4, 8, 12, 13, 14)),
        ("20080408121314", datetime(2008, 4, 8, 12, 13, 14)),
        ("IMG_20190102_030405", datetime(2019, 1, 2, 3, 4, 5)),
        ("IMG_20190102_030405_1", datetime(2019, 1, 2, 3, 4, 5)),
        ("PXL_20210102_030405123", datetime(2021, 1, 2, 3, 4, 5, 123000)),
        ("PXL_20210102_030405123.PORTRAIT", datetime(2021, 1, 2, 3, 4, 5, 123000)),
        ("IMG-20190102-WA0001", datetime(2019, 1, 2)),
        ("WhatsApp Image 2019-01-02 at 10.11.12 PM", datetime(2019, 1, 2, 22, 11, 12)),
        ("Screenshot 2020-01-02 at 10.11.12", datetime(2020, 1, 2, 10, 11, 12)),
        ("Screenshot 2020-01-02 at 9.11.12 AM", datetime(2020, 1, 2, 9, 11, 12)),
        ("Screenshot_20200102-101112_Maps", datetime(2020, 1, 2, 10, 11, 12)),
        ("Bildschirmfoto 2020-01-02 um 10.11.12", datetime(2020, 1, 2, 10, 11, 12)),
        ("photo_2019-01-02_10-11-12", datetime(2019, 1, 2, 10, 11, 12)),
        ("signal-2019-01-02-101112", datetime(2019, 1, 2, 10, 11, 12)),
        ("2020-01-02T10:11:12", datetime(2020, 1, 2, 10, 11, 12)),
        ("CG06_20060727_195951", datetime(2006, 7, 27, 19, 59, 51)),
        ("AKST03B_20100602_224800-original", datetime(2010, 6, 2, 22, 48)),
        ("20080408_991314", datetime(2008, 4, 8)),
        ("2019-01-02_0001", datetime(2019, 1, 2)),
    ],
)
def test_dates_of_names_as_cameras_and_phones_write_them(stem: str, date: datetime) -> None:
    assert next(dates_from_name(stem), None) == date


@pytest.mark.parametrize(
    "stem",
    [
        "img_1234567890",
        "IMG_0001",
        "1609459200000",
        "DSC01234",
        "20191301",
        "2019-02-30",
        "120080408",
        "1920x1080",
        "2019",
    ],
)
def test_numbers_that_are_no_dates(stem: str) -> None:
    assert list(dates_from_name(stem)) == []


@given(st.text(max_size=40))
def test_any_name_can_be_searched_for_dates(stem: str) -> None:
    assert all(isinstance(date, datetime) for date in dates_from_name(stem))


def test_numbers_in_names_count_as_numbers() -> None:
    names = ["b/Day_2.jpg", "b/day_10.jpg", "b/Day_1.jpg", "b/day.jpg", "a10/x.jpg", "a9/x.jpg", "7.jpg", "a.jpg"]
    ordered = [str(path) for path in sorted(map(PurePath, names), key=natural_key)]
    assert ordered == [
        *("7.jpg", "a.jpg", "a9/x.jpg", "a10/x.jpg"),
        *("b/day.jpg", "b/Day_1.jpg", "b/Day_2.jpg", "b/day_10.jpg"),
    ]


@given(st.lists(st.text(alphabet="aZ09._²٣ \udc80é", min_size=1, max_size=8), max_size=6))
def test_any_names_can_be_ordered(names: list[str]) -> None:
    forward = sorted(map(PurePath, names), key=natural_key)
    assert forward == sorted(map(PurePath, names[::-1]), key=natural_key)
