"""What the terminal shows: a bar while a job runs, and its result."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bars
from rich.table import Table
from rich.text import Text

from morphlapse.errors import EncodeError
from morphlapse.records import Listener, Progress

WIDEST = 10_000
"""Columns of a table that goes into a file or a pipe: no cell is broken there."""
PLAIN = str.maketrans({"•": "*", "…": "...", "─": "-", "│": "|", **dict.fromkeys("╭╮╰╯", "+")})
"""What stands for a drawing in ASCII."""


@contextmanager
def shown_progress() -> Iterator[Listener | None]:
    """Lend a listener that draws a bar for each stage on standard error; none where that is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    columns = (
        TextColumn("{task.description:>8}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    console = Console(file=sys.stderr)
    with Bars(*columns, console=console, refresh_per_second=4, speed_estimate_period=600.0) as bars:
        yield _bar_listener(bars)


def _bar_listener(bars: Bars) -> Listener:
    tasks: dict[str, TaskID] = {}

    def listen(step: Progress) -> None:
        if step.stage not in tasks:
            tasks[step.stage] = bars.add_task(step.stage, total=step.total)
        bars.update(tasks[step.stage], completed=step.done, total=step.total)

    return listen


@contextmanager
def guarded_output() -> Iterator[None]:
    """Send out what is printed inside; where that fails, say so, and do not try again when the program ends.

    Raises
    ------
    BrokenPipeError
        If whoever read it has read enough.
    EncodeError
        If it cannot be written, for example onto a full disk.
    """
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            raise
        raise EncodeError(f"the result cannot be printed: {(error.strerror or str(error)).lower()}") from error


@contextmanager
def plain_output() -> Iterator[None]:
    """Draw frames and bullets with ASCII where standard output has no others."""
    encoding = sys.stdout.encoding or "utf-8"
    if encoding.lower().replace("-", "").startswith("utf"):
        yield
        return
    held = StringIO()
    try:
        with redirect_stdout(held):
            yield
    finally:
        sys.stdout.write(held.getvalue().translate(PLAIN).encode(encoding, "backslashreplace").decode(encoding))


def printable(text: str, encoding: str | None) -> str:
    """Text with all escaped that an encoding lacks, that is no character, or that commands the terminal."""
    plain = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
    known = encoding or "utf-8"
    return plain.encode(known, "backslashreplace").decode(known)


def tell(line: str) -> None:
    """Say a line on standard error."""
    sys.stderr.write(printable(line, sys.stderr.encoding) + "\n")


def print_path(path: Path) -> None:
    """Print a path on standard output, byte by byte as the system has it; a terminal gets nothing that commands it."""
    if sys.stdout.isatty():
        sys.stdout.write(printable(str(path), sys.stdout.encoding) + "\n")
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(os.fsencode(path) + os.linesep.encode())


def print_text(text: str) -> None:
    """Print a text that a program reads, as it is."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8"))


def print_json(value: dict[str, Any]) -> None:
    """Print one JSON object, in ASCII."""
    sys.stdout.write(json.dumps(value, indent=2) + "\n")


def print_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table on standard output, in lines as long as they must be where that is no terminal."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in heads:
        table.add_column(head, overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable(cell, sys.stdout.encoding)) for cell in row))
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else WIDEST, highlight=False)
    with console.capture() as capture:
        console.print(table)
    sys.stdout.writelines(f"{line.rstrip()}\n" for line in capture.get().splitlines())
