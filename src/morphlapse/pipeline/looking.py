"""Looking at many photos at once, in their order.

Threads do it: decoding, the networks and OpenCV leave Python's lock to others (of the CPU time of MediaPipe's pose
network 2 % is Python's), and unlike processes they share the models and start at once.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from functools import partial
from threading import Lock

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from morphlapse.album.opening import UnreadablePhotoError
from morphlapse.pipeline.ahead import work_ahead
from morphlapse.pipeline.context import choose_device, limited_threads
from morphlapse.records import Detection, Face, Photo, Reach, Skipped, Subject
from morphlapse.subjects.protocol import Detector, Identifier

MOST_WORKERS = 8
"""So many photos are looked at at once, at most: each holds its pixels in memory."""


class InTurns:
    """A detector that one thread at a time asks, however many want to, with pictures on its device."""

    def __init__(self, detector: Detector, device: torch.device) -> None:
        self._detector = detector
        self._device = device
        self._turn = Lock()

    @property
    def keypoint_names(self) -> tuple[str, ...]:
        """Those of the detector."""
        return self._detector.keypoint_names

    def detect(self, image: Float[Tensor, "3 h w"]) -> tuple[Subject, ...]:
        """Find everyone in a picture; see `Detector.detect`."""
        with self._turn:
            return self._detector.detect(image.to(self._device))


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
    """The detector itself where several threads may ask it at once, else one that they ask in turns.

    Parameters
    ----------
    detector : Detector or None
    device : str
        As in `Context`; detectors that say nothing of a GPU get their pictures on the CPU.
    """
    if detector is None or getattr(detector, "concurrent", False):
        return detector
    return InTurns(detector, choose_device(device if getattr(detector, "on_gpu", False) else "cpu"))


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
    tasks = ((partial(_look_or_skip, look, photo), None) for photo in photos)
    with limited_threads(1), closing(work_ahead(tasks, workers)) as ahead:
        yield from ahead


def _look_or_skip(look: Callable[[Photo], Detection], photo: Photo) -> Detection | Skipped:
    try:
        return look(photo)
    except UnreadablePhotoError as error:
        return Skipped(photo.path, error.reason, photo)
