"""The command line: what is typed becomes one call of the library, and what comes back is shown."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence

STOPPED = 130
"""Exit code after Ctrl-C."""
HEARD = 2
"""So many times Ctrl-C is heard: to stop, and not to wait for what still works; more would disturb the tidying up."""

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; see `morphlapse.cli.entry.run_line`.

    What it needs is loaded here, so that Ctrl-C while it loads is told in one line too.
    """
    try:
        if argv is None:
            _hear_twice()
        from morphlapse.cli.entry import run_line

        return run_line(argv)
    except KeyboardInterrupt:
        try:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        except KeyboardInterrupt:
            # That was the last one that is heard.
            return tell_stopped()
        return tell_stopped()


def tell_stopped() -> int:
    """Say that Ctrl-C was heard, and give the exit code."""
    sys.stderr.write("morphlapse: stopped\n")
    return STOPPED


def _hear_twice() -> None:
    presses = iter(range(HEARD))

    def press(_number: int, _frame: object) -> None:
        if next(presses, None) is not None:
            raise KeyboardInterrupt

    signal.signal(signal.SIGINT, press)
