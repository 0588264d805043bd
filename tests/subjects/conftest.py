"""Detectors are slow to open, so each is opened once for all tests of this room."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache

import pytest
import skimage.data
import torch
from torch import Tensor

from morphlapse.subjects.mediapipe import MediaPipe
from morphlapse.subjects.protocol import Detector
from morphlapse.subjects.registry import open_detector


@pytest.fixture(scope="session")
def detector_named() -> Iterator[Callable[[str], Detector]]:
    """Give the opened detector of a name."""
    with ExitStack() as stack:
        yield cache(lambda name: stack.enter_context(open_detector(name)))


@pytest.fixture(scope="session")
def mediapipe(detector_named: Callable[[str], Detector]) -> MediaPipe:
    """The default detector."""
    detector = detector_named("mediapipe")
    assert isinstance(detector, MediaPipe)
    return detector


@pytest.fixture(scope="session")
def astronaut() -> Tensor:
    """(3, 512, 512): a person down to the chest, the person's left hand side on the right."""
    return torch.from_numpy(skimage.data.astronaut().copy()).permute(2, 0, 1).float() / 255.0
