"""The program: parse, run, show, and turn what comes up into one line and an exit code."""

from __future__ import annotations

import signal
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import morphlapse
from morphlapse.cli import hear_no_more
from morphlapse.cli.commands import AnyCommand, list_commands
from morphlapse.cli.flags import UsageError, name_flag, parse_command
from morphlapse.cli.process import end_at_once, hush_encoders, keep_freed_memory, open_standard_streams
from morphlapse.cli.running import run_command
from morphlapse.cli.showing import show_result
from morphlapse.cli.terminal import guarded_output, plain_output, tell
from morphlapse.errors import BackendMissing, MorphlapseError, OptionError, lacks_memory

DESCRIPTION = """A folder of photos becomes one film in which the subject stays put and each photo flows into the next.

Example: morphlapse film --sample -o film.mp4

`morphlapse film --help` tells all options of a command, `morphlapse --version` the version."""

FAILED, MISUSED = 1, 2
"""Exit codes: something went wrong, something was typed wrong."""

ENDINGS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))
"""Signals at which the program tidies up before it ends."""


def run_line(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, optional
        What was typed after the program's name; by default what this process was given.

    Returns
    -------
    int
        The exit code: 0, or 1 after an error, 2 after a wrong option.

    Raises
    ------
    KeyboardInterrupt
        At Ctrl-C, when what was begun has been tidied up.
    """
    open_standard_streams()
    code = _run_safely(list(sys.argv[1:] if argv is None else argv))
    if argv is None:
        hear_no_more()
        end_at_once(code)
    return code


def _run_safely(typed: list[str]) -> int:
    """Run what was typed, and tell whatever goes wrong in one line."""
    try:
        with _ending_tidily():
            return _run(typed)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    except BrokenPipeError:
        return FAILED
    except (UsageError, MorphlapseError, OSError, MemoryError, RuntimeError) as error:
        said = _explain(error, typed)
        if said is None:
            raise
        if "--debug" in typed and not isinstance(error, UsageError):
            traceback.print_exc()
        line, code = said
        tell(f"morphlapse: {line}")
        return code


def _explain(error: Exception, typed: list[str]) -> tuple[str, int] | None:
    """What is said of an error, and the exit code; None of a fault in the program."""
    if isinstance(error, UsageError):
        return f"{error} ({_where_to_look(typed)})", MISUSED
    if isinstance(error, (OptionError, BackendMissing)):
        return name_flag(str(error)), MISUSED if isinstance(error, OptionError) else FAILED
    if isinstance(error, MorphlapseError):
        return str(error), FAILED
    if lacks_memory(error):
        return "there is too little memory; close other programs, or make the film smaller with --size", FAILED
    if isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename is not None else ""
        return f"{place}{(error.strerror or str(error) or type(error).__name__).lower()}", FAILED
    return None


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
    return f"see morphlapse {typed[0]} --help" if typed and typed[0] in list_commands() else "see morphlapse --help"


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
