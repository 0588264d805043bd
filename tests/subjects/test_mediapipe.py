from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from morphlapse.album.decode import decode
from morphlapse.imaging.warp import resize
from morphlapse.records import Size, Subject
from morphlapse.subjects.mediapipe import MediaPipe, cut_parts
from morphlapse.subjects.scaling import paint_mask


def find(mediapipe: MediaPipe, path: Path) -> tuple[Subject, ...]:
    return mediapipe.detect(decode(path, long_side=1024))


def paste(small: Tensor, large: Tensor, *, top: int, left: int) -> Tensor:
    out = large.clone()
    out[:, top : top + small.shape[1], left : left + small.shape[2]] = small
    return out


def assert_whole(subject: Subject) -> None:
    """A surely found person with face, mask and keypoints, and no keypoint of somebody else."""
    assert subject.score > 0.6
    assert subject.keypoints is not None
    assert subject.mask is not None
    size = Size(int(subject.box.bottom + 1.5), int(subject.box.right + 1.5))
    mask = paint_mask(subject.mask, size, np.eye(3))[0].numpy()
    seen = subject.keypoints.xy[subject.keypoints.visibility > 0.5].round().astype(int)
    x, y = seen[(seen >= 0).all(axis=1) & (seen < (size.width, size.height)).all(axis=1)].T
    assert (mask[y, x] > 0.2).mean() >= 0.8


@settings(deadline=None, max_examples=10)
@given(st.integers(1, 3000), st.integers(1, 3000), st.floats(0.2, 0.9))
def test_parts_cover_the_picture_and_overlap(height: int, width: int, share: float) -> None:
    size = Size(height, width)
    parts = cut_parts(size, share)
    for at, length in ((lambda part: part.x, width), (lambda part: part.y, height)):
        middles = sorted({at(part) for part in parts})
        side = parts[0].side
        assert middles[0] - side / 2 <= -0.5 + 1e-6
        assert middles[-1] + side / 2 >= length - 0.5 - 1e-6
        assert all(b - a <= 0.6 * side + 1e-6 for a, b in pairwise(middles))


def test_after_the_block_the_networks_are_closed() -> None:
    with MediaPipe() as detector:
        assert detector.detect(torch.zeros(3, 20, 30)) == ()
    with pytest.raises(ValueError, match="_graph is None"):
        detector.detect(torch.zeros(3, 20, 30))


def test_two_detectors_do_not_disturb_each_other(mediapipe: MediaPipe, astronaut: Tensor) -> None:
    first = mediapipe.detect(astronaut)[0]
    with MediaPipe() as other:
        assert other.detect(astronaut)[0].score == first.score
    assert mediapipe.detect(astronaut)[0].score == first.score


def test_opening_it_uses_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        pytest.fail("the network was asked")

    monkeypatch.setattr("socket.socket.connect", refuse)
    MediaPipe().close()


def test_a_small_person_is_found_in_a_part_of_the_picture(mediapipe: MediaPipe, astronaut: Tensor) -> None:
    small = resize(astronaut[None], Size(220, 220))[0]
    (found,) = mediapipe.detect(paste(small, torch.full((3, 680, 1020), 0.4), top=300, left=620))
    assert found.face is not None
    eyes = found.face.keypoints.xy[:2].mean(axis=0)
    assert eyes == pytest.approx((620 + 224.6 * 220 / 512, 300 + 102.3 * 220 / 512), abs=3.0)


def test_a_mesh_has_478_points_within_the_face(mediapipe: MediaPipe, astronaut: Tensor) -> None:
    face = mediapipe.detect(astronaut)[0].face
    assert face is not None
    assert face.mesh is not None
    assert face.mesh.shape == (478, 2)
    assert (face.mesh.min(axis=0) == (face.box.left, face.box.top)).all()
    assert (face.mesh.max(axis=0) == (face.box.right, face.box.bottom)).all()


@pytest.mark.photos
@pytest.mark.parametrize("day", ["2008-04-22_Day_14", "2008-04-26_Day_17", "2008-04-27_Day_18"])
def test_of_two_people_side_by_side_the_nearer_is_the_main_one(mediapipe: MediaPipe, photos: Path, day: str) -> None:
    main, other = find(mediapipe, photos / "faces" / "agelapse-photo-a-day" / f"{day}.jpg")
    assert main.face is not None
    assert other.face is not None
    assert_whole(main)
    assert abs(main.face.box.left + main.face.box.width / 2 - 320) < 40
    assert abs(other.face.box.left + other.face.box.width / 2 - 320) > 100


@pytest.mark.photos
@pytest.mark.parametrize(
    "name",
    [
        "agelapse-poses/muscle1.jpg",
        "agelapse-poses/pregnancy2.jpg",
        "mmpose-coco/000000000785.jpg",
        "mmpose-mpii/004645041.jpg",
        "sam2-gallery/frames_juggle_1s/00005.jpg",
    ],
)
def test_a_whole_person_is_found_with_all_parts(mediapipe: MediaPipe, photos: Path, name: str) -> None:
    (found,) = find(mediapipe, photos / "bodies" / name)
    assert_whole(found)
    assert found.face is not None


@pytest.mark.photos
@pytest.mark.parametrize("name", ["mmpose-coco/000000196141.jpg", "mmpose-mpii/051423444.jpg"])
def test_a_person_is_found_whose_face_is_not_seen(mediapipe: MediaPipe, photos: Path, name: str) -> None:
    (found,) = find(mediapipe, photos / "bodies" / name)
    assert found.face is None
    assert found.mask is not None


@pytest.mark.photos
def test_two_people_apart_have_each_their_own_mask(mediapipe: MediaPipe, photos: Path) -> None:
    a, b = find(mediapipe, photos / "bodies" / "agelapse-poses" / "two_people.jpeg")
    assert a.mask is not None
    assert b.mask is not None
    size = Size(663, 1024)
    both = torch.minimum(paint_mask(a.mask, size, np.eye(3)), paint_mask(b.mask, size, np.eye(3)))
    assert float(both.sum()) < 0.05 * float(paint_mask(a.mask, size, np.eye(3)).sum())


@pytest.mark.photos
@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_photo_taken_sideways_has_the_same_people(mediapipe: MediaPipe, photos: Path, turns: int) -> None:
    image = decode(photos / "bodies" / "agelapse-poses" / "pregnancy1.jpg", long_side=512)
    (upright,), (turned,) = mediapipe.detect(image), mediapipe.detect(torch.rot90(image, turns, (1, 2)))
    assert turned.score == pytest.approx(upright.score, abs=0.05)
    assert_whole(turned)
    assert turned.face is not None


@pytest.mark.photos
@pytest.mark.parametrize(
    "pattern",
    [
        "series/glimpse-columbia-glacier/AK0*.jpg",
        "series/derived-shift-glacier/1*.jpg",
        "series/vgg-boat/img[14].pgm",
        "pairs/kornia-*/*[1-8].[jp]p[gm]",
        "sequences/davis-blackswan/frames_consecutive/0000[159].jpg",
    ],
)
def test_nobody_is_found_in_photos_of_no_person(mediapipe: MediaPipe, photos: Path, pattern: str) -> None:
    paths = sorted(photos.glob(pattern))[:1]
    assert paths
    assert {path.name: find(mediapipe, path) for path in paths} == {path.name: () for path in paths}


def test_threads_that_ask_at_once_get_the_same_answers(mediapipe: MediaPipe, astronaut: Tensor) -> None:
    views = [astronaut, astronaut.flip(-1)]
    alone = [mediapipe.detect(view)[0] for view in views]
    with ThreadPoolExecutor(len(views)) as pool:
        together = [found[0] for found in pool.map(mediapipe.detect, views)]
    for a, b in zip(alone, together, strict=True):
        assert a.score == b.score
        assert a.keypoints is not None
        assert b.keypoints is not None
        np.testing.assert_array_equal(a.keypoints.xy, b.keypoints.xy)
