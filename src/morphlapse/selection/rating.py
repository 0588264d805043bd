"""How good each photo is among its album's, as one number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from morphlapse.options import SelectOptions
from morphlapse.records import Basis, Detections
from morphlapse.selection.measures import Measures, measure_all
from morphlapse.selection.usual import Usual, find_usual, group_by_camera

WORST = 0.02
"""No single fault makes a photo worse than this in its part, so that several still tell."""

WEIGHTS = {"sharp": 1.0, "light": 0.5, "clipped": 0.5, "eyes": 1.5, "facing": 1.0, "cut": 0.5, "likeness": 1.0}
"""How much each part counts: shut eyes are seen before anything else."""

LEAST_SPREAD = 0.15
"""Sharpness that differs by so little (in its logarithm) is the same: photos of one scene do."""

LIGHT_SPREAD = 0.25
"""A photo lighter or darker than usual by this much is clearly so."""


@dataclass(frozen=True, eq=False)
class Ratings:
    """How good N photos are."""

    score: Float[ndarray, " n"]
    """From 0 to 1; only comparable within an album."""
    parts: dict[str, Float[ndarray, " n"]]
    """The same by what was measured; NaN where it was not."""
    measures: Measures
    """What it rests on."""
    usual_sharp: Usual
    """The logarithm of sharpness that is usual for each photo's camera and year."""


def rate(detections: Detections, options: SelectOptions, *, basis: Basis = "face") -> Ratings:
    """Rate each photo by what was measured of it.

    Parameters
    ----------
    detections : Detections
        Who is where.
    options : SelectOptions
        `max_yaw_deg` and `max_pitch_deg`: at these a head counts as turned away.
    basis : Basis, optional
        What the photos are aligned on: only for faces the way they look counts, and for scenes nothing about people.

    Returns
    -------
    Ratings
        Weighted geometric means of their parts. What was not measured of a photo counts as typical of the album.
    """
    measures = measure_all(detections.found, basis)
    log_sharp = np.log(np.maximum(measures.sharp, 1e-4))
    usual = find_usual(log_sharp, group_by_camera([each.photo for each in detections.found]))
    parts = {
        "sharp": _rate_sharpness(log_sharp, usual),
        "light": _rate_light(measures),
        "clipped": 1.0 - measures.clipped,
        "eyes": _over_usual(measures.eyes),
        "facing": _rate_facing(measures, options) if basis == "face" else np.full(len(log_sharp), np.nan),
        "cut": 1.0 - measures.cut,
        "likeness": measures.likeness,
    }
    parts = {name: np.clip(part, WORST, 1.0) for name, part in parts.items()}
    logs = sum(WEIGHTS[name] * np.log(_fill(part)) for name, part in parts.items())
    return Ratings(np.exp(logs / sum(WEIGHTS.values())), parts, measures, usual)


def fill_unknown(values: Float[ndarray, " n"], otherwise: float) -> Float[ndarray, " n"]:
    """The album's median for what was not measured, and `otherwise` where nothing was."""
    known = values[np.isfinite(values)]
    return np.where(np.isfinite(values), values, np.median(known) if len(known) else otherwise)


def _fill(part: Float[ndarray, " n"]) -> Float[ndarray, " n"]:
    return fill_unknown(part, 1.0)


def _rate_sharpness(log_sharp: Float[ndarray, " n"], usual: Usual) -> Float[ndarray, " n"]:
    """What is usual has 3/4, two deviations more 1, five less nothing."""
    off = (log_sharp - usual.middle) / np.maximum(usual.spread, LEAST_SPREAD)
    return np.clip(0.75 + 0.15 * off, 0.0, 1.0)


def _rate_light(measures: Measures) -> Float[ndarray, " n"]:
    """How near a photo's light is to the album's: that of the face where it was measured."""
    faces = np.isfinite(measures.face_light)
    off = np.where(faces, measures.face_light - _middle(measures.face_light), measures.light - _middle(measures.light))
    return np.exp(-((off / LIGHT_SPREAD) ** 2))


def _over_usual(values: Float[ndarray, " n"]) -> Float[ndarray, " n"]:
    middle = _middle(values)
    return values / middle if middle > 0.0 else values


def _middle(values: Float[ndarray, " n"]) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else float("nan")


def _rate_facing(measures: Measures, options: SelectOptions) -> Float[ndarray, " n"]:
    """1 towards the camera, 1/2 at the limits that the options set."""
    pitch = np.where(np.isfinite(measures.pitch_deg), measures.pitch_deg, 0.0)
    turned = (measures.yaw_deg / options.max_yaw_deg) ** 2 + (pitch / options.max_pitch_deg) ** 2
    return 1.0 / (1.0 + turned)
