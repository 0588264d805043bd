"""Photos and pieces of a film as tasks of their own, which other threads, processes or machines may do."""

from __future__ import annotations

import os
import platform
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Executor, Future
from dataclasses import replace
from functools import cache, partial
from typing import TypeVar

import cv2
import torch

from morphlapse.album.faults import UnreadablePhotoError
from morphlapse.pipeline.looking import share_detector, share_identifier
from morphlapse.records import Detection, Photo, Skipped
from morphlapse.subjects.protocol import Detector, Identifier
from morphlapse.subjects.registry import load_detector, load_identifier

Value = TypeVar("Value")
Look = Callable[[Photo, Detector | None, Identifier | None], Detection]

HELD = 64
"""So many tasks are begun or wait for whoever asks."""


def do_all(executor: Executor, tasks: Iterable[Callable[[], Value]]) -> Generator[Value, None, None]:
    """Let an executor do tasks, and give their results in order; a few tasks are taken ahead of whoever asks."""
    waiting: deque[Future[Value]] = deque()
    try:
        for task in tasks:
            waiting.append(executor.submit(task))
            while len(waiting) > HELD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()


def name_process() -> str:
    """A name of this process among those of all machines."""
    return f"{platform.node()} {os.getpid()}"


def work_alone(home: str) -> None:
    """Let a process that works for another do a task on one thread, as `home` itself does: so the bits are the same.

    The number stays, for several threads of a worker may do tasks at once.
    """
    if home != name_process():
        torch.set_num_threads(1)
        cv2.setNumThreads(1)


def look_elsewhere(
    executor: Executor,
    photos: Iterable[Photo],
    look: Look,
    names: tuple[str | None, str | None],
    device: str,
) -> Generator[Detection | Skipped, None, None]:
    """Look at photos wherever an executor has them looked at, in their order.

    Parameters
    ----------
    executor : Executor
        Its workers must find the photos under the same names.
    photos : iterable of Photo
    look : callable
        Looks at one photo; a function of a module, for it is told to others by name.
    names : (str or None, str or None)
        The detector and the identifier; each worker loads its own, once.
    device : str
        As in `Context`.
    """
    home = name_process()
    tasks = (partial(_look_there, photo, look, names, device, home) for photo in photos)
    yield from do_all(executor, tasks)


def _look_there(
    photo: Photo, look: Look, names: tuple[str | None, str | None], device: str, home: str
) -> Detection | Skipped:
    work_alone(home)
    there = replace(photo, path=photo.path.absolute())
    try:
        found = look(there, _detector(names[0], device), _identifier(names[1]))
    except UnreadablePhotoError as error:
        return Skipped(photo.path, error.reason, photo)
    return replace(found, photo=photo)


@cache
def _detector(name: str | None, device: str) -> Detector | None:
    return None if name is None else share_detector(load_detector(name), device)


@cache
def _identifier(name: str | None) -> Identifier | None:
    return None if name is None else share_identifier(load_identifier(name))
