"""Measure the morph against its goals and against other tools: `python benchmarks/morph.py [--quick]`.

Every row is printed, lost ones too, and written to benchmarks/results/morph-GROUP.json.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from goals import Found, Row, collect, print_results, record
from measures import (
    background_drift,
    detail_kept,
    end_psnr,
    endpoint_error,
    evenness,
    folded_percent,
    frame_psnr,
    frame_ssim,
    landmark_error,
    layer_agreement,
)
from ours import OURS, morph_ours
from peers import DISSOLVE, PEERS, Contender, morph_by_flow
from report import PHOTOS, describe_machine, write_results
from timing import measure_times
from worlds import AMPLITUDES, PICTURES, Pair, World, make_worlds, make_worlds_of_two, relight, stereo_world

SLOW = "TV-L1"
"""A quick run leaves it out: 10 to 30 seconds a pair."""

KNOWN = f"Known smooth warps, 512 x 512 ({SLOW}: one of six)"
ERROR_CLEAN = {
    size: Row(KNOWN, f"{size:>3} px, clean: endpoint error", "px", goal, digits=3)
    for size, goal in zip(AMPLITUDES, (0.14, 0.20, 1.2, 4.0), strict=True)
}
ERROR_LIT = {
    size: Row(KNOWN, f"{size:>3} px, other light and noise: endpoint error", "px", goal, digits=3)
    for size, goal in zip(AMPLITUDES, (0.5, 0.9, 2.0, 4.0), strict=True)
}
HALFWAY = {
    size: Row(KNOWN, f"{size:>3} px, clean: middle frame", "dB", goal, better="high")
    for size, goal in zip(AMPLITUDES, (44.0, 43.0, 38.0, 30.0), strict=True)
}
TWO_FLOWS_PX = 24
ERROR_TWO = Row(KNOWN, f"two flows of {TWO_FLOWS_PX} px in turn, clean: endpoint error", "px", digits=3)
STEREO = Row("Stereo", "motorcycle: endpoint error", "px", 2.4)
CLIP_PSNR = Row("Middle frame dropped, 768 px", "PSNR", "dB", 28.0, better="high")
CLIP_SSIM = Row("Middle frame dropped, 768 px", "SSIM", "", 0.865, better="high", digits=4)
FACES = "Landmarks carried between faces of different persons, 512 px, over the distance of the eyes"
FACE_ROWS = {
    (False, False): Row(FACES, "framed alike, no hints", "", 0.25, digits=3),
    (True, False): Row(FACES, "framed differently, no hints", "", 0.25, digits=3),
    (False, True): Row(FACES, "framed alike, a third of the mesh as hints (the rest judged)", "", 0.05, digits=3),
    (True, True): Row(FACES, "framed differently, a third of the mesh as hints (the rest judged)", "", 0.05, digits=3),
}
"""By (framed differently, with hints)."""
LOOK = "The look of real pairs, 512 px"
DETAIL = Row(LOOK, "gradient energy of the middle frame over the photos'", "", 0.80, "0.34 / 0.61 / 0.30", "high")
AGREEMENT = Row(LOOK, "agreement of both layers at 1/2, SSIM", "", 0.70, better="high", digits=3)
UNTINTED = Row(LOOK, "the same without the tint", "", better="high", digits=3)
HINTED = Row(
    LOOK, "agreement with what is found of people, over that without, worst pair", "", None, "", "high", "worst", 3
)
PACE = Row(LOOK, "pace: largest over mean step", "", 1.15, "1.5-2.06", digits=3)
FOLDS = Row(LOOK, "folded cells, worst pair and t", "%", 0.0, "up to 4.7", over="worst", digits=3)
ENDS = Row(LOOK, "first and last frame, worst pair (120: bit for bit)", "dB", 120.0, "50-51", "high", "worst", 1)
BEHIND = "Behind a person, days apart, 512 px"
DRIFT = Row(BEHIND, "motion of what has no counterpart, over the long side", "%")
DRIFT_WHOLE = Row(BEHIND, "the same, ours without masks", "%")


@dataclass(frozen=True)
class Plan:
    """What a run measures."""

    peers: tuple[str, ...]
    photos: Path | None
    quick: bool = False

    def take(self, full: int, quick: int) -> int:
        """How many of something."""
        return quick if self.quick else full


def contend(plan: Plan, pair: Pair, *, framed: bool = True, slow: bool = True) -> Iterator[tuple[str, Contender]]:
    """Ours and every peer's morph of a pair, one at a time; perhaps without the slow one."""
    print(f"  {pair.name}", file=sys.stderr, flush=True)
    yield OURS, morph_ours(pair, framed=framed)
    for name in plan.peers if slow else [name for name in plan.peers if name != SLOW]:
        yield name, morph_by_flow(name, *pair.images)


def measure_known(plan: Plan) -> Iterator[Found]:
    """Known smooth warps, clean and in another light."""
    names, seeds = PICTURES[: plan.take(3, 1)], (1, 2)[: plan.take(2, 1)]
    for amplitude in AMPLITUDES:
        for number, world in enumerate(make_worlds(names, seeds, amplitude)):
            yield from judge_world(plan, ERROR_CLEAN[amplitude], world, HALFWAY[amplitude], slow=number == 0)
            yield from judge_world(plan, ERROR_LIT[amplitude], relight(world), slow=number == 0)
    for number, world in enumerate(make_worlds_of_two(names, seeds, TWO_FLOWS_PX)):
        yield from judge_world(plan, ERROR_TWO, world, slow=number == 0)


def judge_world(
    plan: Plan, row: Row, world: World, halfway: Row | None = None, *, slow: bool = True
) -> Iterator[Found]:
    """Endpoint error and, where the truth is known, the middle frame."""
    for name, morph in contend(plan, world.pair, slow=slow):
        yield Found(row, name, world.pair.name, endpoint_error(morph, world))
        if halfway is not None and world.half is not None:
            yield Found(halfway, name, world.pair.name, frame_psnr(morph.frame_at(0.5), world.half))


def measure_stereo(plan: Plan) -> Iterator[Found]:
    """The motorcycle."""
    return judge_world(plan, STEREO, stereo_world())


def measure_clips(plan: Plan) -> Iterator[Found]:
    """Films with a frame dropped."""
    if plan.photos is None:
        return
    from photos import read_clips

    for number, clip in enumerate(read_clips(plan.photos)):
        if number < plan.take(99, 2):
            for name, morph in contend(plan, clip.pair):
                middle = morph.frame_at(0.5)
                yield Found(CLIP_PSNR, name, clip.pair.name, frame_psnr(middle, clip.middle))
                yield Found(CLIP_SSIM, name, clip.pair.name, frame_ssim(middle, clip.middle))


def measure_faces(plan: Plan) -> Iterator[Found]:
    """Landmarks between different persons, judged by MediaPipe's mesh."""
    if plan.photos is None:
        return
    from faces import read_faces

    for reframed in (False, True):
        for faces in read_faces(plan.photos, reframed=reframed, count=plan.take(5, 1)):
            pair = faces.pair
            for name, morph in contend(plan, pair, framed=not reframed):
                yield Found(FACE_ROWS[reframed, False], name, pair.name, landmark_error(morph, faces))
            hinted = morph_ours(pair, faces.hints, framed=not reframed)
            yield Found(FACE_ROWS[reframed, True], OURS, pair.name, landmark_error(hinted, faces, unhinted=True))


def measure_look(plan: Plan) -> Iterator[Found]:
    """How a morph of real pairs looks, whatever the truth."""
    from photos import find_pair_hints, real_pairs

    for number, pair in enumerate(real_pairs(plan.photos)):
        if number < plan.take(99, 2):
            a, b = pair.images
            if (hints := find_pair_hints(pair)) is not None:
                hinted, plain = (layer_agreement(morph_ours(pair, each), tinted=True) for each in (hints, None))
                yield Found(HINTED, OURS, pair.name, hinted / plain)
            for name, morph in contend(plan, pair):
                yield Found(DETAIL, name, pair.name, detail_kept(morph, a, b))
                yield Found(AGREEMENT, name, pair.name, layer_agreement(morph, tinted=True))
                yield Found(UNTINTED, name, pair.name, layer_agreement(morph, tinted=False))
                yield Found(PACE, name, pair.name, evenness(morph))
                yield Found(FOLDS, name, pair.name, folded_percent(morph))
                yield Found(ENDS, name, pair.name, end_psnr(morph, a, b))


def measure_behind(plan: Plan) -> Iterator[Found]:
    """How far a background moves that has no counterpart."""
    if plan.photos is None:
        return
    from photos import day_pairs

    for pair, masks in day_pairs(plan.photos, plan.take(8, 2)):
        yield Found(DRIFT, OURS, pair.name, background_drift(morph_ours(pair, masks=masks), masks))
        for name, morph in contend(plan, pair):
            yield Found(DRIFT_WHOLE if name == OURS else DRIFT, name, pair.name, background_drift(morph, masks))


def measure_time(plan: Plan) -> Iterator[Found]:
    """Seconds and frames a second."""
    return measure_times(tuple(name for name in plan.peers if name != DISSOLVE), plan.take(5, 2))


GROUPS: dict[str, Callable[[Plan], Iterator[Found]]] = {
    "known": measure_known,
    "stereo": measure_stereo,
    "clips": measure_clips,
    "faces": measure_faces,
    "look": measure_look,
    "behind": measure_behind,
    "time": measure_time,
}


def read_arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help=f"a part of each group, under a minute, without {SLOW}")
    parser.add_argument("--only", nargs="+", choices=tuple(GROUPS), default=tuple(GROUPS), help="groups to measure")
    parser.add_argument("--peers", nargs="*", choices=PEERS, help="by default all")
    parser.add_argument("--photos", type=Path, default=PHOTOS, help="folder of real photos")
    return parser.parse_args(words)


def make_plan(arguments: argparse.Namespace) -> Plan:
    """What a run measures; what it leaves out is told."""
    usual = tuple(name for name in PEERS if not (arguments.quick and name == SLOW))
    peers = usual if arguments.peers is None else tuple(arguments.peers)
    if left_out := [name for name in PEERS if name not in peers]:
        print(f"left out: {', '.join(left_out)}")
    photos = arguments.photos if arguments.photos.is_dir() else None
    if photos is None:
        print(f"skipped: dropped frames, faces and real pairs, for there is no {arguments.photos} (MORPHLAPSE_PHOTOS)")
    return Plan(peers, photos, arguments.quick)


def name_results(group: str, arguments: argparse.Namespace) -> str:
    """A file for each group, and names of their own for parts of one, so that these never replace a whole."""
    parts = ["morph", *(["quick"] if arguments.quick else []), group]
    if arguments.peers is not None:
        parts += ["some-peers"]
    return "-".join(parts)


def main() -> None:
    """Measure, print, write: each group as it is done, for all of them take an hour."""
    arguments = read_arguments()
    plan = make_plan(arguments)
    print("\n".join(f"{key}: {value}" for key, value in describe_machine().items()))
    for group in arguments.only:
        results = collect(GROUPS[group](plan))
        print_results(results, (OURS, *plan.peers))
        print(f"written to {write_results(name_results(group, arguments), [record(result) for result in results])}")


if __name__ == "__main__":
    main()
