from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from morphlapse.imaging.warp import resize, resized_from_full
from morphlapse.records import Box, Face, Keypoints, Mask, Pose, Size, Subject
from morphlapse.subjects.scaling import mirror_subject, paint_mask, scale_subject

GRID = np.tile(np.linspace(0, 255, 16).astype(np.uint8), (8, 1))
POINTS = Keypoints(("nose", "left_eye"), np.array([[10.0, 20.0], [30.5, 40.25]]), np.array([1.0, 0.3]))
FACE = Face(Box(5.0, 6.0, 25.0, 36.0), 0.8, POINTS, np.array([[7.0, 8.0], [9.0, 10.0]]))
SUBJECT = Subject(0.7, Box(-0.5, -0.5, 63.5, 47.5), POINTS, Mask(GRID, Box(3.5, 7.5, 35.5, 23.5)), FACE)

factors = st.floats(0.1, 10.0)
shifts = st.floats(-50.0, 50.0)


def scaling(x: float, y: float, dx: float = 0.0, dy: float = 0.0) -> np.ndarray:
    return np.array([[x, 0.0, dx], [0.0, y, dy], [0.0, 0.0, 1.0]])


def numbers_of(subject: Subject) -> np.ndarray:
    assert subject.keypoints is not None
    assert subject.mask is not None
    assert subject.face is not None
    assert subject.face.mesh is not None
    boxes = [[box.left, box.top, box.right, box.bottom] for box in (subject.box, subject.mask.box, subject.face.box)]
    return np.concatenate([np.ravel(boxes), subject.keypoints.xy.ravel(), subject.face.mesh.ravel()])


def test_identity_changes_nothing() -> None:
    np.testing.assert_array_equal(numbers_of(scale_subject(SUBJECT, np.eye(3))), numbers_of(SUBJECT))


@settings(deadline=None, max_examples=10)
@given(factors, factors, shifts, shifts)
def test_there_and_back_is_the_same_person(x: float, y: float, dx: float, dy: float) -> None:
    matrix = scaling(x, y, dx, dy)
    back = scale_subject(scale_subject(SUBJECT, matrix), np.linalg.inv(matrix))
    np.testing.assert_allclose(numbers_of(back), numbers_of(SUBJECT), atol=1e-9)


@settings(deadline=None, max_examples=10)
@given(factors, factors, shifts)
def test_two_scalings_are_one(x: float, y: float, dx: float) -> None:
    first, second = scaling(x, y, dx, -dx), scaling(y, x, 3.0, dx)
    twice = scale_subject(scale_subject(SUBJECT, first), second)
    np.testing.assert_allclose(numbers_of(twice), numbers_of(scale_subject(SUBJECT, second @ first)), atol=1e-9)


@pytest.mark.parametrize(("full", "reduced"), [(Size(3000, 4000), Size(768, 1024)), (Size(48, 64), Size(47, 61))])
def test_the_whole_photo_stays_the_whole_photo(full: Size, reduced: Size) -> None:
    whole = Subject(1.0, Box(-0.5, -0.5, full.width - 0.5, full.height - 0.5))
    box = scale_subject(whole, resized_from_full(full, reduced).numpy()).box
    assert (box.left, box.top) == pytest.approx((-0.5, -0.5))
    assert (box.right, box.bottom) == pytest.approx((reduced.width - 0.5, reduced.height - 0.5))


def test_certainty_and_the_masks_grid_are_kept() -> None:
    scaled = scale_subject(SUBJECT, scaling(2.0, 3.0))
    assert scaled.score == 0.7
    assert scaled.face is not None
    assert scaled.face.score == 0.8
    assert scaled.mask is not None
    np.testing.assert_array_equal(scaled.mask.weight, GRID)
    assert scaled.keypoints is not None
    np.testing.assert_array_equal(scaled.keypoints.visibility, POINTS.visibility)


def test_what_is_missing_stays_missing() -> None:
    scaled = scale_subject(Subject(0.5, Box(0.0, 0.0, 1.0, 1.0)), scaling(2.0, 2.0))
    assert scaled.keypoints is None
    assert scaled.mask is None
    assert scaled.face is None


def test_a_mask_painted_on_its_own_grid_is_itself() -> None:
    painted = paint_mask(Mask(GRID, Box(-0.5, -0.5, 15.5, 7.5)), Size(8, 16), np.eye(3))
    np.testing.assert_allclose(painted[0].numpy(), GRID / 255.0, atol=1e-6)


def test_a_full_mask_is_1_up_to_the_edges_of_its_box_and_0_outside() -> None:
    full = np.full((5, 7), 255, dtype=np.uint8)
    painted = paint_mask(Mask(full, Box(3.5, 1.5, 13.5, 9.5)), Size(12, 20), np.eye(3))
    expected = torch.zeros(12, 20)
    expected[2:10, 4:14] = 1.0
    torch.testing.assert_close(painted[0], expected)


def test_a_mask_that_ends_at_the_photos_edge_is_whole_there() -> None:
    full = np.full((4, 4), 255, dtype=np.uint8)
    assert paint_mask(Mask(full, Box(-0.5, -0.5, 19.5, 9.5)), Size(10, 20), np.eye(3)).min() == 1.0


@settings(deadline=None, max_examples=10)
@given(st.floats(0.2, 4.0), shifts)
def test_painting_on_another_grid_is_painting_the_scaled_mask(scale: float, shift: float) -> None:
    matrix = scaling(scale, scale, shift, -0.5 * shift)
    scaled = scale_subject(SUBJECT, matrix)
    assert SUBJECT.mask is not None
    assert scaled.mask is not None
    a = paint_mask(SUBJECT.mask, Size(30, 40), matrix)
    b = paint_mask(scaled.mask, Size(30, 40), np.eye(3))
    # A pixel whose centre lies on the very edge of the box may fall on either side.
    assert ((a - b).abs() > 1e-4).sum() <= 70
    inside = (a > 0) & (b > 0)
    torch.testing.assert_close(a[inside], b[inside], atol=1e-4, rtol=0.0)


def test_a_mask_much_finer_than_the_grid_is_averaged() -> None:
    checks = (np.indices((256, 256)).sum(axis=0) % 2 * 255).astype(np.uint8)
    painted = paint_mask(Mask(checks, Box(-0.5, -0.5, 31.5, 31.5)), Size(32, 32), np.eye(3))
    assert (painted - 0.5).abs().max() < 0.01


def test_painting_agrees_with_resizing() -> None:
    fine = torch.from_numpy(GRID / 255.0).float()[None, None]
    painted = paint_mask(Mask(GRID, Box(-0.5, -0.5, 31.5, 15.5)), Size(16, 32), np.eye(3))
    # Catmull-Rom and bilinear agree on a ramp but for the half pixel at its ends.
    torch.testing.assert_close(painted[0, 2:-2, 4:-4], resize(fine, Size(16, 32))[0, 0, 2:-2, 4:-4], atol=5e-3, rtol=0)


@pytest.mark.parametrize("scale", [0.3, 1.0, 2.5])
def test_the_painted_share_is_that_of_the_mask(scale: float) -> None:
    assert SUBJECT.mask is not None
    painted = paint_mask(SUBJECT.mask, Size(200, 200), scaling(scale, scale))
    area = SUBJECT.mask.box.area * scale**2 * float(GRID.mean()) / 255.0
    assert float(painted.sum()) == pytest.approx(area, rel=0.1)


def test_a_mirror_image_swaps_sides_and_the_mirror_image_of_it_is_the_person_again() -> None:
    size = Size(48, 64)
    mirrored = mirror_subject(SUBJECT, size)
    back = mirror_subject(mirrored, size)
    assert mirrored.keypoints is not None
    assert mirrored.keypoints.names == ("nose", "right_eye")
    assert np.allclose(mirrored.keypoints.xy, (63.0, 0.0) + POINTS.xy * (-1.0, 1.0))
    assert numbers_of(replace(back, face=FACE)) == pytest.approx(numbers_of(SUBJECT))
    assert SUBJECT.mask is not None
    assert mirrored.mask is not None
    painted, flipped = (paint_mask(mask, size, np.eye(3)) for mask in (SUBJECT.mask, mirrored.mask))
    assert torch.allclose(painted, flipped.flip(-1), atol=1e-5)


def test_in_a_mirror_a_head_looks_to_the_other_side() -> None:
    turned = replace(SUBJECT, face=replace(FACE, pose=Pose(20.0, 5.0, -10.0)))
    face = mirror_subject(turned, Size(48, 64)).face
    assert face is not None
    assert face.pose == Pose(-20.0, 5.0, 10.0)
