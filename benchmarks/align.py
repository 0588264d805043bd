"""Measure registration against its goals and against other tools: `python benchmarks/align.py [--quick]`.

Every row is printed, lost ones too, and written to benchmarks/results/align.json.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import torch
from aligners import (
    ALIGNERS,
    ECC,
    KORNIA,
    MAGSAC,
    MELLIN,
    PHASE,
    RANSAC,
    STACKREG,
    Aligner,
    Answer,
    align_targets,
    pick_aligners,
)
from goals import Found, Row, collect, print_results, record
from gpu import Bench, measure_registrations
from known import Case, hide_third, make_free_cases, make_level_cases, make_shift_cases
from large import measure_large
from ours import OURS
from report import PHOTOS, RESULTS, describe_machine, write_results

from morphlapse.pipeline.context import limited_threads

THREADS = 1
"""Goals are for two cores; on a machine that others use, threads that wait for each other spin, and one tells more."""
LOST_PX = 999.0
"""What no answer counts as, and the most that a wrong one does."""
NEAR_PX = 0.5
REACHABLE_PX = 1.5
"""A view of a plane has a goal where SIFT + MAGSAC comes so near."""


@dataclass(frozen=True)
class Plan:
    """What a run measures."""

    without: tuple[str, ...]
    """Peers that are left out."""
    photos: Path | None
    quick: bool = False

    def take(self, full: int, quick: int) -> int:
        """How many of something."""
        return quick if self.quick else full

    def pick(self, *names: str) -> dict[str, Aligner]:
        """Ours and those of the peers that take part."""
        return pick_aligners(OURS, *names, without=self.without)


@dataclass(frozen=True)
class Rows:
    """What is told of a set of cases."""

    error: Row
    near: Row | None = None
    unflagged: Row | None = None
    processor: Row | None = None

    def fill(self, name: str, case: Case, answer: Answer | None, seconds: float) -> Iterator[Found]:
        """What one tool did on one case."""
        miss = LOST_PX if answer is None else min(LOST_PX, case.miss(answer.matrix))
        values = (
            (self.error, miss),
            (self.near, 100.0 * (miss <= NEAR_PX)),
            (self.unflagged, 100.0 * (miss > NEAR_PX and answer is not None and answer.sure)),
            (self.processor, seconds),
        )
        for row, value in values:
            if row is not None:
                yield Found(row, name, case.name, value)


def rows_of(group: str, what: str, goals: Sequence[float | None]) -> Rows:
    """Median error, share that is near, wrong ones not flagged, and time; `goals` in this order."""
    error, near, unflagged, processor = goals
    return Rows(
        Row(group, f"{what}: median corner error", "px", error, over="median", digits=3),
        Row(group, f"{what}: within {NEAR_PX} px", "%", near, better="high", digits=1),
        Row(group, f"{what}: wrong and not flagged", "%", unflagged, digits=1),
        Row(group, f"{what}: median time", "CPU-seconds", processor, over="median", digits=3),
    )


def try_all(
    aligners: Mapping[str, Aligner], cases: Iterable[Case], rows: Rows, model: str, slow: int
) -> Iterator[Found]:
    """Every tool on every case; kornia on the first `slow` only."""
    for number, case in enumerate(cases):
        print(f"  {case.name}", file=sys.stderr, flush=True)
        for name, align in aligners.items():
            if name != KORNIA or number < slow:
                begun = time.process_time()
                answer = align(case.moving, case.fixed, model)
                yield from rows.fill(name, case, answer, time.process_time() - begun)


def measure_shifts(plan: Plan) -> Iterator[Found]:
    """Mere shifts, by the model translation."""
    count, slow = plan.take(20, 4), plan.take(1, 0)
    rows = rows_of(f"Known shifts, 512 x 384 ({KORNIA}: {slow} of {count})", "up to 15 %", (0.03, 100.0, 0.0, 0.1))
    tools = plan.pick(KORNIA, ECC, PHASE, STACKREG)
    return try_all(tools, make_shift_cases(count), rows, "translation", slow)


def measure_levels(plan: Plan) -> Iterator[Found]:
    """Similarities with gamma, gain and noise."""
    count, slow = plan.take(20, 5), plan.take(1, 0)
    group = f"Known similarities, 512 x 384, gamma, gain and noise ({KORNIA}: {slow} of {count})"
    tools = plan.pick(KORNIA, ECC, MELLIN, RANSAC, STACKREG)
    for level in ("small", "medium", "large"):
        rows = rows_of(group, level, (0.03, 100.0, 0.0, 0.1))
        yield from try_all(tools, make_level_cases(level, count), rows, "similarity", slow)


def measure_free(plan: Plan) -> Iterator[Found]:
    """Any turn."""
    count, few = plan.take(200, 24), plan.take(20, 5)
    group = f"Any turn, scale 1/2 to 2, shift up to 25 %, the same light and noise, {count} cases ({MELLIN}: {few})"
    rows = rows_of(group, "all", (0.05, 98.0, 0.0, 0.3))
    cases = make_free_cases(count)
    yield from try_all(plan.pick(MELLIN, RANSAC), islice(cases, few), rows, "similarity", 0)
    yield from try_all(plan.pick(RANSAC), cases, rows, "similarity", 0)


def measure_hidden(plan: Plan) -> Iterator[Found]:
    """A third covered by another photo."""
    count = plan.take(20, 5)
    rows = rows_of("A third of the moving picture hidden by another photo", "large", (None, 100.0, 0.0, None))
    cases = (hide_third(case, k) for k, case in enumerate(make_level_cases("large", count)))
    return try_all(plan.pick(ECC, MELLIN, RANSAC), cases, rows, "similarity", 0)


def measure_planes(plan: Plan) -> Iterator[Found]:
    """Views of a plane under given homographies; a goal where the features' way is near."""
    if plan.photos is None:
        return
    from views import read_planes

    group = "Given homographies"
    tools = plan.pick(ECC, MAGSAC)
    for case in islice(read_planes(plan.photos), plan.take(6, 2)):
        by_features = ALIGNERS[MAGSAC](case.moving, case.fixed, "homography")
        near = by_features is not None and case.miss(by_features.matrix) <= REACHABLE_PX
        goal = 1.0 if near else None
        rows = Rows(
            Row(group, f"{case.name}: corner error", "px", goal, digits=2),
            unflagged=Row(group, f"{case.name}: wrong by more than {NEAR_PX} px and not flagged", "%", digits=0),
            processor=Row(group, f"{case.name}: time", "CPU-seconds", digits=2),
        )
        yield from try_all(tools, [case], rows, "homography", 0)


def measure_scene(plan: Plan) -> Iterator[Found]:
    """A scene from a moved camera."""
    if plan.photos is None:
        return
    from views import read_moved_scene

    rows = rows_of(
        "A glacier, camera moved and light changed, 960 x 640", "given similarities", (0.5, 100.0, 0.0, None)
    )
    cases = islice(read_moved_scene(plan.photos), plan.take(11, 3))
    yield from try_all(plan.pick(ECC, MELLIN, RANSAC), cases, rows, "similarity", 0)


def measure_persons(plan: Plan) -> Iterator[Found]:
    """Targets of a person under a known similarity, without and with another look at the photo."""
    if plan.photos is None:
        return
    from persons import read_moved

    from morphlapse.subjects.registry import open_detector

    group = "Mask x Gaussians of a real person, a million pixels, known similarity"
    rows = Rows(
        Row(group, "the targets warped: worst corner error", "px", 0.5, over="worst", digits=3),
        processor=Row(group, "the targets warped: median time", "CPU-seconds", 0.15, over="median", digits=3),
    )
    again = Row(group, "found again in the moved photo: worst error over the person's height", "%", 1.0, over="worst")
    tools = {**plan.pick(ECC), OURS: align_targets}
    with open_detector("mediapipe") as detector:
        for moved in read_moved(plan.photos, detector, plan.take(3, 1)):
            yield from try_all(tools, [moved.targets], rows, "similarity", 0)
            yield Found(again, OURS, moved.name, 100.0 * moved.miss_again(detector))


def measure_series(plan: Plan) -> Iterator[Found]:
    """One person's face through a series, and a scene's jitter."""
    if plan.photos is None:
        return
    from persons import BEFORE, EYES_ONLY, FIVE_POINTS, read_face_series, scene_jitter

    group = "A series brought together; faces judged by the points of MediaPipe's mesh that were not aligned on"
    excess = Row(group, "RMS of landmarks over that of the best possible similarities", "", 1.05, digits=3)
    scatter = Row(group, "RMS of landmarks over the distance of the eyes", "%", digits=2)
    jitter = Row(group, "jitter of landmarks (second difference) over the distance of the eyes", "%", digits=2)
    for series in read_face_series(plan.photos, plan.take(4, 1)):
        for name in (BEFORE, OURS, EYES_ONLY, FIVE_POINTS):
            yield Found(jitter, name, series.name, 100.0 * series.jitter(name))
            if name != BEFORE:
                yield Found(excess, name, series.name, series.excess(name))
                yield Found(scatter, name, series.name, 100.0 * series.scatter(name))
    row = Row(group, "jitter of a scene's corners (second difference), glacier of 12 frames", "px", digits=2)
    for name, value in scene_jitter(plan.photos).items():
        yield Found(row, name, "glacier", value)


def measure_batches() -> Iterator[Found]:
    """Pairs in one call on a GPU, where there is one."""
    if not torch.cuda.is_available():
        print("skipped: batches on a GPU, for torch finds none")
        return
    yield from measure_registrations(Bench(torch.device("cuda"), 64, 5))


GROUPS: dict[str, Callable[[Plan], Iterator[Found]]] = {
    "shifts": measure_shifts,
    "levels": measure_levels,
    "free": measure_free,
    "hidden": measure_hidden,
    "planes": measure_planes,
    "scene": measure_scene,
    "persons": measure_persons,
    "series": measure_series,
    "large": lambda plan: measure_large(plan.take(8, 2)),
    "gpu": lambda _: measure_batches(),
}


def read_arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help=f"a part of each group, without {KORNIA}")
    parser.add_argument("--only", nargs="+", choices=tuple(GROUPS), default=tuple(GROUPS), help="groups to measure")
    parser.add_argument("--without", nargs="*", choices=tuple(ALIGNERS), default=(), help="peers to leave out")
    parser.add_argument("--photos", type=Path, default=PHOTOS, help="folder of real photos")
    return parser.parse_args(words)


def make_plan(arguments: argparse.Namespace) -> Plan:
    """What a run measures; what it leaves out is told."""
    photos = arguments.photos if arguments.photos.is_dir() else None
    if photos is None:
        print(f"skipped: planes, scene, persons and series, for there is no {arguments.photos} (MORPHLAPSE_PHOTOS)")
    for name in (STACKREG,) if STACKREG not in ALIGNERS else ():
        print(f"left out: {name} is not installed")
    return Plan(tuple(arguments.without), photos, arguments.quick)


def name_results(arguments: argparse.Namespace) -> str:
    """`align` for a whole run only, so that a part never replaces it."""
    parts = ["align", *(["quick"] if arguments.quick else [])]
    if len(arguments.only) < len(GROUPS):
        parts += arguments.only
    return "-".join([*parts, *(["some-peers"] if arguments.without else [])])


def main() -> None:
    """Measure, write after each group, print."""
    arguments = read_arguments()
    plan = make_plan(arguments)
    results, path = [], RESULTS
    with limited_threads(THREADS):
        print("\n".join(f"{key}: {value}" for key, value in describe_machine().items()))
        found: list[Found] = []
        for group in arguments.only:
            found += GROUPS[group](plan)
            results = collect(found)
            path = write_results(name_results(arguments), [record(result) for result in results])
    print_results(results, tuple(dict.fromkeys(name for result in results for name in result.values)))
    print(f"written to {path}")


if __name__ == "__main__":
    main()
