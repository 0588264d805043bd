"""Drawn figures: people with known keypoints, outline and pixels, before a known background."""

import numpy as np
import skimage.data
import torch
from torch import Tensor

from morphlapse.geometry.similarity import invert, map_points, similarity
from morphlapse.imaging.warp import fit_within, resize, resized_from_full, warp_by_matrix
from morphlapse.records import Box, Face, Keypoints, Mask, Registration, Size, Subject

SIZE = Size(900, 700)
BODY = {
    "nose": (340.0, 150.0),
    "right_eye": (330.0, 140.0),
    "left_eye": (350.0, 140.0),
    "right_ear": (318.0, 148.0),
    "left_ear": (365.0, 148.0),
    "right_shoulder": (280.0, 240.0),
    "left_shoulder": (405.0, 240.0),
    "right_hip": (300.0, 480.0),
    "left_hip": (385.0, 480.0),
}
FACE = {
    "right_eye": (300.0, 300.0),
    "left_eye": (400.0, 300.0),
    "nose": (350.0, 360.0),
    "mouth_right": (315.0, 420.0),
    "mouth_left": (385.0, 420.0),
}


def points_of(named, photo_from_world, *, noise=0.0, seed=0, hidden=()):
    xy = map_points(photo_from_world, np.array(list(named.values())))
    xy = xy + np.random.default_rng(seed).normal(0.0, noise, xy.shape)
    return Keypoints(tuple(named), xy, np.array([0.05 if name in hidden else 0.98 for name in named]))


def mask_of(photo_from_world, size=SIZE):
    """A body drawn as an ellipse over head and trunk, at a quarter of the resolution."""
    rows, columns = size.height // 4, size.width // 4
    y, x = np.mgrid[:rows, :columns] * 4.0 + 1.5
    world = map_points(invert(photo_from_world), np.stack((x.ravel(), y.ravel()), axis=-1))
    inside = ((world[:, 0] - 342.0) / 95.0) ** 2 + ((world[:, 1] - 320.0) / 230.0) ** 2 < 1.0
    weight = (inside.reshape(rows, columns) * 255).astype(np.uint8)
    return Mask(weight, Box(-0.5, -0.5, 4.0 * columns - 0.5, 4.0 * rows - 0.5))


def person(photo_from_world, **how):
    box = Box(*map_points(photo_from_world, np.array([[245.0, 90.0], [440.0, 550.0]])).ravel())
    face = Face(box, 0.9, points_of(FACE, photo_from_world, **how))
    return Subject(0.9, box, points_of(BODY, photo_from_world, **how), mask_of(photo_from_world), face)


def portrait(photo_from_world, photo_from_scene, *, scene="coffee") -> Tensor:
    """A photo, at a third of its resolution, of the person before a picture of scikit-image's wheel."""
    picture = torch.from_numpy(getattr(skimage.data, scene)()[..., :3].copy()).permute(2, 0, 1)[None].float() / 255.0
    copy = fit_within(SIZE, SIZE.long_side // 3)
    picture_from_scene = similarity(0.3, shift=(picture.shape[-1] / 2 - 105.0, picture.shape[-2] / 2 - 135.0))
    backward = picture_from_scene @ invert(resized_from_full(SIZE, copy).numpy() @ photo_from_scene)
    behind = warp_by_matrix(picture, torch.from_numpy(backward)[None], copy)[0]
    weight = torch.from_numpy(mask_of(photo_from_world).weight).float()[None, None] / 255.0
    inside = resize(weight, copy)[0]
    coat = torch.linspace(0.1, 0.9, copy.height)[None, :, None]
    return behind * (1.0 - inside) + coat * inside


def registered(result: Registration | str) -> Registration:
    """What a photo that has a place was given, not a reason."""
    assert isinstance(result, Registration), result
    return result
