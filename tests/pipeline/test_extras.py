from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from morphlapse.album.sample import write_sample_pair
from morphlapse.errors import EncodeError, OptionError
from morphlapse.film.timeline import Moment
from morphlapse.morphing.transition import Morph
from morphlapse.options import ExtraOptions, FilmOptions, MorphOptions
from morphlapse.pipeline.extras import check_extras, spread_moments
from morphlapse.pipeline.pair import morph
from morphlapse.pipeline.row import morph_images

QUICK = FilmOptions(size=(96, 80), fps=Fraction(4), hold_s=0.25, transition_s=0.5, hints="none")
NAMES = ("a.png", "b.png")


def read(path: Path) -> np.ndarray:
    """A picture as (H, W, 3)."""
    with Image.open(path) as picture:
        return np.asarray(picture)


def test_moments_are_spread_over_a_row():
    assert list(spread_moments(3, 5)) == [
        Moment(0, 0, 0.0),
        Moment(0, 1, 0.5),
        Moment(1, 1, 0.0),
        Moment(1, 2, 0.5),
        Moment(2, 2, 0.0),
    ]


def test_all_that_is_asked_for_is_written_and_fits(tmp_path):
    pair = write_sample_pair(tmp_path / "pair")
    before = [path.read_bytes() for path in pair]
    extras = ExtraOptions(
        maps=tmp_path / "maps.png",
        save_maps=tmp_path / "maps.npz",
        strip=tmp_path / "strip.png",
        stills=tmp_path / "stills",
        frames=3,
    )
    morph_images(
        pair, tmp_path / "film.mp4", morph=MorphOptions(working_px=64, effort="quick"), film=QUICK, extras=extras
    )
    stills = [read(path) for path in sorted((tmp_path / "stills").iterdir())]
    assert [still.shape for still in stills] == [(80, 96, 3)] * 3
    assert np.array_equal(read(tmp_path / "strip.png"), np.hstack(stills))
    assert read(tmp_path / "maps.png").shape[1] == 5 * 96 + 4 * 4
    other = morph(torch.rand(3, 80, 96), torch.rand(3, 80, 96), MorphOptions(working_px=64))
    assert isinstance(other, Morph)
    again = other.load(extras.save_maps or "")
    assert again.maps.velocity.abs().max() > 0.1
    assert [path.read_bytes() for path in pair] == before
    assert {path.name for path in tmp_path.iterdir()} == {
        "pair", "stills", "film.mp4", "maps.png", "maps.npz", "strip.png",
    }  # fmt: skip


def test_a_strip_of_very_many_pictures_stays_short(tmp_path):
    extras = ExtraOptions(strip=tmp_path / "strip.png", frames=300)
    film = QUICK.model_copy(update={"transition": "dissolve"})
    morph_images(write_sample_pair(tmp_path / "pair"), tmp_path / "film.mp4", film=film, extras=extras)
    assert read(tmp_path / "strip.png").shape[1] <= 16384


@pytest.mark.parametrize("name", ["maps", "save_maps"])
def test_maps_of_three_images_are_refused(tmp_path, name):
    with pytest.raises(OptionError, match=f"{name}: maps lie between two images"):
        check_extras(ExtraOptions.model_validate({name: tmp_path / "x"}), [*NAMES, "c.png"], "film.mp4", MorphOptions())


@pytest.mark.parametrize("name", ["maps", "strip", "save_maps"])
def test_images_are_never_written(name):
    with pytest.raises(EncodeError, match="never written"):
        check_extras(ExtraOptions.model_validate({name: Path("sub/../b.png")}), NAMES, "film.mp4", MorphOptions())


def test_stills_never_go_where_the_images_are(tmp_path):
    with pytest.raises(EncodeError, match="never written"):
        check_extras(ExtraOptions(stills=tmp_path), [tmp_path / name for name in NAMES], "film.mp4", MorphOptions())


def test_two_results_have_two_names():
    with pytest.raises(OptionError, match="two results"):
        check_extras(ExtraOptions(maps=Path("x.png"), strip=Path("./x.png")), NAMES, "film.mp4", MorphOptions())


def test_layers_have_no_maps_to_show():
    with pytest.raises(OptionError, match="background"):
        check_extras(ExtraOptions(maps=Path("x.png")), NAMES, "film.mp4", MorphOptions(background="morph"))
