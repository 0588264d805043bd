"""Whole series: people of drawn figures under known similarities, and scenes of real photos."""

import json

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from figures import BODY, FACE, SIZE, mask_of, person, points_of, registered
from morphlapse.alignment.evidence import choose_basis
from morphlapse.alignment.series import place_scene, place_subjects
from morphlapse.errors import AlignmentError, OptionError
from morphlapse.geometry.similarity import invert, map_points, similarity, split_similarity
from morphlapse.imaging.warp import fit_within, resize, size_of
from morphlapse.records import Box, Keypoints, Registration, Size, Subject


def world_to_photos(count, *, seed=0):
    generator = np.random.default_rng(seed)
    return [
        similarity(
            float(np.exp(generator.normal(0.0, 0.1))),
            float(generator.normal(0.0, 0.1)),
            tuple(generator.normal(0.0, 15.0, 2)),
            centre=(342.0, 320.0),
        )
        for _ in range(count)
    ]


def placed(series, k):
    """The matrix of a photo that has a place."""
    assert isinstance(series.results[k], Registration), series.results[k]
    return series.results[k].matrix


def worst_miss(series, places, named):
    """How far the subject's points land from the reference's, at most, in pixels."""
    world = np.array(list(named.values()))
    home = map_points(places[series.reference], world)
    return max(
        np.linalg.norm(map_points(result.matrix, map_points(place, world)) - home, axis=1).max()
        for result, place in zip(series.results, places, strict=True)
        if isinstance(result, Registration)
    )


@pytest.mark.parametrize(("on", "named", "limit"), [("body", BODY, 0.5), ("face", FACE, 0.3), ("mask", BODY, 3.0)])
def test_a_subject_under_known_similarities_is_held(on, named, limit):
    places = world_to_photos(5)
    series = place_subjects([person(place) for place in places], [SIZE] * 5, on)
    assert all(isinstance(result, Registration) for result in series.results)
    assert worst_miss(series, places, named) < limit


@settings(deadline=None, max_examples=5)
@given(st.integers(0, 100), st.sampled_from(["left_hip", "left_shoulder", "left_ear"]))
def test_one_wrong_keypoint_does_little(seed, wrong):
    places = world_to_photos(3, seed=seed)
    people = [person(place, noise=1.0, seed=seed + k) for k, place in enumerate(places)]
    points = people[1].keypoints
    assert points is not None
    points.xy[points.index(wrong)] += [70.0, -40.0]
    series = place_subjects(people, [SIZE] * 3, "body", reference=0)
    assert worst_miss(series, places, {name: BODY[name] for name in ("left_ear", "left_shoulder", "left_hip")}) < 12.0


def test_a_hidden_keypoint_does_little():
    places = world_to_photos(4)
    people = [person(place, hidden=("left_hip", "right_hip") if k == 1 else ()) for k, place in enumerate(places)]
    series = place_subjects(people, [SIZE] * 4, "body", reference=0)
    assert worst_miss(series, places, BODY) < 5.0


def test_the_reference_is_the_photo_that_is_named():
    places = world_to_photos(4)
    series = place_subjects([person(place) for place in places], [SIZE] * 4, "body", reference=2)
    assert series.reference == 2
    assert np.allclose(placed(series, 2), np.eye(3))


def test_the_odd_one_out_is_not_the_reference():
    places = [similarity(angle_rad=1.2, centre=(342.0, 320.0)), *world_to_photos(4)]
    assert place_subjects([person(place) for place in places], [Size(1200, 1200)] * 5, "body").reference != 0


def test_photos_without_the_subject_have_a_reason():
    people = [person(place) for place in world_to_photos(2)]
    faceless = Subject(0.9, people[1].box, people[1].keypoints, people[1].mask, None)
    series = place_subjects([people[0], None, faceless], [SIZE] * 3, "face")
    assert series.results[1] == "no person was found"
    assert series.results[2] == "no face was found"


def test_hidden_points_are_named_in_the_reason():
    everything = tuple(name for name in BODY if "shoulder" not in name)
    people = [person(np.eye(3)), person(np.eye(3)), person(np.eye(3), hidden=everything)]
    series = place_subjects(people, [SIZE] * 3, "body")
    assert "left ear" in str(series.results[2])
    assert "left hip" in str(series.results[2])


def test_another_pose_is_left_out_with_its_reason():
    people = [person(place) for place in world_to_photos(4)]
    bent = dict(BODY) | {"left_hip": (520.0, 250.0), "left_shoulder": (360.0, 120.0), "right_shoulder": (300.0, 330.0)}
    people[3] = Subject(0.9, people[3].box, points_of(bent, np.eye(3)), None, None)
    series = place_subjects(people, [SIZE] * 4, "body", reference=0)
    assert "posed too differently" in str(series.results[3])


def test_nobody_anywhere_gives_reasons_only():
    assert place_subjects([None, None], [SIZE] * 2, "body").results == ("no person was found",) * 2


def test_a_reference_without_the_subject_is_refused():
    with pytest.raises(AlignmentError, match="photo 2 cannot be the reference"):
        place_subjects([person(np.eye(3)), None], [SIZE] * 2, "body", reference=1)


def test_a_basis_that_is_no_persons_is_refused():
    with pytest.raises(OptionError, match="scene"):
        place_subjects([None], [SIZE], "scene")


def test_the_eye_line_is_told():
    tilted = [similarity(1.0, 0.2, centre=(350.0, 350.0)) @ place for place in world_to_photos(3, seed=4)]
    series = place_subjects([person(place) for place in tilted], [SIZE] * 3, "face", reference=0)
    assert series.level_rad == pytest.approx(split_similarity(tilted[0])[1], abs=1e-3)
    assert place_subjects([person(place) for place in tilted], [SIZE] * 3, "body").level_rad == 0.0


def test_a_sideways_photo_is_turned_upright():
    places = [*world_to_photos(3), similarity(1.0, np.pi / 2, centre=(342.0, 350.0))]
    series = place_subjects([person(place) for place in places], [SIZE] * 4, "face")
    assert worst_miss(series, places, FACE) < 0.5


@pytest.mark.parametrize(
    ("subjects", "basis"),
    [
        ([person(np.eye(3))] * 3, "body"),
        ([person(np.eye(3), hidden=("left_hip", "right_hip"))] * 2 + [None], "face"),
        ([person(np.eye(3)), None, None], "scene"),
        ([], "scene"),
    ],
)
def test_auto_takes_the_first_basis_that_most_photos_support(subjects, basis):
    assert choose_basis(subjects) == basis


MARKS = {"door": (120.0, 200.0), "roof": (400.0, 90.0), "tree": (610.0, 700.0), "well": (80.0, 640.0)}


def marked(place, *names, weight=1.0):
    xy = map_points(place, np.array([MARKS[name] for name in names]))
    return Subject(1.0, Box(0.0, 0.0, 700.0, 900.0), Keypoints(names, xy, np.full(len(names), weight)))


def test_given_points_are_held_exactly_though_photos_show_different_ones():
    places = world_to_photos(4)
    shown = [tuple(MARKS), ("roof", "tree"), ("door", "roof", "well"), ("door", "tree", "well")]
    people = [marked(place, *names) for place, names in zip(places, shown, strict=True)]
    series = place_subjects(people, [SIZE] * 4, "points", reference=0)
    assert worst_miss(series, places, MARKS) < 1e-6


def test_too_few_given_points_are_told():
    people = [marked(np.eye(3), *MARKS), marked(np.eye(3), "door"), None, marked(np.eye(3), *MARKS, weight=0.3)]
    series = place_subjects(people, [SIZE] * 4, "points", reference=0)
    assert series.results[1] == series.results[2] == "fewer than two points are given for it"
    assert np.allclose(placed(series, 3), np.eye(3))


def test_points_that_two_photos_do_not_share_are_told():
    people = [marked(np.eye(3), "door", "roof"), marked(np.eye(3), "tree", "well")]
    series = place_subjects(people, [SIZE] * 2, "points", reference=0)
    assert series.results[1] == "too few points are given both here and in the reference"


def test_one_wrong_point_of_five_that_are_given_is_found_out():
    places = world_to_photos(2)
    people = [person(place) for place in places]
    points = people[1].keypoints
    assert points is not None
    points.xy[0] += [150.0, 90.0]
    series = place_subjects(people, [SIZE] * 2, "points", reference=0)
    assert worst_miss(series, places, BODY) < 1e-6


def test_given_masks_are_held_where_no_points_are_given():
    places = world_to_photos(3)
    people = [Subject(1.0, Box(0.0, 0.0, 700.0, 900.0), None, mask_of(place)) for place in places]
    series = place_subjects(people, [SIZE] * 3, "points")
    for result, place in zip(series.results, places, strict=True):
        ratio = split_similarity(registered(result).matrix @ place)[0] / split_similarity(places[series.reference])[0]
        assert ratio == pytest.approx(1.0, abs=0.02)


def test_a_scene_is_placed_at_full_size_from_reduced_copies(make_pair, move):
    truths = [np.eye(3), move(1.1, 8.0, (10.0, 5.0)), move(0.9, -12.0, (-8.0, 12.0))]
    photos = [make_pair(truth, size=Size(384, 512))[0] for truth in truths]
    loaded = []

    def load(k):
        loaded.append(k)
        return resize(photos[k][None], fit_within(size_of(photos[k]), 256))[0]

    series = place_scene(load, [size_of(photo) for photo in photos], reference=0)
    corners = np.array([[0.0, 0.0], [200.0, 0.0], [200.0, 200.0]])
    for k, truth in enumerate(truths):
        assert np.abs(map_points(placed(series, k), corners) - map_points(truth, corners)).max() < 0.5


def test_a_photo_of_another_scene_and_a_black_one_have_reasons(make_pair, move):
    photos = [
        make_pair(np.eye(3))[0],
        make_pair(move(1.05, 4.0))[0],
        make_pair(np.eye(3), name="coffee")[0],
        torch.zeros(3, 192, 256),
    ]
    series = place_scene(lambda k: photos[k], [size_of(photo) for photo in photos])
    assert series.reference in (0, 1)
    assert [isinstance(result, str) for result in series.results] == [False, False, True, True]
    assert "scene" in str(series.results[2])


def test_a_photo_is_placed_by_way_of_its_neighbour(make_pair, move):
    truths = [move(1.0, 0.0, (75.0 * k - 20.0, 0.0)) for k in range(3)]
    photos = [make_pair(truth, name="coffee", size=Size(192, 160))[0] for truth in truths]
    series = place_scene(lambda k: photos[k], [size_of(photo) for photo in photos], reference=0)
    assert np.allclose(placed(series, 2), invert(truths[0]) @ truths[2], atol=1.0)


@pytest.mark.photos
def test_a_real_glacier_is_held(photos):
    folder = photos / "series" / "derived-shift-glacier"
    told = json.loads((folder / "ground_truth.json").read_text())["frames"]
    names = ["00.jpg", "04.jpg", "09.jpg"]
    corner_from_centre = similarity(shift=(0.5, 0.5))
    truths = [
        invert(corner_from_centre) @ np.array(told[name]["H_ref_to_frame"]) @ corner_from_centre for name in names
    ]
    pictures = []
    for name in names:
        with Image.open(folder / name) as image:
            pictures.append(torch.from_numpy(np.array(image.convert("RGB"))).permute(2, 0, 1).float() / 255.0)
    series = place_scene(lambda k: pictures[k], [size_of(picture) for picture in pictures], reference=0)
    corners = np.array([[0.0, 0.0], [900.0, 0.0], [900.0, 600.0], [0.0, 600.0]])
    for k, truth in enumerate(truths):
        assert np.abs(map_points(placed(series, k) @ truth, corners) - corners).max() < 0.6
