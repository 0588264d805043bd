"""Points that the user gives guide a morph, beside what was found."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import morphlapse as ml
from figures import person
from morphlapse.album.points import parse_points
from morphlapse.geometry.similarity import similarity
from morphlapse.morphing.semantic import hints_from_subjects
from morphlapse.pipeline.hinting import FIRM, find_hints
from morphlapse.pipeline.marking import mark
from morphlapse.pipeline.row import morph_images
from morphlapse.records import Detection, Detections, Photo, Size, Subject
from morphlapse.subjects import registry

SIZE = Size(96, 128)
LIKE = torch.zeros(1)


def given(**points: list[float]) -> Subject:
    """What is given for a photo, and nobody found in it."""
    photo = Photo(Path("a.jpg"), SIZE)
    found = Detections((Detection(photo),))
    main = mark(found, {"a.jpg": parse_and_name(points)}).found[0].main
    assert main is not None
    return main


def parse_and_name(points: dict[str, list[float]]) -> dict[str, list[float]]:
    assert parse_points(points, SIZE).given == tuple(points)
    return points


def test_points_of_one_name_are_matched_on_the_canvas_and_others_are_not() -> None:
    a, b = given(door=[10, 20], roof=[30, 5, 0.5]), given(roof=[40, 8, 0.5], door=[12, 25], tree=[1, 1])
    found = find_hints(a, b, similarity(2.0), np.eye(3), like=LIKE)
    assert found is not None
    assert np.allclose(found.a, [[20, 40], [60, 10]])
    assert np.allclose(found.b, [[12, 25], [40, 8]])
    assert np.allclose(found.weight, [FIRM, FIRM / 4])


def test_they_stand_beside_what_was_found() -> None:
    people = [person(similarity(1.0, shift=shift)) for shift in ((0.0, 0.0), (9.0, 4.0))]
    photo = Photo(Path("a.jpg"), Size(900, 700))
    marked = [
        mark(Detections((Detection(photo, (each,)),)), {"a.jpg": {"door": place}}).found[0].main
        for each, place in zip(people, ([600, 700], [610, 705]), strict=True)
    ]
    alone = hints_from_subjects(people[0], people[1], np.eye(3), np.eye(3), like=LIKE)
    both = find_hints(marked[0], marked[1], np.eye(3), np.eye(3), like=LIKE)
    assert alone is not None
    assert both is not None
    assert len(both.a) == len(alone.a) + 1
    assert np.allclose(both.b[-1] - both.a[-1], [10, 5])
    tolerance = torch.as_tensor(both.tolerance_px)
    assert float(tolerance[-1]) == 0.0
    assert torch.equal(tolerance[:-1], torch.as_tensor(alone.tolerance_px).expand(len(alone.a)))


def test_nothing_in_common_guides_nothing() -> None:
    assert find_hints(given(door=[1, 2]), given(roof=[1, 2]), np.eye(3), np.eye(3), like=LIKE) is None
    assert find_hints(given(door=[1, 2]), None, np.eye(3), np.eye(3), like=LIKE) is None


class Nobody:
    """A detector that sees nobody, and counts how often it is asked."""

    keypoint_names = ()
    asked = 0

    def detect(self, image: torch.Tensor) -> tuple[Subject, ...]:
        """See nobody."""
        del image
        Nobody.asked += 1
        return ()


@pytest.fixture
def spots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Two noisy pictures that agree in nothing, each with the place of one thing beside it."""
    monkeypatch.setitem(registry.DETECTORS, "torchvision", f"{__name__}:Nobody")
    draw = np.random.default_rng(0)
    paths = [tmp_path / "a.png", tmp_path / "b.png"]
    for path, place in zip(paths, ([40, 40], [52, 47]), strict=True):
        noise = Image.fromarray(draw.integers(100, 140, (12, 16, 3), dtype=np.uint8))
        noise.resize((SIZE.width, SIZE.height), Image.Resampling.BICUBIC).save(path)
        path.with_suffix(".points.json").write_text(json.dumps({"thing": place}))
    return paths


def test_a_morph_of_two_files_brings_together_what_lies_beside_them(spots: list[Path]) -> None:
    options = ml.MorphOptions(prealign=False, working_px=128)
    made = ml.morph(spots[0], spots[1], options, hints="auto", detector=Nobody())
    assert isinstance(made, ml.Morph)
    landed = made.carry(torch.tensor([[40.0, 40.0]]), 1.0)[0]
    # One point against all of two noises: it goes most of its 14 pixels.
    assert np.hypot(*(landed.numpy() - (52.0, 47.0))) < 2.5


def test_a_morph_asks_the_detector_that_is_named(spots: list[Path], tmp_path: Path) -> None:
    Nobody.asked = 0
    film = ml.FilmOptions(size=(64, 48), fps=2, transition_s=1.0)  # pyright: ignore[reportArgumentType]
    morph_images(spots, tmp_path / "out.mp4", morph=ml.MorphOptions(working_px=64), film=film, detector="torchvision")
    assert Nobody.asked == 2


def test_a_sequence_asks_the_detector_that_is_named(spots: list[Path]) -> None:
    Nobody.asked = 0
    aligned = ml.sequence(spots, ml.AlignOptions(on="face", detector="torchvision"), reference=0)
    assert Nobody.asked == 2
    assert aligned.placed == ()
