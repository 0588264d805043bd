"""Several of one astronaut: small ones and turned ones beside a large one."""

import math

import cv2
import numpy as np
import pytest
import skimage.data
import torch

from morphlapse.records import Size
from morphlapse.subjects.mediapipe import MediaPipe, look_closer

WIDTH, HEIGHT = 1000, 750
MIDDLE, EYES, WIDE = (224.0, 115.0), (224.6, 102.3), 80.0


def crowd(*people: tuple[float, float, float, float]) -> tuple[torch.Tensor, np.ndarray]:
    """A picture of heads at (x, y) of a width and turned by degrees, and where each has its eyes."""
    astronaut = skimage.data.astronaut()
    picture = cv2.GaussianBlur(cv2.resize(skimage.data.coffee(), (WIDTH, HEIGHT)), (0, 0), 3.0).astype(np.float32)
    person = np.zeros((512, 512), dtype=np.float32)
    person[:330, 90:380] = 1.0
    eyes = []
    for x, y, width, turn_deg in people:
        matrix = cv2.getRotationMatrix2D(MIDDLE, -turn_deg, width / WIDE)
        matrix[:, 2] += np.array((x, y)) - MIDDLE
        inside = cv2.warpAffine(person, matrix, (WIDTH, HEIGHT))[..., None]
        picture = picture * (1.0 - inside) + cv2.warpAffine(astronaut, matrix, (WIDTH, HEIGHT)) * inside
        eyes.append(matrix @ (*EYES, 1.0))
    return torch.from_numpy(picture).permute(2, 0, 1).float() / 255.0, np.array(eyes)


def count_found(mediapipe: MediaPipe, *people: tuple[float, float, float, float]) -> int:
    """How many of the people's faces are found; nobody is found twice, and nobody who is not there."""
    image, eyes = crowd(*people)
    faces = [subject.face for subject in mediapipe.detect(image) if subject.face is not None]
    found = {int(np.hypot(*(eyes - face.keypoints.xy[:2].mean(axis=0)).T).argmin()) for face in faces}
    assert len(found) == len(faces)
    for face in faces:
        near = np.hypot(*(eyes - face.keypoints.xy[:2].mean(axis=0)).T)
        assert near.min() < 0.4 * people[int(near.argmin())][2]
    return len(found)


LARGE = (250.0, 350.0, 170.0, 0.0)


def test_small_faces_are_found_beside_a_large_one(mediapipe: MediaPipe) -> None:
    small = [(550.0, 150.0, 46.0, 0.0), (850.0, 150.0, 46.0, 0.0), (800.0, 500.0, 46.0, 0.0)]
    assert count_found(mediapipe, LARGE, *small) == 4


@pytest.mark.parametrize("turn_deg", [60.0, -90.0])
def test_a_turned_face_is_found_beside_an_upright_one(mediapipe: MediaPipe, turn_deg: float) -> None:
    assert count_found(mediapipe, LARGE, (700.0, 300.0, 90.0, turn_deg)) == 2


@pytest.mark.parametrize("size", [Size(750, 1000), Size(1000, 562), Size(300, 1000), Size(1, 1)])
def test_closer_looks_are_few_and_cover_the_picture(size: Size) -> None:
    crops = look_closer(size)
    upright = [crop for crop in crops if crop.angle_rad == 0.0]
    assert len(upright) <= 4
    assert len(crops) - len(upright) == 2
    x, y = np.meshgrid(np.linspace(-0.5, size.width - 0.5, 30), np.linspace(-0.5, size.height - 0.5, 30))
    near = [np.maximum(abs(x - crop.x), abs(y - crop.y)) <= crop.side / 2 + 1e-6 for crop in upright]
    assert np.logical_or.reduce(near).all()
    assert math.isclose(sum(abs(crop.angle_rad) for crop in crops), 2 * math.pi)
