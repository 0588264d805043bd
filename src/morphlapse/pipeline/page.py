"""The report as one HTML file: no network, no script from outside, readable on a phone."""

from __future__ import annotations

import math
from base64 import b64encode
from collections.abc import Sequence
from html import escape
from pathlib import Path

import numpy as np

from morphlapse.album.paths import show_path
from morphlapse.errors import EncodeError
from morphlapse.film.target import renamed_into
from morphlapse.geometry.similarity import split_similarity
from morphlapse.pipeline.charts import Curve, draw_chart
from morphlapse.pipeline.document import make_document
from morphlapse.pipeline.glances import Glance, Glances
from morphlapse.pipeline.report import Fate, FilmReport

LOW_SCORE = 0.5
"""A used photo with a lower score is among those to look at first."""
LOW_AGREEMENT = 0.5
"""Transitions below this are marked."""


def write_page(path: Path, report: FilmReport, glances: Glances, title: str) -> None:
    """Write the page, renamed into place.

    Raises
    ------
    EncodeError
        If it cannot be written.
    """
    text = make_page(report, glances, title)
    with renamed_into(path) as temporary:
        try:
            temporary.write_text(text, encoding="utf-8", errors="backslashreplace")
        except OSError as error:
            raise EncodeError(f"{path}: the report cannot be written ({error.strerror or error})") from error


def make_page(report: FilmReport, glances: Glances, title: str) -> str:
    """The page as text; what comes from files' names, dates or reasons is escaped."""
    fates = report.fates
    parts = [
        f"<h1>{escape(title)}</h1>",
        _tell_facts(report),
        _show_odd(fates, glances),
        _show_skin(fates, glances),
        _show_all(fates, glances),
        _show_means(glances),
        _draw_charts(report),
        _show_transitions(glances.transitions),
        _tell_seconds(report),
    ]
    return make_document(title, "".join(parts))


def _tell_facts(report: FilmReport) -> str:
    used = sum(fate.used for fate in report.fates)
    facts = [("photos", f"{used} of {len(report.fates)} used"), ("order", report.order), ("aligned on", report.on)]
    facts += [("film", None if report.output is None else show_path(report.output))]
    facts += [("note", note) for note in report.notes]
    if report.light is not None:
        light = report.light
        facts.append(
            (
                "flicker",
                f"{light.before.lightness:.2f} → {light.after.lightness:.2f} L* (measured on the {light.region})",
            )
        )
    facts.append(("memory", f"{report.peak_memory_mb:.0f} MB at most"))
    rows = "".join(f"<tr><th>{escape(name)}</th><td>{escape(told)}</td></tr>" for name, told in facts if told)
    return f"<table>{rows}</table>"


def _show_odd(fates: Sequence[Fate], glances: Glances) -> str:
    """What should be looked at first: photos left out, and used ones that lie badly or are told of."""
    odd = [k for k, fate in enumerate(fates) if is_odd(fate)]
    if not odd:
        return "<h2>To look at first</h2><p>Nothing stands out: every photo is used and lies well.</p>"
    odd.sort(key=lambda k: (fates[k].used, fates[k].score or 0.0))
    return f"<h2>To look at first</h2><div class=grid>{''.join(_card(k, fates, glances) for k in odd)}</div>"


def is_odd(fate: Fate) -> bool:
    """Whether a photo is left out, lies badly, or must be told of."""
    return not fate.used or fate.remark is not None or (fate.score is not None and fate.score < LOW_SCORE)


def _show_all(fates: Sequence[Fate], glances: Glances) -> str:
    reference = _find_reference(fates)
    cards = []
    before = None
    for k, fate in enumerate(fates):
        seen = fate.used and fate.path in glances.photos
        cards.append(_card(k, fates, glances, number=k + 1, more=_buttons(k, before, reference) if seen else ""))
        before = k if fate.used else before
    return f"<h2>All photos, in order</h2><div class=grid>{''.join(cards)}</div>"


def _card(k: int, fates: Sequence[Fate], glances: Glances, *, number: int | None = None, more: str = "") -> str:
    """A photo and what became of it; by its number other parts of the page find the picture."""
    fate = fates[k]
    name = show_path(Path(fate.path.name))
    picture = _picture(glances.photos.get(fate.path), name, number)
    date = "no date" if fate.date is None else f"{fate.date:%Y-%m-%d %H:%M} ({fate.date_source})"
    told = ["used" if fate.used else "left out", fate.remark]
    lines = [f"<p><b>{k + 1}</b> {escape(name)}</p>", f"<p class=soft>{escape(date)}</p>"]
    lines.append(f"<p class={'soft' if fate.used else 'bad'}>{escape(': '.join(part for part in told if part))}</p>")
    if fate.score is not None:
        lines.append(f"<p class=soft>score {fate.score:.2f}</p>")
    return f"<div class=card>{picture}{''.join(lines)}{more}</div>"


def _picture(jpeg: bytes | None, name: str, number: int | None = None) -> str:
    if jpeg is None:
        return "<div class=none>not readable</div>"
    own = "" if number is None else f' id="photo-{number}"'
    return f'<img{own} loading=lazy alt="{escape(name)}" src="{_data(jpeg)}">'


def _data(jpeg: bytes) -> str:
    return f"data:image/jpeg;base64,{b64encode(jpeg).decode('ascii')}"


def _buttons(k: int, before: int | None, reference: int | None) -> str:
    """Lay a photo over the one before it that is used, and over the reference."""
    others = [("over the one before", before), ("over the reference", reference)]
    return "".join(
        f'<button type=button data-under="{other + 1}" data-over="{k + 1}">{name}</button>'
        for name, other in others
        if other is not None and other != k
    )


def _find_reference(fates: Sequence[Fate]) -> int | None:
    """The photo that the others lie on: that whose matrix is the identity."""
    for k, fate in enumerate(fates):
        if fate.reference_from_photo is not None and np.array_equal(np.array(fate.reference_from_photo), np.eye(3)):
            return k
    return None


def _show_skin(fates: Sequence[Fate], glances: Glances) -> str:
    """One photo over another, as strongly as the slider says."""
    used = [k + 1 for k, fate in enumerate(fates) if fate.used and fate.path in glances.photos]
    if len(used) < 2:
        return ""
    return (
        "<h2>One photo over another</h2><p class=soft>What is aligned stands still while the slider moves. "
        "Choose others with the buttons below each photo.</p>"
        '<div id=skin><img id=under alt="" src="data:,"><img id=over alt="" src="data:,"></div>'
        '<input id=dial type=range min=0 max=100 value=50 aria-label="how strongly the upper photo is shown">'
        f'<p id=told class=soft data-under="{used[0]}" data-over="{used[1]}"></p>'
    )


def _show_means(glances: Glances) -> str:
    if glances.means is None:
        return ""
    shown = "".join(
        f"<figure>{_picture(jpeg, told)}<figcaption>{told}</figcaption></figure>"
        for jpeg, told in zip(glances.means, ("before alignment", "aligned"), strict=True)
    )
    return f"<h2>The mean of all photos</h2><p class=soft>What holds still is sharp.</p><div class=pair>{shown}</div>"


def _draw_charts(report: FilmReport) -> str:
    used = [fate for fate in report.fates if fate.used and fate.reference_from_photo is not None]
    labels = [show_path(Path(fate.path.name)) for fate in used]
    fill = [_percent(fate.fill_share) for fate in used]
    parts = [split_similarity(np.array(fate.reference_from_photo)) for fate in used]
    charts = [
        draw_chart("How well each photo lies on the reference", "score from 0 to 1", [_curve("score", used)], labels),
        draw_chart("Size", "times the reference's", [Curve("scale", [scale for scale, _, _ in parts])], labels),
        draw_chart("Turn", "degrees", [Curve("turn", [math.degrees(turn) for _, turn, _ in parts])], labels),
        draw_chart(
            "Lightness",
            "0 is black, 1 white",
            [_curve("photo", used, "lightness"), _curve("face", used, "face_lightness")],
            labels,
        ),
        draw_chart("Sharpness", "from 0 to 1", [_curve("sharpness", used, "sharpness")], labels),
        draw_chart("Filled in", "% of the frame", [Curve("fill", fill)], labels),
    ]
    return "<h2>Along the series</h2>" + "".join(charts) if any(charts) else ""


def _curve(name: str, fates: Sequence[Fate], field: str = "score") -> Curve:
    return Curve(name, [getattr(fate, field) for fate in fates])


def _percent(share: float | None) -> float | None:
    return None if share is None else 100.0 * share


def _show_transitions(transitions: Sequence[Glance]) -> str:
    if not transitions:
        return ""
    cards = []
    for k, each in enumerate(transitions, 1):
        names = [show_path(Path(path.name)) for path in (each.first, each.second)]
        mark = "bad" if each.agreement < LOW_AGREEMENT else "soft"
        cards.append(
            f"<div class=card>{_picture(each.halfway, f'halfway from {names[0]} to {names[1]}')}"
            f"<p><b>{k}</b> {escape(names[0])} → {escape(names[1])}</p>"
            f"<p class={mark}>agreement {each.agreement:.2f}</p></div>"
        )
    return (
        "<h2>Transitions, halfway</h2><p class=soft>Agreement is how surely both photos show the same thing; "
        f"where it is low, the one dissolves into the other.</p><div class=grid>{''.join(cards)}</div>"
    )


def _tell_seconds(report: FilmReport) -> str:
    total = sum(report.seconds.values())
    rows = "".join(
        f"<tr><th>{escape(stage)}</th><td>{seconds:.1f} s</td><td>{100 * seconds / max(total, 1e-9):.0f} %</td></tr>"
        for stage, seconds in sorted(report.seconds.items(), key=lambda item: -item[1])
    )
    return f"<h2>Where the time went</h2><p class=soft>Seconds of work, of all threads.</p><table>{rows}</table>"
