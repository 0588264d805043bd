"""What is shown of a result: JSON, or tables and the path of what was written."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from morphlapse.cli.commands import AnyCommand, InspectCommand
from morphlapse.cli.running import Outcome
from morphlapse.cli.terminal import print_json, print_path, print_table, print_text, tell
from morphlapse.pipeline.doctor import Finding
from morphlapse.pipeline.report import Fate, FilmReport, tell_date
from morphlapse.pipeline.report_json import report_as_dict
from morphlapse.pipeline.storing import Survey

MOST_ALIKE, FEW_ALIKE = 50, 5
"""So many files that cannot be read for one reason `inspect` lists, and so many a film names; --json has them all."""

MOST_LINES = 20
"""So many photos that are left out are named after a film; `inspect` lists them all."""


def show_result(command: AnyCommand, result: Outcome) -> int:
    """Show what a command gave, and return the exit code."""
    if isinstance(result, str):
        show_script(result, as_json=command.json)
        return 0
    if isinstance(result, dict):
        print_json(result)
        return 0
    if isinstance(result, Survey):
        return show_survey(result, as_json=command.json)
    if isinstance(result, list):
        return show_findings(result, as_json=command.json)
    if command.json:
        print_json(report_as_dict(result))
    elif isinstance(command, InspectCommand):
        show_photos(result)
        if result.output is not None:
            tell(f"pictures: {result.output}")
    else:
        tell_left_out(result)
        assert result.output is not None
        print_path(result.output)
    return 0


def show_script(script: str, *, as_json: bool) -> None:
    """Show a script as it is."""
    if as_json:
        print_json({"script": script})
    else:
        print_text(script)


def show_findings(findings: list[Finding], *, as_json: bool) -> int:
    """Show what the doctor found; 1 if something is missing."""
    if as_json:
        print_json({"findings": [finding._asdict() for finding in findings]})
    else:
        print_table(
            ("", "found", "remedy"), [[name, found or "missing", remedy or ""] for name, found, remedy in findings]
        )
    return int(any(finding.found is None for finding in findings))


def show_survey(survey: Survey, *, as_json: bool) -> int:
    """Show what is kept from one run to the next."""
    if as_json:
        print_json({**survey._asdict(), "folder": None if survey.folder is None else str(survey.folder)})
        return 0
    if survey.kinds:
        print_table(("", "entries", "MB"), [[kind, str(n), _megabytes(size)] for kind, n, size in survey.kinds])
    if survey.folder is None:
        tell("nothing is kept from one run to the next (--cache off)")
        return 0
    size = sum(size for _, _, size in survey.kinds)
    removed = f"; {_megabytes(survey.removed)} MB removed" if survey.removed else ""
    tell(f"{survey.folder}: {_megabytes(size)} of at most {_megabytes(survey.limit_bytes)} MB{removed}")
    return 0


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f}"


def show_photos(report: FilmReport) -> None:
    """Show a line for each photo."""
    common = _common_folder([fate.path for fate in report.fates])
    shown, more = fold(report.fates, MOST_ALIKE)
    rows = [
        [
            str(fate.path.relative_to(common) if common else fate.path),
            tell_date(fate.date),
            fate.date_source,
            _share(fate.person),
            _share(fate.likeness),
            _share(fate.score),
            _share(fate.fill_share),
            _say_fate(fate),
        ]
        for fate in shown
    ]
    rows += [[f"… and {count} more", *[""] * 6, f"left out: {remark}"] for remark, count in more.items()]
    print_table(("photo", "date", "from", "person", "likeness", "score", "fill", ""), rows)
    tell_people(report)
    tell(summary(report))
    tell_notes(report)


def tell_people(report: FilmReport) -> None:
    """Name who is in the photos, where there is more than one person, with a photo of each."""
    people = () if report.identity is None else report.identity.people
    for person in people[:MOST_LINES] if len(people) > 1 else ():
        count = len(person.paths)
        tell(f"person {person.number}: in {count} photo{'s' * (count > 1)}, for example {person.paths[0]}")
    if len(people) > MOST_LINES:
        tell(f"… and {len(people) - MOST_LINES} more people")


def _say_fate(fate: Fate) -> str:
    parts = ["used" if fate.used else "left out", fate.remark]
    return ": ".join(part for part in parts if part)


def tell_left_out(report: FilmReport) -> None:
    """Say on standard error how many photos are used, and name those that are not, or by their neighbours only."""
    tell(summary(report))
    tell_notes(report)
    odd, more = fold([fate for fate in report.fates if fate.remark], FEW_ALIKE)
    for fate in odd[:MOST_LINES]:
        tell(f"  {fate.path}: {fate.remark}")
    for remark, count in more.items():
        tell(f"  … and {count} more: {remark}")
    if len(odd) > MOST_LINES:
        tell(f"  … and {len(odd) - MOST_LINES} more (morphlapse inspect lists them all)")


def fold(fates: Sequence[Fate], most: int) -> tuple[list[Fate], dict[str, int]]:
    """Of files that could not be read for one and the same reason a few, and how many more there are by reason."""
    shown: list[Fate] = []
    seen: Counter[str] = Counter()
    for fate in fates:
        reason = None if fate.used or fate.date_source != "none" else fate.reason
        if reason is None or seen[reason] < most:
            shown.append(fate)
        seen.update([reason] if reason else [])
    return shown, {reason: count - most for reason, count in seen.items() if count > most}


def tell_notes(report: FilmReport) -> None:
    """Say on standard error what concerns the choice as a whole."""
    for note in report.notes:
        tell(f"  note: {note}")


def summary(report: FilmReport) -> str:
    """How many photos are used, in what order, and what stays put, in one line."""
    used = sum(fate.used for fate in report.fates)
    parts = [f"{used} of {len(report.fates)} photos used"]
    if report.order:
        parts.append(f"order: {report.order}")
    if report.on and report.on != "none":
        parts.append(f"aligned on {report.on}")
    most = max((fate.fill_share or 0.0 for fate in report.fates), default=0.0)
    if most >= 0.005:
        parts.append(f"up to {100 * most:.0f} % of the frame filled in")
    if report.light is not None:
        jumps = report.light.before.lightness, report.light.after.lightness
        parts.append(f"light evened out on the {report.light.region}: jumps of {jumps[0]:.1f} are now {jumps[1]:.1f}")
    return "; ".join(parts)


def _common_folder(paths: list[Path]) -> Path | None:
    folders = {path.parent for path in paths}
    if not folders or len({path.is_absolute() for path in folders}) > 1:
        return None
    common = Path(os.path.commonpath(folders))
    return common if common != Path(common.anchor) else None


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
