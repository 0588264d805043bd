"""facenet-pytorch's MTCNN with its own weights, wherever it can be imported."""

import numpy as np
import pytest
import skimage.data
import torch
from torch import Tensor

from morphlapse.errors import BackendMissing
from morphlapse.records import Face
from morphlapse.subjects.mtcnn import read_face
from morphlapse.subjects.protocol import FACE_KEYPOINTS, Detector
from morphlapse.subjects.registry import load_detector


@pytest.fixture(scope="module")
def detector() -> Detector:
    try:
        return load_detector("facenet")
    except BackendMissing as error:
        pytest.skip(str(error))


def face_in(detector: Detector, image: Tensor) -> Face:
    (found,) = detector.detect(image)
    assert found.face is not None
    return found.face


def test_it_keeps_the_protocol(detector: Detector) -> None:
    assert isinstance(detector, Detector)


def test_a_face_is_found_where_the_picture_has_it(detector: Detector, astronaut: Tensor) -> None:
    before = astronaut.clone()
    face = face_in(detector, astronaut)
    assert face.score > 0.99
    assert np.abs(face.keypoints.xy[:2] - [[203.4, 100.9], [245.9, 103.6]]).max() < 3.0
    assert torch.equal(before, astronaut)


def test_it_moves_with_the_picture(detector: Detector, astronaut: Tensor) -> None:
    still, moved = face_in(detector, astronaut), face_in(detector, torch.roll(astronaut, (24, 48), (1, 2)))
    assert np.abs(moved.keypoints.xy - still.keypoints.xy - (48.0, 24.0)).max() < 2.0


def test_the_person_reaches_beyond_the_face_and_has_no_body(detector: Detector, astronaut: Tensor) -> None:
    (found,) = detector.detect(astronaut)
    assert found.face is not None
    assert found.keypoints is None
    assert found.mask is None
    assert found.box.height > 2.0 * found.face.box.height


def test_the_larger_of_two_is_the_main_one(detector: Detector, astronaut: Tensor) -> None:
    small = torch.full_like(astronaut, 0.5)
    small[:, 120:376, 120:376] = astronaut[:, ::2, ::2]
    main, other = detector.detect(torch.cat((small, astronaut), dim=-1))
    assert main.box.left > 512.0 > other.box.left


@pytest.mark.parametrize("size", [(1, 1), (2, 300), (19, 40), (64, 64)])
def test_any_size_is_looked_at(detector: Detector, size: tuple[int, int]) -> None:
    assert detector.detect(torch.zeros(3, *size)) == ()


def test_nobody_is_found_where_nobody_is(detector: Detector) -> None:
    coffee = torch.from_numpy(skimage.data.coffee().copy()).permute(2, 0, 1).float() / 255.0
    assert detector.detect(coffee) == ()


def test_left_is_the_persons_own_left() -> None:
    """That library's first eye is the one on the left of the picture, which is the right one of who looks out of it."""
    points = np.array([[10.0, 10.0], [20.0, 11.0], [15.0, 15.0], [11.0, 20.0], [19.0, 20.0]], dtype=object)
    face = read_face(np.array([5.0, 4.0, 25.0, 26.0], dtype=object), float(np.float32(0.99)), points)
    assert face.keypoints.names == FACE_KEYPOINTS
    assert face.keypoints.xy.dtype == np.float64
    assert face.keypoints.xy[face.keypoints.index("right_eye"), 0] == 10.0
    assert face.box.width == 20.0
