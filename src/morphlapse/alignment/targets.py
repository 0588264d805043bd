"""The semantic target of a person: the mask times a Gaussian around each keypoint, one channel each.

What is far from the keypoints (a belly that grows, loose hair, a raised arm) has then no say. The Gaussians grow with
the person, and each channel has the same sum: a spread fixed in pixels would draw the scale towards 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from numpy import ndarray
from torch import Tensor

from morphlapse.geometry.similarity import Matrix, invert, map_points, split_similarity
from morphlapse.imaging.warp import map_positions, pixel_positions, sample
from morphlapse.records import Mask, Size


@dataclass(frozen=True, eq=False)
class Aim:
    """What of a person is registered."""

    points: Float[ndarray, "k 2"]
    """Keypoints in pixels of the photo."""
    weight: Float[ndarray, " k"]
    """How much each counts."""
    length: float
    """Of the subject in pixels of the photo: from ear to hip, or from eyes to mouth."""
    mask: Mask | None
    """Who is person and who is not."""
    spread: float = 0.05
    """Deviation of the Gaussians over the length."""


def render_targets(aim: Aim, grid_from_photo: Matrix, size: Size) -> Float[Tensor, "k h w"]:
    """Draw the targets of a person on a grid.

    Parameters
    ----------
    aim : Aim
        The person, in pixels of the photo.
    grid_from_photo : (3, 3)
        A similarity from pixels of the photo to those of the grid.
    size : Size
        Of the grid.

    Returns
    -------
    Tensor, (K, H, W)
        One channel a keypoint; each has the sum that an uncut Gaussian of height `weight` has.
    """
    positions = pixel_positions(size, like=torch.zeros(1))[0]
    centres = torch.from_numpy(map_points(grid_from_photo, aim.points)).float()
    spread = aim.spread * aim.length * split_similarity(grid_from_photo)[0]
    x = (positions[None, 0, :, 0] - centres[:, :1]).square()
    y = (positions[None, :, 0, 1] - centres[:, 1:]).square()
    falls = (-0.5 / spread**2 * y).exp()[:, :, None] * (-0.5 / spread**2 * x).exp()[:, None]
    if aim.mask is not None:
        falls = falls * render_mask(aim.mask, grid_from_photo, size)
    total = falls.sum(dim=(1, 2), keepdim=True)
    height = torch.from_numpy(aim.weight).float()[:, None, None] * (2.0 * torch.pi * spread**2)
    return torch.where(total > 1e-3, falls / total.clamp_min(1e-3) * height, torch.zeros_like(falls))


def render_mask(mask: Mask, grid_from_photo: Matrix, size: Size) -> Float[Tensor, "1 h w"]:
    """Draw a mask on a grid, 0 to 1."""
    weight = torch.from_numpy(mask.weight).float()[None, None] / 255.0
    rows, columns = mask.weight.shape
    sx, sy = columns / mask.box.width, rows / mask.box.height
    mask_from_photo = torch.tensor(
        [[sx, 0.0, -sx * mask.box.left - 0.5], [0.0, sy, -sy * mask.box.top - 0.5], [0.0, 0.0, 1.0]]
    )
    matrix = mask_from_photo.double() @ torch.from_numpy(invert(grid_from_photo))
    positions = map_positions(matrix[None].float(), pixel_positions(size, like=weight))
    return sample(weight, positions, border="zeros")[0]
