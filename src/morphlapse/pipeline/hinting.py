"""What guides a morph besides the pictures: what was found of a person, and points that the user gives."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from morphlapse.errors import OptionError
from morphlapse.geometry.similarity import map_points
from morphlapse.morphing.hints import Hints
from morphlapse.morphing.semantic import hints_from_subjects
from morphlapse.records import Keypoints, Subject

Points = NDArray[np.float64] | Tensor | Sequence[Sequence[float]]
"""(N, 2) points."""

Values = NDArray[np.generic] | Tensor | Sequence[float] | Sequence[Sequence[float]]
"""(N,) weights of points, or (H, W) of pixels."""

FIRM = 30.0
"""Weight of a point that the user gives: it lands within a pixel."""


def find_hints(
    a: Subject | None,
    b: Subject | None,
    canvas_from_a: NDArray[np.float64],
    canvas_from_b: NDArray[np.float64],
    *,
    like: Tensor,
) -> Hints | None:
    """Match two photos by what was found of a person in them, and by the points of one name that are given for both.

    Parameters
    ----------
    a, b : Subject or None
        In pixels of the photos.
    canvas_from_a, canvas_from_b : array, (3, 3)
        Where the photos lie.
    like : Tensor
        Whose device and dtype the hints get.

    Returns
    -------
    Hints or None
        On the canvas; None where there are none.
    """
    found = hints_from_subjects(a, b, canvas_from_a, canvas_from_b, like=like)
    given = _match_given(a and a.keypoints, b and b.keypoints)
    if given is None:
        return found
    first, second, weight = given
    arrays = map_points(canvas_from_a, first), map_points(canvas_from_b, second), weight
    at_a, at_b, firm = (torch.from_numpy(each).to(like) for each in arrays)
    held = Hints(at_a, at_b, firm, torch.zeros_like(firm))
    return held if found is None else _join(found, held)


def _match_given(
    a: Keypoints | None, b: Keypoints | None
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]] | None:
    """Places in both photos and weights of the points that are given for both."""
    if a is None or b is None:
        return None
    names = [name for name in a.given if name in b.given]
    if not names:
        return None
    first, second = [a.index(name) for name in names], [b.index(name) for name in names]
    return a.xy[first], b.xy[second], FIRM * a.visibility[first] * b.visibility[second]


def _join(one: Hints, other: Hints) -> Hints:
    tolerance = torch.cat([torch.as_tensor(each.tolerance_px).to(each.a).expand(len(each.a)) for each in (one, other)])
    a, b, weight = (torch.cat(pair) for pair in zip(one[:3], other[:3], strict=True))
    return Hints(a, b, weight, tolerance)


def take_hints(given: Sequence[Points | Values], matrices: Sequence[NDArray[np.float64]], *, like: Tensor) -> Hints:
    """Hints on the canvas from those that are given in pixels of the images.

    Parameters
    ----------
    given : two or three arrays
        (N, 2) points of each image, and (N,) weights.
    matrices : sequence of two arrays, (3, 3)
        `canvas_from_image` of each.
    like : Tensor
        Whose device and dtype the hints get.
    """
    points = [np.asarray(each, dtype=np.float64) for each in given]
    shapes = [each.shape for each in points]
    count = len(points[0]) if points and points[0].ndim else 0
    if shapes not in ([(count, 2)] * 2, [(count, 2), (count, 2), (count,)]):
        raise OptionError(f"hints are two arrays (N, 2) of one length, and weights (N,) if you like, got {shapes}")
    weight = points[2] if len(points) == 3 else np.ones(count)
    if not all(np.isfinite(each).all() for each in points) or (weight < 0.0).any():
        raise OptionError("hints are finite numbers, and their weights not negative")
    a, b = (map_points(m, p) for m, p in zip(matrices, points[:2], strict=True))
    first, second, firm = (torch.from_numpy(each).to(like) for each in (a, b, FIRM * weight))
    return Hints(first, second, firm)
