"""Hints that a detector guessed, where photos of one moment tell better.

A joint that is hidden is put where the detector thinks it, and in two photos it thinks two things. Between photos of
two days nothing else may be known; between those of one moment the pictures know.
"""

from __future__ import annotations

import cv2
import numpy as np
import torch
from jaxtyping import Bool, Float
from numpy.typing import NDArray
from torch import Tensor

from morphlapse.imaging.warp import sample, size_of
from morphlapse.morphing.dense import Flow, gray_of
from morphlapse.morphing.hints import Hints

ONE_MOMENT = 0.8
"""Photos are of one moment where dense flow leads to so large a share of the hints."""
NEAR = 0.01
"""Flow leads to a hint that it misses by less, over the long side (or by less than the hint's own tolerance)."""
LEAST_PX = 6
"""Half the side of what is sought about a hint, at least; else half its tolerance."""
REACH = 4
"""It is sought so many times as far."""
FLAT = 1.0
"""Deviation of bytes up to which there is nothing to find again."""
FOUND, BETTER = 0.8, 0.3
"""What correlates so well elsewhere, and so much better than about the hint, is there."""


def leave_out_doubtful(a: Float[Tensor, "1 3 h w"], b: Float[Tensor, "1 3 h w"], hints: Hints, flow: Flow) -> Hints:
    """Of photos of one moment, leave out hints whose surroundings are found elsewhere; given ones are kept.

    Parameters
    ----------
    a, b : Tensor, (1, 3, H, W)
        The pictures.
    hints : Hints
        In pixels of the pictures; those with a tolerance are guesses.
    flow : Flow
        Between the pictures, from `find_flow`.
    """
    tolerance = torch.as_tensor(hints.tolerance_px).to(hints.a).expand(len(hints.a))
    guessed = tolerance > 0.0
    if not bool(guessed.any()):
        return hints
    confirmed = _are_confirmed(flow[0], hints, tolerance)
    asked = guessed & ~confirmed
    if not bool(asked.any()) or float(confirmed.float().mean()) < ONE_MOMENT:
        return hints
    kept = torch.ones_like(asked)
    grays = gray_of(a), gray_of(b)
    for k in asked.nonzero()[:, 0].tolist():
        half = max(LEAST_PX, round(0.5 * float(tolerance[k])))
        places = [points[k].cpu().double().numpy() for points in (hints.a, hints.b)]
        kept[k] = not (_lies_elsewhere(grays, places, half) or _lies_elsewhere(grays[::-1], places[::-1], half))
    return Hints(hints.a[kept], hints.b[kept], hints.weight[kept], tolerance[kept])


def _are_confirmed(flow: Float[Tensor, "1 2 h w"], hints: Hints, tolerance: Float[Tensor, " n"]) -> Bool[Tensor, " n"]:
    """Whether dense flow leads from a's points to b's."""
    middle = 0.5 * (hints.a + hints.b)
    led = sample(flow, middle[None, None])[0, :, 0].T
    return (led - (hints.b - hints.a)).norm(dim=-1) <= tolerance.clamp_min(NEAR * size_of(flow).long_side)


def _lies_elsewhere(grays: tuple[NDArray[np.uint8], ...], places: list[NDArray[np.float64]], half: int) -> bool:
    """Whether what is about a place of one picture is in the other, but not at the place that it is said to have."""
    room = (REACH + 2) * half
    first, second = (np.pad(gray, room, mode="edge") for gray in grays)
    here, there = (np.clip(np.round(at), 0, np.array(grays[0].shape[::-1]) - 1).astype(int) + room for at in places)
    patch = _cut(first, here, half)
    # It may have moved from where it was, or lie about where it is said to be.
    best = max(_correlate(_cut(second, middle, REACH * half), patch) for middle in (here, there))
    return best >= FOUND and best - _correlate(_cut(second, there, half + half // 2), patch) >= BETTER


def _cut(gray: NDArray[np.uint8], middle: NDArray[np.int_], half: int) -> NDArray[np.uint8]:
    x, y = middle
    return gray[y - half : y + half + 1, x - half : x + half + 1]


def _correlate(seen: NDArray[np.uint8], patch: NDArray[np.uint8]) -> float:
    """The highest normalised correlation of a patch with any place of what is seen; 0 for a flat patch."""
    if patch.std() <= FLAT:
        return 0.0
    return float(np.nan_to_num(cv2.matchTemplate(seen, patch, cv2.TM_CCOEFF_NORMED), posinf=0.0).max())
