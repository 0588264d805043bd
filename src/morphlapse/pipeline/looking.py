"""Looking at many photos at once, in their order.

Threads do it: decoding, the networks and OpenCV leave Python's lock to others (of the CPU time of MediaPipe's pose
network 2 % is Python's), and unlike processes they share the models and start at once.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future
from contextlib import closing
from functools import partial
from queue import SimpleQueue
from threading import Lock

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from morphlapse.album.faults import UnreadablePhotoError
from morphlapse.pipeline.ahead import work_ahead
from morphlapse.pipeline.context import choose_device, limited_threads
from morphlapse.pipeline.memory import NOTE, make_in_room
from morphlapse.records import Detection, Face, Photo, Reach, Skipped, Subject
from morphlapse.subjects.protocol import BatchDetector, Detector, Identifier

MOST_WORKERS = 8
"""So many photos are looked at at once, at most: each holds its pixels in memory."""


MOST_AT_ONCE = 8
"""So many pictures are given to a detector in one call, at most."""


class InTurns:
    """A detector that one thread at a time asks, however many want to, with pictures on its device."""

    def __init__(self, detector: Detector, device: torch.device) -> None:
        self._detector = detector
        self._device = device
        self.notes: tuple[str, ...] = ()
        self._turn = Lock()

    @property
    def keypoint_names(self) -> tuple[str, ...]:
        """Those of the detector."""
        return self._detector.keypoint_names

    def detect(self, image: Float[Tensor, "3 h w"]) -> tuple[Subject, ...]:
        """Find everyone in a picture; see `Detector.detect`."""
        with self._turn:
            found = make_in_room(lambda: self._detector.detect(image.to(self._device)), self._device, gc.collect)
            if found is None:
                self._device = torch.device("cpu")
                self.notes = (NOTE,)
                found = self._detector.detect(image.cpu())
            return found


class Together(InTurns):
    """A detector that takes several pictures at once: whoever asks it asks for all who wait."""

    def __init__(self, detector: BatchDetector, device: torch.device) -> None:
        super().__init__(detector, device)
        self._batch = detector
        self._waiting: SimpleQueue[tuple[Tensor, Future[tuple[Subject, ...]]]] = SimpleQueue()

    def detect(self, image: Float[Tensor, "3 h w"]) -> tuple[Subject, ...]:
        """Find everyone in a picture; see `Detector.detect`."""
        mine: Future[tuple[Subject, ...]] = Future()
        self._waiting.put((image, mine))
        with self._turn:
            while not mine.done():
                self._ask()
        return mine.result()

    @property
    def waiting(self) -> int:
        """How many pictures wait."""
        return self._waiting.qsize()

    def _ask(self) -> None:
        asked = [self._waiting.get() for _ in range(min(self._waiting.qsize(), MOST_AT_ONCE))]
        try:
            found = self._batch.detect_batch([image.to(self._device) for image, _ in asked])
        except Exception as error:  # noqa: BLE001 - whoever waits for it raises it
            for _, future in asked:
                future.set_exception(error)
            return
        for (_, future), subjects in zip(asked, found, strict=True):
            future.set_result(subjects)


class TellsInTurns:
    """An identifier that one thread at a time asks."""

    def __init__(self, identifier: Identifier) -> None:
        self._identifier = identifier
        self._turn = Lock()

    @property
    def reach(self) -> Reach:
        """That of the identifier."""
        return self._identifier.reach

    @property
    def face_px(self) -> int:
        """That of the identifier."""
        return self._identifier.face_px

    def describe(self, image: Float[Tensor, "3 h w"], faces: Sequence[Face]) -> tuple[NDArray[np.float32] | None, ...]:
        """Describe faces of a picture; see `Identifier.describe`."""
        with self._turn:
            return self._identifier.describe(image, faces)


def share_detector(detector: Detector | None, device: str) -> Detector | None:
    """The detector itself where several threads may ask it at once, else one that they ask in turns: on a GPU all who
    wait at once, where it can.

    Parameters
    ----------
    detector : Detector or None
    device : str
        As in `Context`; detectors that say nothing of a GPU get their pictures on the CPU.
    """
    if detector is None or getattr(detector, "concurrent", False):
        return detector
    chosen = choose_device(device if getattr(detector, "on_gpu", False) else "cpu")
    if isinstance(detector, BatchDetector) and chosen.type != "cpu":
        return Together(detector, chosen)
    return InTurns(detector, chosen)


def share_identifier(identifier: Identifier | None) -> Identifier | None:
    """The same for an identifier."""
    return identifier if identifier is None or getattr(identifier, "concurrent", False) else TellsInTurns(identifier)


def count_workers() -> int:
    """How many photos are looked at at once: one for each of torch's threads (see `torch.set_num_threads`)."""
    return min(torch.get_num_threads(), MOST_WORKERS)


def look_ahead(
    photos: Sequence[Photo], look: Callable[[Photo], Detection], *, workers: int | None = None
) -> Generator[Detection | Skipped, None, None]:
    """Look at photos on all cores.

    Parameters
    ----------
    photos : sequence of Photo
    look : callable
        Looks at one photo; several threads call it at once.
    workers : int, optional
        How many; by default `count_workers()`.

    Yields
    ------
    Detection or Skipped
        For each photo, in their order; one that cannot be read is skipped.
    """
    workers = count_workers() if workers is None else workers
    tasks = ((partial(_look_or_skip, look, photo), ()) for photo in photos)
    with limited_threads(1), closing(work_ahead(tasks, workers)) as ahead:
        yield from ahead


def _look_or_skip(look: Callable[[Photo], Detection], photo: Photo) -> Detection | Skipped:
    try:
        return look(photo)
    except UnreadablePhotoError as error:
        return Skipped(photo.path, error.reason, photo)
