"""Measure films of many photos: `python benchmarks/scale.py [--photos FOLDER] [--count 1000]`.

Photos of a folder (by default the sample album) are enlarged to 12 megapixels under many crops, as many as `--count`,
and made into a small film by the program itself, in a process of its own, with an empty cache: of a quarter of them, of
half, and of all. Wall and CPU seconds, and memory over time, are printed and written to benchmarks/results/scale.json.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from report import describe_machine, print_table, write_results

from film import make_large_album

GOAL_MB = 2000.0
SHARES = (0.25, 0.5, 1.0)
TIMES = 20
"""At so many times memory is told, evenly from beginning to end."""
STEP_S = 0.5


def watch_film(photos: Sequence[Path], place: Path, more: Sequence[str]) -> dict[str, Any]:
    """Make a film, and tell what it cost and what memory it held meanwhile."""
    command = [
        str(Path(sys.executable).with_name("morphlapse")),
        "film",
        *map(str, photos),
        "-o",
        str(place / "film.mp4"),
    ]
    command += ["--json", "--overwrite", "--cache", str(place / f"kept-{len(photos)}"), *more]
    begun, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    held: list[float] = []
    with (place / "said.json").open("wb") as said:
        run = subprocess.Popen(command, stdout=said, stderr=subprocess.DEVNULL)
        while run.poll() is None:
            held.append(memory_of(run.pid))
            time.sleep(STEP_S)
    if run.returncode:
        raise SystemExit(f"{' '.join(command[:2])} ended with {run.returncode}")
    wall, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    told = json.loads((place / "said.json").read_text(encoding="utf-8"))
    return {
        "photos": len(photos),
        "used": sum(photo["used"] for photo in told["photos"]),
        "wall_s": wall,
        "cpu_s": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "peak_memory_mb": told["peak_memory_mb"],
        "memory_mb": [held[k * (len(held) - 1) // (TIMES - 1)] for k in range(TIMES)],
        "stages_s": told["seconds"],
    }


def memory_of(process: int) -> float:
    """What a process holds, in MB; Linux only."""
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    except OSError:
        return 0.0
    lines = [line for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(lines[0].split()[1]) / 1024.0 if lines else 0.0


def print_costs(costs: Sequence[dict[str, Any]]) -> None:
    """Time and memory by the number of photos."""
    rows = [
        {
            "photos": f"{cost['photos']}",
            "used": f"{cost['used']}",
            "wall, s": f"{cost['wall_s']:.0f}",
            "CPU-seconds": f"{cost['cpu_s']:.0f}",
            "CPU-seconds a photo": f"{cost['cpu_s'] / cost['photos']:.2f}",
            "peak memory, MB": f"{cost['peak_memory_mb']:.0f}",
            "goal": f"≤ {GOAL_MB:g}",
        }
        for cost in costs
    ]
    print_table("Films of many photos of 12 megapixels", rows)
    times = [
        {"share of the time": f"{k / (TIMES - 1):.2f}", "MB": f"{each:.0f}"}
        for k, each in enumerate(costs[-1]["memory_mb"])
    ]
    print_table(f"Memory over time, {costs[-1]['photos']} photos", times)


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=Path, help="folder of photos to enlarge; by default the sample album")
    parser.add_argument("--count", type=int, default=1000, help="how many photos")
    parser.add_argument("more", nargs="*", default=["--size", "480x270"], help="options of morphlapse film, after --")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        photos = sorted(make_large_album(arguments.photos, Path(folder), arguments.count).iterdir())
        costs = [
            watch_film(photos[: max(2, round(share * len(photos)))], Path(folder), arguments.more) for share in SHARES
        ]
    print("\n".join(f"{key}: {value}" for key, value in describe_machine().items()))
    print_costs(costs)
    print(f"written to {write_results('scale', costs)}")


if __name__ == "__main__":
    main()
