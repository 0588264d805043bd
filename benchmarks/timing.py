"""Seconds of a solve, frames a second."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from goals import Found, Row
from measures import median_time
from ours import OURS, morph_ours
from peers import PeerMorph, find_flow, morph_by_flow
from worlds import KNOWN_PX, Pair, make_worlds, pair_of, square_picture

from morphlapse.cli.process import keep_freed_memory
from morphlapse.imaging.warp import resize
from morphlapse.pipeline.context import limited_threads
from morphlapse.records import Size

TIME = "Time"
CORES = min(2, os.cpu_count() or 1)
SEED_CPU_S = 422.0
"""What Differentiable Morphing took for a pair at 512 x 512, in CPU-seconds."""
ENOUGH_S = 3.0
"""What takes longer than this is run once."""

SOLVE = Row(TIME, f"morph of a pair at 512 x 512, {CORES} cores (peers: both flows)", "s", 0.5, digits=3)
SOLVE_CPU = Row(TIME, "the same, 1 core", "CPU-seconds", None, "422", digits=3)
RATIO = Row(TIME, "the same over ours, wall", "times", digits=2)
AGAINST_SEED = Row(TIME, "the recorded 422 CPU-seconds over it", "times", 1000.0, "1", "high", digits=0)
ONE_FLOW = Row(TIME, f"one flow at 512 x 512, {CORES} cores (ours: the whole morph)", "s", digits=3)
FRAME = Row(TIME, "frame at 512 x 512, 1 core, bilinear", "s", 0.006, "0.07-0.10", digits=4)
FRAME_FINAL = Row(TIME, "frame at 512 x 512, 1 core, final", "s", digits=4)
SOLVE_HD = Row(TIME, f"morph of a pair at 1920 x 1080, {CORES} cores", "s", 1.0, digits=2)
FILM = f"1920 x 1080, {CORES} cores, a frame on each"
RATE_HD = Row(TIME, f"{FILM}, bilinear", "frames/s", 25.0, better="high", digits=1)
RATE_HD_FINAL = Row(TIME, f"{FILM}, final", "frames/s", 10.0, better="high", digits=1)
FRAMES = tuple(k / 10 for k in range(1, 10))


def measure_times(peers: tuple[str, ...], runs: int) -> Iterator[Found]:
    """All rows of time; of a film's frames the peers' cost is the same whatever their flow, so DIS stands for all."""
    pair = next(make_worlds(("astronaut",), (1,), 40)).pair
    # As the program does before it makes frames.
    keep_freed_memory()
    yield from time_solves(pair, peers, runs)
    yield from time_frames(pair, peers)
    yield from time_film_frames(peers, runs)


def time_solves(pair: Pair, peers: tuple[str, ...], runs: int) -> Iterator[Found]:
    """Wall seconds until a morph can be drawn, and CPU-seconds on one core: a second burns more while it waits."""
    a, b = pair.images
    case = f"{KNOWN_PX} px"
    finds: dict[str, Callable[[], object]] = {OURS: lambda: morph_ours(pair)}
    for name in peers:
        finds[name] = lambda name=name: (find_flow(name, a, b), find_flow(name, b, a))
    ours = 0.0
    for name, find in finds.items():
        with limited_threads(CORES):
            wall = median_time(find, runs, enough_s=ENOUGH_S)[0]
        with limited_threads(1):
            processor = median_time(find, runs, enough_s=ENOUGH_S)[1]
        ours = wall if name == OURS else ours
        yield Found(SOLVE, name, case, wall)
        yield Found(SOLVE_CPU, name, case, processor)
        yield Found(RATIO, name, case, wall / ours)
        yield Found(AGAINST_SEED, name, case, SEED_CPU_S / processor)
        yield Found(ONE_FLOW, name, case, wall if name == OURS else wall / 2.0)


def time_frames(pair: Pair, peers: tuple[str, ...]) -> Iterator[Found]:
    """Seconds a frame on one core."""
    morphs = [(OURS, morph_ours(pair)), *((name, morph_by_flow(name, *pair.images)) for name in peers if name == "DIS")]
    with limited_threads(1):
        for row, final in ((FRAME, False), (FRAME_FINAL, True)):
            for name, morph in morphs:
                wall = median_time(lambda m=morph, f=final: [m.frame_at(t, final=f) for t in FRAMES], 5)[0]
                yield Found(row, name, pair.name, wall / len(FRAMES))


def time_film_frames(peers: tuple[str, ...], runs: int) -> Iterator[Found]:
    """Frames a second of a film, without encoding."""
    size = Size(1080, 1920)
    a, b = (resize(square_picture(name, 512)[..., 112:400, :], size) for name in ("astronaut", "chelsea"))
    pair = pair_of("1080p", a, b)
    with limited_threads(CORES):
        yield Found(SOLVE_HD, OURS, pair.name, median_time(lambda: morph_ours(pair), runs)[0])
        morphs = [(OURS, morph_ours(pair)), *((name, PeerMorph(name, a, b)) for name in peers if name == "DIS")]
    times = [(k + 0.5) / (6 * CORES) for k in range(6 * CORES)]
    # A film makes its frames so: each on a core of its own.
    with limited_threads(1), ThreadPoolExecutor(CORES) as cores:
        for row, final in ((RATE_HD, False), (RATE_HD_FINAL, True)):
            for name, morph in morphs:
                made = partial(morph.frame_at, final=final)
                wall = median_time(lambda make=made: list(cores.map(make, times)), 3)[0]
                yield Found(row, name, pair.name, len(times) / wall)
