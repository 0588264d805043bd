"""What a job has found so far, and the report that is made of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from morphlapse.album.paths import show_path
from morphlapse.pipeline.context import Clock, Context, peak_memory_mb
from morphlapse.pipeline.film import Film
from morphlapse.pipeline.glances import take_glances
from morphlapse.pipeline.lighting import Lighting
from morphlapse.pipeline.page import write_page
from morphlapse.pipeline.report import UNCUT, Fate, FilmReport, list_fates
from morphlapse.records import Album, Detections, FilmFacts, Plan


@dataclass(frozen=True, eq=False)
class Findings:
    """What reading, looking and aligning have found."""

    album: Album
    """The photos."""
    detections: Detections
    """Who is where."""
    plan: Plan
    """Where each one goes."""
    clock: Clock
    """What it has cost."""

    def report(self, output: Path | FilmFacts | None, film: Film | None) -> FilmReport:
        """The report of a job that ends with `output`, and of the film that was made for it."""
        fates = list_fates(self.album, self.detections, self.plan, () if film is None else film.frame.fill_share)
        facts = output if isinstance(output, FilmFacts) else None
        lighting = None if film is None else film.lighting
        note = None if film is None or film.captions is None else film.captions.note
        return FilmReport(
            output.path if isinstance(output, FilmFacts) else output,
            fates if film is None else tuple(_add_film(fates, film)),
            add_seconds(self.clock, None if film is None else film.clock),
            peak_memory_mb(),
            self.plan.on,
            self.album.order,
            (
                *self.detections.notes,
                *self.plan.notes,
                *([note] if note else []),
                *(() if film is None else film.notes),
            ),
            None if lighting is None else lighting.report,
            self.detections.identity,
            facts,
        )

    def show(
        self,
        output: Path | FilmFacts | None,
        film: Film | None,
        page: str | Path | None,
        context: Context,
        *,
        transitions: bool = False,
    ) -> FilmReport:
        """The report of a job, also as a page where one is asked for."""
        told = self.report(output, film)
        if page is None:
            return told
        with self.clock.stage("report"):
            glances = take_glances(told.fates, self.detections, film, transitions=transitions, context=context)
        seconds = add_seconds(self.clock, None if film is None else film.clock)
        told = replace(told, seconds=seconds, peak_memory_mb=peak_memory_mb())
        write_page(Path(page), told, glances, "Photos" if told.output is None else show_path(Path(told.output.name)))
        return told


def _add_film(fates: tuple[Fate, ...], film: Film) -> Iterator[Fate]:
    """Tell also how a film shows each photo: in which light, and with which background."""
    lighting = {} if film.lighting is None else _tell_light(film.plan, film.lighting)
    for fate in fates:
        yield replace(fate, behind=UNCUT if fate.path in film.whole else None, light=lighting.get(fate.path))


def _tell_light(plan: Plan, lighting: Lighting) -> dict[Path, tuple[float, float]]:
    """L* of each photo of which the light is known, before and after."""
    rows = zip(plan.placed, lighting.lightness, strict=True)
    return {entry.photo.path: (float(row[0]), float(row[1])) for entry, row in rows if np.isfinite(row).all()}


def add_seconds(*clocks: Clock | None) -> dict[str, float]:
    """Seconds by stage of several clocks together."""
    total: dict[str, float] = {}
    for clock in clocks:
        for stage, seconds in (clock.seconds if clock else {}).items():
            total[stage] = total.get(stage, 0.0) + seconds
    return total
