"""facenet-pytorch's descriptors with random weights, wherever it can be imported: their form, not what they tell."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from morphlapse.records import Box, Face
from morphlapse.subjects.facenet import FaceNet
from morphlapse.subjects.mediapipe import MediaPipe
from morphlapse.subjects.protocol import Identifier


@pytest.fixture(scope="module")
def identifier() -> FaceNet:
    try:
        with torch.random.fork_rng():
            torch.manual_seed(0)
            return FaceNet(pretrained=False)
    except (ImportError, RuntimeError, OSError) as error:
        pytest.skip(f"facenet-pytorch cannot be imported here: {error}")


@pytest.fixture(scope="module")
def face(mediapipe: MediaPipe, astronaut: Tensor) -> Face:
    found = mediapipe.detect(astronaut)[0].face
    assert found is not None
    return found


def test_it_keeps_the_protocol(identifier: FaceNet) -> None:
    assert isinstance(identifier, Identifier)


def test_descriptors_have_length_one_and_do_not_depend_on_who_else_is_there(
    identifier: FaceNet, astronaut: Tensor, face: Face
) -> None:
    (alone,) = identifier.describe(astronaut, [face])
    both = identifier.describe(astronaut, [face, face])
    assert alone is not None
    assert alone.shape == (512,)
    assert np.linalg.norm(alone) == pytest.approx(1.0, abs=1e-5)
    for each in both:
        np.testing.assert_array_equal(each, alone)


def test_a_face_of_few_pixels_is_not_described(identifier: FaceNet, astronaut: Tensor, face: Face) -> None:
    points = replace(face.keypoints, xy=face.keypoints.xy * 0.01)
    tiny = replace(face, box=Box(0.0, 0.0, 1.0, 1.0), keypoints=points)
    assert identifier.describe(astronaut, [tiny]) == (None,)
