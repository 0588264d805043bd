"""What a job runs on, who listens to it, and where its time goes."""

from __future__ import annotations

import resource
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass, field

import cv2
import torch

from morphlapse.errors import BackendMissing, OptionError
from morphlapse.pipeline.storing import Store
from morphlapse.records import Listener, Progress


@dataclass(frozen=True)
class Context:
    """The surroundings of a job."""

    device: str = "auto"
    """auto (a GPU where there is one), cpu or cuda."""
    listener: Listener | None = None
    """Gets every step of progress."""
    store: Store | None = None
    """What is kept from one run to the next (see `open_store`); by default nothing."""
    executor: Executor | None = None
    """Looks at photos and makes the pieces of a film, wherever its workers are; by default threads of this process."""

    def tell(self, stage: str, done: int, total: int) -> None:
        """Pass a step of progress on."""
        if self.listener is not None:
            self.listener(Progress(stage, done, total))


def choose_device(name: str) -> torch.device:
    """The device of a name; `auto` takes a GPU where there is one.

    Raises
    ------
    BackendMissing
        If a GPU is asked for and none can be used.
    OptionError
        If the name is none of auto, cpu, cuda.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if name == "cpu":
        return torch.device("cpu")
    if name.split(":")[0] != "cuda":
        raise OptionError(f"device: {name!r} is not known; use auto, cpu or cuda")
    if not torch.cuda.is_available():
        raise BackendMissing(f"device: {name} was asked for, but torch finds no GPU; use cpu or auto")
    return torch.device(name)


@contextmanager
def limited_threads(count: int) -> Iterator[None]:
    """Let torch and OpenCV share a piece of work among so many threads: one, where several pieces are done at once.

    Much of a frame's work runs on one thread however many there are, and teams that wait for each other spin.
    """
    before = torch.get_num_threads(), cv2.getNumThreads()
    torch.set_num_threads(count)
    cv2.setNumThreads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before[0])
        cv2.setNumThreads(before[1])


@dataclass
class Clock:
    """Seconds of work in each stage, by whichever thread; stages inside others are taken off them."""

    seconds: dict[str, float] = field(default_factory=dict)
    """By stage; where several threads work, they add up to more than the time that has passed."""
    _here: threading.local = field(default_factory=threading.local, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count what happens inside as `name`."""
        opened = self._here.__dict__.setdefault("opened", [])
        begun = time.perf_counter()
        opened.append(0.0)
        try:
            yield
        finally:
            spent = time.perf_counter() - begun
            inner = opened.pop()
            with self._lock:
                self.seconds[name] = self.seconds.get(name, 0.0) + spent - inner
            if opened:
                opened[-1] += spent


def peak_memory_mb() -> float:
    """The most memory that this process has held, in MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024.0 * 1024.0 if sys.platform == "darwin" else 1024.0)
