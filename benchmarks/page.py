"""Write docs/benchmarks.md from the files in benchmarks/results: `python benchmarks/page.py`.

Nothing is measured here. What is lost comes first; what has no file of results is said to be missing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results"
PAGE = ROOT / "docs" / "benchmarks.md"
OURS = "ours"
LOST_PX = 999.0
"""What benchmarks/align.py writes for a registration that was not found."""
DIFFERENCES = {"dB": "dB", "%": "points"}
"""What the difference is called in units where it says more than a ratio."""
PARTS = {
    "real": "Real series, default correction",
    "made": "Made series of known light, full correction, in stops",
    "cost": "Correcting a photo, one thread",
}
"""What the parts of benchmarks/light.py are called."""

Row = Mapping[str, Any]

HEAD = """# Benchmarks
<!-- Written by benchmarks/page.py from benchmarks/results/*.json; `make bench-page` writes it anew. -->

Speed and quality, measured against other tools where there are any. What a row compares ran in one run, on one machine
and the same pictures, so compare within a row. Times are of shared machines, some twice as fast as others: from one
table or commit to the next they tell the order of size. Each section names the machine, the versions, the commit and
the command that measures it again. `make bench` runs all; most need the folder of real photos that `MORPHLAPSE_PHOTOS`
names, and say what they skip without it.

*Ratio* compares ours with the best other tool of the row: 2 x better is half the error, half the time or twice the
rate. Of dB and % it is the difference, in % called points. A tool that finds nothing, or something wrong, counts as
ahead where it was faster.
"""


@dataclass(frozen=True)
class Section:
    """One benchmark on the page."""

    name: str
    """Of its file, without the ending."""
    title: str
    command: str
    """What measures it."""
    tells: str
    """What was done, in a sentence or two."""
    parts: tuple[str, ...] = ("",)
    """What its files' names go on with."""


SECTIONS = (
    Section(
        "morph",
        "Morphing",
        "make bench-morph",
        "Pairs of pictures under known warps, films with a frame dropped, faces of different persons, and time, beside"
        " dense optical flow of OpenCV and scikit-image that is turned into a morph in the usual way.",
        ("-known", "-stereo", "-clips", "-faces", "-look", "-behind", "-time"),
    ),
    Section(
        "align",
        "Registration",
        "make bench-align",
        "Pictures under known shifts, similarities and homographies, in other light and noise; persons and series.",
    ),
    Section("people", "Whose album it is", "make bench-people", "Faces of public sets, told apart and found again."),
    Section("throughput", "Looking at photos", "make bench-people", "What it costs to look for people in photos."),
    Section("choice", "The choice of photos", "make bench-choice", "How photos are picked, beside simpler ways."),
    Section("light", "Even light", "make bench-light", "How far apart the light of a series is, before and after."),
    Section(
        "film", "A whole film", 'make bench-film ARGS="--photos FOLDER"', "Photos of 12 megapixels, to 1920 x 1080."
    ),
    Section(
        "scale",
        "Films of many photos",
        "python benchmarks/scale.py --count NUMBER",
        "Photos of 12 megapixels made from a few, to a small film with an empty cache: of a quarter, of half, of all.",
    ),
    Section("outputs", "Kinds of film", "make bench-outputs", "Every kind of film at every quality."),
    Section("gpu-cuda", "On a GPU", "make bench-gpu", "The morph and the registration on a GPU."),
    Section("primitives", "Primitives", "make bench-primitives", "Steps that OpenCV and SciPy do faster than torch."),
)

SHARE = "share of the film's time"
"""What a preview took."""
FILM_GOALS = {"wall, s": 120.0, "peak memory, MB": 2000.0, SHARE: 0.1}
"""Of a film of some 30 photos; films of many have that of memory only."""


def read_rows(section: Section, folder: Path) -> list[Row]:
    """Rows of a benchmark's files of results, each with its machine; of some peers only, where no more was measured."""
    whole = [path for path in find_files(section, folder) if path.is_file()]
    parts = [path for path in sorted(folder.glob(f"{section.name}-*.json")) if "quick" not in path.stem.split("-")]
    told = [json.loads(path.read_text(encoding="utf-8")) for path in whole or parts]
    return [{"machine": each["machine"], **row} for each in told for row in each["rows"]]


def find_files(section: Section, folder: Path) -> list[Path]:
    """The files of results of a whole run."""
    return [folder / f"{section.name}{part}.json" for part in section.parts]


def make_page(folder: Path) -> str:
    """The page, from a folder of results."""
    found = {each: read_rows(each, folder) for each in SECTIONS}
    judged = [(each, row) for each, rows in found.items() for row in rows if is_judged(row)]
    parts = [HEAD, *tell_losses(judged, [row for rows in found.values() for row in rows if "stages_s" in row])]
    if missing := [f"{each.title} (`{each.command}`)" for each, rows in found.items() if not rows]:
        parts.append(f"## What is not published here\nNo results are recorded of these: {'; '.join(missing)}.\n")
    for each, rows in found.items():
        if rows:
            parts += tell_section(each, rows, whole=all(path.is_file() for path in find_files(each, folder)))
    return "\n".join(parts)


def is_judged(row: Row) -> bool:
    """Whether a row has contenders and perhaps a goal, as benchmarks/goals.py records them."""
    return "values" in row and "what" in row


def tell_losses(judged: Sequence[tuple[Section, Row]], films: Sequence[Row]) -> Iterator[str]:
    """What is not reached and where another tool is ahead."""
    missed = [
        [name_of(row), tell_ours(row), tell_goal(row), tell_place(each, row)]
        for each, row in judged
        if row["reached"] is False
    ]
    missed += [
        [what, f"{cost_of(row)[what]:.4g}", f"≤ {goal:g}", f"A whole film: {row['used']} of {row['photos']} photos"]
        for row in films
        for what, goal in goals_of(row).items()
        if cost_of(row)[what] > goal
    ]
    behind = [
        [name_of(row), tell_ours(row), tell_best(row), tell_ratio(row), tell_place(each, row)]
        for each, row in judged
        if row["ahead"]
    ]
    goals = sum(row["reached"] is not None for _, row in judged) + sum(len(goals_of(row)) for row in films)
    contested = sum(len(row["values"]) > 1 and OURS in row["values"] for _, row in judged)
    yield "## Where we lose"
    yield f"### Goals that are not reached: {len(missed)} of {goals}\n"
    yield draw_table(["what", OURS, "goal", "of"], missed)
    yield f"### Rows in which another tool is ahead: {len(behind)} of {contested}\n"
    yield draw_table(["what", OURS, "the best", "ratio", "of"], behind)


def tell_place(section: Section, row: Row) -> str:
    """Where on the page a row stands."""
    return f"{section.title}: {row['group']}"


def tell_section(section: Section, rows: Sequence[Row], *, whole: bool) -> Iterator[str]:
    """One benchmark, group by group."""
    yield f"## {section.title}\n{section.tells} `{section.command}`\n"
    if not whole:
        yield "Only a part of this benchmark is recorded.\n"
    last = ""
    for (group, machine), held in group_rows(rows).items():
        if machine != last:
            yield machine
        last = machine
        if group:
            yield f"### {group}\n"
        yield draw_rows(held)


def group_rows(rows: Sequence[Row]) -> dict[tuple[str, str], list[Row]]:
    """Rows by their heading and by where they were measured, in the order in which these first came."""
    found: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        group = row.get("group") or PARTS.get(row.get("part", ""), "")
        found.setdefault((group, tell_machine(row["machine"])), []).append(row)
    return found


def draw_rows(rows: Sequence[Row]) -> str:
    """A table of results of any kind."""
    if all(is_judged(row) for row in rows):
        return draw_judged(rows)
    if all("stages_s" in row for row in rows):
        return "\n".join(draw_film(row) for row in rows)
    names = [name for name in dict.fromkeys(key for row in rows for key in row) if name not in ("machine", "part")]
    return draw_table(names, [[tell_cell(row.get(name)) for name in names] for row in rows])


def draw_judged(rows: Sequence[Row]) -> str:
    """Rows with contenders: ours first; columns that stay empty are left out."""
    peers = dict.fromkeys(name for row in rows for name in row["values"] if name != OURS)
    columns: dict[str, Callable[[Row], str]] = {
        "what": name_of,
        OURS: tell_ours,
        **{name: (lambda row, name=name: tell_value(row, name)) for name in peers},
        "DiffMorph (recorded)": lambda row: str(row.get("recorded", "")),
        "ratio": tell_ratio,
        "goal": tell_goal,
        "reached": lambda row: {None: "", True: "yes", False: "**no**"}[row["reached"]],
    }
    cells = {name: [tell(row) for row in rows] for name, tell in columns.items()}
    kept = [name for name, column in cells.items() if any(column)]
    return draw_table(kept, [list(line) for line in zip(*(cells[name] for name in kept), strict=True)])


def draw_film(row: Row) -> str:
    """What a film cost, and where the time went."""
    cost = cost_of(row)
    limits = goals_of(row)
    goals = [[what, f"{value:.4g}", tell_limit(limits.get(what))] for what, value in cost.items()]
    stages = [[name, f"{seconds:.1f}"] for name, seconds in row["stages_s"].items()]
    return "\n".join(
        (
            f"{row['used']} of {row['photos']} photos{tell_album(row)} were used.\n",
            draw_table(["what", OURS, "goal"], goals),
            "Work by stage, in the threads that do it (wait: for frames to write):\n",
            draw_table(["stage", "seconds"], stages),
        )
    )


def cost_of(row: Row) -> dict[str, float]:
    """What a film took, by what the page calls it."""
    share = {SHARE: row["share"]} if "share" in row else {}
    return {"wall, s": row["wall_s"], "CPU-seconds": row["cpu_s"], "peak memory, MB": row["peak_memory_mb"], **share}


def goals_of(row: Row) -> dict[str, float]:
    """What a film may take."""
    return {
        what: goal
        for what, goal in FILM_GOALS.items()
        if what in cost_of(row) and (what != "wall, s" or row.get("case") in ("film", "one more"))
    }


def tell_album(row: Row) -> str:
    """Of which album, where it was recorded."""
    case = f" ({row['case']})" if "case" in row else ""
    return f" of {row['album']}{case}" if "album" in row else case


def tell_limit(goal: float | None) -> str:
    """A limit from above."""
    return "" if goal is None else f"≤ {goal:g}"


def name_of(row: Row) -> str:
    """What a row measures, with its unit."""
    return f"{row['what']}, {row['unit']}" if row.get("unit") else str(row["what"])


def tell_value(row: Row, name: str) -> str:
    """A contender's number."""
    value = row["values"].get(name)
    if value is None:
        return ""
    return "not found" if row.get("unit") == "px" and value >= LOST_PX else f"{value:.{row.get('digits', 2)}f}"


def tell_ours(row: Row) -> str:
    """Our number."""
    return tell_value(row, OURS)


def tell_goal(row: Row) -> str:
    """The goal, with its direction."""
    return "" if row["goal"] is None else f"{'≤' if row['better'] == 'low' else '≥'} {row['goal']:g}"


def best_of(row: Row) -> str | None:
    """The best other contender's name."""
    others = {name: value for name, value in row["values"].items() if name != OURS}
    if not others or OURS not in row["values"]:
        return None
    return (min if row["better"] == "low" else max)(others, key=lambda name: others[name])


def tell_best(row: Row) -> str:
    """The best other contender with its number."""
    name = best_of(row)
    return "" if name is None else f"{name} {tell_value(row, name)}"


def tell_ratio(row: Row) -> str:
    """How far ours is from the best other contender."""
    name = best_of(row)
    if name is None:
        return ""
    ours, other = row["values"][OURS], row["values"][name]
    gained = other - ours if row["better"] == "low" else ours - other
    unit, side = row.get("unit", ""), "better" if gained > 0 else "worse"
    if gained == 0.0:
        return "the same"
    if unit.split(" ")[0] in DIFFERENCES:
        return f"{abs(gained):.{row.get('digits', 2)}f} {DIFFERENCES[unit.split(' ')[0]]} {side}"
    # A row in times is a ratio already, and of what was not found there is none.
    if unit == "times" or min(ours, other) <= 0.0 or (unit == "px" and other >= LOST_PX):
        return ""
    return f"{max(ours, other) / min(ours, other):.3g} x {side}"


def tell_cell(value: object) -> str:
    """A cell of a table whose rows have no contenders."""
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def tell_machine(machine: Mapping[str, Any]) -> str:
    """Where and with what a file was measured."""
    packages = ", ".join(f"{name} {version}" for name, version in machine["packages"].items())
    threads = ", ".join(f"{name} {count}" for name, count in machine["threads"].items())
    return (
        f"*Commit {machine['commit']}; {machine['cpu']}, {machine['cores']} cores (threads: {threads}),"
        f" {machine['platform']}; Python {machine['python']}, {packages}.*\n"
    )


def draw_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    if not rows:
        return "None.\n"
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines) + "\n"


def main() -> None:
    """Write the page, renamed into place."""
    unfinished = PAGE.with_suffix(".part")
    unfinished.write_text(make_page(RESULTS), encoding="utf-8")
    unfinished.replace(PAGE)
    print(f"written to {PAGE}")


if __name__ == "__main__":
    main()
