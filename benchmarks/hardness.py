"""Measure what bad, odd and huge files do: `python benchmarks/hardness.py [--quick] [--photos FOLDER]`.

Every kind of `tests/hard_inputs.py` is made and read, and a film is made of them all; then of a folder of real awkward
files, where one is given. Each file must be used or listed with its reason. A process for each large picture tells how
much memory it takes, and a picture of 12 megapixels what reading in a process of its own costs. Tables are printed and
written to benchmarks/results/hard.json.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

from report import print_table, write_results

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
import hard_pictures as made
from hard_inputs import HardInput, hard_inputs, write_hard_folder
from morphlapse.album.apart import ask_pixels
from morphlapse.album.decode import decode, is_apart, read_photo
from morphlapse.album.doubts import find_doubt
from morphlapse.album.faults import UnreadablePhotoError
from morphlapse.album.folder import read_album
from morphlapse.album.opening import open_picture
from morphlapse.album.pixels import load_pixels
from morphlapse.imaging.warp import fit_within

LONG_SIDE = 1000
RUNS = 7
PLAIN = (
    *("--on", "none", "--identify", "none", "--transition", "dissolve"),
    *("--size", "320x240", "--fps", "4", "--hold-s", "0.1", "--transition-s", "0.4"),
)
"""A film of whatever there is, in which nothing is looked for."""
OUTCOMES = ("tried", "used", "listed", "not asked", "failed", "lost")
"""What can become of a file; what is no photo by its name is not asked."""
SLOWEST = "slowest s"
PEAK = """
def peak(process):
    # Not ru_maxrss, in which is what the process had that started this one.
    with open(f"/proc/{process}/status") as told:
        return next(int(line.split()[1]) // 1024 for line in told if line.startswith("VmHWM"))
"""
"""MB that a process has held at most."""
PICTURE = (
    PEAK
    + """
import sys
from pathlib import Path
from morphlapse.album.apart import READERS
from morphlapse.album.decode import decode, read_photo
decode(read_photo(Path(sys.argv[1])), long_side=int(sys.argv[2]))
print(peak("self"), max((peak(reader.pid) for reader in READERS.idle), default=0))
"""
)
FILM = (
    PEAK
    + """
import sys
from morphlapse.cli import main
code = main(sys.argv[2:])
with open(sys.argv[1], "w") as told:
    told.write(str(peak("self")))
sys.exit(code)
"""
)


def find_fates(folder: Path) -> dict[Path, tuple[str, str, float]]:
    """What becomes of each file when its pixels are asked for, why, and how long that took."""
    album = read_album(folder)
    fates = {skipped.path: ("listed", skipped.reason, 0.0) for skipped in album.skipped}
    for photo in album.photos:
        begun = time.perf_counter()
        try:
            decode(photo, long_side=LONG_SIDE)
            fate, reason = "read", ""
        except UnreadablePhotoError as error:
            fate, reason = "listed", error.reason
        except Exception as error:  # noqa: BLE001 - whatever comes is what is counted
            fate, reason = "failed", repr(error)
        fates[photo.path] = fate, reason, time.perf_counter() - begun
    return fates


def count_kinds(written: dict[Path, HardInput], fates: dict[Path, tuple[str, str, float]]) -> list[dict[str, Any]]:
    """A row for each kind; a file that should have another fate has failed, one that has none is lost."""
    rows: dict[str, dict[str, Any]] = {}
    for path, expected in written.items():
        row = rows.setdefault(expected.kind, {"kind": expected.kind, **dict.fromkeys(OUTCOMES, 0), SLOWEST: 0.0})
        fate, reason, seconds = fates.get(path, ("ignored", "", 0.0))
        right = fate == expected.fate and (fate != "listed" or bool(reason and re.search(expected.reason, reason)))
        named = {"read": "used", "listed": "listed", "ignored": "not asked"}
        place = named[fate] if right else "lost" if fate == "ignored" else "failed"
        row["tried"] += 1
        row[place] += 1
        row[SLOWEST] = max(row[SLOWEST], round(seconds, 2))
    total = {name: sum(row[name] for row in rows.values()) for name in OUTCOMES}
    return [*rows.values(), {"kind": "all", **total, SLOWEST: max(row[SLOWEST] for row in rows.values())}]


def run_film(name: str, folder: Path, *more: str) -> dict[str, Any]:
    """Make a film of a folder by the command line, and tell how it ended."""
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    with tempfile.TemporaryDirectory() as out:
        typed = ["film", str(folder), "-o", f"{out}/film.mp4", "--json", *PLAIN, *more]
        command = [sys.executable, "-c", FILM, f"{out}/peak", *typed]
        begun = time.perf_counter()
        surroundings = {**os.environ, "MORPHLAPSE_CACHE": "off"}
        ended = subprocess.run(command, stdout=subprocess.PIPE, env=surroundings, check=False)
        seconds = time.perf_counter() - begun
        whole = Path(out, "film.mp4").exists()
        told = json.loads(ended.stdout)["photos"] if ended.returncode == 0 else []
        peak = int(Path(out, "peak").read_text())
    return {
        "film of": name,
        "exit": ended.returncode,
        "whole": whole,
        "files": len(told),
        "used": sum(each["used"] for each in told),
        "left out": sum(not each["used"] for each in told),
        "without a reason": sum(not each["used"] and not each["reason"] for each in told),
        "originals changed": sum(path.stat().st_mtime_ns != date for path, date in before.items()),
        "peak MB": peak,
        "s": round(seconds, 1),
    }


def measure_large(folder: Path) -> Iterator[dict[str, Any]]:
    """Memory that a picture of 100 megapixels takes, read at 1000 pixels and whole."""
    large = made.picture().resize((12_000, 8_400))
    for ending, kind, how in (
        ("jpg", "JPEG", {}),
        ("progressive.jpg", "JPEG", {"progressive": True}),
        ("png", "PNG", {"compress_level": 1}),
        ("tif", "TIFF", {}),
        ("webp", "WEBP", {"method": 0}),
        ("avif", "AVIF", {"speed": 10}),
    ):
        path = folder / f"large.{ending}"
        path.write_bytes(made.encode(large, kind, **how))
        for long_side in (LONG_SIDE, 12_000):
            begun = time.perf_counter()
            command = [sys.executable, "-c", PICTURE, str(path), str(long_side)]
            ended = subprocess.run(command, capture_output=True, check=True, text=True)
            here, apart = map(int, ended.stdout.split())
            seconds = round(time.perf_counter() - begun, 1)
            yield {"large picture": path.name, "long side": long_side, "MB here": here, "MB apart": apart, "s": seconds}
        path.unlink()


def median_ms(call: Callable[[], object]) -> float:
    """Median time of a call."""
    times = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        call()
        times.append(1000.0 * (time.perf_counter() - begun))
    return median(times)


def measure_cost(folder: Path) -> Iterator[dict[str, Any]]:
    """What looking at a file first, and reading it in a process of its own, cost for a picture of 12 megapixels."""
    large = made.picture().resize((4000, 3000))
    for name, content in {
        "JPEG": made.encode(large, "JPEG", quality=90),
        "progressive JPEG": made.encode(large, "JPEG", quality=90, progressive=True),
        "PNG": made.encode(large, "PNG", compress_level=1),
        "WebP": made.encode(large, "WEBP", quality=90, method=0),
        "HEIC": made.heic(large),
        "AVIF": made.encode(large, "AVIF", speed=10),
    }.items():
        path = folder / "picture"
        path.write_bytes(content)
        photo = read_photo(path)
        size = fit_within(photo.size, LONG_SIDE)
        here = median_ms(lambda at=path, full=photo.size, to=size: load_pixels(at, full, to))
        row = {"picture of 12 megapixels": name, "here ms": round(here, 1), "looks ms": "", "apart ms": ""}
        if is_apart(path):
            apart = median_ms(lambda at=path, full=photo.size, to=size: ask_pixels(at, full, to))
            yield {**row, "apart ms": round(apart, 1), "more %": round(100.0 * (apart / here - 1.0), 1)}
            continue
        with open_picture(path) as opened:
            looks = median_ms(lambda at=opened: find_doubt(at.kind, at.image, at.stream))
        looks += median_ms(lambda at=path: is_apart(at))
        yield {**row, "looks ms": round(looks, 3), "more %": round(100.0 * looks / (here - looks), 2)}


def main() -> None:
    """Measure and tell."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--quick", action="store_true", help="leave out what takes minutes or much memory")
    asked.add_argument("--photos", type=Path, help="a folder of awkward files, each of its folders a film")
    given = asked.parse_args()
    rows: list[dict[str, Any]] = []

    def tell(title: str, found: list[dict[str, Any]]) -> None:
        print_table(title, found)
        rows.extend({"table": title, **each} for each in found)
        write_results("hard", rows)

    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, "hard")
        written = write_hard_folder(folder, hard_inputs(heavy=not given.quick))
        tell("Kinds of files", count_kinds(written, find_fates(folder)))
        tell("Cost", list(measure_cost(Path(place))))
        if not given.quick:
            tell("Memory", list(measure_large(Path(place))))
        films = [run_film("all kinds", folder), run_film("all kinds, all kept", folder, "--include", "*")]
        real = sorted(each for each in given.photos.iterdir() if each.is_dir()) if given.photos else []
        films += [run_film(each.name, each) for each in real]
        tell("Films", films)


if __name__ == "__main__":
    main()
