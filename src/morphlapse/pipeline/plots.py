"""What is plotted along a series on its page: how each photo lies, and in which light."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from morphlapse.album.paths import show_path
from morphlapse.geometry.similarity import split_similarity
from morphlapse.pipeline.charts import Axis, Curve, draw_chart
from morphlapse.pipeline.report import Fate, FilmReport, tell_date

POINTED = ("body", "face", "points")
"""What is brought together by points, so that a distance is left between them."""


def draw_plots(report: FilmReport) -> str:
    """All charts of a report, under their heading; nothing where there is nothing to draw."""
    used = [fate for fate in report.fates if fate.used and fate.reference_from_photo is not None]
    dates = [tell_date(fate.date).split(" ")[0] for fate in used]
    axis = Axis([show_path(Path(fate.path.name)) for fate in used], (dates[0], dates[-1]) if used else ("", ""))
    charts = [draw_chart(title, unit, curves, axis) for title, unit, curves in _list_plots(report, used)]
    told = "<p class=soft>A mouse that points at a dot shows which photo it is.</p>"
    return f"<h2>Along the series</h2>{told}{''.join(charts)}" if any(charts) else ""


def _list_plots(report: FilmReport, used: Sequence[Fate]) -> Iterator[tuple[str, str, list[Curve]]]:
    parts = [split_similarity(np.array(fate.reference_from_photo)) for fate in used]
    yield "How well each photo lies on the reference", "score from 0 to 1", [_curve("score", used, "score")]
    if report.on in POINTED:
        told = f"How far its points are from those of the reference ({report.on})"
        yield told, "pixels of the reference", [_curve("residual", used, "residual_px")]
    yield "Size", "times the reference's", [Curve("scale", [scale for scale, _, _ in parts])]
    yield "Turn", "degrees", [Curve("turn", [math.degrees(turn) for _, turn, _ in parts])]
    yield "Filled in", "% of the frame", [Curve("fill", [_percent(fate.fill_share) for fate in used])]
    light = [_curve("photo", used, "lightness"), _curve("face", used, "face_lightness")]
    yield "Lightness of the photos", "0 is black, 1 white", light
    if report.light is not None:
        told = f"Flicker: lightness of the {report.light.region}, before and after it was evened out"
        before, after = ([None if fate.light is None else fate.light[k] for fate in used] for k in (0, 1))
        yield told, "0 is black, 100 white", [Curve("photo", before), Curve("film", after)]
    yield "Sharpness", "from 0 to 1", [_curve("sharpness", used, "sharpness")]


def _curve(name: str, fates: Sequence[Fate], field: str) -> Curve:
    return Curve(name, [getattr(fate, field) for fate in fates])


def _percent(share: float | None) -> float | None:
    return None if share is None else 100.0 * share
