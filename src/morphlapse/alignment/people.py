"""Bringing one person in two photos together: in closed form from points, then by registering the person's targets."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float
from numpy import ndarray
from torch import Tensor

from morphlapse.alignment.evidence import Evidence
from morphlapse.alignment.pairs import RegisterOptions
from morphlapse.alignment.register import register
from morphlapse.alignment.targets import Aim, render_mask, render_targets
from morphlapse.errors import AlignmentError
from morphlapse.geometry.robust import RobustFit, fit_similarity_robust
from morphlapse.geometry.similarity import Matrix, invert, map_points, similarity
from morphlapse.records import Mask, Registration, Size

GRID_LENGTH = 128.0
"""The subject's length on the grid where targets are registered."""

ROOM = 0.3
"""The grid reaches so far beyond the points, over the subject's length."""

MOST_CHANGE = 0.15
"""Refinement may move the points by so much, over the subject's length; what it moves farther is not believed."""

MOST_SAMPLES = 400
"""A reference is chosen among so many photos."""


def fit_pair(evidence: Evidence, moving: int, fixed: int, noise: float) -> RobustFit | None:
    """Fit `fixed_from_moving` to the points that both photos show, or None where these are too few.

    `noise` is how far a right point may be off, in pixels of the fixed photo.
    """
    share = evidence.trust[moving] * evidence.trust[fixed] * evidence.scheme.weight
    if np.count_nonzero(share) < evidence.scheme.least or np.count_nonzero(share[: evidence.scheme.targets]) < 2:
        return None
    try:
        return fit_similarity_robust(evidence.xy[moving], evidence.xy[fixed], share, noise=noise)
    except AlignmentError:
        return None


def choose_subject_reference(evidence: Evidence, usable: Sequence[int]) -> int:
    """The photo with the smallest total distance to all others, in closed form.

    The distance of two photos is the part of the points' spread that no similarity explains (the Procrustes distance),
    plus half the turn in radians and half the logarithm of the growth between them.
    """
    chosen = np.array(usable)[np.linspace(0, len(usable) - 1, min(len(usable), MOST_SAMPLES)).round().astype(int)]
    z = evidence.xy[chosen] @ np.array([1.0, 1.0j])
    weight = evidence.trust[chosen] * np.sqrt(evidence.scheme.weight)
    seen = weight * z
    total = np.maximum(weight @ weight.T, 1e-9)
    mean = seen @ weight.T / total
    spread = (weight * np.abs(z) ** 2) @ weight.T - np.abs(mean) ** 2 * total
    cross = seen.conj() @ seen.T - mean.conj() * mean.T * total
    both = np.sqrt(np.maximum(spread * spread.T, 1e-18))
    unlike = 1.0 - np.minimum(np.abs(cross) / both, 1.0) ** 2
    turned = np.abs(np.angle(cross))
    grown = 0.5 * np.abs(np.log(np.maximum(spread, 1e-9) / np.maximum(spread.T, 1e-9)))
    return int(chosen[(4.0 * unlike + 0.5 * turned + 0.5 * grown).sum(axis=1).argmin()])


def refine_pair(moving: Aim, fixed: Aim, start: Matrix) -> Registration | None:
    """Register the targets of two photos from a start, or None where that fails or leaves the start.

    Returns
    -------
    Registration or None
        `matrix` is `fixed_from_moving` in pixels of the photos.
    """
    grid_from_fixed, size = place_crop(fixed)
    grid_from_moving = grid_from_fixed @ start
    first, second = render_targets(moving, grid_from_moving, size), render_targets(fixed, grid_from_fixed, size)
    found = _register_stacks(first, second)
    if found is None:
        return None
    matrix = invert(grid_from_fixed) @ found.matrix @ grid_from_moving
    moved = np.linalg.norm(map_points(matrix, moving.points) - map_points(start, moving.points), axis=1)
    if moved.max() > MOST_CHANGE * fixed.length:
        return None
    return Registration(matrix, "similarity", found.status, found.reason, found.score, found.residual_px, found.steps)


def place_crop(aim: Aim) -> tuple[Matrix, Size]:
    """A grid around a person's points: `grid_from_photo` and its size."""
    seen = aim.points[aim.weight > 0.0]
    low, high = seen.min(axis=0) - ROOM * aim.length, seen.max(axis=0) + ROOM * aim.length
    scale = GRID_LENGTH / aim.length
    size = Size(*(int(np.clip(np.ceil(side * scale), 32, 512)) for side in (high - low)[::-1]))
    return similarity(scale, shift=(-scale * low[0], -scale * low[1])), size


def _register_stacks(moving: Float[Tensor, "k h w"], fixed: Float[Tensor, "k h w"]) -> Registration | None:
    """Channels that either photo lacks are left out of both."""
    both = (moving.amax(dim=(1, 2)) > 1e-3) & (fixed.amax(dim=(1, 2)) > 1e-3)
    if int(both.sum()) < 2:
        return None
    options = RegisterOptions(coarsest_px=32, least_score=0.2)
    try:
        found = register(moving[both], fixed[both], loss="l2", start=np.eye(3), options=options)
    except AlignmentError:
        return None
    return None if found.status == "failed" else found


def refine_masks(moving: Mask, fixed: Mask, start: Matrix, size: Size) -> Registration:
    """Register two masks from a start, on a grid over the fixed photo."""
    scale = 256.0 / size.long_side
    grid_from_fixed = similarity(scale, shift=(0.5 * scale - 0.5, 0.5 * scale - 0.5))
    grid = Size(max(16, round(size.height * scale)), max(16, round(size.width * scale)))
    first, second = render_mask(moving, grid_from_fixed @ start, grid), render_mask(fixed, grid_from_fixed, grid)
    try:
        found = register(first, second, loss="l2", start=np.eye(3), options=RegisterOptions(least_score=0.5))
    except AlignmentError as error:
        return Registration(start, "similarity", "failed", str(error), score=0.0)
    matrix = invert(grid_from_fixed) @ found.matrix @ grid_from_fixed @ start
    return Registration(matrix, "similarity", found.status, found.reason, found.score, found.residual_px, found.steps)


def weigh_mask(mask: Mask) -> tuple[Float[ndarray, " 2"], float]:
    """Centroid of a mask and the root of its area, in pixels of the photo."""
    weight = torch.from_numpy(mask.weight).double()
    rows, columns = weight.shape
    total = float(weight.sum())
    if total <= 0.0:
        raise AlignmentError("the mask is empty, so it has no place: leave the photo out")
    x = float((weight.sum(dim=0) * torch.arange(columns)).sum()) / total
    y = float((weight.sum(dim=1) * torch.arange(rows)).sum()) / total
    sx, sy = mask.box.width / columns, mask.box.height / rows
    return np.array([mask.box.left + (x + 0.5) * sx, mask.box.top + (y + 0.5) * sy]), (total / 255.0 * sx * sy) ** 0.5
