"""Albums of odd photos, whole jobs: a film is made or the reason is one line, and every file has its fate."""

from fractions import Fraction
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import skimage.data
from PIL import Image

import hard_pictures as made
from hard_inputs import hard_inputs, write_hard_folder
from morphlapse.errors import AlignmentError
from morphlapse.options import AlignOptions, FilmOptions, SelectOptions
from morphlapse.pipeline.context import Context
from morphlapse.pipeline.jobs import inspect_photos, make_film
from morphlapse.pipeline.report import FilmReport

QUICK = FilmOptions(size=(96, 64), fps=Fraction(3), hold_s=0.1, transition_s=0.4, transition="dissolve", hints="none")
ALL = SelectOptions(include=("*",), identify="none", twins=False, duplicates=False, burst_s=0.0)


def film_of(
    folder: Path, target: Path, *, on: Literal["none", "face", "scene"] = "none", select: SelectOptions = ALL
) -> FilmReport:
    report = make_film(
        folder, target, select=select, align=AlignOptions(on=on), film=QUICK, context=Context(device="cpu")
    )
    assert target.exists()
    assert all(fate.used or fate.reason for fate in report.fates)
    return report


def put(folder: Path, **pictures: np.ndarray) -> Path:
    folder.mkdir(exist_ok=True)
    for name, pixels in pictures.items():
        Image.fromarray(pixels).save(folder / f"{name}.jpg", quality=92)
    return folder


def test_photos_of_a_pixel_or_a_row_are_shown_beside_others(tmp_path: Path) -> None:
    written = write_hard_folder(tmp_path / "in", hard_inputs(kinds="^1 x|^10,000 x|^2 x|one colour"))
    report = film_of(tmp_path / "in", tmp_path / "film.mp4")
    assert {fate.path for fate in report.fates if fate.used} == set(written)


def test_a_single_photo_is_a_film(tmp_path: Path) -> None:
    report = film_of(put(tmp_path / "in", a=skimage.data.chelsea()), tmp_path / "film.mp4")
    assert [fate.used for fate in report.fates] == [True]


def test_of_two_identical_photos_one_is_taken(tmp_path: Path) -> None:
    folder = put(tmp_path / "in", a=skimage.data.chelsea(), b=skimage.data.chelsea())
    report = film_of(folder, tmp_path / "film.mp4", select=SelectOptions(identify="none"))
    assert sorted(fate.used for fate in report.fates) == [False, True]


def test_nothing_can_be_found_again_in_one_colour(tmp_path: Path) -> None:
    gray = np.full((64, 96, 3), 120, np.uint8)
    folder = put(tmp_path / "in", a=gray, b=gray + 40)
    report = inspect_photos(folder, select=ALL, align=AlignOptions(on="scene"), context=Context(device="cpu"))
    assert all(fate.used or fate.reason for fate in report.fates)


@pytest.mark.hard
def test_a_cat_is_not_taken_for_a_person(tmp_path: Path) -> None:
    cat = skimage.data.chelsea()
    folder = put(tmp_path / "in", a=cat, b=np.roll(cat, 9, axis=1))
    with pytest.raises(AlignmentError, match="no person"):
        film_of(folder, tmp_path / "film.mp4", on="face", select=SelectOptions(duplicates=False))
    film_of(folder, tmp_path / "cat.mp4", on="scene", select=SelectOptions(duplicates=False))


@pytest.mark.hard
def test_among_twenty_people_one_is_followed(tmp_path: Path) -> None:
    face = np.asarray(Image.fromarray(skimage.data.astronaut()[:280, 90:370]).resize((180, 180)))
    row = np.concatenate([face] * 5, axis=1)
    crowd = np.concatenate([row] * 4, axis=0)
    folder = put(tmp_path / "in", a=crowd, b=np.ascontiguousarray(crowd[:, ::-1]), c=np.roll(crowd, 12, axis=0))
    report = film_of(folder, tmp_path / "film.mp4", on="face", select=SelectOptions(duplicates=False, burst_s=0.0))
    assert any(fate.used for fate in report.fates)


@pytest.mark.hard
def test_a_film_of_every_hard_input_is_made(tmp_path: Path) -> None:
    written = write_hard_folder(tmp_path / "in", hard_inputs(heavy=True))
    report = film_of(tmp_path / "in", tmp_path / "film.mp4")
    fates = {fate.path: fate for fate in report.fates}
    assert set(fates) == {path for path, expected in written.items() if expected.fate != "ignored"}
    assert {path for path, fate in fates.items() if fate.used} == {
        path for path, expected in written.items() if expected.fate == "read"
    }
    assert report.peak_memory_mb < 6000


@pytest.mark.hard
def test_ten_thousand_files_that_are_no_photos_are_listed_and_the_one_photo_is_used(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for number in range(10_000):
        (tmp_path / "in" / f"{number}.jpg").write_bytes(b"no photo")
    (tmp_path / "in" / "photo.jpg").write_bytes(made.jpeg())
    report = film_of(tmp_path / "in", tmp_path / "film.mp4")
    assert [fate.path.name for fate in report.fates if fate.used] == ["photo.jpg"]
    assert len(report.fates) == 10_001
