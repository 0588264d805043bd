"""Processes that read pictures: asked, waited for, and stopped where they hang.

They are started when they are first needed, one for each thread that reads at once, and used again and again.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any

MOST_LINE = 2**20
"""Bytes of an answer before its pixels."""

BLOCK = 2**20
"""Bytes that are taken from a pipe at a time."""

ASTRAY = "its decoder went astray"
"""What is said of a reader that does not answer as it should."""

COMMAND = (sys.executable, "-P", "-m", "morphlapse.album.reader")
"""What a reader is."""


class ReaderStoppedError(Exception):
    """A reader is no more; it says why."""


class Reader:
    """One process that reads pictures, for one thread at a time.

    Parameters
    ----------
    command : sequence of str
        What is started.
    """

    def __init__(self, command: Sequence[str]) -> None:
        # Not the working folder: it may hold photos, and files that are named like modules.
        places = [place for place in sys.path if Path(place).is_absolute()]
        surroundings = {**os.environ, "PYTHONPATH": os.pathsep.join(places), "OMP_NUM_THREADS": "1"}
        self._process = subprocess.Popen(  # noqa: S603 - our own command
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=surroundings,
        )

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    def ask(self, request: Mapping[str, Any], patience_s: float) -> tuple[dict[str, Any], bytearray]:
        """Send a request and wait for what is said and the bytes behind it.

        Raises
        ------
        ReaderStoppedError
            Where the process ended, or took longer than `patience_s` and was stopped.
        """
        assert self._process.stdin is not None
        deadline = time.monotonic() + patience_s
        try:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
        except OSError as error:
            raise ReaderStoppedError(self._say_end()) from error
        said, rest = self._read_line(deadline, patience_s)
        while len(rest) < said["bytes"]:
            rest += self._read_some(deadline, patience_s)
        if len(rest) > said["bytes"]:
            raise ReaderStoppedError(ASTRAY)
        return said, rest

    def _read_line(self, deadline: float, patience_s: float) -> tuple[dict[str, Any], bytearray]:
        got = bytearray()
        while (end := got.find(b"\n")) < 0:
            if len(got) > MOST_LINE:
                raise ReaderStoppedError(ASTRAY)
            got += self._read_some(deadline, patience_s)
        return parse_answer(got[:end]), got[end + 1 :]

    def _read_some(self, deadline: float, patience_s: float) -> bytes:
        assert self._process.stdout is not None
        place = self._process.stdout.fileno()
        if not select.select([place], [], [], max(0.0, deadline - time.monotonic()))[0]:
            raise ReaderStoppedError(f"its decoder took more than {patience_s:.0f} seconds and was stopped")
        if not (some := os.read(place, BLOCK)):
            raise ReaderStoppedError(self._say_end())
        return some

    def _say_end(self) -> str:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(5.0)
        code = self._process.returncode
        return f"its decoder crashed ({f'signal {-code}' if code and code < 0 else f'code {code}'})"

    def close(self) -> None:
        """Stop the process."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()


def parse_answer(line: bytes | bytearray) -> dict[str, Any]:
    """What a reader says; it may have been taken over by a file, so nothing is believed that is not checked."""
    try:
        said = json.loads(line)
    except ValueError as error:
        raise ReaderStoppedError(ASTRAY) from error
    kinds = {"bytes": int, "reason": str, "size": list, "orientation": int, "tags": dict, "shape": list, "type": str}
    if not isinstance(said, dict) or "bytes" not in said:
        raise ReaderStoppedError(ASTRAY)
    if not all(name in kinds and isinstance(value, kinds[name]) for name, value in said.items()):
        raise ReaderStoppedError(ASTRAY)
    return said


class Readers:
    """Processes that read pictures: one that waits is taken, else one is started.

    Parameters
    ----------
    command : sequence of str
        What is started.
    """

    def __init__(self, command: Sequence[str] = COMMAND) -> None:
        self._command = command
        self._idle: list[Reader] = []
        self._lock = Lock()
        self._owner = os.getpid()

    @property
    def idle(self) -> tuple[Reader, ...]:
        """Those that wait."""
        return tuple(self._idle)

    def ask(self, request: Mapping[str, Any], patience_s: float) -> tuple[dict[str, Any], bytearray]:
        """Ask one of them; if it is no more, ask another once, for it may have ended for reasons of its own.

        Raises
        ------
        ReaderStoppedError
            If both end, or one takes too long.
        OSError
            If none can be started.
        """
        reader = self._take()
        try:
            return self._ask(reader, request, patience_s)
        except ReaderStoppedError as stopped:
            if "crashed" not in str(stopped):
                raise
            return self._ask(Reader(self._command), request, patience_s)

    def _ask(self, reader: Reader, request: Mapping[str, Any], patience_s: float) -> tuple[dict[str, Any], bytearray]:
        try:
            answered = reader.ask(request, patience_s)
        except BaseException:
            reader.close()
            raise
        with self._lock:
            self._idle.append(reader)
        return answered

    def _take(self) -> Reader:
        with self._lock:
            if self._owner != os.getpid():
                # After a fork they belong to the process that started them.
                self._idle, self._owner = [], os.getpid()
            if self._idle:
                return self._idle.pop()
        return Reader(self._command)

    def close(self) -> None:
        """Stop those that wait, unless they are another process's."""
        with self._lock:
            idle, self._idle = self._idle, []
        for reader in idle if self._owner == os.getpid() else ():
            reader.close()
