"""The rectangle of a level plane that a frame shows: its centre and its width.

A photo covers a quadrilateral of that plane, the frame a rectangle. The widest rectangle about a given centre that one
photo fills is a closed form, so the widest that a share of them fills is an order statistic, sought over the centre.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from morphlapse.errors import OptionError
from morphlapse.geometry.polygon import signed_area_of

SHARES = (0.9, 0.75, 0.5)
"""How many of the photos fill the frame: the first that leaves enough of the picture."""

LEAST_AREA = 0.4
"""A frame must keep this much of what a typical photo could show."""

LEAST_FOCUS = 0.95
"""And this much of the subject, in a typical photo."""

LEAST_COVER = 0.1
"""A frame that all photos fill must be at least this wide, over the widest that a typical photo fills."""

CUT_PRICE = 4.0
"""So many pixels of width are given up to keep one more pixel of the subject in view."""

EYE_PLACE = np.array([0.5, 0.4])
"""Where a viewer expects the eyes: over the frame's width and height, from its top left."""

EYE_LEEWAY, EYE_PRICE = 0.05, 1.0
"""How far from there they may be at no cost, over the frame's sides; and what share of the width is given up for each
share beyond that."""


class NoCoverError(OptionError):
    """The photos share too little for a frame that all of them fill; it knows which one lies farthest off."""

    def __init__(self, farthest: int) -> None:
        self.farthest = farthest
        super().__init__("the photos share too little for a frame that all of them fill")


Fit = Literal["auto", "cover", "contain"]
"""How photos that differ share a frame: most fill it, all fill it, or all are seen whole."""


@dataclass(frozen=True, eq=False)
class Scene:
    """What a frame is chosen for, in a plane that is level."""

    quads: Float[ndarray, "p 4 2"]
    """The photos' corners."""
    boxes: Float[ndarray, "f 4"]
    """Left, top, right and bottom of what should stay in view, for each photo that says so."""
    eyes: Float[ndarray, " 2"] | None
    """Where the eyes are, if anybody's."""
    aspect: float
    """Of the frame, width over height."""

    @cached_property
    def bounds(self) -> tuple[ndarray, ndarray]:
        """Each side of each photo as a bound on the frame's width."""
        return _half_planes(self.quads, self.aspect)

    @cached_property
    def home(self) -> Float[ndarray, " 2"]:
        """The middle of what is looked at."""
        if len(self.boxes):
            return np.median((self.boxes[:, :2] + self.boxes[:, 2:]) / 2.0, axis=0)
        return np.median(self.quads.mean(axis=1), axis=0)

    @cached_property
    def typical(self) -> float:
        """Width of the frame that a typical photo fills about its own middle."""
        return float(np.median(np.diagonal(_widths(self.bounds, self.quads.mean(axis=1)))))

    @cached_property
    def subject(self) -> Float[ndarray, " 4"] | None:
        """What takes in the subject of nine photos in ten at each side."""
        if not len(self.boxes):
            return None
        return np.concatenate(
            [np.quantile(self.boxes[:, :2], 0.1, axis=0), np.quantile(self.boxes[:, 2:], 0.9, axis=0)]
        )


def choose_rectangle(scene: Scene, fit: Fit) -> tuple[ndarray, float]:
    """Centre and width of what is shown before any zoom."""
    if fit == "contain":
        low, high = scene.quads.min(axis=(0, 1)), scene.quads.max(axis=(0, 1))
        return (low + high) / 2.0, float(max(high[0] - low[0], (high[1] - low[1]) * scene.aspect))
    if fit == "cover":
        return _cover_all(scene)
    least = math.sqrt(LEAST_AREA) * scene.typical
    centre, width = scene.home, scene.typical
    for share in SHARES:
        centre, width = _widest(scene, share)
        if width >= least and _kept(scene.boxes, centre, width, scene.aspect) >= LEAST_FOCUS:
            return centre, width
    return _take_in(scene, centre if width > 0.0 else scene.home, max(width, least))


def zoom_rectangle(scene: Scene, centre: ndarray, width: float, zoom: float) -> tuple[ndarray, float]:
    """Show less or more: within the frame or all around it, and the subject where it is best seen."""
    if zoom == 1.0:
        return centre, width
    best = centre
    if scene.eyes is not None:
        best = scene.eyes + (0.5 - EYE_PLACE) * np.array([width, width / scene.aspect]) / zoom
    elif len(scene.boxes):
        best = scene.home
    room = 0.5 * abs(width - width / zoom) * np.array([1.0, 1.0 / scene.aspect])
    return np.clip(best, centre - room, centre + room), width / zoom


def move_rectangle(scene: Scene, centre: ndarray, width: float, offset: tuple[float, float], fit: Fit) -> ndarray:
    """Move the frame as far as is asked for and its fit allows."""
    sides = np.array([width, width / scene.aspect])
    step = np.array(offset) * sides
    if fit == "contain":
        low, high = scene.quads.max(axis=(0, 1)) - sides / 2.0, scene.quads.min(axis=(0, 1)) + sides / 2.0
        return np.clip(centre + step, np.minimum(low, centre), np.maximum(high, centre))
    if fit == "cover":
        slope, bound = scene.bounds
        nearer = slope @ step
        room = np.maximum(bound - slope @ centre - width, 0.0)
        step = step * min(1.0, float((room[nearer > 0.0] / nearer[nearer > 0.0]).min(initial=1.0)))
    return centre + step


def _cover_all(scene: Scene) -> tuple[ndarray, float]:
    """The largest rectangle that all photos fill."""
    centre, width = _widest(scene, 1.0)
    if width < LEAST_COVER * scene.typical:
        farthest = int(_widths(scene.bounds, scene.home[None])[:, 0].argmin())
        raise NoCoverError(farthest)
    return centre, width


def _widest(scene: Scene, share: float) -> tuple[ndarray, float]:
    """The centre about which `share` of the photos fill the widest frame that shows the subject well."""
    rank = len(scene.quads) - math.ceil(share * len(scene.quads) - 1e-9)
    low, high = scene.quads.min(axis=(0, 1)), scene.quads.max(axis=(0, 1))
    best, most = scene.home, -math.inf
    for _ in range(8):
        x, y = np.linspace(low, high, 17).T
        for row in y:
            centres = np.stack([x, np.full_like(x, row)], axis=-1)
            found = np.partition(_widths(scene.bounds, centres), rank, axis=0)[rank]
            value = found - _flaws(scene, centres, found)
            k = int(value.argmax())
            if value[k] > most:
                best, most = centres[k], float(value[k])
        reach = (high - low) / 6.0
        low, high = best - reach, best + reach
    final = np.partition(_widths(scene.bounds, best[None]), rank, axis=0)[rank]
    return best, float(final[0])


def _flaws(scene: Scene, centres: Float[ndarray, "c 2"], widths: Float[ndarray, " c"]) -> Float[ndarray, " c"]:
    """What frames about centres do to the subject, as width that is worth it; of equals the one nearest to it."""
    flaws = 1e-3 * np.linalg.norm(centres - scene.home, axis=1)
    heights = np.maximum(widths, 0.0) / scene.aspect
    if scene.subject is not None:
        half = 0.5 * np.stack([np.maximum(widths, 0.0), heights], axis=-1)
        cut = np.maximum(centres - half - scene.subject[:2], 0.0) + np.maximum(scene.subject[2:] - centres - half, 0.0)
        flaws = flaws + CUT_PRICE * cut.sum(axis=-1)
    if scene.eyes is not None:
        frames = np.stack([scene.aspect * heights, heights], axis=-1)
        off = np.abs(scene.eyes - centres + (0.5 - EYE_PLACE) * frames) - EYE_LEEWAY * frames
        flaws = flaws + EYE_PRICE * (np.maximum(off, 0.0) * [1.0, scene.aspect]).sum(axis=-1)
    return flaws


def _half_planes(quads: Float[ndarray, "p 4 2"], aspect: float) -> tuple[ndarray, ndarray]:
    """Each side of each photo as a bound on the frame's width: width <= offset - slope . centre."""
    ends = np.roll(quads, -1, axis=1)
    along = ends - quads
    turn = np.sign([signed_area_of(quad) for quad in quads])[:, None, None]
    normal = turn * np.stack([along[..., 1], -along[..., 0]], axis=-1)
    reach = 0.5 * (np.abs(normal[..., 0]) + np.abs(normal[..., 1]) / aspect)
    slope = normal / reach[..., None]
    return slope, (slope * quads).sum(axis=-1)


def _widths(bounds: tuple[ndarray, ndarray], centres: Float[ndarray, "c 2"]) -> Float[ndarray, "p c"]:
    """Widest frame about each centre that each photo fills."""
    slope, offset = bounds
    return (offset[..., None] - slope @ centres.T).min(axis=1)


def _kept(boxes: ndarray, centre: ndarray, width: float, aspect: float) -> float:
    """How much of a typical photo's subject is in view."""
    if not len(boxes):
        return 1.0
    half = 0.5 * np.array([width, width / aspect])
    seen = np.minimum(boxes[:, 2:], centre + half) - np.maximum(boxes[:, :2], centre - half)
    return float(np.median(np.clip(seen, 0.0, None).prod(axis=1) / (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)))


def _take_in(scene: Scene, centre: ndarray, width: float) -> tuple[ndarray, float]:
    """Move and grow a frame to take in the subject of a typical photo, but not beyond what takes in that photo."""
    if _kept(scene.boxes, centre, width, scene.aspect) >= LEAST_FOCUS:
        return centre, width
    sides = np.array([1.0, scene.aspect])
    box = np.median(scene.boxes, axis=0)
    whole = float(np.median((np.ptp(scene.quads, axis=1) * sides).max(axis=1)))
    width = max(width, min(float(((box[2:] - box[:2]) * sides).max()), whole))
    half = 0.5 * width / sides
    # Where even that is too little, the head is seen rather than the feet.
    return np.clip(centre, box[2:] - half, box[:2] + half), width
