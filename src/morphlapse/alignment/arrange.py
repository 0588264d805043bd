"""Where each photo of a series goes, by the options: what stays put, what is held, and who is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from morphlapse.alignment.background import Shots, hold_camera, right_leans
from morphlapse.alignment.gaps import fill_gaps
from morphlapse.alignment.series import Series, place_scene, place_subjects
from morphlapse.geometry.polygon import corners_of
from morphlapse.options import AlignOptions
from morphlapse.records import Basis, Registration, Size

MOST_TILT = 3.0
"""A homography may show one corner of a photo so many times as near as another."""


def arrange(shots: Shots, on: Basis, options: AlignOptions, reference: int | None = None) -> Series:
    """Bring the photos of a series onto one of them.

    Parameters
    ----------
    shots : Shots
        The photos.
    on : Basis
        What stays put; `options.on` is not looked at.
    options : AlignOptions
        What is held.
    reference : int, optional
        The photo that stays.

    Returns
    -------
    Series
        A place or a reason for each photo.
    """
    series = _place(shots, on, options, reference)
    return fill_gaps(series, shots.sizes) if options.keep_all else series


def _place(shots: Shots, on: Basis, options: AlignOptions, reference: int | None) -> Series:
    if on == "scene":
        return refuse_tilts(place_scene(shots.load, shots.sizes, reference, model=options.scene_model), shots.sizes)
    series = place_subjects(shots.subjects, shots.sizes, on, reference)
    if options.hold == "camera":
        series = hold_camera(series, shots, keep_all=options.keep_all)
    return right_leans(series, shots) if on == "body" else series


def refuse_tilts(series: Series, sizes: Sequence[Size]) -> Series:
    """Give photos whose homography tilts them beyond belief a reason instead of a place."""
    pairs = zip(series.results, sizes, strict=True)
    return replace(series, results=tuple(_refuse_tilt(result, size) for result, size in pairs))


def _refuse_tilt(result: Registration | str, size: Size) -> Registration | str:
    if isinstance(result, str):
        return result
    depth = np.c_[corners_of(size), np.ones(4)] @ result.matrix[2]
    if depth.min() * MOST_TILT < depth.max():
        return "does not show the reference's scene: it would have to be tilted too far"
    return result
