"""Heads turned by known angles, and eyes closed by hand."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from morphlapse.records import Face, Keypoints, Pose
from morphlapse.subjects.heads import (
    CHIN,
    DEPTH_STRETCH,
    EYES,
    FIVE_POINTS,
    FOREHEAD,
    OPEN,
    PAIRS,
    REST_PITCH_DEG,
    SHUT,
    measure_opening,
    pose_of_mesh,
    pose_of_points,
)
from morphlapse.subjects.mediapipe import MediaPipe
from morphlapse.subjects.protocol import FACE_KEYPOINTS

ANGLES = st.tuples(st.floats(-60.0, 60.0), st.floats(-50.0, 50.0), st.floats(-179.0, 179.0))


def turn(yaw_deg: float, pitch_deg: float, roll_deg: float) -> np.ndarray:
    """A head's rotation in x right, y down, z away: up first, then to the right edge, then clockwise."""
    y, p, r = np.radians((yaw_deg, pitch_deg, roll_deg))
    up = np.array([[1, 0, 0], [0, math.cos(p), math.sin(p)], [0, -math.sin(p), math.cos(p)]])
    right = np.array([[math.cos(y), 0, -math.sin(y)], [0, 1, 0], [math.sin(y), 0, math.cos(y)]])
    clockwise = np.array([[math.cos(r), -math.sin(r), 0], [math.sin(r), math.cos(r), 0], [0, 0, 1]])
    return clockwise @ right @ up


def test_the_rotations_of_these_tests_are_what_their_names_say() -> None:
    forward, crown = np.array([0.0, 0.0, -1.0]), np.array([0.0, -1.0, 0.0])
    assert (turn(30.0, 0.0, 0.0) @ forward)[0] > 0.4
    assert (turn(0.0, 30.0, 0.0) @ forward)[1] < -0.4
    assert (turn(0.0, 0.0, 30.0) @ crown)[0] > 0.4


def head(opening: float = 0.3) -> np.ndarray:
    """A mesh with halves alike, the line down the middle leaning as at rest, and eyes of that height over width."""
    mesh = np.zeros((478, 3))
    for k, (right, left) in enumerate(PAIRS):
        mesh[right], mesh[left] = (
            (-40.0 - 3.0 * k, 10.0 * k - 30.0, 5.0 * k),
            (40.0 + 3.0 * k, 10.0 * k - 30.0, 5.0 * k),
        )
    lean = math.radians(REST_PITCH_DEG)
    mesh[FOREHEAD], mesh[CHIN] = (0.0, -60.0, 0.0), (0.0, 60.0, -120.0 * math.tan(lean))
    for (outer, inner), lids in EYES:
        mesh[inner] = (0.4 * mesh[outer, 0], *mesh[outer, 1:])
        width = abs(mesh[outer, 0] - mesh[inner, 0])
        for upper, lower in lids:
            middle = 0.5 * (mesh[outer] + mesh[inner])
            half = np.array([0.0, 0.5 * opening * width, 0.0])
            mesh[upper], mesh[lower] = middle - half, middle + half
    return mesh


def seen(solid: np.ndarray) -> np.ndarray:
    """As the network tells it: depths are told too small."""
    return solid / (1.0, 1.0, DEPTH_STRETCH)


def angles_of(pose: Pose | None) -> tuple[float, float, float]:
    assert pose is not None
    return pose.yaw_deg, pose.pitch_deg, pose.roll_deg


@given(ANGLES)
def test_the_pose_of_a_turned_mesh_is_how_it_was_turned(angles: tuple[float, float, float]) -> None:
    assert angles_of(pose_of_mesh(seen(head() @ turn(*angles).T))) == pytest.approx(angles, abs=1e-6)


@given(ANGLES, st.floats(10.0, 400.0))
def test_five_points_of_a_usual_head_tell_its_pose_at_any_size(angles: tuple[float, float, float], size: float) -> None:
    solid = FIVE_POINTS * (1.0, 1.0, -1.0) @ turn(angles[0], angles[1] + REST_PITCH_DEG, angles[2]).T
    points = Keypoints(FACE_KEYPOINTS, size * solid[:, :2] + (300.0, 200.0), np.ones(5))
    assert angles_of(pose_of_points(points)) == pytest.approx(angles, abs=1e-6)


def test_without_five_points_apart_there_is_no_pose() -> None:
    assert pose_of_points(Keypoints(("nose",), np.zeros((1, 2)), np.ones(1))) is None
    assert pose_of_points(Keypoints(FACE_KEYPOINTS, np.full((5, 2), 7.0), np.ones(5))) is None


@given(ANGLES, st.floats(0.0, 0.6))
def test_opening_goes_by_the_height_of_the_eyes_however_the_head_is_turned(
    angles: tuple[float, float, float], ratio: float
) -> None:
    expected = min(max((ratio - SHUT) / (OPEN - SHUT), 0.0), 1.0)
    assert measure_opening(seen(head(ratio) @ turn(*angles).T)) == pytest.approx(expected, abs=1e-6)


def face_in(mediapipe: MediaPipe, image: torch.Tensor) -> Face:
    face = mediapipe.detect(image)[0].face
    assert face is not None
    return face


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_turned_picture_changes_the_roll_alone(mediapipe: MediaPipe, astronaut: torch.Tensor, turns: int) -> None:
    first = angles_of(face_in(mediapipe, astronaut).pose)
    again = angles_of(face_in(mediapipe, torch.rot90(astronaut, -turns, (1, 2))).pose)
    assert again[:2] == pytest.approx(first[:2], abs=2.0)
    assert math.remainder(again[2] - first[2] - 90.0 * turns, 360.0) == pytest.approx(0.0, abs=2.0)


def test_a_mirror_image_looks_to_the_other_side(mediapipe: MediaPipe, astronaut: torch.Tensor) -> None:
    yaw, pitch, roll = angles_of(face_in(mediapipe, astronaut).pose)
    assert angles_of(face_in(mediapipe, astronaut.flip(-1)).pose) == pytest.approx((-yaw, pitch, -roll), abs=3.0)


def test_mesh_and_five_points_agree_on_a_real_face(mediapipe: MediaPipe, astronaut: torch.Tensor) -> None:
    face = face_in(mediapipe, astronaut)
    assert angles_of(pose_of_points(face.keypoints)) == pytest.approx(angles_of(face.pose), abs=9.0)


LIDS = {
    "right": ((33, 246, 161, 160, 159, 158, 157, 173, 133), (33, 7, 163, 144, 145, 153, 154, 155, 133)),
    "left": ((263, 466, 388, 387, 386, 385, 384, 398, 362), (263, 249, 390, 373, 374, 380, 381, 382, 362)),
}


def close_eyes(image: torch.Tensor, mesh: np.ndarray, share: float) -> torch.Tensor:
    """Pull the skin above each eye down over a share of it."""
    out = image.clone()
    for upper, lower in LIDS.values():
        a, b = (mesh[list(lid)][np.argsort(mesh[list(lid), 0])] for lid in (upper, lower))
        reach = 0.3 * (a[-1, 0] - a[0, 0])
        for x in range(math.ceil(a[0, 0]), math.floor(a[-1, 0]) + 1):
            lid, end = np.interp(x, *a.T), np.interp(x, *b.T)
            moved = lid + share * (end - lid)
            y = np.arange(math.ceil(lid - reach), math.floor(end) + 1)
            known = [lid - reach, max(moved, lid), max(end, lid) + 1e-3]
            source = np.interp(y, known, [lid - reach, lid, max(end, lid)])
            low = np.floor(source).astype(int)
            part = torch.from_numpy(source - low).float()
            out[:, y, x] = image[:, low, x] * (1.0 - part) + image[:, low + 1, x] * part
    return out


def test_closing_the_eyes_is_seen(mediapipe: MediaPipe, astronaut: torch.Tensor) -> None:
    face = face_in(mediapipe, astronaut)
    assert face.mesh is not None
    shut = [face_in(mediapipe, close_eyes(astronaut, face.mesh, share)).eyes_open for share in (0.5, 1.0)]
    values = [value for value in (face.eyes_open, *shut) if value is not None]
    assert values[0] > 0.9
    assert values[1] < values[0] - 0.1
    assert values[2] < min(values[1] - 0.1, 0.45)
