"""Measure what looking at photos costs and finds.

`python benchmarks/throughput.py [--photos N] [--memory-photos N] [--only GROUP ...]`

Photos are made of scikit-image's pictures. CPU seconds hold on a machine that others use; photos a second do not, so
they are also told as the CPU seconds would have them on two cores that nobody else uses.
Written to benchmarks/results/throughput.json.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np
import skimage.data
import torch
from goals import Found, Row, collect, print_results, record
from ours import OURS
from PIL import Image
from pillow_heif import from_pillow
from report import describe_machine, write_results

from morphlapse.album.decode import decode, read_photo
from morphlapse.album.folder import read_album
from morphlapse.album.packing import pack
from morphlapse.options import CacheOptions
from morphlapse.pipeline.context import Context, limited_threads
from morphlapse.pipeline.detecting import DETECT_PX, detect, look_at
from morphlapse.pipeline.storing import open_store
from morphlapse.records import Album, Photo, Progress
from morphlapse.subjects.mediapipe import MediaPipe
from morphlapse.subjects.protocol import Identifier
from morphlapse.subjects.registry import load_identifier

FULL = (4032, 3024)
FACE = (224.0, 115.0, 80.0)
"""Middle and width of the astronaut's face."""
AGAIN = 5
"""So many times as many photos are looked at again, for what loads once to count as little as in an album."""
LARGE = (250.0, 350.0, 170.0, 0.0)
"""Of the main person of a crowd: x, y, width of the face, turn in degrees."""


def make_photo(path: Path, seed: int) -> None:
    """A photo of 12 megapixels: a person before a table, with fine grain."""
    rng = np.random.default_rng(seed)
    picture = cv2.resize(skimage.data.coffee(), FULL, interpolation=cv2.INTER_CUBIC)
    side = int(rng.integers(1400, 2800))
    x, y = int(rng.integers(0, FULL[0] - side)), FULL[1] - side
    picture[y : y + side, x : x + side] = cv2.resize(skimage.data.astronaut(), (side, side))
    grain = cv2.GaussianBlur(rng.normal(0.0, 6.0, picture.shape[:2]).astype(np.float32), (0, 0), 1.0)
    image = Image.fromarray((picture + grain[..., None]).clip(0, 255).astype(np.uint8))
    if path.suffix == ".heic":
        from_pillow(image).save(path, quality=70)
    else:
        image.save(path, quality=88)


def make_crowd(*people: tuple[float, float, float, float]) -> torch.Tensor:
    """A picture of 1000 x 750 of heads, each at (x, y), of a width and turned by degrees."""
    picture = cv2.GaussianBlur(cv2.resize(skimage.data.coffee(), (1000, 750)), (0, 0), 3.0).astype(np.float32)
    person = np.zeros((512, 512), dtype=np.float32)
    person[:330, 90:380] = 1.0
    for x, y, width, turn_deg in people:
        matrix = cv2.getRotationMatrix2D(FACE[:2], -turn_deg, width / FACE[2])
        matrix[:, 2] += np.array((x, y)) - FACE[:2]
        inside = cv2.warpAffine(person, matrix, (1000, 750))[..., None]
        picture = picture * (1.0 - inside) + cv2.warpAffine(skimage.data.astronaut(), matrix, (1000, 750)) * inside
    return torch.from_numpy(picture).permute(2, 0, 1).float() / 255.0


def clock(work: Callable[[], object]) -> float:
    """CPU seconds of this process, on all its threads, and of those that it started and that go on."""
    begun = processor_s()
    work()
    return processor_s() - begun


def processor_s() -> float:
    """CPU seconds so far, those of the processes that read HEIC among them (on Linux)."""
    ticks = os.sysconf("SC_CLK_TCK")
    children = 0
    for task in Path("/proc/self/task").glob("*/children"):
        for child in task.read_text().split():
            with suppress(OSError):
                after_name = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
                children += int(after_name[11]) + int(after_name[12])
    return time.process_time() + children / ticks


def measure_stages(folder: Path, count: int) -> Iterator[Found]:
    """CPU seconds of each stage, and photos a second of all of it."""
    identifier = load_identifier("dlib")
    with MediaPipe() as detector:
        for kind, some in (("jpg", count), ("heic", min(count, 3))):
            photos = [read_photo(path) for path in make_photos(folder / kind, kind, some)]
            group = f"12 MP, {kind.upper()}"
            look_at(photos[0], detector, identifier)
            # As each worker has it: threads that wait for each other spin.
            with limited_threads(1):
                yield from time_stages(photos, detector, identifier, group)
            goal = 4.0 if kind == "jpg" else None
            album = read_album(folder / kind)
            spent, begun = processor_s(), time.perf_counter()
            detect(album, detector, identifier=identifier)
            passed, spent = time.perf_counter() - begun, processor_s() - spent
            yield Found(Row(group, "found and told apart", "photos/s", goal, better="high"), OURS, kind, some / passed)
            row = Row(group, "found and told apart, two cores of its own", "photos/s", goal, better="high")
            yield Found(row, OURS, kind, 2.0 * some / spent)


def time_stages(photos: list[Photo], detector: MediaPipe, identifier: Identifier, group: str) -> Iterator[Found]:
    """CPU seconds a photo."""
    for photo in photos:
        image = decode(photo, long_side=DETECT_PX)
        faces = [each.face for each in detector.detect(image) if each.face is not None]
        stages = {
            "decode": clock(lambda photo=photo: decode(photo, long_side=DETECT_PX)),
            "detect": clock(lambda image=image: detector.detect(image)),
            "tell apart": clock(lambda image=image, faces=faces: identifier.describe(image, faces)),
            "all, with measures": clock(lambda photo=photo: look_at(photo, detector, identifier)),
        }
        for stage, seconds in stages.items():
            yield Found(Row(group, stage, "CPU-s", over="median", digits=3), OURS, photo.path.name, seconds)


def make_photos(folder: Path, kind: str, count: int) -> list[Path]:
    """Photos of a kind in a folder of their own."""
    folder.mkdir(exist_ok=True)
    paths = [folder / f"{number}.{kind}" for number in range(count)]
    for number, path in enumerate(paths):
        make_photo(path, number)
    return paths


def measure_memory(folder: Path, count: int) -> Iterator[Found]:
    """How much memory is held over an album in which one photo comes again and again.

    What is found of each photo is kept, and little else: the growth is told of the last nine tenths, when all threads
    have their models, and once more less what is found, which is packed to tell its size.
    """
    photo = read_album(make_photos(folder / "memory", "jpg", 1)).photos[0]
    held: dict[int, float] = {}
    marks = {round(share * count / 10) for share in range(1, 11)}

    def note(progress: Progress) -> None:
        if progress.done in marks and progress.done not in held:
            held[progress.done] = resident_memory_mb()

    album = Album((photo,) * count)
    with MediaPipe() as detector:
        found = detect(album, detector, identifier=load_identifier("dlib"), context=Context(listener=note))
    for done, memory_mb in sorted(held.items()):
        yield Found(Row(f"Memory over {count} photos", f"after {done}", "MB", digits=0), OURS, "held", memory_mb)
    first, last = min(held), max(held)
    growth = (held[last] - held[first]) / (last - first)
    row = Row(f"Memory over {count} photos", "growth a photo", "MB", 0.5, digits=3)
    yield Found(row, OURS, "held", growth)
    row = Row(f"Memory over {count} photos", "found in a photo, packed", "MB", digits=3)
    yield Found(row, OURS, "packed", len(pack({"subjects": found.found[0].subjects})) / 1e6)


def measure_again(folder: Path, count: int) -> Iterator[Found]:
    """How much sooner an album is known that was looked at before."""
    paths = make_photos(folder / "again", "jpg", count)
    store = open_store(CacheOptions(cache=str(folder / "kept")))

    def look() -> float:
        begun = time.perf_counter()
        detect(read_album(paths), identifier="dlib", context=Context(store=store))
        return time.perf_counter() - begun

    first = look()
    again = float(np.median([look() for _ in range(5)]))
    group = f"{count} photos looked at again, with what was found kept"
    yield Found(Row(group, "for the first time", "s", digits=3), OURS, "again", first)
    yield Found(Row(group, "again", "s", digits=3), OURS, "again", again)
    yield Found(
        Row(group, "the one over the other", "times", 100.0, better="high", digits=0), OURS, "again", first / again
    )


def resident_memory_mb() -> float:
    """What this process holds now, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def measure_recall(_: Path, __: int) -> Iterator[Found]:
    """Faces found beside a large one, by size and by turn."""
    places = ((550.0, 150.0), (850.0, 150.0), (800.0, 500.0))
    with MediaPipe() as detector:
        for width in (24.0, 28.0, 34.0, 40.0, 46.0, 56.0):
            found = detector.detect(make_crowd(LARGE, *((x, y, width, 0.0) for x, y in places)))
            row = Row("Three faces beside one of 170 px, long side 1000", f"{width:g} px wide", "%", better="high")
            yield Found(row, OURS, "crowd", 100.0 * (len(found) - 1) / len(places))
        for turn in (30.0, 60.0, 90.0, 120.0, 180.0):
            found = detector.detect(make_crowd(LARGE, (700.0, 300.0, 90.0, turn)))
            row = Row("A face of 90 px beside one of 170 px", f"turned by {turn:g} degrees", "%", better="high")
            yield Found(row, OURS, "pair", 100.0 * (len(found) - 1))


GROUPS = {"stages": measure_stages, "again": measure_again, "memory": measure_memory, "recall": measure_recall}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=12, help="how many photos of 12 megapixels")
    parser.add_argument("--memory-photos", type=int, default=1000, help="over how many memory is watched")
    parser.add_argument("--only", nargs="+", choices=tuple(GROUPS), default=tuple(GROUPS), help="groups to measure")
    arguments = parser.parse_args()
    print("\n".join(f"{key}: {value}" for key, value in describe_machine().items()))
    counts = {"memory": arguments.memory_photos, "again": AGAIN * arguments.photos}
    with tempfile.TemporaryDirectory() as folder:
        found = [
            each
            for group in arguments.only
            for each in GROUPS[group](Path(folder), counts.get(group, arguments.photos))
        ]
    results = collect(found)
    print_results(results, (OURS,))
    name = "throughput" if len(arguments.only) == len(GROUPS) else "-".join(["throughput", *arguments.only])
    print(f"written to {write_results(name, [record(result) for result in results])}")


if __name__ == "__main__":
    main()
