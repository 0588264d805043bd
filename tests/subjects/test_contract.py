"""What every registered detector keeps."""

from collections.abc import Callable

import numpy as np
import pytest
import skimage.data
import torch
from torch import Tensor

from morphlapse.geometry.similarity import invert, map_points, similarity
from morphlapse.imaging.warp import size_of, warp_by_matrix
from morphlapse.records import Box, Size, Subject
from morphlapse.subjects.protocol import COCO_KEYPOINTS, FACE_KEYPOINTS, Detector
from morphlapse.subjects.registry import DETECTORS
from morphlapse.subjects.scaling import paint_mask, scale_subject

PEOPLE_FREE = (
    *("coffee", "chelsea", "rocket", "clock"),
    *(pytest.param(name, marks=pytest.mark.hard) for name in ("brick", "coins", "moon")),
)


@pytest.fixture(scope="module", params=sorted(DETECTORS.keys() - {"facenet", "torchvision"}))
def detector(request: pytest.FixtureRequest, detector_named: Callable[[str], Detector]) -> Detector:
    return detector_named(request.param)


@pytest.fixture(scope="module")
def found(detector: Detector, astronaut: Tensor) -> Subject:
    return detector.detect(astronaut)[0]


def picture(name: str) -> Tensor:
    array = torch.from_numpy(getattr(skimage.data, name)().copy())
    array = array[..., None].expand(-1, -1, 3) if array.ndim == 2 else array[..., :3]
    return array.permute(2, 0, 1).float() / 255.0


def values_of(subject: Subject) -> list[np.ndarray]:
    assert subject.keypoints is not None
    assert subject.mask is not None
    assert subject.face is not None
    return [
        np.array([subject.score]),
        subject.keypoints.xy,
        subject.keypoints.visibility,
        subject.mask.weight,
        subject.face.keypoints.xy,
    ]


def assert_inside(box: Box, size: Size) -> None:
    assert -0.5 <= box.left < box.right <= size.width - 0.5
    assert -0.5 <= box.top < box.bottom <= size.height - 0.5


def test_it_keeps_the_protocol(detector: Detector) -> None:
    assert isinstance(detector, Detector)


def test_its_keypoints_have_cocos_among_them_and_none_twice(detector: Detector) -> None:
    assert set(COCO_KEYPOINTS) <= set(detector.keypoint_names)
    assert len(set(detector.keypoint_names)) == len(detector.keypoint_names)


def test_one_person_is_found_once(detector: Detector, astronaut: Tensor) -> None:
    assert len(detector.detect(astronaut)) == 1


def test_a_clear_portrait_is_surely_a_person(found: Subject) -> None:
    assert 0.9 < found.score <= 1.0


def test_keypoints_come_under_the_names_that_were_promised(detector: Detector, found: Subject) -> None:
    assert found.keypoints is not None
    assert found.keypoints.names == detector.keypoint_names
    assert found.keypoints.xy.shape == (len(detector.keypoint_names), 2)
    assert found.keypoints.xy.dtype == found.keypoints.visibility.dtype == np.float64


def test_visibility_is_a_share_and_none_outside_the_picture(found: Subject) -> None:
    assert found.keypoints is not None
    visibility = found.keypoints.visibility
    outside = ((found.keypoints.xy < -0.5) | (found.keypoints.xy > 511.5)).any(axis=1)
    assert visibility.min() >= 0.0
    assert visibility.max() <= 1.0
    assert outside.any()
    assert (visibility[outside] == 0.0).all()


@pytest.mark.parametrize("part", ["eye", "ear", "shoulder"])
def test_left_is_the_persons_own_left(found: Subject, part: str) -> None:
    assert found.keypoints is not None
    left, right = found.keypoints.xy[[found.keypoints.index(f"{side}_{part}") for side in ("left", "right")]]
    assert left[0] > right[0] + 20.0


def test_face_keypoints_have_their_names_and_lie_where_a_face_has_them(found: Subject) -> None:
    assert found.face is not None
    assert found.face.keypoints.names == FACE_KEYPOINTS
    right_eye, left_eye, nose, mouth_right, mouth_left = found.face.keypoints.xy
    assert right_eye[0] < nose[0] < left_eye[0]
    assert mouth_right[0] < mouth_left[0]
    assert max(right_eye[1], left_eye[1]) < nose[1] < min(mouth_right[1], mouth_left[1])


def test_eyes_are_where_the_picture_has_them(found: Subject) -> None:
    assert found.face is not None
    eyes = found.face.keypoints.xy[:2]
    assert np.abs(eyes - [[203.4, 100.9], [245.9, 103.6]]).max() < 2.0


def test_the_box_lies_inside_the_picture(found: Subject, astronaut: Tensor) -> None:
    assert_inside(found.box, size_of(astronaut))


def test_the_mask_is_compact_and_lies_inside_the_picture(found: Subject, astronaut: Tensor) -> None:
    assert found.mask is not None
    assert found.mask.weight.dtype == np.uint8
    assert max(found.mask.weight.shape) <= 256
    assert_inside(found.mask.box, size_of(astronaut))


def test_mask_and_visible_keypoints_are_of_one_person(found: Subject, astronaut: Tensor) -> None:
    assert found.mask is not None
    assert found.keypoints is not None
    mask = paint_mask(found.mask, size_of(astronaut), np.eye(3))[0].numpy()
    x, y = found.keypoints.xy[found.keypoints.visibility > 0.5].round().astype(int).T
    assert (mask[y, x] > 0.5).mean() >= 0.8


def test_the_mask_is_person_and_not_background(found: Subject, astronaut: Tensor) -> None:
    assert found.mask is not None
    mask = paint_mask(found.mask, size_of(astronaut), np.eye(3))[0]
    assert mask[60:170, 190:260].mean() > 0.9
    assert mask[:150, :120].mean() < 0.05


def test_the_same_picture_gives_the_same_answer_whatever_came_between(detector: Detector, astronaut: Tensor) -> None:
    first = detector.detect(astronaut)[0]
    detector.detect(astronaut.flip(-1)[:, :, 64:])
    again = detector.detect(astronaut.clone())[0]
    for a, b in zip(values_of(first), values_of(again), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_view_that_is_not_contiguous_gives_the_same_answer(detector: Detector, astronaut: Tensor) -> None:
    strided = astronaut.permute(1, 2, 0).contiguous().permute(2, 0, 1)
    assert not strided.is_contiguous()
    np.testing.assert_array_equal(
        values_of(detector.detect(strided)[0])[1], values_of(detector.detect(astronaut)[0])[1]
    )


def test_the_picture_is_not_changed(detector: Detector, astronaut: Tensor) -> None:
    before = astronaut.clone()
    detector.detect(astronaut)
    assert torch.equal(before, astronaut)


@pytest.mark.parametrize("name", PEOPLE_FREE)
def test_nobody_is_found_where_nobody_is(detector: Detector, name: str) -> None:
    assert detector.detect(picture(name)) == ()


@pytest.mark.parametrize("size", [(1, 1), (2, 300), (300, 2)])
def test_any_size_is_looked_at(detector: Detector, size: tuple[int, int]) -> None:
    assert detector.detect(torch.rand(3, *size, generator=torch.Generator().manual_seed(0))) == ()


@pytest.mark.parametrize(("scale", "angle_rad", "shift"), [(0.9, 0.15, (-12.0, 8.0)), (1.1, -0.2, (15.0, 20.0))])
def test_detection_moves_with_the_picture(
    detector: Detector, found: Subject, astronaut: Tensor, scale: float, angle_rad: float, shift: tuple[float, float]
) -> None:
    moved_from_first = similarity(scale, angle_rad, shift, centre=(255.5, 255.5))
    backward = torch.from_numpy(invert(moved_from_first))[None]
    moved = warp_by_matrix(astronaut[None], backward, size_of(astronaut), resampling="catmull_rom")[0].clamp(0.0, 1.0)
    again = detector.detect(moved)[0]
    assert found.face is not None
    assert again.face is not None
    expected = map_points(moved_from_first, found.face.keypoints.xy)
    eye_distance = float(np.hypot(*(expected[0] - expected[1])))
    assert np.hypot(*(again.face.keypoints.xy - expected).T).max() < 0.04 * eye_distance


def test_the_mirror_image_swaps_left_and_right(detector: Detector, found: Subject, astronaut: Tensor) -> None:
    again = detector.detect(astronaut.flip(-1))[0]
    assert found.face is not None
    assert again.face is not None
    unmirrored = again.face.keypoints.xy[[1, 0, 2, 4, 3]] * (-1.0, 1.0) + (511.0, 0.0)
    eye_distance = float(np.hypot(*(unmirrored[0] - unmirrored[1])))
    assert np.hypot(*(unmirrored - found.face.keypoints.xy).T).max() < 0.1 * eye_distance


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_turned_picture_is_seen_as_well(detector: Detector, found: Subject, astronaut: Tensor, turns: int) -> None:
    again = detector.detect(torch.rot90(astronaut, turns, (1, 2)))[0]
    first_from_turned = np.linalg.matrix_power(np.array([[0.0, -1.0, 511.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]), turns)
    back = scale_subject(again, first_from_turned)
    assert found.face is not None
    assert back.face is not None
    assert np.abs(back.face.keypoints.xy - found.face.keypoints.xy).max() < 3.0
    assert back.keypoints is not None


def test_two_people_are_both_found_each_with_their_own_parts(detector: Detector, astronaut: Tensor) -> None:
    subjects = detector.detect(torch.cat((astronaut, astronaut.flip(-1)), dim=-1))
    assert len(subjects) == 2
    left, right = sorted(subjects, key=lambda subject: subject.box.left)
    for subject, low, high in ((left, 0.0, 512.0), (right, 512.0, 1024.0)):
        assert subject.face is not None
        assert low < subject.face.box.left < subject.face.box.right < high
        assert subject.keypoints is not None
        assert low < subject.keypoints.xy[subject.keypoints.index("nose"), 0] < high


def test_the_larger_of_two_people_is_the_main_one(detector: Detector, astronaut: Tensor) -> None:
    small = torch.full_like(astronaut, 0.5)
    small[:, 120:376, 120:376] = astronaut[:, ::2, ::2]
    main, *_ = detector.detect(torch.cat((small, astronaut), dim=-1))
    assert main.face is not None
    assert main.face.box.left > 512.0
