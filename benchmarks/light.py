"""Measure how light is evened out: `python benchmarks/light.py [--only real|made|cost]`.

Real series are aligned as the program does it; flicker is the mean absolute second difference of CIELAB on what is
measured, before and after the default correction. In made series the light is known: random gains of each photo are to
go, a slow change, a lasting one, and the neighbours of one odd photo are to stay. All in stops.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from report import PHOTOS, describe_machine, print_table, write_results
from skimage.data import astronaut
from torch import Tensor

import morphlapse as ml
from morphlapse.film.grade import correct_light, measure_light, smooth_light
from morphlapse.imaging.colour import expose, linear_from_srgb, srgb_from_linear
from morphlapse.pipeline.film import Film

SERIES: tuple[tuple[str, str, Literal["face", "body", "scene"]], ...] = (
    ("face, day by day", "faces/agelapse-photo-a-day/*.jpg", "face"),
    ("juggler, one light", "bodies/sam2-gallery/frames_juggle_1s/*.jpg", "body"),
    ("glacier, light changed", "series/derived-shift-glacier/*.jpg", "scene"),
)
"""Name, files, and what they are aligned on."""
COUNT = 53
"""Photos of a made series: a year of weeks."""
EXPOSURE, BALANCE = 0.5, 0.25
"""Standard deviations of a made photo's gains: of all channels, and of red against blue."""


def measure_real(photos: Path) -> Iterator[dict[str, Any]]:
    """Flicker of real series, before and after."""
    for name, pattern, on in SERIES:
        album = ml.read_album(sorted(photos.glob(pattern)))
        found = ml.detect(album, None if on == "scene" else "mediapipe")
        plan = ml.align(album, ml.select(album, found, on=on), ml.AlignOptions(on=on))
        begun = time.process_time()
        lighting = Film(plan, ml.FilmOptions(preview=True)).lighting
        spent = time.process_time() - begun
        report = None if lighting is None else lighting.report
        assert lighting is not None
        assert report is not None
        yield {
            "series": name,
            "photos": len(plan.placed),
            "measured on": report.region,
            "L* before": round(report.before.lightness, 2),
            "L* after": round(report.after.lightness, 2),
            "ab before": round(report.before.chroma, 2),
            "ab after": round(report.after.chroma, 2),
            "most stops": round(float(np.abs(lighting.stops).max()), 2),
            "CPU ms a photo": round(1e3 * spent / len(plan.placed), 1),
        }


def odds_gain(picture: Tensor, stops: Tensor) -> Tensor:
    """The program's own gain, which clips nothing."""
    return expose(picture, stops)


def camera_gain(picture: Tensor, stops: Tensor) -> Tensor:
    """A gain of linear light, clipped as a camera clips, in 8 bits."""
    light = linear_from_srgb(picture) * torch.exp2(stops)[:, None, None]
    return (srgb_from_linear(light.clamp(0.0, 1.0)) * 255.0).round() / 255.0


def made_truths() -> dict[str, np.ndarray]:
    """What is to stay of a made series, in stops: (N, 3)."""
    weeks = np.arange(COUNT)
    warm = np.array([1.0, 1.0, 0.6])
    return {
        "steady": np.zeros((COUNT, 3)),
        "a year's wave of 2 stops": -np.cos(2.0 * np.pi * weeks / 52.0)[:, None] * warm,
        "a stop brighter, warmer from the middle on": np.where(weeks < COUNT // 2, 0.0, 1.0)[:, None] * warm,
    }


def measure_made() -> Iterator[dict[str, Any]]:
    """How much of known gains goes, and how much of a known change stays, at full strength."""
    picture = torch.from_numpy(astronaut()[::4, ::4].copy()).movedim(2, 0).double() / 255.0
    for gain in (odds_gain, camera_gain):
        for name, truth in made_truths().items():
            yield {"kept": name, "gain": gain.__name__, **measure_one(picture, truth, gain)}


def measure_one(picture: Tensor, truth: np.ndarray, gain: Callable[[Tensor, Tensor], Tensor]) -> dict[str, float]:
    """One made series: what was added to its truth, and what is left of it."""
    dice = np.random.default_rng(1)
    balance = BALANCE * dice.standard_normal(COUNT)
    added = EXPOSURE * dice.standard_normal((COUNT, 1)) + balance[:, None] * np.array([1.0, 0.0, -1.0])
    whole = torch.ones(1, *picture.shape[1:], dtype=torch.float64)

    def lights(stops: np.ndarray) -> np.ndarray:
        return np.stack([measure_light(gain(picture, torch.from_numpy(each)), whole) for each in stops])

    plain, light = lights(truth), lights(truth + added)
    at = np.arange(COUNT, dtype=np.float64)
    after = light + correct_light(light, smooth_light(light, at), strength=1.0, most=9.0)
    quiet = plain + correct_light(plain, smooth_light(plain, at), strength=1.0, most=9.0)
    known = np.isfinite(light + plain).all(axis=1)
    plain, light, after, quiet = (each[known] for each in (plain, light, after, quiet))
    return {
        "clipped": COUNT - int(known.sum()),
        "rms added": round(float(np.sqrt(np.mean((light - plain) ** 2))), 3),
        "rms left": round(float(np.sqrt(np.mean((after - plain) ** 2))), 3),
        "jumps before": round(float(np.abs(np.diff(light, n=2, axis=0)).mean()), 3),
        "jumps after": round(float(np.abs(np.diff(after, n=2, axis=0)).mean()), 3),
        "most lost where nothing was added": round(float(np.abs(quiet - plain).max()), 3),
    }


def measure_cost() -> Iterator[dict[str, Any]]:
    """What it costs to correct a photo at the size of a film, on one thread."""
    torch.set_num_threads(1)
    stops = torch.tensor([0.5, 0.3, -0.2])
    for height, width in ((1080, 1920), (2160, 3840)):
        image, spent = torch.rand(3, height, width), []
        for _ in range(5):
            begun = time.process_time()
            expose(image, stops)
            spent.append(time.process_time() - begun)
        yield {"size": f"{width}x{height}", "CPU ms a photo": round(1e3 * float(np.median(spent)))}


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=("real", "made", "cost"), help="a part of it")
    only = parser.parse_args().only
    print("\n".join(f"{key}: {value}" for key, value in describe_machine().items()))
    parts = {
        "real": ("Real series, default correction", lambda: measure_real(PHOTOS) if PHOTOS.is_dir() else iter(())),
        "made": ("Made series of known light, full correction, in stops", measure_made),
        "cost": ("Correcting a photo", measure_cost),
    }
    told: list[dict[str, Any]] = []
    for part, (title, measure) in parts.items():
        if only in (None, part):
            rows = list(measure())
            print_table(title, rows)
            told.extend({"part": part, **row} for row in rows)
    if only is None:
        print(f"written to {write_results('light', told)}")


if __name__ == "__main__":
    main()
