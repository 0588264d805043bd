"""What finds people, and what tells one from another: anything with one method and what that needs to be read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from morphlapse.records import Face, Reach, Subject

COCO_KEYPOINTS = (
    "nose",
    "left_eye",
    "right_eye",
    "left_ear",
    "right_ear",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_hip",
    "right_hip",
    "left_knee",
    "right_knee",
    "left_ankle",
    "right_ankle",
)
"""The body keypoints that every detector has; left and right are the person's own."""

FACE_KEYPOINTS = ("right_eye", "left_eye", "nose", "mouth_right", "mouth_left")
"""The keypoints of every `Face`, in this order; left and right are the person's own."""


@runtime_checkable
class Detector(Protocol):
    """Finds the people in a picture.

    A detector that holds on to something (native graphs, a GPU's memory) may also have `close()`;
    `registry.open_detector` calls it. One that several threads may ask at once has `concurrent = True`; others are
    asked by one at a time. One with `on_gpu = True` gets its pictures on the GPU, where there is one.
    """

    @property
    def keypoint_names(self) -> tuple[str, ...]:
        """Names of the body keypoints in the order of `Subject.keypoints`, `COCO_KEYPOINTS` among them."""
        ...

    def detect(self, image: Float[Tensor, "3 h w"]) -> tuple[Subject, ...]:
        """Find everyone in a picture.

        Parameters
        ----------
        image : Tensor, (3, H, W)
            RGB, sRGB-encoded, 0 to 1; any size and device.

        Returns
        -------
        tuple of Subject
            In pixels of `image`, the main person first; empty where nobody is. The same image gives the same answer.
        """
        ...


@runtime_checkable
class BatchDetector(Detector, Protocol):
    """A detector that also takes several pictures in one call, as a GPU likes it."""

    def detect_batch(self, images: Sequence[Float[Tensor, "3 h w"]]) -> tuple[tuple[Subject, ...], ...]:
        """Find everyone in each of several pictures, which may differ in size and are on one device."""
        ...


@runtime_checkable
class Identifier(Protocol):
    """Tells whose face it is: makes of each face a descriptor, which is near another one of that person.

    One that holds on to something may also have `close()`; `registry.open_identifier` calls it.
    """

    @property
    def reach(self) -> Reach:
        """How far apart its descriptors lie for one person and for two."""
        ...

    @property
    def face_px(self) -> int:
        """Side of the square about a face in which it sees all it can, in pixels; larger photos are read so large."""
        ...

    def describe(self, image: Float[Tensor, "3 h w"], faces: Sequence[Face]) -> tuple[NDArray[np.float32] | None, ...]:
        """Describe faces of a picture.

        Parameters
        ----------
        image : Tensor, (3, H, W)
            RGB, sRGB-encoded, 0 to 1; any size and device.
        faces : sequence of Face
            In pixels of `image`, turned in any way.

        Returns
        -------
        tuple of ndarray (D,) or None
            One for each face, None where it is too small to tell. The same picture gives the same answer.
        """
        ...
