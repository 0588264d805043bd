"""Mirrored photos, told by the others of the same place."""

import numpy as np
import pytest

from morphlapse.options import SelectOptions
from morphlapse.records import Detection, Detections
from morphlapse.selection.choice import choose
from morphlapse.selection.mirrors import find_mirrored

from .conftest import make_detection, make_photo, make_thumbnail


def place(number: int, scene: int, *, mirrored: bool = False) -> Detection:
    """A photo of a place on some day."""
    thumbnail = make_thumbnail(scene, 0.02 + 0.001 * number)
    return make_detection(make_photo(f"{number}.jpg", number), thumbnail=thumbnail[:, ::-1] if mirrored else thumbnail)


def test_what_is_mirrored_beside_others_of_its_place_is_found() -> None:
    album = [place(k, 2, mirrored=k in (3, 6, 7)) for k in range(12)]
    assert find_mirrored(album) == [3, 6, 7]


def test_other_places_are_not_mirrored() -> None:
    assert find_mirrored([place(k, 2 if k < 8 else k) for k in range(16)]) == []


def test_too_few_witnesses_tell_nothing() -> None:
    assert find_mirrored([place(k, 2, mirrored=k == 2) for k in range(3)]) == []


def test_where_half_are_mirrored_nobody_can_tell() -> None:
    assert find_mirrored([place(k, 2, mirrored=k % 2 == 0) for k in range(12)]) == []


def test_a_symmetric_place_tells_nothing() -> None:
    half = make_thumbnail(2)[:, :16]
    whole = np.concatenate([half, half[:, ::-1]], axis=1)
    assert find_mirrored([make_detection(make_photo(f"{k}"), thumbnail=whole) for k in range(9)]) == []


@pytest.mark.parametrize(("mirror", "told"), [("tell", True), ("turn", False), ("off", False)])
def test_a_note_names_it_and_it_stays(mirror: str, told: bool) -> None:
    album = Detections(tuple(place(k, 2, mirrored=k == 4) for k in range(9)))
    choice = choose(album, SelectOptions.model_validate({"mirror": mirror}), on="none")
    assert len(choice.used) == 9
    assert [note.startswith("4.jpg: it seems to be mirrored") for note in choice.notes] == [True] * told
