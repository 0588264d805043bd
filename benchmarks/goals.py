"""The rows of a benchmark, each with its goal and, where it was, what was recorded of Differentiable Morphing."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, NamedTuple

from ours import OURS
from report import print_table

RECORDED = "DiffMorph (recorded)"


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    group: str
    what: str
    unit: str = ""
    goal: float | None = None
    recorded: str = ""
    better: Literal["low", "high"] = "low"
    over: Literal["mean", "median", "worst"] = "mean"
    digits: int = 2


class Found(NamedTuple):
    """One number of one contender on one case."""

    row: Row
    contender: str
    case: str
    value: float


@dataclass(frozen=True)
class Result:
    """A row, filled."""

    row: Row
    values: Mapping[str, float]
    """One a contender."""
    cases: Mapping[str, Mapping[str, float]]
    """The same for each case."""

    @property
    def reached(self) -> bool | None:
        """Whether ours reaches the goal; None without one."""
        if self.row.goal is None or OURS not in self.values:
            return None
        return self.values[OURS] == self.row.goal or is_better(self.values[OURS], self.row.goal, self.row)

    @property
    def ahead(self) -> tuple[str, ...]:
        """Peers that do better than ours, the best first."""
        if OURS not in self.values:
            return ()
        ours = self.values[OURS]
        found = [name for name, value in self.values.items() if is_better(value, ours, self.row)]
        return tuple(sorted(found, key=lambda name: self.values[name], reverse=self.row.better == "high"))


def is_better(value: float, other: float, row: Row) -> bool:
    """Whether a value is better than another."""
    return value < other if row.better == "low" else value > other


def collect(found: Iterable[Found]) -> list[Result]:
    """Bring single numbers together, row by row in the order in which the rows first came."""
    cases: dict[Row, dict[str, dict[str, float]]] = {}
    for row, contender, case, value in found:
        cases.setdefault(row, {}).setdefault(case, {})[contender] = value
    return [Result(row, summarise(row, its), its) for row, its in cases.items()]


def summarise(row: Row, cases: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """One number a contender."""
    names = dict.fromkeys(name for values in cases.values() for name in values)
    worst = max if row.better == "low" else min
    together = {"mean": statistics.fmean, "median": statistics.median, "worst": worst}[row.over]
    return {name: together([values[name] for values in cases.values() if name in values]) for name in names}


def tell(result: Result, contenders: Iterable[str]) -> dict[str, str]:
    """A line of the printed table."""
    row = result.row
    sign = "≤" if row.better == "low" else "≥"
    return {
        "what": f"{row.what}, {row.unit}" if row.unit else row.what,
        **{name: _tell_value(result, name) for name in contenders},
        RECORDED: row.recorded,
        "goal": "" if row.goal is None else f"{sign} {row.goal:g}",
        "reached": {None: "", True: "yes", False: "NO"}[result.reached],
        "ahead of us": ", ".join(result.ahead),
    }


def print_results(results: Sequence[Result], contenders: Sequence[str]) -> None:
    """A table a group, then what is lost and what is missed."""
    for group in dict.fromkeys(result.row.group for result in results):
        _print_group(group, [result for result in results if result.row.group == group], contenders)
    lost = [result for result in results if result.ahead]
    missed = [result for result in results if result.reached is False]
    if lost:
        _print_group("Rows where a peer is ahead of us", lost, contenders)
    if missed:
        _print_group("Goals that are not reached", missed, contenders)
    goals = sum(result.reached is not None for result in results)
    print(f"\n{len(results)} rows: a peer is ahead in {len(lost)}; {goals - len(missed)} of {goals} goals reached")


def _print_group(title: str, results: Sequence[Result], contenders: Sequence[str]) -> None:
    """Columns that are empty in every row are left out."""
    rows = [tell(result, contenders) for result in results]
    kept = [name for name in rows[0] if any(row[name] for row in rows)]
    print_table(title, [{name: row[name] for name in kept} for row in rows])


def _tell_value(result: Result, name: str) -> str:
    value = result.values.get(name)
    return "" if value is None else f"{value:.{result.row.digits}f}"


def record(result: Result) -> dict[str, Any]:
    """A row of the file of results."""
    return {
        **asdict(result.row),
        "reached": result.reached,
        "ahead": list(result.ahead),
        "values": dict(result.values),
        "cases": {name: dict(values) for name, values in result.cases.items()},
    }
