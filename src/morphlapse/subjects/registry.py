"""Detectors by name, imported when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

from morphlapse.errors import BackendMissing, OptionError
from morphlapse.subjects.protocol import Detector

DETECTORS = {
    "mediapipe": "morphlapse.subjects.mediapipe:MediaPipe",
    "torchvision": "morphlapse.subjects.torchvision:TorchVision",
}
"""Where each detector's class is, as "module:Class"; it is made without arguments."""

INSTALL = {"mediapipe": "pip install --no-deps mediapipe==0.10.21", "torchvision": "pip install torch torchvision"}
"""The command that brings what a detector needs."""


def load_detector(name: str) -> Detector:
    """Make a detector.

    Parameters
    ----------
    name : str
        One of `DETECTORS`.

    Returns
    -------
    Detector
        Ready to use; loading its models takes a moment.

    Raises
    ------
    OptionError
        Nothing has that name.
    BackendMissing
        A library it needs, or a model in it, is not there; the message has the command that installs it.
    """
    if name not in DETECTORS:
        raise OptionError(f"detector {name!r} is not known: use one of {', '.join(DETECTORS)}")
    module, kind = DETECTORS[name].split(":")
    try:
        return getattr(import_module(module), kind)()
    except (ImportError, OSError, RuntimeError) as error:
        said = " ".join(str(error).split())
        raise BackendMissing(f"detector {name!r} cannot be loaded ({said}): {INSTALL[name]}") from error


def close_detector(detector: Detector) -> None:
    """Let go of what a detector holds, where it holds anything."""
    close = getattr(detector, "close", None)
    if close is not None:
        close()


@contextmanager
def open_detector(name: str) -> Iterator[Detector]:
    """Make a detector (see `load_detector`) and close it at the end of the block."""
    detector = load_detector(name)
    try:
        yield detector
    finally:
        close_detector(detector)
