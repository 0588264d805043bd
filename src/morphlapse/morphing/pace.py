"""Pace: how far a transition is after each share of its time, so that what is seen changes evenly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from jaxtyping import Float
from numpy.polynomial import Polynomial
from numpy.typing import NDArray
from torch import Tensor

from morphlapse.imaging.colour import lab_of
from morphlapse.imaging.filters import gradients

PROBES = 9
"""How many frames are looked at."""
PROBE_PX = 128
"""Their long side."""
STRUCTURE = 2.0
"""Weight of a change in the slopes of lightness beside one in colour."""
DEGREE = 2
"""Of the polynomial that the logarithm of the speed is fitted by: a trend and a bend, and too little for noise."""
FASTEST = 2.0
"""The pace is slowed down or sped up by this factor at most."""
KNOTS = 8
"""Into how many parts a pace is divided; it is smooth within and between them."""
STILL = 1e-5
"""A transition whose steps are smaller than this (CIELAB over 100) has no pace to be measured."""


@dataclass(frozen=True, eq=False)
class Pace:
    """A smooth monotone map from progress to t, both from 0 to 1.

    Between knots it is the cubic with the right value and slope at both (Hermite), so that its slope never jumps.
    """

    reached: NDArray[np.float64]
    """(n + 1,) t at progress k / n."""
    slope: NDArray[np.float64]
    """(n + 1,) dt / dprogress there."""

    def __call__(self, progress: float) -> float:
        """The t of a progress; what lies outside 0 to 1 counts as its end."""
        count = len(self.reached) - 1
        place = min(max(progress, 0.0), 1.0) * count
        knot = min(int(place), count - 1)
        f = place - knot
        g = 1.0 - f
        start, end = self.reached[knot], self.reached[knot + 1]
        slopes = self.slope[knot] * g - self.slope[knot + 1] * f
        return float(start * g + end * f + f * g * ((end - start) * (f - g) + slopes / count))

    def joined(self) -> Pace:
        """The same with slope 1 at both ends: time then runs on smoothly from one transition to the next."""
        slope = self.slope.copy()
        slope[[0, -1]] = 1.0
        return Pace(self.reached, slope)


PLAIN = Pace(np.array([0.0, 1.0]), np.array([1.0, 1.0]))
"""t is the progress."""


def find_pace(frame_at: Callable[[float], Tensor]) -> Pace:
    """Find the pace at which frames change evenly: invert the cumulative change.

    Exchanged pictures get the pace read backwards, p -> 1 - pace(1 - p), and so the same film backwards.

    Parameters
    ----------
    frame_at : callable
        Gives the (3, h, w) frame at t; small frames do.

    Returns
    -------
    Pace
    """
    # The ends are left out: they are shown bit for bit, and what resampling does to the others would count as change.
    times = (np.arange(PROBES) + 0.5) / PROBES
    steps = np.array(measure_steps([frame_at(float(t)) for t in times]))
    if not steps.mean() > STILL:
        return PLAIN
    between = 0.5 * (times[1:] + times[:-1])
    fitted = Polynomial.fit(between, np.log(steps + STILL), DEGREE, domain=[0.0, 1.0])
    mean = np.log(steps.mean())
    return invert_speed(lambda t: bound(np.asarray(fitted(t) - mean, dtype=np.float64)))


def bound(log_speed: NDArray[np.float64]) -> NDArray[np.float64]:
    """Speed from its logarithm, smoothly kept within a factor of `FASTEST`."""
    limit = np.log(FASTEST)
    return np.exp(limit * np.tanh(log_speed / limit))


def invert_speed(speed_at: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> Pace:
    """The pace that makes up for a speed: slow where it is high."""
    t = np.linspace(0.0, 1.0, 16 * KNOTS + 1, dtype=np.float64)
    speed = speed_at(t)
    way = np.concatenate(([0.0], np.cumsum(0.5 * (speed[1:] + speed[:-1])) / (len(t) - 1)))
    reached = np.asarray(np.interp(np.linspace(0.0, way[-1], KNOTS + 1), way, t), dtype=np.float64)
    reached[[0, -1]] = 0.0, 1.0
    return Pace(reached, way[-1] / speed_at(reached))


def measure_steps(frames: list[Tensor]) -> list[float]:
    """How much is seen to change from each frame to the next: CIELAB, and the slopes of lightness (structure)."""
    seen = [_look(frame[None].detach()) for frame in frames]
    return [float((after - before).square().sum(dim=1).sqrt().mean()) for before, after in pairwise(seen)]


def _look(frame: Float[Tensor, "1 3 h w"]) -> Float[Tensor, "1 5 h w"]:
    lab = lab_of(frame)
    return torch.cat((lab, *(STRUCTURE * slope for slope in gradients(lab[:, :1]))), dim=1)
