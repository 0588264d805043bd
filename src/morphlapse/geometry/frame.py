"""The film's frame: which part of the reference's plane is shown, at which size.

A photo covers a quadrilateral of that plane, the frame a rectangle. The widest rectangle about a given centre that one
photo fills is a closed form, so the widest that a share of them fills is an order statistic, sought over the centre.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Literal

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from morphlapse.errors import OptionError
from morphlapse.geometry.similarity import Matrix, invert, map_points, similarity, split_similarity
from morphlapse.records import Size

SHORT_SIDE = 1080
"""Short side of an automatic frame, at most."""

LONG_SIDE = 8192
"""And its long side."""

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


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of a frame."""

    size: Literal["auto"] | tuple[int, int] | Fraction = "auto"
    """(width, height) in pixels, of which an odd side loses one; or the aspect, auto the majority's: then with a short
    side of 1080, or less where the photos have fewer pixels there."""
    fit: Fit = "auto"
    """auto: what most photos fill; cover: what all of them fill; contain: all of every photo."""
    zoom: float = 1.0
    """Below 1 shows more and fills more, above 1 shows less."""
    offset: tuple[float, float] = (0.0, 0.0)
    """How far the frame is moved right and down, in shares of its sides, as far as the fit allows."""


@dataclass(frozen=True, eq=False)
class Frame:
    """What the film shows."""

    size: Size
    """Of the canvas, both sides even."""
    canvas_from_reference: Matrix
    """3x3, from pixels of the reference to those of the canvas."""
    fill_share: tuple[float, ...]
    """For each photo, how much of the canvas it does not cover: 0 (it fills the canvas) to 1."""


@dataclass(frozen=True, eq=False)
class _Scene:
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


def corners_of(size: Size) -> Float[ndarray, "4 2"]:
    """The outer corners of a picture, clockwise from the top left."""
    right, bottom = size.width - 0.5, size.height - 0.5
    return np.array([[-0.5, -0.5], [right, -0.5], [right, bottom], [-0.5, bottom]])


def choose_frame(
    placements: Sequence[Matrix],
    sizes: Sequence[Size],
    wish: Wish | None = None,
    *,
    focus: Sequence[Float[ndarray, "n 2"] | None] | None = None,
    eyes: Float[ndarray, " 2"] | None = None,
    level_rad: float = 0.0,
) -> Frame:
    """Choose the part of the reference's plane that the film shows.

    auto: the largest rectangle of the frame's aspect that 90 % of the photos fill, so odd formats do not count, and
    that cuts off as little of the subject as can be, with the eyes near two fifths from the top. Where that would keep
    less than 40 % of what a typical photo could show, or less than 95 % of its subject, 75 % of the photos are asked to
    fill it, then half of them. Where even that is too little, the rectangle grows to 40 % and then to take in the
    subject, but never beyond what takes in a typical photo. What the other photos lack is the renderer's to fill.

    cover: the same for all photos, so that nothing is filled. contain: the smallest that takes in every photo; of
    automatic size, in the aspect that all of them make together.

    A zoom keeps the subject where it is best seen, and never looks beyond the frame if it shows less of it.

    Parameters
    ----------
    placements : sequence of (3, 3)
        `reference_from_photo`, in pixels of full-size photos.
    sizes : sequence of Size
        Of the same photos.
    wish : Wish, optional
        Size, fit and zoom.
    focus : sequence of ndarray (N, 2) or None, optional
        For each photo, points of the reference's plane that should stay in view, such as the corners of the subject's
        box.
    eyes : ndarray (2,), optional
        Where the eyes are in the reference's plane.
    level_rad : float
        Direction in the reference (from x towards y) that is to be level in the frame; for faces, that of the eye line.

    Returns
    -------
    Frame

    Raises
    ------
    OptionError
        There is no photo, or the zoom is none.
    NoCoverError
        No rectangle of a decent size is filled by all photos, and they are to cover it.
    """
    wish = Wish() if wish is None else wish
    if not placements or not wish.zoom > 0.0:
        raise OptionError(f"a frame needs a photo and a zoom above 0 (got {len(placements)} photos, zoom {wish.zoom})")
    level = similarity(angle_rad=-level_rad)
    levelled = [level @ placement for placement in placements]
    quads = np.stack([map_points(m, corners_of(s)) for m, s in zip(levelled, sizes, strict=True)])
    aspect = _choose_aspect(levelled, sizes, quads, wish)
    looked_at = None if eyes is None else map_points(level, np.asarray(eyes, dtype=np.float64)[None])[0]
    scene = _Scene(quads, _boxes(focus, level), looked_at, aspect)
    centre, width = _zoom(scene, *_choose_rectangle(scene, wish.fit), wish.zoom)
    centre = _move(scene, centre, width, wish)
    density = float(np.median([math.sqrt(s.width * s.height / area_of(q)) for s, q in zip(sizes, quads, strict=True)]))
    size = wish.size
    fixed = isinstance(size, tuple)
    canvas = Size(size[1] // 2 * 2, size[0] // 2 * 2) if fixed else _auto_size(width * density, aspect)
    canvas_from_level = _canvas_from(centre, (width, width / aspect), canvas, whole=wish.fit == "contain")
    return Frame(canvas, canvas_from_level @ level, _measure_fill(quads, canvas_from_level, canvas))


def keep_frame(
    placements: Sequence[Matrix], sizes: Sequence[Size], canvas: Size, canvas_from_reference: Matrix
) -> Frame:
    """A frame that is given, and how much of it photos leave to be filled.

    Parameters
    ----------
    placements, sizes : sequences
        See `choose_frame`.
    canvas : Size
        Of the frame.
    canvas_from_reference : (3, 3)
        What it shows.
    """
    quads = [map_points(m, corners_of(s)) for m, s in zip(placements, sizes, strict=True)]
    return Frame(canvas, canvas_from_reference, _measure_fill(quads, canvas_from_reference, canvas))


def _measure_fill(quads: Sequence[ndarray] | ndarray, canvas_from_plane: Matrix, canvas: Size) -> tuple[float, ...]:
    """For each photo's corners in a plane, which share of the canvas lies outside them."""
    shown = map_points(invert(canvas_from_plane), corners_of(canvas))
    return tuple(round(max(0.0, 1.0 - area_of(clip_polygon(quad, shown)) / area_of(shown)), 9) for quad in quads)


def _choose_aspect(placements: Sequence[Matrix], sizes: Sequence[Size], quads: ndarray, wish: Wish) -> float:
    """Width over height that is asked for, or that of most photos, or that which takes in all of them."""
    if wish.size != "auto":
        return float(wish.size) if isinstance(wish.size, Fraction) else wish.size[0] / wish.size[1]
    if wish.fit == "contain":
        extent = np.ptp(quads.reshape(-1, 2), axis=0)
        return float(extent[0] / extent[1])
    return majority_aspect(placements, sizes)


def majority_aspect(placements: Sequence[Matrix], sizes: Sequence[Size]) -> float:
    """Width over height that most photos have as they lie in the reference's plane; of equals the wider."""
    turns = [abs(math.sin(split_similarity(matrix)[1])) > math.sqrt(0.5) for matrix in placements]
    aspects = [1.0 / s.aspect if turned else s.aspect for s, turned in zip(sizes, turns, strict=True)]
    rounded = [round(8.0 * math.log2(aspect)) for aspect in aspects]
    most = max(set(rounded), key=lambda step: (rounded.count(step), step))
    return float(np.median([aspect for aspect, step in zip(aspects, rounded, strict=True) if step == most]))


def area_of(polygon: Float[ndarray, "n 2"]) -> float:
    """Area of a simple polygon."""
    x, y = polygon.T
    return 0.5 * abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1)))


def clip_polygon(polygon: Float[ndarray, "n 2"], window: Float[ndarray, "m 2"]) -> Float[ndarray, "k 2"]:
    """Cut a polygon to a convex window (Sutherland and Hodgman 1974)."""
    turn = 1.0 if _signed(window) > 0 else -1.0
    for start, end in zip(window, np.roll(window, -1, axis=0), strict=True):
        normal = turn * np.array([start[1] - end[1], end[0] - start[0]])
        inside = (polygon - start) @ normal
        parts = []
        for k in range(len(polygon)):
            here, there = inside[k - 1], inside[k]
            if here * there < 0.0:
                parts.append(polygon[k - 1] + (polygon[k] - polygon[k - 1]) * here / (here - there))
            if there >= 0.0:
                parts.append(polygon[k])
        if len(parts) < 3:
            return np.zeros((0, 2))
        polygon = np.array(parts)
    return polygon


def _signed(polygon: Float[ndarray, "n 2"]) -> float:
    x, y = polygon.T
    return float(x @ np.roll(y, -1) - y @ np.roll(x, -1))


def _boxes(focus: Sequence[ndarray | None] | None, level: Matrix) -> Float[ndarray, "f 4"]:
    """Left, top, right and bottom of what should stay in view, for each photo that says so."""
    points = [map_points(level, part) for part in focus or () if part is not None and len(part) > 0]
    return np.array([[*(part.min(axis=0) - 0.5), *(part.max(axis=0) + 0.5)] for part in points]).reshape(-1, 4)


def _half_planes(quads: Float[ndarray, "p 4 2"], aspect: float) -> tuple[ndarray, ndarray]:
    """Each side of each photo as a bound on the frame's width: width <= offset - slope . centre."""
    ends = np.roll(quads, -1, axis=1)
    along = ends - quads
    turn = np.sign([_signed(quad) for quad in quads])[:, None, None]
    normal = turn * np.stack([along[..., 1], -along[..., 0]], axis=-1)
    reach = 0.5 * (np.abs(normal[..., 0]) + np.abs(normal[..., 1]) / aspect)
    slope = normal / reach[..., None]
    return slope, (slope * quads).sum(axis=-1)


def _widths(bounds: tuple[ndarray, ndarray], centres: Float[ndarray, "c 2"]) -> Float[ndarray, "p c"]:
    """Widest frame about each centre that each photo fills."""
    slope, offset = bounds
    return (offset[..., None] - slope @ centres.T).min(axis=1)


def _widest(scene: _Scene, share: float) -> tuple[ndarray, float]:
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


def _flaws(scene: _Scene, centres: Float[ndarray, "c 2"], widths: Float[ndarray, " c"]) -> Float[ndarray, " c"]:
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


def _choose_rectangle(scene: _Scene, fit: Fit) -> tuple[ndarray, float]:
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


def _cover_all(scene: _Scene) -> tuple[ndarray, float]:
    """The largest rectangle that all photos fill."""
    centre, width = _widest(scene, 1.0)
    if width < LEAST_COVER * scene.typical:
        farthest = int(_widths(scene.bounds, scene.home[None])[:, 0].argmin())
        raise NoCoverError(farthest)
    return centre, width


def _zoom(scene: _Scene, centre: ndarray, width: float, zoom: float) -> tuple[ndarray, float]:
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


def _move(scene: _Scene, centre: ndarray, width: float, wish: Wish) -> ndarray:
    """Move the frame as far as is asked for and its fit allows."""
    sides = np.array([width, width / scene.aspect])
    step = np.array(wish.offset) * sides
    if wish.fit == "contain":
        low, high = scene.quads.max(axis=(0, 1)) - sides / 2.0, scene.quads.min(axis=(0, 1)) + sides / 2.0
        return np.clip(centre + step, np.minimum(low, centre), np.maximum(high, centre))
    if wish.fit == "cover":
        slope, offset = scene.bounds
        nearer = slope @ step
        room = np.maximum(offset - slope @ centre - width, 0.0)
        step = step * min(1.0, float((room[nearer > 0.0] / nearer[nearer > 0.0]).min(initial=1.0)))
    return centre + step


def _kept(boxes: ndarray, centre: ndarray, width: float, aspect: float) -> float:
    """How much of a typical photo's subject is in view."""
    if not len(boxes):
        return 1.0
    half = 0.5 * np.array([width, width / aspect])
    seen = np.minimum(boxes[:, 2:], centre + half) - np.maximum(boxes[:, :2], centre - half)
    return float(np.median(np.clip(seen, 0.0, None).prod(axis=1) / (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)))


def _take_in(scene: _Scene, centre: ndarray, width: float) -> tuple[ndarray, float]:
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


def _auto_size(width_px: float, aspect: float) -> Size:
    short = min(SHORT_SIDE, width_px * min(1.0, 1.0 / aspect), LONG_SIDE * min(aspect, 1.0 / aspect))
    even = [max(16, 2 * round(short * side / 2.0)) for side in (max(1.0, 1.0 / aspect), max(1.0, aspect))]
    return Size(*even)


def _canvas_from(centre: ndarray, extent: tuple[float, float], canvas: Size, *, whole: bool) -> Matrix:
    """The rectangle's middle goes to the canvas's; at scale 1 pixels stay pixels.

    Of aspects that differ by the rounding of a side, all of the rectangle is shown, or nothing beyond it.
    """
    scales = canvas.width / extent[0], canvas.height / extent[1]
    scale = min(scales) if whole else max(scales)
    x, y = np.array([canvas.width - 1, canvas.height - 1]) / 2.0 - scale * centre
    if abs(scale - 1.0) < 1e-9:
        return similarity(1.0, shift=(float(math.floor(x + 1e-6)), float(math.floor(y + 1e-6))))
    return similarity(scale, shift=(x, y))
