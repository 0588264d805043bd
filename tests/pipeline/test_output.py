"""What a film is written as is chosen, and where it goes checked, before any work begins."""

from fractions import Fraction
from pathlib import Path

import pytest
from PIL import Image

from morphlapse.errors import EncodeError, OptionError
from morphlapse.options import FilmOptions
from morphlapse.pipeline.jobs import make_film
from morphlapse.pipeline.output import check_output, choose_output, longest_side, settle_options
from morphlapse.pipeline.row import morph_images


def settle(name: str, options: FilmOptions) -> FilmOptions:
    """Options settled for a file of that name."""
    return settle_options(options, choose_output(name, options))


@pytest.mark.parametrize(
    ("name", "fps", "settled"),
    [("x.gif", 30, 25), ("x.gif", 50, 50), ("x.gif", 12, 12), ("x.webp", 30, 30), ("x.mp4", 30, 30)],
)
def test_a_gif_has_a_rate_that_its_clock_can_hold(name: str, fps: int, settled: int):
    assert settle(name, FilmOptions(fps=Fraction(fps))).fps == settled


def test_an_animation_is_small_unless_its_size_is_given():
    assert longest_side(settle("x.gif", FilmOptions())) == 480
    assert longest_side(settle("x.gif", FilmOptions(size=(1920, 1080)))) is None
    assert longest_side(settle("x.mp4", FilmOptions())) is None


def test_a_preview_is_written_as_a_draft():
    assert choose_output("x.mp4", FilmOptions(preview=True)) == choose_output("x.mp4", FilmOptions(quality="draft"))


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """A folder with a picture."""
    (tmp_path / "album").mkdir()
    Image.new("RGB", (20, 20)).save(tmp_path / "album" / "a.webp")
    return tmp_path / "album"


def test_no_film_takes_the_place_of_an_original(album: Path):
    before = (album / "a.webp").read_bytes()
    for source in (album, [album / "a.webp"]):
        with pytest.raises(EncodeError, match=r"inside|never written"):
            make_film(source, album / "a.webp")
    with pytest.raises(EncodeError, match="never written"):
        morph_images([album / "a.webp"] * 2, album / "a.webp")
    assert (album / "a.webp").read_bytes() == before


@pytest.mark.parametrize(("name", "codec"), [("film.gif", "auto"), ("film", "png"), ("sub/film.webp", "auto")])
def test_what_would_be_read_as_a_photo_goes_elsewhere(album: Path, name: str, codec):
    with pytest.raises(EncodeError, match="would be read as a photo"):
        check_output(album / name, [album], choose_output(name, FilmOptions(codec=codec)))


def test_a_video_may_lie_among_the_photos(album: Path):
    check_output(album / "film.mp4", [album], choose_output("film.mp4", FilmOptions()))


def test_a_folder_of_pictures_is_never_that_of_the_photos(album: Path):
    with pytest.raises(EncodeError, match="holds the originals"):
        check_output(album, [album / "a.webp"], choose_output("album", FilmOptions(codec="png")))


def test_what_cannot_be_written_is_told_before_a_photo_is_read(tmp_path: Path):
    with pytest.raises(OptionError, match="HEVC goes into"):
        make_film(tmp_path / "nothing", tmp_path / "film.webm", film=FilmOptions(codec="hevc"))
