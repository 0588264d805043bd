"""Measure the choice of photos: `python benchmarks/choice.py [--quick]`.

How long it takes, how far it is from the best of all choices, how much less the sequence jumps than picks made one by
one, and how many good photos of real series the rules leave out. Written to benchmarks/results/choice.json.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise, product
from pathlib import Path

import numpy as np
from goals import Found, Row, collect, print_results, record
from numpy.typing import NDArray
from ours import OURS
from report import PHOTOS, describe_machine, write_results

from morphlapse.album.folder import read_album
from morphlapse.options import SelectOptions
from morphlapse.pipeline.context import limited_threads
from morphlapse.pipeline.detecting import detect
from morphlapse.pipeline.selecting import select
from morphlapse.records import Album, Basis, Box, Detection, Detections, Face, Keypoints, Photo, Pose, Size, Subject
from morphlapse.selection.choice import choose
from morphlapse.selection.path import find_path, measure_path
from morphlapse.selection.picking import QUALITY, SPACING
from morphlapse.selection.rating import rate
from morphlapse.selection.slots import Slots, divide, gather_layers, times_of
from morphlapse.selection.traits import measure_traits

MIDDLE, BEST_RATED, STEP_BY_STEP = "middle of each slot", "best rated of each slot", "step by step"
MANY = 10_000
SIZE = Size(3000, 4000)
SERIES: tuple[tuple[str, Basis, tuple[str, ...]], ...] = (
    ("faces/agelapse-photo-a-day", "face", ("2008-04-14_Day_6.jpg", "2008-04-24_Day_16.jpg")),
    ("faces/deepface", "face", ()),
    ("faces/dlib-johns", "face", ("000192_02159531.jpg", "000375_03227651.jpg", "000378_03227610.jpg")),
    ("bodies/sam2-gallery/frames_juggle_1s", "body", ()),
    ("series/glimpse-columbia-glacier", "scene", ()),
    ("series/derived-shift-glacier", "scene", ()),
)
"""Folders, what they are aligned on, and the photos that should go: nearly black, or seen to be in there twice."""

Values = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Task:
    """Slots of candidates with what each costs and how they look."""

    name: str
    layers: Sequence[NDArray[np.int_]]
    cost: Values
    traits: Values
    score: Values
    off: Values


def pick_middles(task: Task) -> list[int]:
    """The photo nearest to the middle of each slot."""
    return [int(layer[np.abs(task.off[layer]).argmin()]) for layer in task.layers]


def pick_best_rated(task: Task) -> list[int]:
    """The best photo of each slot, whatever its neighbours are."""
    return [int(layer[task.score[layer].argmax()]) for layer in task.layers]


def pick_step_by_step(task: Task) -> list[int]:
    """In each slot what costs least after what was picked in the one before."""
    path: list[int] = []
    for layer in task.layers:
        path.append(min(layer.tolist(), key=lambda k: measure_path([*path[-1:], k], task.cost, task.traits)))
    return path


PICKS: dict[str, Callable[[Task], list[int]]] = {
    OURS: lambda task: find_path(task.layers, task.cost, task.traits),
    MIDDLE: pick_middles,
    BEST_RATED: pick_best_rated,
    STEP_BY_STEP: pick_step_by_step,
}


def measure_time(count: int) -> Iterator[Found]:
    """Seconds for many photos."""
    detections = make_many(count)
    group = f"Time for {len(detections.found)} photos of a face, one thread"
    asked = {"one a day": {"per": "day"}, "60": {"most": 60}, "2": {"most": 2}, "1,000": {"most": 1000}, "all": {}}
    for name, options in asked.items():
        begun = time.process_time()
        choose(detections, SelectOptions.model_validate(options), on="face")
        row = Row(group, f"the whole choice: {name}", "CPU-seconds", digits=2)
        yield Found(row, OURS, name, time.process_time() - begun)
    basis: Basis = "face"
    for most in (2, 60, 1000):
        task = make_task("many", detections.found, basis, most)
        begun = time.process_time()
        find_path(task.layers, task.cost, task.traits)
        yield Found(
            Row(group, f"of it, the shortest path: {most:,}", "CPU-seconds", 2.0),
            OURS,
            "many",
            time.process_time() - begun,
        )


def make_many(count: int) -> Detections:
    """Photos of a head that turns and nods, some four a day."""
    rng = np.random.default_rng(0)
    return Detections(tuple(make_one(rng, k) for k in range(count)))


def make_one(rng: np.random.Generator, number: int) -> Detection:
    """One of them."""
    left, top = rng.uniform(500.0, 1500.0), rng.uniform(300.0, 900.0)
    box = Box(left, top, left + 1000.0, top + rng.uniform(1000.0, 1500.0))
    pose = Pose(*(float(rng.normal(0.0, spread)) for spread in (12.0, 8.0, 4.0)))
    points = Keypoints(("nose",), np.array([[left + 500.0, top + 600.0]]), np.ones(1))
    face = Face(box, 0.9, points, None, pose, rng.uniform(0.3, 1.0), rng.uniform(0.4, 0.9), rng.uniform(0.3, 0.6))
    photo = Photo(Path(f"{number:06}.jpg"), SIZE, datetime(2010, 1, 1) + timedelta(days=0.26 * number), "exif")
    thumbnail = rng.integers(20, 235, (8, 8, 3), dtype=np.uint8).repeat(4, axis=0).repeat(4, axis=1)
    return Detection(photo, (Subject(0.9, box, face=face),), 0.4, face.sharpness, thumbnail)


def make_task(name: str, found: Sequence[Detection], basis: Basis, count: int) -> Task:
    """So many slots, as `pick` makes them."""
    score = rate(Detections(tuple(found)), SelectOptions(), basis=basis).score
    slots: Slots = divide(times_of([each.photo for each in found]), count)
    cost = QUALITY * (1.0 - score) + SPACING * (2.0 * slots.off) ** 2
    return Task(name, gather_layers(slots.number), cost, measure_traits(found, basis), score, slots.off)


def measure_gap(count: int) -> Iterator[Found]:
    """How much more a choice costs than the best of all."""
    row = Row(
        f"{count} random albums of up to 6 slots of up to 5", "cost above the best of all choices, worst", "%", 0.0
    )
    mean = Row(row.group, "the same, mean", "%", 0.0)
    for seed in range(count):
        task = make_small(seed)
        least = min(measure_path(path, task.cost, task.traits) for path in product(*(x.tolist() for x in task.layers)))
        for name, choose_path in PICKS.items():
            above = 100.0 * (measure_path(choose_path(task), task.cost, task.traits) / least - 1.0)
            yield Found(Row(row.group, row.what, "%", 0.0, over="worst"), name, str(seed), max(0.0, round(above, 9)))
            yield Found(mean, name, str(seed), max(0.0, round(above, 9)))


def make_small(seed: int) -> Task:
    """Few slots of few candidates."""
    rng = np.random.default_rng(seed)
    ends = np.cumsum([0, *rng.integers(1, 6, rng.integers(2, 7))])
    layers = [np.arange(a, b) for a, b in pairwise(ends)]
    score, off = rng.uniform(0.4, 1.0, ends[-1]), rng.uniform(-0.5, 0.5, ends[-1])
    cost = QUALITY * (1.0 - score) + SPACING * (2.0 * off) ** 2
    return Task(str(seed), layers, cost, rng.normal(0.0, 0.7, (ends[-1], 4)), score, off)


def measure_series(photos: Path) -> Iterator[Found]:
    """Jumps of what is chosen of real series, and what the rules leave out."""
    wrongly, rightly = 0, 0
    for folder, basis, should_go in SERIES:
        album = read_album(photos / folder)
        found = detect(album, None if basis == "scene" else "mediapipe")
        used, gone = choose_by_default(album, found, basis)
        wrongly, rightly = wrongly + len(gone - set(should_go)), rightly + len(gone & set(should_go))
        if basis != "scene":
            yield from measure_jumps_of(make_task(folder, used, basis, max(3, len(used) // 3)), used)
    group = "Photos of real series that the default rules leave out"
    yield Found(Row(group, "wrongly", "photos", 0.0, digits=0), OURS, "all", wrongly)
    row = Row(group, "rightly: two nights, three that are in there twice", "photos", 5.0, better="high", digits=0)
    yield Found(row, OURS, "all", rightly)


def choose_by_default(album: Album, found: Detections, basis: Basis) -> tuple[tuple[Detection, ...], set[str]]:
    """What is used, and the names of what is not."""
    choice = select(album, found, on=basis if basis == "face" else "auto")
    return choice.used, {each.path.name for each in choice.skipped}


def measure_jumps_of(task: Task, used: Sequence[Detection]) -> Iterator[Found]:
    """How much neighbours differ, one photo in three being taken."""
    group = "One photo in three of a real series: mean difference of neighbours"
    rows = {
        "turn of the head (yaw and pitch)": ("degrees", np.array([_turn(each) for each in used])),
        "place in the photo": ("% of the short side", 100.0 * np.array([_place(each) for each in used])),
        "size, of neighbours the larger over the smaller": ("% more", 100.0 * np.array([_size(each) for each in used])),
        "lightness": ("% of black to white", 100.0 * np.array([[each.lightness or 0.0] for each in used])),
        "rating that is lost against the best": ("%", np.zeros((len(used), 1))),
    }
    for name, choose_path in PICKS.items():
        path = choose_path(task)
        for what, (unit, values) in rows.items():
            apart = np.linalg.norm(np.diff(values[path], axis=0), axis=1).mean()
            if what.startswith("rating"):
                apart = 100.0 * (np.mean([task.score[layer].max() for layer in task.layers]) - task.score[path].mean())
            yield Found(Row(group, what, unit), name, task.name, float(apart))
        row = Row(group, "cost of the whole, which is what is made least", "")
        yield Found(row, name, task.name, measure_path(path, task.cost, task.traits))


def _turn(detection: Detection) -> tuple[float, float]:
    face = detection.main.face if detection.main else None
    return (0.0, 0.0) if face is None or face.pose is None else (face.pose.yaw_deg, face.pose.pitch_deg)


def _place(detection: Detection) -> tuple[float, float]:
    box, size = _box(detection), detection.photo.size
    return (box.left + box.right) / 2.0 / size.short_side, (box.top + box.bottom) / 2.0 / size.short_side


def _size(detection: Detection) -> tuple[float]:
    return (float(np.log(_box(detection).height / detection.photo.size.short_side)),)


def _box(detection: Detection) -> Box:
    assert detection.main is not None
    return detection.main.box if detection.main.face is None else detection.main.face.box


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer photos and cases")
    parser.add_argument("--photos", type=Path, default=PHOTOS, help="folder of real photos")
    arguments = parser.parse_args()
    with limited_threads(1):
        print("\n".join(f"{key}: {value}" for key, value in describe_machine().items()))
        found = [*measure_time(MANY // 10 if arguments.quick else MANY), *measure_gap(50 if arguments.quick else 300)]
        if arguments.photos.is_dir():
            found += measure_series(arguments.photos)
        else:
            print(f"skipped: real series, for there is no {arguments.photos} (MORPHLAPSE_PHOTOS)")
    results = collect(found)
    print_results(results, tuple(dict.fromkeys(name for result in results for name in result.values)))
    name = "choice-quick" if arguments.quick else "choice"
    print(f"written to {write_results(name, [record(result) for result in results])}")


if __name__ == "__main__":
    main()
