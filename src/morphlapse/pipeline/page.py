"""The report as one HTML file: no network, no script from outside, readable on a phone."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from morphlapse.album.paths import show_path
from morphlapse.errors import EncodeError
from morphlapse.film.target import renamed_into
from morphlapse.pipeline.cards import draw_picture, show_all, show_odd, show_skin
from morphlapse.pipeline.document import make_document
from morphlapse.pipeline.glances import Glance, Glances
from morphlapse.pipeline.plots import draw_plots
from morphlapse.pipeline.report import FilmReport
from morphlapse.records import FilmFacts

LOW_AGREEMENT = 0.3
"""Transitions below this are marked: of one person in changing rooms 0.4 is usual."""
STAGES = {
    "read": "photos read",
    "look": "people and faces found",
    "align": "photos aligned",
    "light": "their light measured",
    "solve": "motion from photo to photo found",
    "render": "frames made",
    "encode": "frames made into a file",
    "wait": "the file had to wait for frames",
    "write": "sheets and comparisons written",
    "draw": "pictures of what was found drawn",
    "report": "pictures for this page made",
}
"""What is done in a stage."""


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
        show_odd(fates, glances),
        show_skin(fates, glances),
        show_all(fates, glances),
        _show_means(glances),
        draw_plots(report),
        _show_transitions(glances.transitions),
        _tell_seconds(report),
    ]
    return make_document(title, "".join(parts))


def _tell_facts(report: FilmReport) -> str:
    used = sum(fate.used for fate in report.fates)
    facts = [("photos", f"{used} of {len(report.fates)} used"), ("order", report.order), ("aligned on", report.on)]
    facts += [("written", None if report.output is None else show_path(report.output))]
    facts += [("film", None if report.film is None else _tell_film(report.film))]
    facts += [("note", note) for note in report.notes]
    if report.light is not None:
        light = report.light
        facts.append(
            (
                "flicker",
                f"jumps of light of {light.before.lightness:.1f} are now {light.after.lightness:.1f}, "
                f"where 100 is from black to white (measured on the {light.region})",
            )
        )
    facts.append(("memory", f"{report.peak_memory_mb:.0f} MB at most"))
    rows = "".join(f"<tr><th>{escape(name)}</th><td>{escape(told)}</td></tr>" for name, told in facts if told)
    return f"<table>{rows}</table>"


def _tell_film(film: FilmFacts) -> str:
    seconds = film.duration.total_seconds()
    rate = f", {film.frames / seconds:.4g} frames a second" if seconds > 0.0 else ""
    return f"{film.size.width} x {film.size.height} pixels, {seconds:.1f} s{rate}"


def _show_means(glances: Glances) -> str:
    if glances.means is None:
        return ""
    shown = "".join(
        f"<figure>{draw_picture(jpeg, told)}<figcaption>{told}</figcaption></figure>"
        for jpeg, told in zip(glances.means, ("before alignment", "aligned"), strict=True)
    )
    return f"<h2>The mean of all photos</h2><p class=soft>What holds still is sharp.</p><div class=pair>{shown}</div>"


def _show_transitions(transitions: Sequence[Glance]) -> str:
    if not transitions:
        return ""
    cards = []
    for k, each in enumerate(transitions, 1):
        names = [show_path(Path(path.name)) for path in (each.first, each.second)]
        mark = "bad" if each.agreement < LOW_AGREEMENT else "soft"
        cards.append(
            f"<div class=card>{draw_picture(each.halfway, f'halfway from {names[0]} to {names[1]}')}"
            f"<p><b>{k}</b> {escape(names[0])} → {escape(names[1])}</p>"
            f"<p class={mark}>agreement {each.agreement:.2f}</p></div>"
        )
    return (
        "<h2>Transitions, halfway</h2><p class=soft>Agreement is how much of both photos shows the same "
        "thing, from 0 to 1, what is behind the subject included; where they differ, the one dissolves into the other."
        f"</p><div class=grid>{''.join(cards)}</div>"
    )


def _tell_seconds(report: FilmReport) -> str:
    total = sum(report.seconds.values())
    rows = "".join(
        f"<tr><th>{escape(stage)}</th><td class=num>{seconds:.1f} s</td>"
        f"<td class=num>{100 * seconds / max(total, 1e-9):.0f} %</td>"
        f"<td class=soft>{escape(STAGES.get(stage, ''))}</td></tr>"
        for stage, seconds in sorted(report.seconds.items(), key=lambda item: -item[1])
    )
    return f"<h2>Where the time went</h2><p class=soft>Seconds of work, of all threads.</p><table>{rows}</table>"
