"""A series at a glance: made of one picture seen from known places, so that alignment can be told from none."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import skimage.data
from numpy import ndarray
from PIL import Image

from morphlapse.cli import main
from morphlapse.errors import EncodeError, OptionError
from morphlapse.options import AlignOptions, FilmOptions, OverviewOptions
from morphlapse.pipeline.jobs import align_photos, make_film
from morphlapse.pipeline.overview import check_overview

QUICK = FilmOptions(size=(96, 64), fps=Fraction(4), hold_s=0.25, transition_s=0.5, transition="dissolve")
SHIFTS = ((0, 0), (24, 10), (-20, 16), (14, -18))


@pytest.fixture(scope="module")
def album(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four views of one table, each shifted, a day apart."""
    folder = tmp_path_factory.mktemp("album")
    whole = Image.fromarray(skimage.data.coffee()).resize((360, 240))
    for day, (x, y) in enumerate(SHIFTS, start=1):
        whole.crop((60 + x, 40 + y, 300 + x, 200 + y)).save(folder / f"2024-05-0{day}.png")
    return folder


@pytest.fixture(scope="module")
def place(album: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a film and all that shows it at a glance."""
    folder = tmp_path_factory.mktemp("made")
    overview = OverviewOptions(sheet=folder / "sheet.png", before_after=folder / "both.mp4", mean=folder / "mean.png")
    make_film(album, folder / "film.mp4", align=AlignOptions(on="scene"), film=QUICK, overview=overview)
    return folder


def read(path: Path) -> ndarray:
    """A picture as numbers from 0 to 255."""
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB")).astype(float)


def frames_of(path: Path) -> list[ndarray]:
    """All frames of a film."""
    with av.open(str(path)) as film:
        return [frame.to_ndarray(format="rgb24").astype(float) for frame in film.decode(video=0)]


def test_all_that_is_asked_for_is_there_and_nothing_else(place: Path):
    assert sorted(each.name for each in place.iterdir()) == ["both.mp4", "film.mp4", "mean.png", "sheet.png"]


def test_the_sheet_shows_each_photo_as_it_stands_and_its_date(place: Path):
    sheet, first = read(place / "sheet.png"), frames_of(place / "film.mp4")[0]
    assert sheet.shape == (2 * (64 + 22), 2 * (96 + 4), 3)
    assert np.abs(sheet[:64, :96] - first).mean() < 4.0
    texts = [sheet[top + 64 : top + 86, left : left + 96] for top in (0, 86) for left in (0, 100)]
    assert all(text.max() > 150.0 for text in texts)
    assert not np.array_equal(texts[0], texts[1])


def test_the_mean_is_sharp_for_the_photos_lie_on_each_other(place: Path):
    mean, still = read(place / "mean.png"), frames_of(place / "film.mp4")[0]
    sharpness = [np.abs(np.diff(image[8:-8, 8:-8], axis=1)).mean() for image in (mean, still)]
    assert sharpness[0] > 0.8 * sharpness[1]


def test_before_and_after_runs_as_the_film_does_and_only_its_right_half_stays_put(place: Path):
    both, film = frames_of(place / "both.mp4"), frames_of(place / "film.mp4")
    assert (len(both), both[0].shape) == (len(film), (64, 192, 3))
    left, right = (np.stack([frame[8:-8, half : half + 80] for frame in both]) for half in (8, 104))
    assert right.std(axis=0).mean() < 0.5 * left.std(axis=0).mean()


def test_stills_have_them_too_and_before_and_after_may_be_a_picture(album: Path, tmp_path: Path):
    overview = OverviewOptions(before_after=tmp_path / "both.png")
    align_photos(album, tmp_path / "aligned", align=AlignOptions(on="scene"), film=QUICK, overview=overview)
    picture = read(tmp_path / "both.png")
    assert picture.shape[1] == 4 * 96 + 3 * 8
    assert picture.shape[0] > 2 * 64


def test_a_transparent_film_is_shown_as_its_photos_are(album: Path, tmp_path: Path):
    film = QUICK.model_copy(update={"fill": "transparent", "zoom": 0.7})
    overview = OverviewOptions(mean=tmp_path / "mean.jpg")
    make_film(album, tmp_path / "film.webp", align=AlignOptions(on="scene"), film=film, overview=overview)
    assert read(tmp_path / "mean.jpg").shape == (64, 96, 3)


@pytest.mark.parametrize("name", ["sheet", "mean", "before_after"])
def test_nothing_takes_the_place_of_a_photo_or_would_be_read_as_one(album: Path, name: str):
    for path in (album / "2024-05-01.png", album / "new.png"):
        with pytest.raises(EncodeError, match="one of the photos, or would be read as one"):
            check_overview(OverviewOptions.model_validate({name: path}), [album], "film.mp4")
    with pytest.raises(EncodeError, match="one of the photos"):
        check_overview(OverviewOptions.model_validate({name: album / "a.png"}), [album / "a.png"], "film.mp4")


def test_two_results_have_two_names():
    with pytest.raises(OptionError, match="two results"):
        check_overview(OverviewOptions(sheet=Path("x.png"), mean=Path("./x.png")), [], "film.mp4")
    with pytest.raises(OptionError, match="two results"):
        check_overview(OverviewOptions(before_after=Path("film.mp4")), [], "film.mp4")


@pytest.mark.parametrize(
    ("flag", "name", "code", "said"),
    [
        ("--sheet", "sheet.gif", 2, "a picture cannot have a name in .gif"),
        ("--mean", "nowhere/mean.png", 1, "make the folder first"),
        ("--before-after", "both.txt", 2, "a film or a picture cannot have a name in .txt"),
    ],
)
def test_wrong_names_are_told_before_any_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], flag: str, name: str, code: int, said: str
):
    assert main(["film", "photos", "-o", str(tmp_path / "film.mp4"), flag, str(tmp_path / name)]) == code
    assert said in capsys.readouterr().err
