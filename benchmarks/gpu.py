"""Measure the morph and the registration on a GPU: `python benchmarks/gpu.py [--device cuda] [--batch 64]`.

On a CPU (`--device cpu --batch 2 --runs 1`) it shows that one code path serves both. Seconds are of the clock, after
the device has finished; every row is run once before it is timed, for the first call allocates. The table is written to
benchmarks/results/gpu-DEVICE.json.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from goals import Found, Row, collect, print_results, record
from known import make_level_cases
from ours import OURS
from report import describe_machine, write_results
from torch import Tensor
from worlds import KNOWN_PX, make_worlds, square_picture

from morphlapse.alignment.register import register_batch
from morphlapse.imaging.warp import resize
from morphlapse.morphing.layer import make_layer
from morphlapse.morphing.search import morph_layers
from morphlapse.morphing.solve import solve_velocity
from morphlapse.pipeline.context import choose_device
from morphlapse.pipeline.looking import MOST_AT_ONCE
from morphlapse.records import Size
from morphlapse.subjects.torchvision import TorchVision

HD = Size(1080, 1920)
FRAMES = tuple(k / 16 for k in range(1, 16))

SOLVING, FILMING, REGISTERING = "Velocity, 512 x 512", "Frames of 1920 x 1080", "Registration, 512 x 384"
ALONE = Row(SOLVING, "a pair alone", "s", 0.1, over="median", digits=3)
BATCHED = Row(SOLVING, "a pair in a batch", "ms", 5.0, over="median", digits=2)
APART = Row(SOLVING, "largest difference between alone and in a batch", "px", 0.05, over="worst", digits=4)
MORPH_HD = Row(FILMING, "a whole morph, until it can be drawn", "s", over="median", digits=3)
BILINEAR = Row(FILMING, "bilinear", "frames/s", 200.0, better="high", digits=0)
FINAL = Row(FILMING, "final", "frames/s", better="high", digits=0)
REGISTERED = Row(REGISTERING, "a pair in a batch, its start known", "ms", over="median", digits=2)
MISSED = Row(REGISTERING, "corner error in a batch", "px", 0.03, over="median", digits=3)

FINDING = "People by torchvision, random weights, 768 x 768"
DETECTED = Row(FINDING, "a photo alone", "ms", over="median", digits=1)
DETECTED_TOGETHER = Row(FINDING, "a photo in a batch", "ms", over="median", digits=1)


class Bench(NamedTuple):
    """Where it runs, and how many pairs at once."""

    device: torch.device
    batch: int
    runs: int

    def time(self, work: Callable[[], object]) -> float:
        """Median seconds of the clock."""
        work()
        spent = []
        for _ in range(self.runs):
            self.wait()
            begun = time.perf_counter()
            work()
            self.wait()
            spent.append(time.perf_counter() - begun)
        return statistics.median(spent)

    def wait(self) -> None:
        """Until the device has done all that was asked."""
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)


def measure_solves(bench: Bench) -> Iterator[Found]:
    """One velocity, and many at once."""
    worlds = list(make_worlds(("astronaut", "coffee", "chelsea"), (1, 2), 40))
    pairs = [worlds[k % len(worlds)].pair.images for k in range(bench.batch)]
    a, b = (torch.cat([pair[side] for pair in pairs]).to(bench.device) for side in (0, 1))
    case = f"{KNOWN_PX} px"
    yield Found(ALONE, OURS, case, bench.time(lambda: solve_velocity(a[:1], b[:1])))
    yield Found(BATCHED, OURS, case, 1000.0 * bench.time(lambda: solve_velocity(a, b)) / bench.batch)
    apart = solve_velocity(a, b)[:1] - solve_velocity(a[:1], b[:1])
    yield Found(APART, OURS, case, float(apart.abs().max()) * KNOWN_PX / apart.shape[-1])


def measure_frames(bench: Bench) -> Iterator[Found]:
    """Frames of a film, without encoding."""

    def lay(name: str) -> Tensor:
        return resize(square_picture(name, 512)[..., 112:400, :], HD)[0].to(bench.device)

    a, b = (make_layer(lay(name), np.eye(3), HD) for name in ("astronaut", "chelsea"))
    yield Found(MORPH_HD, OURS, "1080p", bench.time(lambda: morph_layers(a, b)))
    morph = morph_layers(a, b)
    for row, final in ((BILINEAR, False), (FINAL, True)):
        spent = bench.time(lambda f=final: [morph.frame_at(t, final=f) for t in FRAMES])
        yield Found(row, OURS, "1080p", len(FRAMES) / spent)


def measure_registrations(bench: Bench) -> Iterator[Found]:
    """Many pairs brought together in one call."""
    cases = list(make_level_cases("small", bench.batch))
    moving, fixed = (torch.stack([getattr(c, side) for c in cases]).to(bench.device) for side in ("moving", "fixed"))
    found = register_batch(moving, fixed, start=None)
    for case, each in zip(cases, found, strict=True):
        yield Found(MISSED, OURS, case.name, case.miss(each.matrix))
    spent = bench.time(lambda: register_batch(moving, fixed, start=None))
    yield Found(REGISTERED, OURS, "batch", 1000.0 * spent / bench.batch)


def measure_detection(bench: Bench) -> Iterator[Found]:
    """People by torchvision's networks with random weights, which cost what trained ones do: alone and in batches."""
    try:
        detector = TorchVision(pretrained=False)
    except (ImportError, RuntimeError, OSError) as error:
        print(f"skipped: people by torchvision, which cannot be imported here ({error})")
        return
    names = ("astronaut", "coffee", "chelsea")
    pictures = [square_picture(names[k % 3], 768)[0].to(bench.device) for k in range(min(bench.batch, MOST_AT_ONCE))]
    yield Found(DETECTED, OURS, "alone", bench.time(lambda: detector.detect(pictures[0])) * 1000.0)
    spent = bench.time(lambda: detector.detect_batch(pictures))
    yield Found(DETECTED_TOGETHER, OURS, f"{len(pictures)} at once", 1000.0 * spent / len(pictures))


def read_arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda", help="cuda (the default) or cpu")
    parser.add_argument("--batch", type=int, default=64, help="pairs at once (64)")
    parser.add_argument("--runs", type=int, default=5, help="times each is timed, the median counts (5)")
    return parser.parse_args(words)


def main() -> None:
    """Measure, print, write."""
    arguments = read_arguments()
    bench = Bench(choose_device(arguments.device), arguments.batch, arguments.runs)
    machine = describe_machine() | {"batch": bench.batch, "device": name_device(bench.device)}
    print("\n".join(f"{key}: {value}" for key, value in machine.items()))
    with torch.no_grad():
        groups = (measure_solves, measure_frames, measure_registrations, measure_detection)
        results = collect(found for group in groups for found in group(bench))
    print_results(results, (OURS,))
    rows = [record(result) | {"device": machine["device"], "batch": bench.batch} for result in results]
    print(f"written to {write_results(f'gpu-{bench.device.type}', rows)}")


def name_device(device: torch.device) -> str:
    """Of a GPU its product's name."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"


if __name__ == "__main__":
    main()
