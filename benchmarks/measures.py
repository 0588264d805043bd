"""What is measured of a morph."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable
from itertools import pairwise

import torch
from faces import FacePair
from kornia.color import rgb_to_lab
from peers import Contender
from torch import Tensor
from worlds import World

from morphlapse.imaging.compare import lightness_of, local_correlation_map, psnr, sharpness, ssim
from morphlapse.imaging.filters import gaussian_blur
from morphlapse.imaging.velocity import smallest_area
from morphlapse.imaging.warp import pixel_positions, resize, size_of
from morphlapse.morphing.background import Masks

PACE_STEPS = 16
MOMENTS = tuple(k / 8 for k in range(9))


def endpoint_error(morph: Contender, world: World) -> float:
    """Mean distance in pixels between where each pixel of a is carried and where it belongs."""
    size = size_of(world.truth)
    points = pixel_positions(size, like=world.truth)[0].reshape(-1, 2)
    moved = (morph.carry(points, 1.0) - points).T.reshape(1, 2, size.height, size.width)
    return float((moved - world.truth).norm(dim=1)[0][world.valid].mean())


def landmark_error(morph: Contender, faces: FacePair, *, unhinted: bool = False) -> float:
    """Mean distance between where landmarks are carried and where they belong, over the distance of the eyes."""
    judge = faces.seen & ~faces.hinted if unhinted else faces.seen
    carried = morph.carry(faces.a[judge], 1.0)
    return float((carried - faces.b[judge]).norm(dim=-1).mean()) / faces.eye_distance


def frame_psnr(frame: Tensor, truth: Tensor) -> float:
    """Of (3, H, W) against (1, 3, H, W), dB; 120 where they are equal."""
    return float(psnr(frame[None], truth))


def frame_ssim(frame: Tensor, truth: Tensor) -> float:
    """Of (3, H, W) against (1, 3, H, W)."""
    return float(ssim(frame[None], truth))


def detail_kept(morph: Contender, a: Tensor, b: Tensor) -> float:
    """Energy of the gradients of the middle frame over the mean of both photos', energy being the mean square."""
    middle, first, last = (float(sharpness(each)) ** 2 for each in (morph.frame_at(0.5)[None], a, b))
    return 2.0 * middle / (first + last)


def layer_agreement(morph: Contender, *, tinted: bool) -> float:
    """Structural similarity of both layers at the midpoint."""
    first, last = morph.midpoint_layers(tinted=tinted)
    return float(ssim(first, last))


def evenness(morph: Contender) -> float:
    """Largest over mean step, a step being the mean CIELAB difference between one of 17 frames and the next."""
    labs = [rgb_to_lab(morph.frame_at(morph.pace(k / PACE_STEPS), final=False)) for k in range(PACE_STEPS + 1)]
    steps = [float((after - before).norm(dim=0).mean()) for before, after in pairwise(labs)]
    return max(steps) / max(statistics.mean(steps), 1e-9)


def folded_percent(morph: Contender) -> float:
    """Largest share of cells, over t = k/8 and both layers, that are turned over."""
    shares = [float((smallest_area(u) < 0.0).float().mean()) for t in MOMENTS for u in morph.reads_at(t)]
    return 100.0 * max(shares)


def background_drift(morph: Contender, masks: Masks, *, doubted: float = 0.3) -> float:
    """Mean motion halfway, percent of the long side, of what lies clear of the subject and has no counterpart.

    It is what bends door frames and makes curtains swim.
    """
    drift = morph.reads_at(0.5)[0]
    cells = size_of(drift)
    layers = [lightness_of(resize(layer, cells)) for layer in morph.midpoint_layers(tinted=False)]
    alike = gaussian_blur(local_correlation_map(layers[0], layers[1], sigma=3.0), 6.0)
    subject = torch.maximum(*(resize(mask, cells) for mask in masks))
    clear = gaussian_blur(subject, 0.04 * cells.long_side) < 0.02
    weight = (clear & (alike < doubted)).to(drift.dtype)
    return (
        100.0 * float((drift.norm(dim=1, keepdim=True) * weight).sum() / weight.sum().clamp_min(1.0)) / cells.long_side
    )


def end_psnr(morph: Contender, a: Tensor, b: Tensor) -> float:
    """Of the first or last frame against its picture, whichever is worse, dB; 120 where they are equal bit for bit."""
    frames = ((morph.frame_at(0.0), a), (morph.frame_at(1.0), b))
    return min(120.0 if torch.equal(frame, x[0]) else min(frame_psnr(frame, x), 119.0) for frame, x in frames)


def median_time(work: Callable[[], object], runs: int, *, enough_s: float = math.inf) -> tuple[float, float]:
    """Median wall and CPU seconds.

    One run before is not counted, for it fills what is kept from run to run; where it takes longer than `enough_s`,
    it is the only one.
    """
    first = _time_once(work)
    if first[0] > enough_s:
        return first
    walls, processors = zip(*(_time_once(work) for _ in range(runs)), strict=True)
    return statistics.median(walls), statistics.median(processors)


def _time_once(work: Callable[[], object]) -> tuple[float, float]:
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - processor
