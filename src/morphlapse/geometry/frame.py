"""The film's frame: which part of the reference's plane is shown, at which size.

A photo covers a quadrilateral of that plane, the frame a rectangle. The widest rectangle about a given centre that one
photo fills is a closed form, so the widest that a share of them fills is an order statistic, sought over the centre.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from morphlapse.errors import OptionError
from morphlapse.geometry.similarity import Matrix, invert, map_points, similarity, split_similarity
from morphlapse.records import Size

SHORT_SIDE = 1080
"""Short side of an automatic frame, at most."""

SHARES = (0.9, 0.75, 0.5)
"""How many of the photos fill the frame: the first that leaves enough of the picture."""

LEAST_AREA = 0.4
"""A frame must keep this much of what a typical photo could show."""

LEAST_FOCUS = 0.9
"""And this much of the subject, in a typical photo."""


@dataclass(frozen=True, eq=False)
class Frame:
    """What the film shows."""

    size: Size
    """Of the canvas, both sides even."""
    canvas_from_reference: Matrix
    """3x3, from pixels of the reference to those of the canvas."""
    fill_share: tuple[float, ...]
    """For each photo, how much of the canvas it does not cover: 0 (it fills the canvas) to 1."""


def corners_of(size: Size) -> Float[ndarray, "4 2"]:
    """The outer corners of a picture, clockwise from the top left."""
    right, bottom = size.width - 0.5, size.height - 0.5
    return np.array([[-0.5, -0.5], [right, -0.5], [right, bottom], [-0.5, bottom]])


def choose_frame(
    placements: Sequence[Matrix],
    sizes: Sequence[Size],
    *,
    size: Literal["auto"] | tuple[int, int] = "auto",
    focus: Sequence[Float[ndarray, "n 2"] | None] | None = None,
    level_rad: float = 0.0,
    zoom: float = 1.0,
) -> Frame:
    """Choose the part of the reference's plane that the film shows.

    The rectangle is the largest of the frame's aspect that 90 % of the photos fill, so odd formats do not count. Where
    that would keep less than 40 % of what a typical photo could show, or less than 90 % of its subject, 75 % of the
    photos are asked to fill it, then half of them. Where even that is too little, the rectangle grows to 40 % and then
    to take in the subject, but never beyond a typical photo. What the other photos lack is the renderer's to fill.

    Parameters
    ----------
    placements : sequence of (3, 3)
        `reference_from_photo`, in pixels of full-size photos.
    sizes : sequence of Size
        Of the same photos.
    size : "auto" or (width, height)
        Frame size in pixels; auto takes the majority's aspect and a short side of 1080, or less where the photos have
        fewer pixels there. An odd side loses a pixel.
    focus : sequence of ndarray (N, 2) or None, optional
        For each photo, points of the reference's plane that should stay in view, such as the corners of the subject's
        box.
    level_rad : float
        Direction in the reference (from x towards y) that is to be level in the frame; for faces, that of the eye line.
    zoom : float
        Below 1 shows more and fills more, above 1 shows less.

    Returns
    -------
    Frame

    Raises
    ------
    OptionError
        There is no photo.
    """
    if not placements or not zoom > 0.0:
        raise OptionError(f"a frame needs a photo and a zoom above 0 (got {len(placements)} photos, zoom {zoom})")
    level = similarity(angle_rad=-level_rad)
    levelled = [level @ placement for placement in placements]
    quads = np.stack([map_points(m, corners_of(s)) for m, s in zip(levelled, sizes, strict=True)])
    aspect = majority_aspect(levelled, sizes) if size == "auto" else size[0] / size[1]
    boxes = _boxes(focus, level)
    centre, width = _choose_rectangle(quads, boxes, aspect)
    width /= zoom
    density = float(np.median([math.sqrt(s.width * s.height / area_of(q)) for s, q in zip(sizes, quads, strict=True)]))
    canvas = _auto_size(width * density, aspect) if size == "auto" else Size(size[1] // 2 * 2, size[0] // 2 * 2)
    canvas_from_level = _canvas_from(centre, width, aspect, canvas)
    shown = map_points(invert(canvas_from_level), corners_of(canvas))
    fill = tuple(max(0.0, 1.0 - area_of(clip_polygon(quad, shown)) / area_of(shown)) for quad in quads)
    return Frame(canvas, canvas_from_level @ level, fill)


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


def _widest(bounds: tuple[ndarray, ndarray], share: float, area: ndarray, home: ndarray) -> tuple[ndarray, float]:
    """The centre about which `share` of the photos fill the widest frame; of equals the one nearest to `home`."""
    rank = len(bounds[0]) - math.ceil(share * len(bounds[0]) - 1e-9)
    low, high = area
    best, width = home, -math.inf
    for _ in range(8):
        x, y = np.linspace(low, high, 17).T
        for row in y:
            centres = np.stack([x, np.full_like(x, row)], axis=-1)
            found = np.partition(_widths(bounds, centres), rank, axis=0)[rank]
            value = found - 1e-3 * np.linalg.norm(centres - home, axis=1)
            k = int(value.argmax())
            if value[k] > width:
                best, width = centres[k], float(value[k])
        reach = (high - low) / 6.0
        low, high = best - reach, best + reach
    final = np.partition(_widths(bounds, best[None]), rank, axis=0)[rank]
    return best, float(final[0])


def _choose_rectangle(quads: ndarray, boxes: ndarray, aspect: float) -> tuple[ndarray, float]:
    """Centre and width of what is shown."""
    bounds = _half_planes(quads, aspect)
    middles = quads.mean(axis=1)
    typical = float(np.median(np.diagonal(_widths(bounds, middles))))
    home = np.median((boxes[:, :2] + boxes[:, 2:]) / 2.0, axis=0) if len(boxes) else np.median(middles, axis=0)
    area = np.stack([quads.min(axis=(0, 1)), quads.max(axis=(0, 1))])
    least = math.sqrt(LEAST_AREA) * typical
    centre, width = home, typical
    for share in SHARES:
        centre, width = _widest(bounds, share, area, home)
        if width >= least and _kept(boxes, centre, width, aspect) >= LEAST_FOCUS:
            return centre, width
    return _take_in(boxes, centre if width > 0.0 else home, max(width, least), (aspect, typical))


def _kept(boxes: ndarray, centre: ndarray, width: float, aspect: float) -> float:
    """How much of a typical photo's subject is in view."""
    if not len(boxes):
        return 1.0
    half = 0.5 * np.array([width, width / aspect])
    seen = np.minimum(boxes[:, 2:], centre + half) - np.maximum(boxes[:, :2], centre - half)
    return float(np.median(np.clip(seen, 0.0, None).prod(axis=1) / (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)))


def _take_in(boxes: ndarray, centre: ndarray, width: float, limits: tuple[float, float]) -> tuple[ndarray, float]:
    """Grow a frame to take in the subject of a typical photo, but not beyond a typical photo's width."""
    aspect, typical = limits
    if _kept(boxes, centre, width, aspect) >= LEAST_FOCUS:
        return centre, width
    half = 0.5 * np.array([width, width / aspect])
    box = np.median(boxes, axis=0)
    low, high = np.minimum(centre - half, box[:2]), np.maximum(centre + half, box[2:])
    need = high - low
    return (low + high) / 2.0, min(max(need[0], need[1] * aspect), max(typical, width))


def _auto_size(width_px: float, aspect: float) -> Size:
    short = min(SHORT_SIDE, width_px * min(1.0, 1.0 / aspect))
    even = [max(16, 2 * round(short * side / 2.0)) for side in (max(1.0, 1.0 / aspect), max(1.0, aspect))]
    return Size(*even)


def _canvas_from(centre: ndarray, width: float, aspect: float, canvas: Size) -> Matrix:
    """The rectangle's middle goes to the canvas's, and nothing beyond it is shown; at scale 1 pixels stay pixels."""
    scale = max(canvas.width / width, canvas.height * aspect / width)
    x, y = np.array([canvas.width - 1, canvas.height - 1]) / 2.0 - scale * centre
    if abs(scale - 1.0) < 1e-9:
        return similarity(1.0, shift=(float(math.floor(x + 1e-6)), float(math.floor(y + 1e-6))))
    return similarity(scale, shift=(x, y))
