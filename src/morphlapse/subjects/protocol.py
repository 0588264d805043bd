"""What finds people: anything with a name for each of its keypoints and one method."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from jaxtyping import Float
from torch import Tensor

from morphlapse.records import Subject

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
