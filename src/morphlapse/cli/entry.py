"""The program: parse, run, show, and turn what comes up into one line and an exit code."""

from __future__ import annotations

import signal
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import morphlapse
from morphlapse.cli.commands import AnyCommand
from morphlapse.cli.flags import UsageError, name_flag, parse_command
from morphlapse.cli.process import hush_encoders, keep_freed_memory
from morphlapse.cli.running import run_command
from morphlapse.cli.showing import show_result
from morphlapse.cli.terminal import guarded_output, plain_output, tell
from morphlapse.errors import MorphlapseError, OptionError

DESCRIPTION = """A folder of photos becomes one film in which the subject stays put and each photo flows into the next.

Example: morphlapse film --sample -o film.mp4

`morphlapse film --help` tells all options of a command, `morphlapse --version` the version."""

FAILED, MISUSED, STOPPED = 1, 2, 130
"""Exit codes: something went wrong, something was typed wrong, Ctrl-C."""

ENDINGS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))
"""Signals at which the program tidies up before it ends."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, optional
        What was typed after the program's name; by default what this process was given.

    Returns
    -------
    int
        The exit code: 0, or 1 after an error, 2 after a wrong option, 130 after Ctrl-C.
    """
    typed = list(sys.argv[1:] if argv is None else argv)
    try:
        with _ending_tidily():
            return _run(typed)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    except KeyboardInterrupt:
        tell("morphlapse: stopped")
        return STOPPED
    except BrokenPipeError:
        return FAILED
    except UsageError as error:
        tell(f"morphlapse: {error} ({_where_to_look(typed)})")
        return MISUSED
    except MorphlapseError as error:
        if "--debug" in typed:
            traceback.print_exc()
        if isinstance(error, OptionError):
            tell(f"morphlapse: {name_flag(str(error))}")
            return MISUSED
        tell(f"morphlapse: {error}")
        return FAILED


def _run(typed: list[str]) -> int:
    if typed == ["--version"]:
        with guarded_output():
            sys.stdout.write(f"morphlapse {morphlapse.__version__}\n")
        return 0
    with guarded_output(), plain_output():
        command = parse_command(AnyCommand, typed, description=DESCRIPTION)
    keep_freed_memory()
    hush_encoders()
    result = run_command(command)
    with guarded_output():
        return show_result(command, result)


def _where_to_look(typed: list[str]) -> str:
    known = typed and typed[0] in ("film", "morph", "align", "inspect", "album", "cache", "doctor", "completion")
    return f"see morphlapse {typed[0]} --help" if known else "see morphlapse --help"


@contextmanager
def _ending_tidily() -> Iterator[None]:
    """Let a signal to end unwind the program, so that no temporary file stays behind."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, _end) for number in ENDINGS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)
