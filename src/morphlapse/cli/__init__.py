"""The command line: what is typed becomes one call of the library, and what comes back is shown."""

# Nothing is imported up here: until `main` is called, Ctrl-C would be answered by a traceback of Python.
TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from collections.abc import Callable, Sequence
    from types import FrameType

STOPPED = 130
"""Exit code after Ctrl-C."""
HEARD = 2
"""So many times Ctrl-C is heard: to stop, and not to wait for what still works; more would disturb the tidying up."""
IMPORTING = "<frozen importlib._bootstrap>"
"""Where Python loads modules, as it names that file."""
AGAIN_S = 0.05
"""So much later it is looked again whether a module is loaded."""

__all__ = ["main"]


def main(argv: "Sequence[str] | None" = None) -> int:
    """Run the command line; see `morphlapse.cli.entry.run_line`.

    What it needs is loaded here, so that Ctrl-C while it loads is told in one line too.
    """
    try:
        if argv is None:
            _hear(_end)
            _collect_nothing()
        from morphlapse.cli.entry import run_line

        return run_line(argv)
    except KeyboardInterrupt:
        try:
            hear_no_more()
        except KeyboardInterrupt:
            # That was the last one that is heard.
            return _stop(ends=argv is None)
        return _stop(ends=argv is None)


def begin() -> None:
    """All is loaded: let Ctrl-C unwind the program, so that what is begun is tidied up, and look for garbage.

    Before, Ctrl-C ends the program at once. Nothing is changed where the program is called with arguments: then both
    are the caller's.
    """
    import signal

    if signal.getsignal(signal.SIGINT) is not _end:
        return
    _collect_garbage()
    presses = iter(range(HEARD))

    def unwind(_number: int, frame: "FrameType | None") -> None:
        if _is_importing(frame):
            # Modules of C++ make an error of their own of it, or none at all: it has to wait until they are loaded.
            _press_later()
        elif next(presses, None) is not None:
            raise KeyboardInterrupt

    _hear(unwind)


def hear_no_more() -> None:
    """Let Ctrl-C change nothing from now on, for the program ends."""
    import signal

    _hear(signal.SIG_IGN)


def _collect_nothing() -> None:
    """Look for no garbage while libraries load: they make much that stays, which is looked through again and again."""
    import gc

    gc.disable()


def _collect_garbage() -> None:
    """Look for garbage from now on, but not in what was loaded."""
    import gc

    gc.freeze()
    gc.enable()


def _hear(answer: "Callable[[int, FrameType | None], None] | signal.Handlers") -> None:
    import signal

    signal.signal(signal.SIGINT, answer)


def _end(_number: int, _frame: "FrameType | None") -> None:
    """Nothing was begun."""
    hear_no_more()
    _stop(ends=True)


def _stop(*, ends: bool) -> int:
    """Say that Ctrl-C was heard, and give the exit code, or end the process with it.

    Left to itself, Python ends by the signal instead of the code where Ctrl-C came while it ran a text, as it does to
    make a dataclass; and threads may still work for nobody.
    """
    import os
    import sys

    said = "morphlapse: stopped\n"
    if not ends:
        sys.stderr.write(said)
        return STOPPED
    try:
        # Past Python's own stream, which may be lent to somebody, or in the midst of a line.
        os.write(2, said.encode())
    finally:
        os._exit(STOPPED)


def _is_importing(frame: "FrameType | None") -> bool:
    while frame is not None and frame.f_code is not main.__code__:
        if frame.f_code.co_filename == IMPORTING:
            return True
        frame = frame.f_back
    return False


def _press_later() -> None:
    # Both are built in: nothing is loaded here, in the midst of an import.
    import _thread
    import time

    def wait() -> None:
        time.sleep(AGAIN_S)
        _thread.interrupt_main()

    _thread.start_new_thread(wait, ())
