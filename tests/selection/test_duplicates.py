"""Bursts and near-duplicates, and series that only look like them."""

from dataclasses import replace

import numpy as np
import pytest

from morphlapse.records import Detection, Size
from morphlapse.selection.duplicates import CROWD, LOOKED_UP, find_bursts, find_duplicates
from morphlapse.selection.likeness import NEAR, measure_difference

from .conftest import make_detection, make_photo, make_thumbnail

SECOND = 1.0 / 86400.0
NOBODY: frozenset[int] = frozenset()


def shot(name: str, date: float | None, scene: int, noise: float = 0.02, camera: str = "Maker X") -> Detection:
    """A photo of a scene."""
    return make_detection(make_photo(name, date, camera=camera), thumbnail=make_thumbnail(scene, noise))


def bursts(found: list[Detection], score: list[float] | None = None, burst_s: float = 3.0) -> set[str]:
    """Which photos go as parts of bursts."""
    rated = np.array(score or [0.5] * len(found))
    return {found[loser.index].photo.path.name for loser in find_bursts(found, rated, NOBODY, burst_s)[0]}


def duplicates(found: list[Detection], most: float = 0.5) -> set[str]:
    """Which photos go as duplicates."""
    rated = np.full(len(found), 0.5)
    return {found[loser.index].photo.path.name for loser in find_duplicates(found, rated, NOBODY, most)[0]}


def test_of_a_burst_the_best_is_taken() -> None:
    found = [shot(name, k * SECOND, 1, 0.02 + 0.01 * k) for k, name in enumerate("abc")] + [shot("d", 1.0, 1)]
    assert bursts(found, [0.3, 0.7, 0.5, 0.1]) == {"a", "c"}
    assert bursts(found, burst_s=0.0) == set()


@pytest.mark.parametrize(
    "other",
    [
        shot("b", 10.0 * SECOND, 1),
        shot("b", SECOND, 2),
        shot("b", SECOND, 1, camera="Maker Y"),
        replace(shot("b", SECOND, 1), thumbnail=None),
        make_detection(make_photo("b", SECOND, source="file"), thumbnail=make_thumbnail(1, 0.02)),
    ],
    ids=["later", "another scene", "another camera", "not measured", "a file's time"],
)
def test_what_is_no_burst_stays(other: Detection) -> None:
    assert bursts([shot("a", 0.0, 1, 0.03), other, shot("z", 1.0, 5)]) == set()


def test_days_without_a_clock_time_are_no_burst() -> None:
    midnight = make_photo("a", 0.0).date
    assert midnight is not None
    day = midnight.replace(hour=0, minute=0)
    found = [
        make_detection(make_photo(n, day, source="name"), thumbnail=make_thumbnail(1, k))
        for n, k in (("a", 0.02), ("b", 0.03))
    ]
    assert bursts([*found, shot("z", 5.0, 5)]) == set()


def test_an_album_that_is_one_burst_is_kept_and_a_note_says_so() -> None:
    found = [shot(str(k), 0.1 * k * SECOND, 1) for k in range(9)]
    losers, notes = find_bursts(found, np.full(9, 0.5), NOBODY, 3.0)
    assert losers == []
    assert notes == ("9 photos in quick order are kept as a series of their own, not as bursts (burst_s is 3)",)


def test_a_camera_that_takes_a_photo_every_other_second_makes_a_series() -> None:
    assert bursts([shot(str(k), 2.0 * k * SECOND, 1) for k in range(40)] + [shot("z", 3.0, 5)]) == set()


def test_days_that_look_all_alike_are_a_series() -> None:
    found = [shot(str(k), float(k), 1, 0.002 + 0.0001 * k) for k in range(20)]
    assert max(measure_difference(found[0], each) or 0.0 for each in found) < NEAR
    assert duplicates(found, most=1.0) == set()


def test_the_same_pixels_are_a_duplicate_on_any_day() -> None:
    found = [shot("a", 0.0, 1, 0.0), shot("b", 30.0, 1, 0.0), shot("c", 60.0, 2, 0.0)]
    assert duplicates(found) == {"b"}


def test_black_pictures_are_not_duplicates_of_each_other() -> None:
    black = np.zeros((32, 32, 3), dtype=np.uint8)
    assert duplicates([make_detection(make_photo(str(k), k), thumbnail=black) for k in range(3)], most=1.0) == set()


def test_a_smaller_copy_without_a_date_goes() -> None:
    small = make_detection(make_photo("small", size=Size(30, 40)), thumbnail=make_thumbnail(1, 0.005))
    assert duplicates([small, shot("large", 4.0, 1, 0.0), shot("other", 5.0, 2)]) == {"small"}


def test_undated_frames_of_something_still_are_a_series() -> None:
    still = [shot(str(k), None, 1, 0.004 + 0.0001 * k) for k in range(12)]
    assert duplicates([*still, *(shot(f"o{k}", None, 10 + k) for k in range(12))], most=1.0) == set()


def test_copies_are_found_wherever_they_stand_in_a_long_album() -> None:
    scenes = [shot(str(k), None, k, 0.0) for k in range(LOOKED_UP + 40)]
    first, last = 3, LOOKED_UP + 20
    copies = [shot("copy of first", None, first, 0.005), shot("copy of last", None, last, 0.005)]
    assert duplicates([*copies, *scenes]) in ({"copy of first", "copy of last"}, {str(first), str(last)})
    assert len(duplicates([copies[0], *scenes, copies[1]])) == 2


def test_a_crowd_that_looks_all_alike_is_a_series() -> None:
    scene = make_thumbnail(1)
    crowd = [scene + np.random.default_rng(k).integers(0, 3, scene.shape, dtype=np.uint8) for k in range(CROWD + 10)]
    found = [make_detection(make_photo(str(k)), thumbnail=each) for k, each in enumerate(crowd)]
    assert duplicates(found, most=1.0) == set()
    assert duplicates(found[:2], most=1.0) != set()


def test_where_near_duplicates_are_most_of_an_album_they_stay() -> None:
    pairs = [shot(f"{k}{more}", None, k, 0.004 + 0.001 * more) for k in range(4) for more in (0, 1, 2)]
    losers, notes = find_duplicates(pairs, np.full(12, 0.5), NOBODY, 0.5)
    assert losers == []
    assert "8 photos" in notes[0]
    assert len(duplicates(pairs, most=0.9)) == 8


def test_what_is_named_stays() -> None:
    found = [shot("a", 0.0, 1, 0.0), shot("b", SECOND, 1, 0.0), shot("z", 9.0, 2)]
    both = frozenset((0, 1))
    assert find_duplicates(found, np.full(3, 0.5), both, 0.5)[0] == []
    assert find_bursts(found, np.full(3, 0.5), both, 3.0)[0] == []
