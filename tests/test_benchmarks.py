"""The page of benchmarks tells what was recorded, losses first (`make bench-page`)."""

import json
from pathlib import Path
from typing import Any

import pytest
from page import PAGE, RESULTS, make_page, tell_ratio

MACHINE = {
    "commit": "abc",
    "python": "3.11",
    "packages": {"torch": "2"},
    "platform": "Linux",
    "cpu": "a CPU",
    "cores": 2,
    "threads": {"torch": 1},
}


def row(**facts: Any) -> dict[str, Any]:
    """A row as benchmarks/goals.py records it."""
    usual = {"group": "Time", "what": "solve", "unit": "s", "goal": None, "better": "low", "digits": 2, "recorded": ""}
    return {**usual, "reached": None, "ahead": [], "values": {"ours": 1.0}, "cases": {}, **facts}


def write(folder: Path, name: str, *rows: dict[str, Any]) -> None:
    """Write a file of results."""
    (folder / f"{name}.json").write_text(json.dumps({"machine": MACHINE, "rows": rows}), encoding="utf-8")


def test_the_page_in_docs_is_that_of_the_results():
    assert make_page(RESULTS) == PAGE.read_text(encoding="utf-8"), "the results have changed: run make bench-page"


def test_what_is_lost_comes_before_all_tables(tmp_path):
    lost = row(values={"ours": 3.0, "DIS": 1.5}, ahead=["DIS"], goal=2.0, reached=False)
    write(tmp_path, "morph-time", row(what="won", values={"ours": 1.0, "DIS": 4.0}, goal=2.0, reached=True), lost)
    page = make_page(tmp_path)
    losses = page[page.index("## Where we lose") : page.index("## Morphing")]
    assert "not reached: 1 of 2" in losses
    assert "| solve, s | 3.00 | DIS 1.50 | 2 x worse | Morphing: Time |" in losses
    assert "won" not in losses
    assert "| won, s | 1.00 | 4.00 | 4 x better | ≤ 2 | yes |" in page


def test_what_was_not_measured_is_said_to_be_missing(tmp_path):
    write(tmp_path, "align", row())
    page = make_page(tmp_path)
    missing = page[page.index("## What is not published") : page.index("## Registration")]
    assert "Morphing" in missing
    assert "A whole film" in missing
    assert "Registration" not in missing


def test_a_part_stands_in_for_the_whole_and_says_so_and_a_quick_run_does_not(tmp_path):
    write(tmp_path, "morph-time", row(what="timed"))
    write(tmp_path, "morph-quick-time", row(what="hasty"))
    page = make_page(tmp_path)
    assert "Only a part" in page
    assert "timed" in page
    assert "hasty" not in page


def test_a_row_that_has_a_machine_of_its_own_tells_it(tmp_path):
    write(tmp_path, "morph-time", row(what="here"), row(what="there", machine={**MACHINE, "commit": "def"}))
    page = make_page(tmp_path)
    assert page.index("Commit abc") < page.index("| here") < page.index("Commit def") < page.index("| there")


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"values": {"ours": 1.0, "a": 2.0, "b": 4.0}}, "2 x better"),
        ({"values": {"ours": 1.0, "a": 2.0, "b": 4.0}, "better": "high"}, "4 x worse"),
        ({"values": {"ours": 40.0, "a": 38.5}, "better": "high", "unit": "dB"}, "1.50 dB better"),
        ({"values": {"ours": 5.0, "a": 3.0}, "unit": "% of all"}, "2.00 points worse"),
        ({"values": {"ours": 0.5, "a": 999.0}, "unit": "px"}, ""),
        ({"values": {"ours": 0.5, "a": 0.5}}, "the same"),
        ({"values": {"ours": 0.5}}, ""),
    ],
)
def test_a_ratio_is_of_the_best_other_tool(facts, told):
    assert tell_ratio(row(**facts)) == told


def test_the_pages_on_hard_files_hold_what_was_measured():
    rows = json.loads((RESULTS / "hard.json").read_text(encoding="utf-8"))["rows"]
    kinds = [row for row in rows if row["table"] == "Kinds of files"]
    page = (PAGE.parent / "hard-folders.md").read_text(encoding="utf-8")
    counts = ("tried", "used", "listed", "not asked", "failed", "lost")
    assert [
        row for row in kinds if f"| {row['kind']} | {' | '.join(str(row[each]) for each in counts)} |" not in page
    ] == []
    total = kinds[-1]
    page = (PAGE.parent / "robustness.md").read_text(encoding="utf-8")
    assert f"of {len(kinds) - 1} kinds" in page
    assert f"| {total['tried']} | {total['used']} used, {total['listed']} listed" in page
    assert (total["failed"], total["lost"]) == (0, 0)
    films = [row for row in rows if row["table"] == "Films"]
    assert f"| {max(row['peak MB'] for row in films)} MB |" in page
    assert all((row["exit"], row["without a reason"], row["originals changed"]) == (0, 0, 0) for row in films)
