"""What reaches the terminal: only characters that it can show, and bars only where there is one."""

import io
import json
import sys
from pathlib import Path

import pytest

from morphlapse.cli.terminal import print_json, print_path, print_table, printable, shown_progress, tell
from morphlapse.records import Progress


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("text", "encoding", "shown"),
    [
        ("Grüße 写真", "utf-8", "Grüße 写真"),
        ("Grüße", "ascii", r"Gr\xfc\xdfe"),
        ("写", "latin-1", r"\u5199"),
        ("odd\udce9", "utf-8", r"odd\udce9"),
        ("red\x1b[31m\nline", "utf-8", r"red\x1b[31m\nline"),
    ],
)
def test_what_a_stream_cannot_show_is_escaped(text: str, encoding: str, shown: str):
    assert printable(text, encoding) == shown


def test_no_bars_without_a_terminal(capsys: pytest.CaptureFixture[str]):
    with shown_progress() as listener:
        assert listener is None
    assert capsys.readouterr().err == ""


def test_bars_show_each_stage_and_the_time_left(monkeypatch: pytest.MonkeyPatch):
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    with shown_progress() as listener:
        assert listener is not None
        listener(Progress("look", 1, 4))
        listener(Progress("film", 0, 9))
        listener(Progress("film", 9, 9))
    shown = screen.getvalue()
    assert "look" in shown
    assert "1/4" in shown
    assert "9/9" in shown
    assert "left" in shown


def test_lines_go_to_standard_error(capsys: pytest.CaptureFixture[str]):
    tell("odd\udce9")
    assert capsys.readouterr() == ("", "odd\\udce9\n")


def test_paths_are_printed_byte_by_byte(capfdbinary: pytest.CaptureFixture[bytes]):
    print_path(Path("odd\udce9/é.mp4"))
    sys.stdout.flush()
    assert capfdbinary.readouterr().out == b"odd\xe9/\xc3\xa9.mp4\n"


def test_json_is_ascii(capsys: pytest.CaptureFixture[str]):
    print_json({"path": "é\udce9"})
    shown = capsys.readouterr().out
    assert shown.isascii()
    assert json.loads(shown) == {"path": "é\udce9"}


def test_table_in_a_pipe_breaks_no_line_and_reads_no_markup(capsys: pytest.CaptureFixture[str]):
    print_table(("photo", "why"), [["[bold]" * 50, "x" * 300], ["b", ""]])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert lines[1] == f"{'[bold]' * 50}  {'x' * 300}"
    assert lines[2] == "b"
