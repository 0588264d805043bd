"""Measure a whole film: `python benchmarks/film.py [--photos FOLDER] [--count 30]`.

Photos of a folder (by default the sample album) are enlarged to 12 megapixels, a few times each under other crops if
there are too few, and made into a film by the program itself, in a process of its own: with an empty cache, then as a
preview, and then with one photo more. Seconds of work by stage, frames a second, wall and CPU seconds, peak memory, and
how much the light flickers before and after are printed and written to benchmarks/results/film.json.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import av
from PIL import Image, ImageOps
from report import describe_machine, print_table, write_results

from morphlapse.album.sample import write_sample_album

MEGAPIXELS = 12
PREVIEWS = 5
"""So many are made of one film."""
GOAL_S, GOAL_MB, GOAL_PREVIEW = 120.0, 2000.0, 0.1
DATE = 0x9003
"""EXIF's DateTimeOriginal, in the folder 0x8769."""
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")


def write_large_album(sources: Sequence[Path], folder: Path, count: int) -> None:
    """Write so many photos of 12 megapixels, a day apart."""
    dice = random.Random(1)
    for number in range(count):
        with Image.open(sources[number % len(sources)]) as image:
            photo = enlarge(ImageOps.exif_transpose(image).convert("RGB"), dice)
        exif = Image.Exif()
        exif[0x8769] = {DATE: (datetime(2024, 1, 1, 10) + timedelta(days=number)).strftime("%Y:%m:%d %H:%M:%S")}
        photo.save(folder / f"{number:04}.jpg", quality=90, exif=exif)


def make_large_album(photos: Path | None, place: Path, count: int) -> Path:
    """A folder of so many photos of 12 megapixels, from those of a folder or of the sample album."""
    large = place / "large"
    large.mkdir()
    found = write_sample_album(place / "small") if photos is None else photos.iterdir()
    write_large_album(sorted(path for path in found if path.suffix.lower() in SUFFIXES), large, count)
    return large


def enlarge(image: Image.Image, dice: random.Random) -> Image.Image:
    """Nine tenths or more of a photo, somewhere in it, at 12 megapixels."""
    share = dice.uniform(0.9, 1.0)
    width, height = share * image.width, share * image.height
    left, top = dice.uniform(0, image.width - width), dice.uniform(0, image.height - height)
    scale = math.sqrt(MEGAPIXELS * 1e6 / (width * height))
    size = (round(width * scale), round(height * scale))
    return image.resize(size, Image.Resampling.BICUBIC, box=(left, top, left + width, top + height))


def measure_film(folder: Path, output: Path, more: Sequence[str]) -> dict[str, Any]:
    """Make a film and tell what it cost."""
    program = Path(sys.executable).with_name("morphlapse")
    command = [str(program), "film", str(folder), "-o", str(output), "--json", *more]
    begun, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    wall, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    told = json.loads(said)
    return {
        "photos": len(told["photos"]),
        "used": sum(photo["used"] for photo in told["photos"]),
        "wall_s": wall,
        "cpu_s": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "peak_memory_mb": told["peak_memory_mb"],
        "frames": count_frames(output),
        "light": told["light"],
        "stages_s": told["seconds"],
    }


def measure_preview(folder: Path, output: Path, more: Sequence[str]) -> dict[str, Any]:
    """The same for the preview of a film that was made: the middle one of several by time, for they are short."""
    pieces = Path(more[more.index("--cache") + 1]) / "pieces"
    film_pieces = pieces.rename(folder.with_name("pieces"))
    made = []
    for _ in range(PREVIEWS):
        made.append(measure_film(folder, output, [*more, "--overwrite", "--preview"]))
        # Else the next one were joined from the pieces of this one.
        shutil.rmtree(pieces)
    film_pieces.rename(pieces)
    return sorted(made, key=lambda each: each["wall_s"])[PREVIEWS // 2]


def count_frames(path: Path) -> int:
    """How many frames a film has."""
    with av.open(str(path)) as film:
        return sum(packet.size > 0 for packet in film.demux(film.streams.video[0]))


def print_cost(cost: dict[str, Any]) -> None:
    """Where the time went."""
    stages = [{"stage": name, "seconds of work": f"{each:.1f}"} for name, each in cost["stages_s"].items()]
    print_table("Work by stage, in the threads that do it (wait: for frames to write)", stages)
    wall = {"what": "wall, s", "measured": f"{cost['wall_s']:.1f}", "goal": f"≤ {GOAL_S:g}"}
    processor = {"what": "CPU-seconds", "measured": f"{cost['cpu_s']:.1f}"}
    memory = {"what": "peak memory, MB", "measured": f"{cost['peak_memory_mb']:.0f}", "goal": f"≤ {GOAL_MB:g}"}
    rate = {"what": "frames a second", "measured": f"{cost['frames'] / cost['wall_s']:.1f}"}
    rows = [wall, processor, memory, rate, *tell_flicker(cost["light"])]
    print_table(f"A film of {cost['used']} of {cost['photos']} photos of 12 megapixels", rows)


def tell_flicker(light: dict[str, Any] | None) -> list[dict[str, str]]:
    """How much lightness jumps from photo to photo, in CIE L*."""
    if light is None:
        return []
    return [
        {"what": f"flicker {when}, L*", "measured": f"{light[when]['lightness']:.2f}"} for when in ("before", "after")
    ]


def print_later(more: dict[str, Any], preview: dict[str, Any]) -> None:
    """What the same film costs later."""
    goal = f"≤ {GOAL_PREVIEW:g} of the film"
    rows = [
        {"what": "one photo more", "wall, s": f"{more['wall_s']:.1f}", "CPU-seconds": f"{more['cpu_s']:.1f}"},
        {
            "what": f"its preview: {preview['share']:.3f} of the film's time",
            "wall, s": f"{preview['wall_s']:.1f}",
            "goal": goal,
        },
    ]
    print_table("Later, with what is kept", rows)


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=Path, help="folder of photos to enlarge; by default the sample album")
    parser.add_argument("--count", type=int, default=30, help="how many photos")
    parser.add_argument("more", nargs="*", default=["--size", "1920x1080"], help="options of morphlapse film, after --")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        large = make_large_album(arguments.photos, Path(place), arguments.count + 1)
        late = sorted(large.iterdir())[arguments.count // 2]
        late.rename(Path(place) / late.name)
        kept = ["--cache", str(Path(place) / "kept"), "--album", str(Path(place) / "album.json"), *arguments.more]
        film = Path(place) / "film.mp4"
        album = "the sample album" if arguments.photos is None else arguments.photos.resolve().name
        cost = {"album": album, **measure_film(large, film, kept)}
        preview = measure_preview(large, film, kept)
        (Path(place) / late.name).rename(large / late.name)
        more = measure_film(large, film, [*kept, "--overwrite"])
    preview["share"] = preview["wall_s"] / cost["wall_s"]
    print("\n".join(f"{key}: {value}" for key, value in describe_machine().items()))
    print_cost(cost)
    print_later(more, preview)
    rows = [
        {"case": case, **each}
        for case, each in zip(("film", "one more", "preview"), (cost, more, preview), strict=True)
    ]
    print(f"written to {write_results('film', rows)}")


if __name__ == "__main__":
    main()
