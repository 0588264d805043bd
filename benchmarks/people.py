"""Measure whose album it is against its goals: `python benchmarks/people.py`.

Real photos are needed (see `report.PHOTOS`). Every row is printed and written to benchmarks/results/people.json.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import combinations
from pathlib import Path

import numpy as np
from crowds import measure_crowds
from goals import Found, Row, collect, print_results, record
from numpy.typing import NDArray
from ours import OURS
from report import PHOTOS, write_results

from morphlapse.album.folder import read_album
from morphlapse.options import SelectOptions
from morphlapse.pipeline.detecting import detect
from morphlapse.pipeline.identifying import identify
from morphlapse.records import Detection, Detections, Subject
from morphlapse.selection.choice import choose
from morphlapse.selection.identity import identify_person

ALONE = SelectOptions(twins=False, duplicates=False, burst_s=0.0)
"""No choice among photos that are alike."""
DAYS = "agelapse-photo-a-day"


def read_labels(folder: Path) -> dict[str, frozenset[str]]:
    """Who is in each photo, by its name below the folder."""
    with (folder / "labels.csv").open(newline="", encoding="utf-8") as file:
        return {row["file"]: frozenset(row["person_id"].split(";")) for row in csv.DictReader(file)}


def look(folder: Path) -> Detections:
    """Look at a folder and describe its faces."""
    print(f"  {folder}", file=sys.stderr, flush=True)
    return detect(read_album(folder), identifier="dlib")


def names_of(found: tuple[Detection, ...], root: Path) -> list[str]:
    return [str(each.photo.path.relative_to(root)) for each in found]


def part_of(whole: Detections, keep: Callable[[Detection], bool]) -> Detections:
    """Some of the photos."""
    return Detections(tuple(each for each in whole.found if keep(each)), reach=whole.reach)


def rate(told: Detections, truth: frozenset[str], root: Path) -> tuple[float, float]:
    """Precision and recall of the photos in which the person is said to be."""
    assert told.identity is not None
    kept = {
        name
        for name, each in zip(names_of(told.found, root), told.found, strict=True)
        if each.likeness is not None and each.photo.path not in told.identity.reasons
    }
    right = len(kept & truth)
    return right / max(len(kept), 1), right / len(truth)


def measure_examples(root: Path, labels: Mapping[str, frozenset[str]]) -> Iterator[Found]:
    """Each photo of each person as the one example, over all others of a folder."""
    group = "One example, faces/deepface (each photo in turn, found among the others)"
    rows = (
        Row(group, "precision", goal=0.98, better="high", digits=3),
        Row(group, "recall", goal=0.95, better="high", digits=3),
    )
    whole = look(root / "deepface")
    for example in whole.found:
        name = names_of((example,), root)[0]
        others = part_of(whole, lambda each, example=example: each is not example)
        told = identify_person(others, SelectOptions(person=(name,)), descriptor_of(example.subjects[0])[None])
        truth = frozenset(other for other in names_of(others.found, root) if labels[other] & labels[name])
        for row, value in zip(rows, rate(told, truth, root), strict=True):
            yield Found(row, OURS, name, value)
    yield from measure_defaults(whole, root, labels)


def measure_defaults(whole: Detections, root: Path, labels: Mapping[str, frozenset[str]]) -> Iterator[Found]:
    """No example: all photos of one person, and as many of others, none of whom is in as many."""
    group = "No example, faces/deepface (one person's photos and as many of others)"
    rows = (
        Row(group, "precision", goal=0.98, better="high", digits=3),
        Row(group, "recall", goal=0.95, better="high", digits=3),
    )
    names = names_of(whole.found, root)
    counts = Counter(person for name in names for person in labels[name])
    for person, count in sorted(counts.items()):
        if count < 4:
            continue
        truth = frozenset(name for name in names if person in labels[name])
        shuffled = np.random.default_rng(0).permutation([name for name in names if name not in truth]).tolist()
        others, taken = [], Counter[str]()
        for name in shuffled:
            if len(others) < count and all(taken[other] < count - 1 for other in labels[name]):
                others.append(name)
                taken.update(labels[name])
        kept = truth | set(others)
        mixed = part_of(whole, lambda each, kept=kept: names_of((each,), root)[0] in kept)
        told = identify_person(mixed, SelectOptions())
        for row, value in zip(rows, rate(told, truth, root), strict=True):
            yield Found(row, OURS, f"{person}: {count} and {len(others)}", value)


def measure_groups(root: Path, labels: Mapping[str, frozenset[str]]) -> Iterator[Found]:
    """Everyone told apart without an example: of all pairs of photos, those put together and those that belong so."""
    row = Row("Told apart, faces/dlib-johns", "pairwise F1", goal=0.97, better="high", digits=3)
    told = identify(look(root / "dlib-johns"))
    assert told.identity is not None
    found = {path: person.number for person in told.identity.people for path in person.paths}
    both = right = belong = 0
    for a, b in combinations(told.found, 2):
        same = labels[names_of((a,), root)[0]] == labels[names_of((b,), root)[0]]
        put = a.photo.path in found and found[a.photo.path] == found.get(b.photo.path)
        both, right, belong = both + put, right + (put and same), belong + same
    yield Found(row, OURS, f"{len(told.found)} photos", 2.0 * right / max(both + belong, 1))


def measure_days(root: Path) -> Iterator[Found]:
    """A second person on three days, two days nearly black."""
    group = f"faces/{DAYS}"
    told = identify(look(root / DAYS))
    days = {int(each.photo.path.stem.rpartition("_")[2]): each for each in told.found}
    row = Row(group, "days 14, 17 and 18 with the right person", "of 3", 3.0, better="high", digits=0)
    alone = [descriptor_of(each.subjects[0]) for day, each in days.items() if len(each.subjects) == 1]
    yield Found(row, OURS, "days", float(sum(is_first_nearest(days[day], np.stack(alone)) for day in (14, 17, 18))))
    row = Row(group, "nearly black days kept by themselves", "of 2", 0.0, digits=0)
    yield Found(row, OURS, "days", float(count_dark(told, ALONE)))
    row = Row(group, "nearly black days kept where included", "of 2", 2.0, better="high", digits=0)
    included = ALONE.model_copy(update={"include": ("*Day_6.jpg", "*Day_16.jpg")})
    yield Found(row, OURS, "days", float(count_dark(told, included)))


def descriptor_of(subject: Subject) -> NDArray[np.float32]:
    """Of a face that was described."""
    assert subject.face is not None
    assert subject.face.descriptor is not None
    return subject.face.descriptor


def is_first_nearest(each: Detection, alone: NDArray[np.float32]) -> bool:
    """Whether of all in a photo the first is nearest to the faces of days on which one person is alone."""
    apart = [np.linalg.norm(alone - descriptor_of(subject), axis=1).mean() for subject in each.subjects]
    return int(np.argmin(apart)) == 0


def count_dark(told: Detections, options: SelectOptions) -> int:
    """How many of the two nearly black days are used."""
    used = {each.photo.path.stem.rpartition("_")[2] for each in choose(told, options, on="face").used}
    return len(used & {"6", "16"})


def main() -> None:
    """Measure all, print it and write it."""
    root = PHOTOS / "faces"
    if not root.is_dir():
        sys.exit(f"no photos at {root}: set MORPHLAPSE_PHOTOS")
    labels = read_labels(root)
    found = [*measure_examples(root, labels), *measure_groups(root, labels), *measure_days(root)]
    results = collect([*found, *measure_crowds(PHOTOS / "bodies" / "mmpose-coco")])
    print_results(results, [OURS])
    print(write_results("people", [record(result) for result in results]))


if __name__ == "__main__":
    main()
