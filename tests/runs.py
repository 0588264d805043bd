"""Runs of the program in processes of their own that begin at once: forked from one in which all is loaded.

As a program (`python tests/runs.py`) it reads requests, one JSON list of runs a line, does each list at once, and
answers with what became of them. `Runs` is the other side of it.
"""

import gc
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

PATIENCE_S = 120.0
"""A run that takes longer hangs."""
STARTS_S = 300.0


@dataclass(frozen=True)
class Run:
    """What is typed, and what happens to it meanwhile."""

    typed: Sequence[str]
    signals: Sequence[tuple[float, int]] = ()
    """Seconds after the beginning, and the signal that comes then."""
    limits: dict[str, int] = field(default_factory=dict)
    """Names of `resource`, and how much is allowed."""
    environment: dict[str, str] = field(default_factory=dict)
    before: str = ""
    """Python that runs first."""
    to_the_end: bool = False
    """Whether Python takes leave as always, which takes seconds, or ends with the program."""


@dataclass(frozen=True)
class Ended:
    """What became of a run."""

    code: int
    """Its exit code, or minus the signal that killed it."""
    out: str
    err: str
    seconds: float


class Runs:
    """The process in which all is loaded."""

    def __init__(self) -> None:
        words = [sys.executable, str(Path(__file__))]
        self._server = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def do(self, *runs: Run) -> list[Ended]:
        """Do several runs at once."""
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(json.dumps([vars(run) for run in runs]) + "\n")
        self._server.stdin.flush()
        return [Ended(**each) for each in json.loads(self._server.stdout.readline())]

    def close(self) -> None:
        """End it."""
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.close()
        self._server.wait(30)
        self._server.stdout.close()


def serve() -> Run | None:
    """Answer requests; in each forked process return the run that is to be done there, and None at the end."""
    for line in sys.stdin:
        wanted = [Run(**each) for each in json.loads(line)]
        begun = []
        for run in wanted:
            streams = [tempfile.TemporaryFile() for _ in range(2)]  # noqa: SIM115 - closed when they were read
            child = os.fork()
            if child == 0:
                settle(run, [stream.fileno() for stream in streams])
                return run
            begun.append((child, time.perf_counter(), streams))
        told = wait_for(wanted, begun)
        sys.stdout.write(json.dumps([vars(each) for each in told]) + "\n")
        sys.stdout.flush()
    return None


def settle(run: Run, streams: list[int]) -> None:
    """Make a forked process one of its own."""
    os.setsid()
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, stream in enumerate(streams, start=1):
        os.dup2(stream, number)
    os.environ.update(run.environment)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for name, most in run.limits.items():
        resource.setrlimit(getattr(resource, name), (most, most))


def wait_for(wanted: list[Run], begun: list[tuple[int, float, list[Any]]]) -> list[Ended]:
    """Send signals when they are due until all have ended."""
    due = sorted((at + begun[k][1], begun[k][0], number) for k, run in enumerate(wanted) for at, number in run.signals)
    ended: dict[int, tuple[int, float]] = {}
    while len(ended) < len(begun):
        while due and time.perf_counter() >= due[0][0]:
            _, child, number = due.pop(0)
            if child not in ended:
                os.kill(child, number)
        for child, start, _ in begun:
            if child in ended:
                continue
            found, status = os.waitpid(child, os.WNOHANG)
            if found:
                ended[child] = (os.waitstatus_to_exitcode(status), time.perf_counter() - start)
            elif time.perf_counter() - start > PATIENCE_S:
                os.kill(child, signal.SIGKILL)
        time.sleep(0.001)
    return [Ended(*_read(*ended[child], streams)) for child, _, streams in begun]


def _read(code: int, seconds: float, streams: list[Any]) -> tuple[int, str, str, float]:
    said = []
    for stream in streams:
        stream.seek(0)
        said.append(stream.read().decode("utf-8", "backslashreplace"))
        stream.close()
    return code, said[0], said[1], seconds


def load_all() -> None:
    """Make a small film, after which nothing is left to be loaded, and no thread is left either."""
    with tempfile.TemporaryDirectory() as folder, redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        photos = [f"{folder}/{name}.png" for name in "ab"]
        for number, photo in enumerate(photos):
            Image.new("RGB", (64, 48), (200 * number, 90, 40)).save(photo)
        quick = [
            "--on",
            "none",
            "--transition",
            "dissolve",
            "--fps",
            "4",
            "--size",
            "64x48",
            "--json",
            "--cache",
            "off",
        ]
        assert main(["film", *photos, "-o", f"{folder}/film.mp4", *quick]) == 0


if __name__ == "__main__":
    from PIL import Image

    from morphlapse.cli import main

    load_all()
    gc.freeze()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    todo = serve()
    if todo is not None:
        exec(todo.before, {})
        sys.argv = ["morphlapse", *todo.typed]
        code = main()
        if todo.to_the_end:
            sys.exit(code)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
