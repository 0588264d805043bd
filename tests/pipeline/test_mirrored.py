"""Mirrored photos are turned back with all that is known of them, where the others of the place tell."""

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image, ImageOps

from morphlapse.album.decode import decode
from morphlapse.options import AlbumOptions, AlignOptions, FilmOptions, SelectOptions
from morphlapse.pipeline.context import Context
from morphlapse.pipeline.film import Film
from morphlapse.pipeline.findings import Findings
from morphlapse.pipeline.jobs import inspect_photos
from morphlapse.pipeline.planning import plan_photos, prepare_job
from morphlapse.pipeline.report_json import report_as_dict

SIZE = (160, 120)
SHIFTS = {"a": (0, 0), "b": (2, 1), "c": (-1, 2), "d": (1, -2), "e": (3, 1), "f": (-2, 0)}
WRONG = "d"
EASY = {"burst_s": 0.0, "duplicates": False, "min_sharp": 0.0}
QUICK = FilmOptions(size=(96, 72), fps=Fraction(4), hold_s=0.25, transition_s=0.5, hints="none", grade=0.0)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Six photos of an astronaut, each shifted a little, with points beside them; the file of one is mirrored."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "photos"
    folder.mkdir()
    whole = Image.fromarray(skimage.data.astronaut()).resize((180, 140))
    for name, (right, down) in SHIFTS.items():
        picture = whole.crop((10 - right, 10 - down, 10 - right + SIZE[0], 10 - down + SIZE[1]))
        marks = {"helmet": [40.0 + right, 80.0 + down], "left_flag": [120.0 + right, 30.0 + down]}
        if name == WRONG:
            picture = ImageOps.mirror(picture)
            marks = {"helmet": [119.0 - right, 80.0 + down], "right_flag": [39.0 - right, 30.0 + down]}
        picture.save(folder / f"{name}.png")
        (folder / f"{name}.points.json").write_text(json.dumps(marks))
    return folder


def find(source: Path, *, mirror: str = "turn", album: Path | None = None) -> Findings:
    """What is found of the photos."""
    select = SelectOptions.model_validate({**EASY, "mirror": mirror})
    job = prepare_job(source, None if album is None else AlbumOptions(album=album), select=select, align=ON, film=QUICK)
    return plan_photos(job, Context())


ON = AlignOptions(on="points", reference="a.png")


def test_what_is_mirrored_lies_on_the_others_and_its_fate_says_so(house: Path) -> None:
    found = find(house)
    film = Film(found.plan, QUICK)
    assert not found.plan.skipped
    stills = [film.still(k) for k in range(len(SHIFTS))]
    assert max(float((still - stills[0])[:, 8:-8, 8:-8].abs().mean()) for still in stills) < 0.02
    shifts = {each.photo.path.stem: each.registration.matrix[:2, 2] for each in found.plan.placed}
    for name, (right, down) in SHIFTS.items():
        assert np.allclose(shifts[name], (-right, -down), atol=0.5), name
    report = found.report(None, film)
    assert [fate.path.stem for fate in report.fates if fate.remark] == [WRONG]
    assert [each["mirrored"] for each in report_as_dict(report)["photos"]] == [name == WRONG for name in SHIFTS]


@pytest.mark.parametrize("mirror", ["tell", "off"])
def test_it_stays_as_it_is_where_that_is_asked_for(house: Path, mirror: str) -> None:
    assert [each.photo.mirrored for each in find(house, mirror=mirror).detections.found] == [None] * len(SHIFTS)


def test_pixels_are_turned_at_any_size_and_kept_apart_from_those_of_the_file(house: Path) -> None:
    photo = find(house).detections.found[list(SHIFTS).index(WRONG)].photo
    assert photo.mirrored
    for long_side in (None, 100):
        as_it_is = decode(replace(photo, mirrored=None), long_side=long_side)
        assert decode(photo, long_side=long_side).equal(as_it_is.flip(-1))


def test_the_album_file_keeps_it_and_a_word_by_hand_is_stronger(house: Path) -> None:
    book = house.parent / "album.morphlapse.json"
    find(house, album=book)
    kept = json.loads(book.read_text())
    assert [entry["mirrored"] for entry in kept["photos"]] == [name == WRONG for name in SHIFTS]
    # Three witnesses are needed: with fewer photos it is the file alone that knows.
    for name in "bcef":
        (house / f"{name}.png").unlink()
    again = find(house, album=book)
    assert [each.photo.mirrored for each in again.detections.found] == [False, True]
    assert np.allclose(again.plan.placed[1].registration.matrix[:2, 2], (-1.0, 2.0), atol=0.5)
    next(entry for entry in kept["photos"] if entry["mirrored"])["correction"]["mirrored"] = False
    book.write_text(json.dumps(kept))
    assert [each.photo.mirrored for each in find(house, album=book).detections.found] == [False, False]


def test_where_nothing_is_aligned_they_are_turned_too(house: Path) -> None:
    report = inspect_photos(house, select=SelectOptions.model_validate(EASY), align=AlignOptions(on="none"))
    assert [fate.mirrored for fate in report.fates] == [name == WRONG for name in SHIFTS]
