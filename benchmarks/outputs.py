"""Measure every kind of film: `python benchmarks/outputs.py [--photos FILE FILE FILE] [--size 640x360]`.

A film of three photos (by default of the sample album) is rendered once and written as every kind at every quality.
Processor time a frame, megabytes a minute and the peak signal-to-noise ratio of what is decoded by the file's own tags
are printed and written to benchmarks/results/outputs.json.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import torch
from numpy import ndarray
from PIL import Image, ImageSequence
from report import describe_machine, print_table, write_results
from torch import Tensor

from morphlapse.album.sample import write_sample_album
from morphlapse.cli.process import hush_encoders
from morphlapse.film.codecs import KINDS, Quality
from morphlapse.film.encode import write_frames
from morphlapse.film.formats import choose_encoding
from morphlapse.imaging.warp import resize
from morphlapse.options import AlignOptions, CodecName, FilmOptions, MorphOptions
from morphlapse.pipeline.context import Context
from morphlapse.pipeline.film import Film
from morphlapse.pipeline.planning import plan_photos, prepare_job
from morphlapse.records import Size

QUALITIES: tuple[Quality, ...] = ("draft", "good", "best")
FPS = Fraction(30)


def render_film(photos: list[Path], size: tuple[int, int]) -> list[Tensor]:
    """All frames of a film of three photos, as bytes."""
    options = FilmOptions(size=size, fps=FPS, hold_s=0.2, transition_s=0.8)
    context = Context()
    job = prepare_job(photos, None, select=None, align=AlignOptions(on="face"), morph=None, film=options)
    film = Film(plan_photos(job, context).plan, options, MorphOptions(), context=context)
    return [frame.mul(255.0).round().byte() for frame in film.frames()]


def frames_of(path: Path) -> Iterator[ndarray]:
    """Frames of a written film as (H, W, 3), 0 to 255."""
    if path.is_dir():
        for each in sorted(path.iterdir()):
            yield np.asarray(Image.open(each).convert("RGB")).astype(np.float32)
    elif path.suffix in (".gif", ".webp"):
        with Image.open(path) as film:
            for frame in ImageSequence.Iterator(film):
                shown = np.asarray(frame.convert("RGB")).astype(np.float32)
                # WebP keeps frames that are alike as one, which lasts longer.
                yield from [shown] * (round(film.info["duration"] * FPS / 1000) if path.suffix == ".webp" else 1)
    else:
        with av.open(str(path)) as film:
            for frame in film.decode(video=0):
                yield rgb_from_frame(frame)


def rgb_from_frame(frame: av.VideoFrame) -> ndarray:
    """A frame by BT.709 in limited range, from its own values (a converter would round ten bits down)."""
    bits = frame.format.components[0].bits
    kind = np.uint8 if bits == 8 else np.uint16
    planes = []
    for plane in frame.planes[:3]:
        values = np.frombuffer(memoryview(plane), kind).reshape(plane.height, -1)[:, : plane.width]
        image = torch.from_numpy(values.astype(np.float32) / 2.0 ** (bits - 8))[None, None]
        grown = resize(image, Size(frame.height, frame.width))
        planes.append(grown[0, 0].numpy())
    light = (planes[0] - 16.0) * 255.0 / 219.0
    red = light + 1.5748 * 255.0 / 224.0 * (planes[2] - 128.0)
    blue = light + 1.8556 * 255.0 / 224.0 * (planes[1] - 128.0)
    green = (light - 0.2126 * red - 0.0722 * blue) / 0.7152
    return np.stack((red, green, blue), axis=-1).clip(0.0, 255.0)


def measure_kind(codec: CodecName, quality: Quality, frames: list[Tensor], folder: Path) -> dict[str, Any]:
    """Write the film as one kind, and measure it."""
    path = folder / f"{codec}-{quality}{KINDS[codec].endings[0] if KINDS[codec].endings else ''}"
    size = Size(*frames[0].shape[-2:])
    encoding = choose_encoding(path, codec, quality)
    wall, processor = time.perf_counter(), time.process_time()
    write_frames((frame.float() / 255.0 for frame in frames), path, size=size, fps=FPS, encoding=encoding)
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    files = path.iterdir() if path.is_dir() else [path]
    noise = [
        float(np.square(shown - frame.movedim(0, 2).numpy()).mean())
        for shown, frame in zip(frames_of(path), frames, strict=True)
    ]
    return {
        "codec": codec,
        "quality": quality,
        "cpu_ms_a_frame": 1000.0 * processor / len(frames),
        "wall_ms_a_frame": 1000.0 * wall / len(frames),
        "mb_a_minute": sum(each.stat().st_size for each in files) / 1e6 / (len(frames) / float(FPS) / 60.0),
        "psnr_db": 10.0 * float(np.log10(255.0**2 / max(1e-9, float(np.mean(noise))))),
    }


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=Path, nargs=3, help="three photos of one face; by default of the sample album")
    parser.add_argument("--size", default="640x360", help="of the film")
    parser.add_argument("--codecs", nargs="+", choices=list(KINDS), default=list(KINDS), help="what is written")
    arguments = parser.parse_args()
    width, height = map(int, arguments.size.split("x"))
    hush_encoders()
    with tempfile.TemporaryDirectory() as place:
        photos = arguments.photos or write_sample_album(Path(place))[:3]
        frames = render_film(photos, (width, height))
        rows = []
        for codec in arguments.codecs:
            for quality in QUALITIES:
                rows.append(measure_kind(codec, quality, frames, Path(place)))
                print(rows[-1], flush=True)
    print("\n".join(f"{key}: {value}" for key, value in describe_machine().items()))
    shown = [{key: value if isinstance(value, str) else f"{value:.1f}" for key, value in row.items()} for row in rows]
    print_table(f"{len(frames)} frames of {arguments.size} at {FPS} a second", shown)
    print(f"written to {write_results('outputs', rows)}")


if __name__ == "__main__":
    main()
