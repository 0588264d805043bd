"""Detectors and identifiers by name, imported when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from morphlapse.errors import BackendMissing, OptionError
from morphlapse.subjects.protocol import Detector, Identifier

DETECTORS = {
    "mediapipe": "morphlapse.subjects.mediapipe:MediaPipe",
    "facenet": "morphlapse.subjects.mtcnn:Mtcnn",
    "torchvision": "morphlapse.subjects.torchvision:TorchVision",
}
"""Where each detector's class is, as "module:Class"; it is made without arguments."""

FACENET = "pip install torchvision requests tqdm && pip install --no-deps facenet-pytorch==2.6.0"

INSTALL = {
    "mediapipe": "pip install --no-deps mediapipe==0.10.21",
    "facenet": FACENET,
    "torchvision": "pip install torch torchvision",
}
"""The command that brings what a detector needs."""

IDENTIFIERS = {"dlib": "morphlapse.subjects.dlib:Dlib", "facenet": "morphlapse.subjects.facenet:FaceNet"}
"""Where each identifier's class is."""

INSTALL_IDENTIFIER = {
    "dlib": "pip install --no-deps face_recognition_models==0.3.0",
    "facenet": FACENET,
}
"""The command that brings what an identifier needs."""


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
    return _load("detector", name, DETECTORS, INSTALL)


def load_identifier(name: str) -> Identifier:
    """Make an identifier, one of `IDENTIFIERS`; it raises what `load_detector` raises."""
    return _load("identifier", name, IDENTIFIERS, INSTALL_IDENTIFIER)


def _load(kind: str, name: str, known: dict[str, str], install: dict[str, str]) -> Any:
    if name not in known:
        raise OptionError(f"{kind} {name!r} is not known: use one of {', '.join(known)}")
    module, made = known[name].split(":")
    try:
        return getattr(import_module(module), made)()
    except (ImportError, OSError, RuntimeError) as error:
        said = " ".join(str(error).split())
        unpacked_nowhere = isinstance(error, FileNotFoundError) and "temporary directory" in said
        remedy = "set TMPDIR to a folder that can be written to" if unpacked_nowhere else install[name]
        raise BackendMissing(f"{kind} {name!r} cannot be loaded ({said}): {remedy}") from error


def close_detector(detector: Detector | Identifier) -> None:
    """Let go of what a detector or an identifier holds, where it holds anything."""
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


@contextmanager
def open_identifier(name: str) -> Iterator[Identifier]:
    """Make an identifier (see `load_identifier`) and close it at the end of the block."""
    identifier = load_identifier(name)
    try:
        yield identifier
    finally:
        close_detector(identifier)
