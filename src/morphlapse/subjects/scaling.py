"""A person in another copy's pixels, and their mask on any grid."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from morphlapse.geometry.box import box_around, corners_of_box
from morphlapse.geometry.similarity import Matrix, invert, map_points
from morphlapse.imaging.warp import map_positions, pixel_positions, resize, sample, size_of
from morphlapse.records import Box, Face, Keypoints, Mask, Pose, Size, Subject

SIDES = {"left": "right", "right": "left"}
"""What each side is called in a mirror."""


def scale_subject(subject: Subject, matrix: Matrix) -> Subject:
    """Tell the same person in the pixels of another copy of the photo.

    Parameters
    ----------
    subject : Subject
        In pixels of one copy.
    matrix : ndarray, (3, 3)
        From those pixels to the other copy's: a scaling and a shift, as `imaging.warp.resized_from_full` gives it.

    Returns
    -------
    Subject
        Points go by the matrix, boxes become the boxes around their mapped corners, the mask keeps its own grid.
    """
    return replace(
        subject,
        box=scale_box(subject.box, matrix),
        keypoints=scale_keypoints(subject.keypoints, matrix) if subject.keypoints else None,
        mask=replace(subject.mask, box=scale_box(subject.mask.box, matrix)) if subject.mask else None,
        face=scale_face(subject.face, matrix) if subject.face else None,
    )


def scale_box(box: Box, matrix: Matrix) -> Box:
    """The box around a mapped box."""
    return box_around(map_points(matrix, corners_of_box(box)))


def scale_keypoints(keypoints: Keypoints, matrix: Matrix) -> Keypoints:
    """Mapped keypoints, seen as surely as before."""
    return replace(keypoints, xy=map_points(matrix, keypoints.xy))


def scale_face(face: Face, matrix: Matrix) -> Face:
    """The mapped face."""
    return replace(
        face,
        box=scale_box(face.box, matrix),
        keypoints=scale_keypoints(face.keypoints, matrix),
        mesh=None if face.mesh is None else map_points(matrix, face.mesh),
    )


def mirror_subject(subject: Subject, size: Size) -> Subject:
    """Tell a person in the pixels of the mirror image of a photo: what was on their left is then on their right.

    Parameters
    ----------
    subject : Subject
        In pixels of the photo.
    size : Size
        Of the photo.

    Returns
    -------
    Subject
        Without the mesh of the face, whose points have no names.
    """
    matrix = np.array([[-1.0, 0.0, size.width - 1.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    moved = scale_subject(subject, matrix)
    keypoints, mask, face = moved.keypoints, moved.mask, moved.face
    return replace(
        moved,
        keypoints=_swap_sides(keypoints) if keypoints else None,
        mask=replace(mask, weight=np.ascontiguousarray(mask.weight[:, ::-1])) if mask else None,
        face=replace(face, keypoints=_swap_sides(face.keypoints), mesh=None, pose=_mirror_pose(face)) if face else None,
    )


def _swap_sides(keypoints: Keypoints) -> Keypoints:
    names, given = (tuple(mirror_name(name) for name in each) for each in (keypoints.names, keypoints.given))
    return replace(keypoints, names=names, given=given)


def _mirror_pose(face: Face) -> Pose | None:
    pose = face.pose
    return None if pose is None else replace(pose, yaw_deg=-pose.yaw_deg, roll_deg=-pose.roll_deg)


def mirror_name(name: str) -> str:
    """The keypoint on the other side: left_eye is right_eye, and mouth_left mouth_right."""
    return "_".join(SIDES.get(word, word) for word in name.split("_"))


def paint_mask(mask: Mask, size: Size, dst_from_photo: Matrix) -> Float[Tensor, "1 h w"]:
    """Paint a person's mask on any grid.

    Parameters
    ----------
    mask : Mask
        In pixels of the photo.
    size : Size
        Of the grid.
    dst_from_photo : ndarray, (3, 3)
        From pixels of the photo to those of the grid.

    Returns
    -------
    Tensor, (1, H, W)
        float32 weights, 0 to 1; 0 outside the mask's box. A mask finer than the grid is averaged first.
    """
    weight = torch.from_numpy(mask.weight.astype(np.float32) / 255.0)[None, None]
    mask_from_dst = _mask_from_photo(mask.box, size_of(weight)) @ invert(dst_from_photo)
    step = float(np.sqrt(abs(np.linalg.det(mask_from_dst[:2, :2]))))
    if step > 2.0:
        fine = size_of(weight)
        weight = resize(weight, Size(max(1, round(fine.height / step)), max(1, round(fine.width / step))))
        mask_from_dst = _mask_from_photo(mask.box, size_of(weight)) @ invert(dst_from_photo)
    positions = map_positions(torch.from_numpy(mask_from_dst)[None], pixel_positions(size, like=weight))
    limit = positions.new_tensor([weight.shape[-1] - 0.5, weight.shape[-2] - 0.5])
    inside = ((positions >= -0.5) & (positions <= limit)).all(dim=-1)
    return (sample(weight, positions) * inside[:, None])[0]


def _mask_from_photo(box: Box, grid: Size) -> Matrix:
    """The mask's grid is stretched over its box, edge to edge."""
    x, y = grid.width / box.width, grid.height / box.height
    return np.array([[x, 0.0, -box.left * x - 0.5], [0.0, y, -box.top * y - 0.5], [0.0, 0.0, 1.0]])
