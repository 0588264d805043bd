"""The film's frame: which part of the reference's plane is shown, at which size."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from morphlapse.errors import OptionError
from morphlapse.geometry.polygon import area_of, clip_polygon, corners_of
from morphlapse.geometry.rectangle import Fit, Scene, choose_rectangle, move_rectangle, zoom_rectangle
from morphlapse.geometry.similarity import Matrix, invert, map_points, similarity, split_similarity
from morphlapse.records import Size

SHORT_SIDE = 1080
"""Short side of an automatic frame, at most."""

LONG_SIDE = 8192
"""And its long side."""


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
    scene = Scene(quads, _boxes(focus, level), looked_at, aspect)
    centre, width = zoom_rectangle(scene, *choose_rectangle(scene, wish.fit), wish.zoom)
    centre = move_rectangle(scene, centre, width, wish.offset, wish.fit)
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


def _boxes(focus: Sequence[ndarray | None] | None, level: Matrix) -> Float[ndarray, "f 4"]:
    """Left, top, right and bottom of what should stay in view, for each photo that says so."""
    points = [map_points(level, part) for part in focus or () if part is not None and len(part) > 0]
    return np.array([[*(part.min(axis=0) - 0.5), *(part.max(axis=0) + 0.5)] for part in points]).reshape(-1, 4)


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
