"""Where each photo of a series goes, by the options: what stays put, what is held, and who is kept."""

from __future__ import annotations

from morphlapse.alignment.background import Shots, hold_camera, right_leans
from morphlapse.alignment.gaps import fill_gaps
from morphlapse.alignment.series import Series, place_scene, place_subjects
from morphlapse.options import AlignOptions
from morphlapse.records import Basis


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
        return place_scene(shots.load, shots.sizes, reference)
    series = place_subjects(shots.subjects, shots.sizes, on, reference)
    if options.hold == "camera":
        series = hold_camera(series, shots)
    return right_leans(series, shots) if on == "body" else series
