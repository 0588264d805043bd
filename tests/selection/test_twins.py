"""Files of one photo, by their names."""

import pytest

from morphlapse.records import Size
from morphlapse.selection.twins import find_twins

from .conftest import make_detection, make_photo, make_thumbnail


def losers(*names: str, dates: tuple[float | None, ...] | None = None, named: frozenset[int] = frozenset()) -> set[str]:
    """Which of these files another one stands for; by default all are of one second, and look the same."""
    dates = dates or (1.0,) * len(names)
    found = [
        make_detection(make_photo(name, date), thumbnail=make_thumbnail(1))
        for name, date in zip(names, dates, strict=True)
    ]
    return {names[loser.index] for loser in find_twins(found, named)}


@pytest.mark.parametrize(
    ("taken", "left"),
    [
        ("IMG_E1234.JPG", "IMG_1234.HEIC"),
        ("IMG_0042-edited.jpg", "IMG_0042.jpg"),
        ("IMG_0042-bearbeitet.jpg", "IMG_0042.jpg"),
        ("20210301_083000~2.jpg", "20210301_083000.jpg"),
        ("holiday.jpg", "holiday (1).jpg"),
        ("holiday.jpg", "holiday - Copy.jpg"),
        ("DSC_7.JPG", "DSC_7.NEF"),
        ("IMG_7.heic", "IMG_7.dng"),
        ("a-edited(1).jpg", "a(1).jpg"),
    ],
)
def test_of_two_files_of_one_photo_one_is_taken(taken: str, left: str) -> None:
    assert losers(taken, left) == losers(left, taken) == {left}


def test_without_dates_edits_are_believed_and_copies_are_not() -> None:
    assert losers("a.jpg", "a-edited.jpg", dates=(None, None)) == {"a.jpg"}
    assert losers("a.jpg", "a (1).jpg", dates=(None, None)) == set()


@pytest.mark.parametrize("names", [("a.jpg", "a-edited.jpg"), ("a.jpg", "a (1).jpg"), ("a.jpg", "a.png")])
def test_names_are_not_believed_against_the_dates(names: tuple[str, str]) -> None:
    assert losers(*names, dates=(1.0, 40.0)) == set()


def test_names_are_not_believed_against_the_pictures() -> None:
    found = [
        make_detection(make_photo(f"a{more}.jpg"), thumbnail=make_thumbnail(k)) for k, more in enumerate(("", "~2"))
    ]
    assert find_twins(found, frozenset()) == []


def test_numbered_photos_without_an_original_are_a_series() -> None:
    assert losers("party (1).jpg", "party (2).jpg", dates=(1.0, 1.5)) == set()


def test_files_of_other_folders_are_other_files() -> None:
    assert losers("a/IMG_1234.jpg", "b/IMG_E1234.jpg") == set()


def test_a_photo_that_is_named_stays_and_its_twin_goes() -> None:
    assert losers("a.jpg", "a-edited.jpg", named=frozenset((0,))) == {"a-edited.jpg"}
    assert losers("a.jpg", "a-edited.jpg", named=frozenset((0, 1))) == set()


def test_of_equals_the_larger_file_is_taken() -> None:
    small = make_detection(make_photo("a.jpg", 1.0, size=Size(30, 40)))
    large = make_detection(make_photo("a.JPG", 1.0, size=Size(300, 400)))
    assert [loser.index for loser in find_twins([small, large], frozenset())] == [0]
