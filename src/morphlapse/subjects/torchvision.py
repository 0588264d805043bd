"""People by torchvision's R-CNNs: slower than the default, and made for a GPU."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from morphlapse.imaging.warp import size_of
from morphlapse.records import Subject
from morphlapse.subjects.protocol import COCO_KEYPOINTS
from morphlapse.subjects.rcnn import Outlines, Poses, tell_people

SURE = 0.7
"""People of a lower score are not told."""

PERSON = 1
"""COCO's number of a person."""


class TorchVision:
    """Finds people by Keypoint R-CNN and Mask R-CNN (He et al. 2017), where the picture lies: on the CPU or a GPU.

    Faces are those of the body's keypoints: eyes and nose, without a mesh. Only upright people are looked for.

    Parameters
    ----------
    pretrained : bool
        Load the weights that torchvision publishes, from its cache or over the network; else they are random, which
        is for tests.
    """

    keypoint_names = COCO_KEYPOINTS
    on_gpu = True

    def __init__(self, *, pretrained: bool = True) -> None:
        models = import_module("torchvision.models.detection")
        weights = "DEFAULT" if pretrained else None
        self._poses = models.keypointrcnn_resnet50_fpn(weights=weights, weights_backbone=None).eval()
        self._outlines = models.maskrcnn_resnet50_fpn_v2(weights=weights, weights_backbone=None).eval()

    def detect(self, image: Float[Tensor, "3 h w"]) -> tuple[Subject, ...]:
        """Find everyone in a picture; see `Detector.detect`."""
        return self.detect_batch([image])[0]

    def detect_batch(self, images: Sequence[Float[Tensor, "3 h w"]]) -> tuple[tuple[Subject, ...], ...]:
        """Find everyone in each of several pictures on one device, in one call; in the last digits their answers depend
        on each other, for smaller pictures are padded.
        """
        if not images:
            return ()
        device, pictures = images[0].device, [image.detach().float() for image in images]
        with torch.inference_mode():
            poses, outlines = self._poses.to(device)(pictures), self._outlines.to(device)(pictures)
        return tuple(
            tell_people(read_poses(pose), read_outlines(outline), size_of(image))
            for pose, outline, image in zip(poses, outlines, pictures, strict=True)
        )


def read_poses(found: dict[str, Tensor]) -> Poses:
    """What Keypoint R-CNN says of surely seen people."""
    kept = found["scores"] >= SURE
    return Poses(
        _numbers(found["boxes"][kept]),
        _numbers(found["scores"][kept]),
        _numbers(found["keypoints"][kept][..., :2]).reshape(-1, len(COCO_KEYPOINTS), 2),
        _numbers(found["keypoints_scores"][kept]).reshape(-1, len(COCO_KEYPOINTS)),
    )


def read_outlines(found: dict[str, Tensor]) -> Outlines:
    """What Mask R-CNN says of surely seen people."""
    kept = (found["scores"] >= SURE) & (found["labels"] == PERSON)
    return Outlines(_numbers(found["boxes"][kept]), _numbers(found["scores"][kept]), found["masks"][kept][:, 0])


def _numbers(values: Tensor) -> np.ndarray[Any, np.dtype[np.float64]]:
    return values.double().cpu().numpy()
