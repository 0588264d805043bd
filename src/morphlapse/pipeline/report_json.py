"""A report as JSON has it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from morphlapse.pipeline.report import Fate, FilmReport, LightReport
from morphlapse.records import FilmFacts, Identity


def report_as_dict(report: FilmReport) -> dict[str, Any]:
    """The report as JSON has it."""
    return {
        "output": None if report.output is None else _text(report.output),
        "on": report.on,
        "order": report.order,
        "notes": list(report.notes),
        "identity": None if report.identity is None else _identity_as_dict(report.identity),
        "film": None if report.film is None else _film_as_dict(report.film),
        "photos": [_fate_as_dict(fate) for fate in report.fates],
        "light": None if report.light is None else _light_as_dict(report.light),
        "seconds": report.seconds,
        "peak_memory_mb": report.peak_memory_mb,
    }


def _fate_as_dict(fate: Fate) -> dict[str, Any]:
    return {
        "path": _text(fate.path),
        "date": None if fate.date is None else fate.date.isoformat(),
        "date_source": fate.date_source,
        "used": fate.used,
        "reason": fate.reason,
        "person": fate.person,
        "likeness": fate.likeness,
        "score": fate.score,
        "residual_px": fate.residual_px,
        "status": fate.status,
        "placement": fate.placement,
        "reference_from_photo": fate.reference_from_photo,
        "fill_share": fate.fill_share,
        "behind": fate.behind,
        "mirrored": fate.mirrored,
        "light": fate.light,
        "lightness": fate.lightness,
        "sharpness": fate.sharpness,
        "face_lightness": fate.face_lightness,
        "eyes_open": fate.eyes_open,
        "pose": None if fate.pose is None else asdict(fate.pose),
    }


def _film_as_dict(film: FilmFacts) -> dict[str, Any]:
    return {
        "width": film.size.width,
        "height": film.size.height,
        "frames": film.frames,
        "duration_s": film.duration.total_seconds(),
    }


def _light_as_dict(light: LightReport) -> dict[str, Any]:
    return {"region": light.region, "before": asdict(light.before), "after": asdict(light.after)}


def _identity_as_dict(identity: Identity) -> dict[str, Any]:
    return {
        "note": identity.note,
        "chosen": list(identity.chosen),
        "people": [{"number": each.number, "photos": [_text(path) for path in each.paths]} for each in identity.people],
    }


def _text(path: Path) -> str:
    """A path that JSON can hold, its undecodable bytes escaped."""
    return str(path).encode("utf-8", "backslashreplace").decode("utf-8")
