"""A film's light: measured once, on what all photos show, and evened out in what is seen."""

from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from skimage.data import astronaut

from figures import person
from morphlapse.album.cache import Cache
from morphlapse.album.decode import read_photo
from morphlapse.geometry.frame import Frame
from morphlapse.geometry.similarity import similarity
from morphlapse.imaging.colour import expose
from morphlapse.options import FilmOptions
from morphlapse.pipeline import lighting
from morphlapse.pipeline.context import Context
from morphlapse.pipeline.film import Film
from morphlapse.pipeline.lighting import LARGE_FACE, choose_region, choose_strength
from morphlapse.pipeline.storing import Store
from morphlapse.records import Box, Detection, Photo, Placed, Plan, Registration, Size, Subject

STOPS = np.array([0.0, 0.6, -0.7, 0.3, -0.2, 0.8, -0.5, 0.1, -0.3])
WARMTH = np.array([0.2, -0.3, 0.0, 0.4, -0.2, 0.1, -0.4, 0.3, 0.0])
SMALL = FilmOptions(size=(128, 128), fps=Fraction(4), hold_s=0.25, transition_s=0.5)


def known_stops() -> torch.Tensor:
    return torch.from_numpy(STOPS[:, None] + WARMTH[:, None] * np.array([0.5, 0.0, -0.5]))


@pytest.fixture(scope="module")
def plan(tmp_path_factory) -> Plan:
    """One picture under nine lights, each photo shifted a little."""
    folder = tmp_path_factory.mktemp("lights")
    picture = torch.from_numpy(astronaut()[::2, ::2].copy()).movedim(2, 0).double() / 255.0
    placed = []
    for number, stops in enumerate(known_stops()):
        lit = expose(picture, stops)[:, number : 240 + number, number : 240 + number]
        path = folder / f"{number}.png"
        Image.fromarray((lit.movedim(0, -1) * 255).round().byte().numpy()).save(path)
        shift = similarity(shift=(float(number), float(number)))
        placed.append(Placed(Detection(read_photo(path)), Registration(shift)))
    return Plan(tuple(placed), 0, "scene")


def test_known_gains_are_found_to_a_tenth_of_a_stop(plan):
    lighting = Film(plan, SMALL.model_copy(update={"grade": 1.0})).lighting
    assert lighting is not None
    assert lighting.region == "common area"
    found = lighting.light - lighting.light.mean(axis=0)
    wanted = known_stops().numpy() - known_stops().numpy().mean(axis=0)
    assert np.abs(found - wanted).max() < 0.1


def test_light_is_measured_once_for_all_runs(plan, tmp_path, monkeypatch):
    def light(**changed: float) -> lighting.Lighting | None:
        return Film(
            plan, SMALL.model_copy(update=changed), context=Context(store=Store(Cache(tmp_path, 10**8)))
        ).lighting

    first = light()

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a photo was read")

    monkeypatch.setattr(lighting, "decode", refuse)
    again = light()
    assert first is not None
    assert again is not None
    assert np.array_equal(first.stops, again.stops)
    with pytest.raises(AssertionError, match="read"):
        light(zoom=1.5)


def test_what_is_seen_flickers_a_third_as_much_and_is_what_was_told(plan):
    raw, film = (Film(plan, SMALL.model_copy(update={"grade": grade})) for grade in (0.0, "auto"))
    seen = [[float(each.still(k).median()) for k in range(9)] for each in (raw, film)]
    jumps = [np.abs(np.diff(each, n=2)).mean() for each in seen]
    assert jumps[1] < jumps[0] / 3
    assert film.lighting is not None
    report = film.lighting.report
    assert report is not None
    assert report.after.lightness < report.before.lightness / 3


def test_a_film_without_grade_is_of_the_photos_as_they_are(plan):
    film = Film(plan, SMALL.model_copy(update={"grade": 0.0}))
    assert film.lighting is None
    assert not torch.equal(film.still(1), Film(plan, SMALL).still(1))


def test_frames_show_the_photos_corrected_and_exact_at_both_ends(plan):
    film = Film(plan, SMALL.model_copy(update={"transition": "dissolve"}))
    middle = film.frame_at(Fraction(1, 2))
    assert torch.allclose(middle, torch.lerp(film.still(0), film.still(1), 0.5), atol=1e-6)


def test_photos_with_nothing_in_common_are_left_alone_unless_a_number_is_given(plan):
    loose = replace(plan, on="none")
    assert choose_strength(loose, FilmOptions()) == 0.0
    assert choose_strength(loose, FilmOptions(grade=0.5)) == 0.5
    assert choose_strength(plan, FilmOptions()) > 0.0


def test_two_photos_are_not_even_looked_at(plan):
    assert Film(replace(plan, placed=plan.placed[:2]), SMALL).lighting is None


def people(face_px: float, *, on, mask: bool = True) -> tuple[Plan, Frame]:
    drawn = person(np.eye(3))
    assert drawn.face is not None
    face = replace(drawn.face, box=Box(100.0, 100.0, 100.0 + face_px, 100.0 + face_px))
    subject: Subject = replace(drawn, face=face, mask=drawn.mask if mask else None)
    photo = Photo(Path("photo.jpg"), Size(900, 700), datetime(2020, 1, 1))
    plan = Plan((Placed(Detection(photo, (subject,)), Registration(np.eye(3))),) * 4, 0, on)
    return plan, Frame(Size(900, 700), np.eye(3), (0.0,) * 4)


@pytest.mark.parametrize(
    ("face_px", "on", "mask", "region"),
    [
        (300.0, "body", True, "face"),
        (300.0, "scene", True, "common area"),
        (0.5 * LARGE_FACE * 900, "body", True, "common area"),
        (0.5 * LARGE_FACE * 900, "mask", True, "outline"),
        (0.5 * LARGE_FACE * 900, "mask", False, "common area"),
    ],
)
def test_light_is_measured_on_skin_where_there_is_enough_of_it(face_px, on, mask, region):
    assert choose_region(*people(face_px, on=on, mask=mask)) == region
