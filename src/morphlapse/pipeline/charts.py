"""Line charts as SVG, for a page that needs no script and no network."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby

WIDTH, HEIGHT = 640, 150
"""Of the drawing, in its own units."""
LEFT, RIGHT, TOP, BOTTOM = 66, 8, 12, 24
"""Room around the curve, for numbers."""
MOST_DOTS = 150
"""More values are drawn as a line only."""


@dataclass(frozen=True)
class Curve:
    """One line of a chart."""

    name: str
    """In the legend."""
    values: Sequence[float | None]
    """One a photo; None where there is none, which parts the line."""


@dataclass(frozen=True)
class Axis:
    """What a chart runs along."""

    labels: Sequence[str]
    """The name of each place, shown when it is pointed at."""
    ends: tuple[str, str]
    """What is written under the first and the last place."""


def draw_chart(title: str, unit: str, curves: Sequence[Curve], axis: Axis) -> str:
    """Draw values along a series.

    Parameters
    ----------
    title, unit : str
        What is shown, and in what.
    curves : sequence of Curve
        All of one length.
    axis : Axis
        What the curves run along.

    Returns
    -------
    str
        A figure in HTML; nothing where no curve has a value.
    """
    known = [value for curve in curves for value in curve.values if value is not None and math.isfinite(value)]
    if not known:
        return ""
    low, high = min(known), max(known)
    if high - low < 1e-9:
        low, high = low - 0.5, high + 0.5
    frame = _Frame(low, high, len(axis.labels))
    drawn = "".join(_draw_curve(curve, k, frame, axis.labels, unit) for k, curve in enumerate(curves))
    legend = "".join(f'<span class="key c{k}">{escape(curve.name)}</span>' for k, curve in enumerate(curves))
    marks = "".join(
        f'<text x="{LEFT - 6}" y="{frame.y(value) + 4:.1f}" text-anchor="end">{_short(value)}</text>'
        for value in (low, high)
    )
    marks += "".join(
        f'<text x="{x}" y="{HEIGHT - 6}" text-anchor="{anchor}">{escape(end)}</text>'
        for x, anchor, end in ((LEFT, "start", axis.ends[0]), (WIDTH - RIGHT, "end", axis.ends[1]))
    )
    line = f'<path class="axis" d="M{LEFT} {TOP}V{HEIGHT - BOTTOM}H{WIDTH - RIGHT}"/>'
    return (
        f"<figure><figcaption>{escape(title)}, {escape(unit)} {legend if len(curves) > 1 else ''}</figcaption>"
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">{line}{marks}{drawn}</svg>'
        "</figure>"
    )


@dataclass(frozen=True)
class _Frame:
    """Where values are drawn."""

    low: float
    high: float
    count: int

    def x(self, place: int) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (place / max(1, self.count - 1) if self.count > 1 else 0.5)

    def y(self, value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (self.high - value) / (self.high - self.low)


def _draw_curve(curve: Curve, number: int, frame: _Frame, labels: Sequence[str], unit: str) -> str:
    known = [(k, v) for k, v in enumerate(curve.values) if v is not None and math.isfinite(v)]
    lines = []
    for _, run in groupby(enumerate(known), key=lambda item: item[1][0] - item[0]):
        points = " ".join(f"{frame.x(k):.1f},{frame.y(v):.1f}" for _, (k, v) in run)
        lines.append(f'<polyline class="c{number}" points="{points}"/>')
    dots = [
        f'<circle class="c{number}" cx="{frame.x(k):.1f}" cy="{frame.y(v):.1f}" r="3">'
        f"<title>{escape(f'{labels[k]}: {curve.name} {_short(v)} ({unit})')}</title></circle>"
        for k, v in known
    ]
    return "".join(lines) + ("".join(dots) if len(known) <= MOST_DOTS else "")


def _short(value: float) -> str:
    """Three digits that matter."""
    return f"{value:.3g}"
