"""What the background tells: that a body leans, and how large the camera shows things."""

import numpy as np
import pytest
import torch

from figures import SIZE, person, portrait, registered
from morphlapse.alignment import background
from morphlapse.alignment.arrange import arrange
from morphlapse.alignment.background import Shots, veil_subject
from morphlapse.errors import AlignmentError
from morphlapse.geometry.similarity import invert, map_points, similarity, split_similarity
from morphlapse.options import AlignOptions
from morphlapse.records import Box, Registration, Size, Subject

MIDDLE = (342.0, 320.0)
CAMERA = AlignOptions(on="body", hold="camera")


def taken(figures, cameras, *, scenes=None, focal=()):
    """Photos of a person who stands in a world as `figures` say, by cameras: `photo_from_world` of each."""
    scenes = ["coffee"] * len(figures) if scenes is None else scenes
    places = [camera @ figure for camera, figure in zip(cameras, figures, strict=True)]
    pixels = [portrait(p, c, scene=s) for p, c, s in zip(places, cameras, scenes, strict=True)]
    people = tuple(person(place) for place in places)
    return Shots(people, (SIZE,) * len(people), pixels.__getitem__, tuple(focal))


def grown(scale):
    return similarity(scale, centre=MIDDLE)


def leaning(degrees):
    return similarity(1.0, np.radians(degrees), centre=MIDDLE)


CAMERAS = [np.eye(3), similarity(1.06, 0.04, (12.0, -9.0)), similarity(0.95, -0.05, (-6.0, 14.0))]


def test_a_subject_grows_where_the_camera_is_held():
    shots = taken([grown(1.0), grown(1.12), grown(1.25)], CAMERAS)
    series = arrange(shots, "body", CAMERA, reference=0)
    for k, camera in enumerate(CAMERAS):
        assert split_similarity(registered(series.results[k]).matrix @ camera)[0] == pytest.approx(1.0, abs=0.01)
        here, home = (np.array(series.middles[n]) for n in (k, 0))
        landed = map_points(registered(series.results[k]).matrix, here[None])[0]
        assert np.allclose(landed, home, atol=1.0)
    assert "sized by its background" in registered(series.results[1]).reason


def test_a_subject_keeps_its_size_by_default():
    figures = [grown(1.0), grown(1.12), grown(1.25)]
    series = arrange(taken(figures, CAMERAS), "body", AlignOptions(on="body"), reference=0)
    for result, camera, figure in zip(series.results, CAMERAS, figures, strict=True):
        assert split_similarity(registered(result).matrix @ camera @ figure)[0] == pytest.approx(1.0, abs=0.01)


def test_focal_lengths_tell_the_size_where_backgrounds_differ(monkeypatch):
    monkeypatch.setattr(background, "place_background", lambda *_: {})
    shots = taken([grown(1.0), grown(1.2)], CAMERAS[:2], focal=(1000.0, 800.0))
    series = arrange(shots, "body", CAMERA, reference=0)
    assert split_similarity(registered(series.results[1]).matrix)[0] == pytest.approx(1.25)
    assert "sized by its focal length" in registered(series.results[1]).reason


def test_a_photo_whose_camera_is_not_known_is_told():
    scenes = ["coffee", "coffee", "astronaut"]
    series = arrange(taken([grown(1.0)] * 3, CAMERAS, scenes=scenes), "body", CAMERA, reference=0)
    assert isinstance(series.results[1], Registration)
    assert "its background is not the reference's and its focal length is not known" in str(series.results[2])


def test_a_photo_whose_camera_is_not_known_is_sized_by_its_neighbours_where_all_are_kept(monkeypatch):
    monkeypatch.setattr(background, "place_background", lambda *_: {})
    shots = taken([grown(1.0)] * 3, CAMERAS, focal=(1000.0, None, 810.0))
    found = registered(arrange(shots, "body", AlignOptions(hold="camera", keep_all=True), reference=0).results[1])
    assert split_similarity(found.matrix)[0] == pytest.approx(1.0 / 0.9)
    assert found.status == "interpolated"
    assert np.allclose(split_similarity(found.matrix @ CAMERAS[1])[1], 0.0, atol=1e-3)
    assert "sized by its neighbours, for its background is not" in found.reason


def test_an_album_whose_cameras_are_not_known_is_refused(monkeypatch):
    monkeypatch.setattr(background, "place_background", lambda *_: {})
    shots = taken([grown(1.0)] * 2, CAMERAS[:2])
    with pytest.raises(AlignmentError, match="hold: camera needs a background that the photos share"):
        arrange(shots, "body", CAMERA, reference=0)


@pytest.mark.parametrize(("scene", "kept"), [("coffee", 0.0), ("astronaut", -22.0)])
def test_a_body_that_leans_does_not_turn_a_level_photo(scene, kept):
    shots = taken([leaning(0), leaning(1), leaning(22)], [np.eye(3)] * 3, scenes=["coffee", "coffee", scene])
    found = arrange(shots, "body", AlignOptions(on="body"), reference=0).results[2]
    assert np.degrees(split_similarity(registered(found).matrix)[1]) == pytest.approx(kept, abs=0.5)


@pytest.mark.parametrize("degrees", [0.7, 4.0])
def test_a_slight_lean_is_held_upright_and_a_larger_one_is_left_in_the_picture(degrees):
    shots = taken([leaning(0), leaning(0.3), leaning(degrees)], [np.eye(3)] * 3)
    found = arrange(shots, "body", AlignOptions(on="body"), reference=0).results[2]
    kept = -degrees if degrees < 1.0 else 0.0
    assert np.degrees(split_similarity(registered(found).matrix)[1]) == pytest.approx(kept, abs=0.3)


def test_a_reference_that_leans_turns_nobody_else():
    shots = taken([leaning(8), leaning(0), leaning(0.5), leaning(-0.5), leaning(12)], [np.eye(3)] * 5)
    series = arrange(shots, "body", AlignOptions(on="body"), reference=0)
    turns = [np.degrees(split_similarity(registered(result).matrix)[1]) for result in series.results]
    assert turns == pytest.approx([0.0] * 5, abs=1.0)
    assert series.level_rad == 0.0
    assert "the reference leans" in registered(series.results[1]).reason


def test_a_reference_of_another_place_that_stands_askew_leaves_the_film_level(monkeypatch):
    monkeypatch.setattr(background, "place_background", lambda *_: {})
    shots = taken([leaning(8), leaning(0), leaning(0.5), leaning(-0.5)], [np.eye(3)] * 4)
    series = arrange(shots, "body", AlignOptions(on="body"), reference=0)
    assert np.degrees(series.level_rad) == pytest.approx(8.0, abs=0.5)
    level = np.degrees([split_similarity(registered(result).matrix)[1] for result in series.results[1:]])
    assert np.allclose(level - np.degrees(series.level_rad), 0.0, atol=0.7)


def test_a_camera_that_was_turned_is_turned_back():
    turned = similarity(1.1, np.radians(25.0), (5.0, 8.0), centre=MIDDLE)
    series = arrange(taken([np.eye(3)] * 3, [np.eye(3), CAMERAS[1], turned]), "body", AlignOptions(on="body"), 0)
    assert np.abs(registered(series.results[2]).matrix - invert(turned))[:2, :2].max() < 0.005
    assert "background" not in registered(series.results[2]).reason


def test_a_person_is_veiled_by_outline_or_box():
    whole = person(np.eye(3))
    box = Subject(0.9, Box(100.0, 100.0, 400.0, 400.0))
    for subject in (whole, box):
        veil = veil_subject(subject, SIZE, Size(450, 350))
        assert veil[0, 160, 160] == 0.0
        assert veil[0, 5, 5] == 1.0
    assert torch.equal(veil_subject(None, SIZE, Size(4, 3)), torch.ones(1, 4, 3))
