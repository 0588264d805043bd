"""Faces by facenet-pytorch's MTCNN (Zhang et al. 2016), whose weights lie in that package: no body and no outline."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from morphlapse.imaging.warp import size_of
from morphlapse.records import Box, Face, Keypoints, Subject
from morphlapse.subjects.people import Person
from morphlapse.subjects.protocol import COCO_KEYPOINTS, FACE_KEYPOINTS
from morphlapse.subjects.ranking import rank_people, tell_person

LEAST_FACE_PX = 20
"""Smaller faces are not sought, and smaller pictures hold none."""

SURE = 0.95
"""Faces of a lower score are not told: they are mostly hands and patterns."""


class Mtcnn:
    """Finds upright faces with five keypoints, where the picture lies: on the CPU or a GPU."""

    keypoint_names = COCO_KEYPOINTS
    on_gpu = True

    def __init__(self) -> None:
        self._networks = import_module("facenet_pytorch").MTCNN(keep_all=True, min_face_size=LEAST_FACE_PX).eval()

    def detect(self, image: Float[Tensor, "3 h w"]) -> tuple[Subject, ...]:
        """Find everyone whose face is seen; see `Detector.detect`."""
        size = size_of(image)
        if size.short_side < LEAST_FACE_PX:
            return ()
        # In that library's own type, for of an array it takes bytes and of a tensor what fits its networks.
        values = (image.detach().float() * 255.0).round().clamp(0.0, 255.0).permute(1, 2, 0).contiguous()
        self._networks.device = image.device
        with torch.inference_mode():
            boxes, scores, points = self._networks.to(image.device).detect(values, landmarks=True)
        faces = [] if boxes is None else [read_face(*each) for each in zip(boxes, scores, points, strict=True)]
        people = [Person(face, None) for face in faces if face.score >= SURE]
        return tuple(tell_person(person, size) for person in rank_people(people, size))


def read_face(box: NDArray[np.generic], score: float, points: NDArray[np.generic]) -> Face:
    """A face as that library tells it, whose eye and corner of the mouth on the left of the picture come first."""
    left, top, right, bottom = (float(value) for value in box)
    xy = np.asarray(points, dtype=np.float64)
    return Face(Box(left, top, right, bottom), float(score), Keypoints(FACE_KEYPOINTS, xy, np.ones(len(xy))))
