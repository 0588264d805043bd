"""The pictures of the site, each made by the code that the page speaks of, from the photos in scikit-image's wheel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt
import numpy as np
import PIL.Image
import torch
from skimage.data import astronaut
from torch import Tensor

import morphlapse as ml
from makers.plots import draw_areas, draw_grid, save_plot, show_rows
from morphlapse.geometry.graph import Relation, solve_series
from morphlapse.geometry.similarity import similarity, split_similarity
from morphlapse.imaging.colour import lab_of
from morphlapse.imaging.velocity import smallest_area, trace
from morphlapse.imaging.warp import resize, sample
from morphlapse.morphing.energy import make_features
from morphlapse.morphing.pace import measure_steps
from morphlapse.morphing.unfold import unfold
from morphlapse.records import Size

PANEL = Size(240, 240)
"""Of one photo in a row."""


def write_pictures(folder: Path) -> None:
    """Make those that are not there yet."""
    with torch.no_grad():
        for name, draw in PICTURES.items():
            path = folder / f"{name}.png"
            if not path.exists():
                draw(path)


def save_row(images: Sequence[Tensor], path: Path, *, gap: int = 6) -> None:
    """Put images (3, H, W) side by side, with transparent gaps."""
    blank = torch.zeros(4, images[0].shape[1], gap)
    parts = [torch.cat((image.clamp(0.0, 1.0), torch.ones_like(image[:1]))) for image in images]
    row = torch.cat([piece for part in parts for piece in (part, blank)][:-1], dim=2)
    PIL.Image.fromarray((row * 255.0).round().byte().permute(1, 2, 0).numpy()).save(path, optimize=True)


def sample_pair() -> tuple[Tensor, Tensor]:
    """The cat and the astronaut, small."""
    with TemporaryDirectory() as place:
        cat, person = sorted(ml.write_sample_pair(Path(place)), reverse=True)
        images = [torch.from_numpy(np.array(PIL.Image.open(path).convert("RGB"))) for path in (cat, person)]
    first, second = (resize(image.permute(2, 0, 1)[None] / 255.0, PANEL)[0] for image in images)
    return first, second


def draw_hero(path: Path) -> None:
    """Two photos and five pictures between them."""
    morph = ml.morph(*sample_pair(), hints="auto")
    save_row([resize(morph.frame_at(k / 6.0)[None], Size(160, 160))[0] for k in range(7)], path, gap=3)


def draw_middle(path: Path) -> None:
    """A dissolve and a morph at the middle, between their ends."""
    a, b = sample_portraits()
    morph = ml.morph(a, b, ml.MorphOptions(prealign=False))
    save_row([a, 0.5 * (a + b), morph.frame_at(0.5), b], path)


def sample_portraits() -> tuple[Tensor, Tensor]:
    """A portrait, and the same after its parts have moved and its light has changed."""
    whole = torch.from_numpy(astronaut()).permute(2, 0, 1)[:, :400, 30:430] / 255.0
    a = resize(whole[None], PANEL)
    y, x = torch.meshgrid(*(torch.linspace(-1.0, 1.0, n) for n in (240, 240)), indexing="ij")
    bend = torch.stack((x + 0.09 * torch.sin(2.2 * y + 0.4), y + 0.07 * torch.cos(2.6 * x)), dim=-1)
    positions = (bend + 1.0) * 119.5
    b = sample(a, positions[None], resampling="catmull_rom")[0].clamp(0.0, 1.0)
    return a[0], (b**0.8 * b.new_tensor([1.0, 0.92, 0.8])[:, None, None]).clamp(0.0, 1.0)


def draw_features(path: Path) -> None:
    """One photo in two lights, and what the solver sees of both."""
    a, _ = sample_portraits()
    dark = (0.5 * a) ** 1.4
    seen = [
        make_features(lab_of(image[None]), contrast_floor=0.003, chroma=1.0, lightness=1.0)[0, :1]
        for image in (a, dark)
    ]
    save_row([a, dark, *((0.5 + 0.2 * each).clamp(0.0, 1.0).expand(3, -1, -1) for each in seen)], path)


def draw_flow(path: Path) -> None:
    """A grid on the first photo, carried along."""
    a, b = sample_portraits()
    morph = ml.morph(a, b, ml.MorphOptions(prealign=False))
    times = (0.0, 0.5, 1.0)
    figure, axes = plt.subplots(1, len(times), figsize=(8.0, 2.9))
    for axis, t in zip(axes, times, strict=True):
        draw_grid(axis, morph.frame_at(t), lambda points, t=t: morph.carry(points, t), f"t = {t:g}")
    save_plot(figure, path)


def draw_folds(path: Path) -> None:
    """The smallest area of every cell under a rough velocity, before and after it is unfolded."""
    rough = torch.randn(1, 2, 12, 12, generator=torch.Generator().manual_seed(3))
    velocity = resize(rough, Size(40, 40)) * 2.2
    figure, axes = plt.subplots(1, 2, figsize=(8.0, 3.7))
    for axis, each, name in zip(axes, (velocity, unfold(velocity)), ("as found", "unfolded"), strict=True):
        path_of = trace(each).displacement
        draw_areas(axis, path_of[-1, 0], smallest_area(path_of).amin(dim=0)[0], name)
    save_plot(figure, path)


def draw_maps(path: Path) -> None:
    """All maps between the two portraits."""
    morph = ml.morph(*sample_portraits(), ml.MorphOptions(prealign=False))
    save_row([morph.maps_picture()], path)


def draw_pace(path: Path) -> None:
    """How much is seen to change from frame to frame, with and without a pace."""
    a, b = sample_portraits()
    b = torch.nn.functional.avg_pool2d(b[None], 9, 1, 4, count_include_pad=False)[0]
    morph = ml.morph(a, b, ml.MorphOptions(prealign=False))
    shares = [(k + 0.5) / 17.0 for k in range(17)]
    plain, even = (measure_steps([morph.frame_at(f(p)) for p in shares]) for f in (lambda p: p, morph.pace))
    figure, axis = plt.subplots(figsize=(6.4, 2.6))
    for steps, name in ((plain, "t = progress"), (even, "t = pace(progress)")):
        axis.plot(shares[1:], np.array(steps) / np.mean(steps), label=name)
    axis.set(xlabel="progress of the transition", ylabel="step over its mean", ylim=(0.0, 2.2))
    axis.legend(frameon=False)
    save_plot(figure, path)


def draw_targets(path: Path) -> None:
    """Who was found in a photo, and what of them is registered."""
    with TemporaryDirectory() as place:
        album = ml.read_album(ml.write_sample_album(Path(place))[:1])
        found = ml.detect(album, identifier=None).found[0]
        assert found.main is not None
        parts = [ml.show_subject(found.photo, found.main)]
        parts += [ml.show_targets(found.photo, found.main, on=on) for on in ("body", "face")]
    height = min(part.shape[1] for part in parts)
    save_row([resize(p[None], Size(300, round(300 * p.shape[2] / p.shape[1])))[0] for p in parts if height], path)


def draw_spectra(path: Path) -> None:
    """A picture and the same turned and grown, and the sizes of their spectra."""
    whole = torch.from_numpy(astronaut()).permute(2, 0, 1)[None] / 255.0
    near = similarity(1.3, np.radians(35.0), centre=(255.5, 255.5))
    moved = ml.warp(whole[0], ml.Registration(near))[None]
    window = torch.hann_window(512)
    spectra = []
    for image in (whole, moved):
        structure = (image.mean(dim=1, keepdim=True) - 0.5) * window * window[:, None]
        size = torch.fft.fftshift(torch.fft.fft2(structure), dim=(-2, -1)).abs()[..., 156:356, 156:356].log()
        spectra.append(resize(((size + 1.0) / 8.0).clamp(0.0, 1.0), PANEL)[0].expand(3, -1, -1))
    save_row([*(resize(image, PANEL)[0] for image in (whole, moved)), *spectra], path)


def draw_registration(path: Path) -> None:
    """Two pictures, and one half over the other before and after."""
    whole = torch.from_numpy(astronaut()).permute(2, 0, 1) / 255.0
    size = Size(240, 240)
    fixed_from_whole = similarity(0.6, shift=(-20.0, 0.0))
    moving_from_whole = similarity(0.55, np.radians(-14.0), shift=(-35.0, 60.0))
    fixed, moving = (ml.warp(whole, ml.Registration(each), size) for each in (fixed_from_whole, moving_from_whole))
    moving = (moving**1.5 * 0.8).clamp(0.0, 1.0)
    found = ml.register(moving, fixed)
    save_row(
        [moving, fixed, ml.show_overlay(moving, fixed), ml.show_overlay(ml.warp(moving, found, size), fixed)], path
    )


def draw_series(path: Path) -> None:
    """Turns of a made series: measured step by step, and found together."""
    chance = np.random.default_rng(5)
    count, points = 40, np.array([[0.0, 0.0], [100.0, 0.0], [0.0, 100.0]])
    true = [similarity(1.0, 0.1 * np.sin(0.2 * k)) for k in range(count)]
    true[0] = np.eye(3)

    def measure(k: int, j: int) -> Relation:
        noise = similarity(1.0, chance.normal(0.0, 0.02) + (0.5 if chance.random() < 0.06 else 0.0))
        return Relation(k, j, np.linalg.inv(true[j]) @ true[k] @ noise, points)

    steps = [measure(k, k - 1) for k in range(1, count)]
    direct = [measure(k, 0) for k in range(2, count)]
    chained = [np.eye(3)]
    for step in steps:
        chained.append(chained[-1] @ step.matrix)
    found, _ = solve_series([*steps, *direct], count, 0, noise=2.0)
    rows = {
        "true": (true, {"color": "0.6", "linewidth": 5}),
        "one after the other": (chained, {"linestyle": ":"}),
        "each on the reference": (
            [np.eye(3), *(r.matrix for r in (steps[0], *direct))],
            {"marker": ".", "linestyle": ""},
        ),
        "all together": (found, {"color": "black"}),
    }
    figure, axis = plt.subplots(figsize=(6.4, 3.0))
    show_rows(axis, {n: ([np.degrees(split_similarity(m)[1]) for m in ms], how) for n, (ms, how) in rows.items()})
    axis.set(xlabel="photo", ylabel="turn, degrees")
    save_plot(figure, path)


def draw_means(path: Path) -> None:
    """The mean of the sample album as it was taken and as it is aligned, for some of its photos."""
    with TemporaryDirectory() as place:
        images = ml.write_sample_album(Path(place))[:5]
        aligned = ml.sequence(images, ml.AlignOptions(on="face"))
        before = sum(ml.sequence(images, ml.AlignOptions(on="none")).images()) / len(images)
        after = sum(aligned.images()) / len(aligned.placed)
    size = Size(300, 240)
    save_row([resize(torch.as_tensor(each)[None], size)[0] for each in (before, after)], path)


PICTURES: dict[str, Callable[[Path], None]] = {
    "hero": draw_hero,
    "middle": draw_middle,
    "features": draw_features,
    "flow": draw_flow,
    "folds": draw_folds,
    "maps": draw_maps,
    "pace": draw_pace,
    "targets": draw_targets,
    "spectra": draw_spectra,
    "registration": draw_registration,
    "series": draw_series,
    "means": draw_means,
}
"""By the name of the file."""
