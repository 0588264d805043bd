"""Bringing pictures of one scene onto each other, whatever moves in it and however its light changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float
from torch import Tensor

from morphlapse.alignment.levels import Picture
from morphlapse.alignment.losses import LOSSES
from morphlapse.alignment.models import ModelName
from morphlapse.alignment.pairs import RegisterOptions, take_pair
from morphlapse.alignment.register import register
from morphlapse.alignment.starts import (
    JUDGED_PX,
    REACH,
    find_start,
    propose_by_matches,
    propose_by_spectra,
    support_by_matches,
)
from morphlapse.errors import AlignmentError
from morphlapse.geometry.similarity import Matrix, invert, map_points
from morphlapse.imaging.features import Features, find_features, match_features
from morphlapse.imaging.warp import fit_within, resize, resized_from_full, size_of
from morphlapse.records import Registration, Size

Load = Callable[[int], Tensor]
"""Gives a photo of the series, possibly reduced, as (3, H, W)."""

MOST_SAMPLES = 24
"""So many photos are looked at to choose a reference (ALIGN allows 50; their pairs grow with the square)."""

FEATURES_PX, MOST_FEATURES = 640, 800
"""Size at which a scene's features are found, and how many are kept."""

ENOUGH = 60
"""More matches than these make two samples no nearer."""


def register_scene(
    moving: Float[Tensor, "3 h w"],
    fixed: Float[Tensor, "3 h2 w2"],
    *,
    model: ModelName = "similarity",
    start: Matrix | None = None,
    features: Callable[[], tuple[Features, Features]] | None = None,
    counts: tuple[Float[Tensor, "1 h w"], Float[Tensor, "1 h2 w2"]] | None = None,
) -> Registration:
    """Bring one picture of a scene onto another.

    The start comes from Fourier-Mellin or from local features (SIFT with RANSAC, MAGSAC++ for homographies), whichever
    agrees better; it is refined on local correlation, where what moved has hardly a say.

    Parameters
    ----------
    moving, fixed : Tensor, (3, H, W)
        Images of any two sizes.
    model : str
        similarity, or homography where the camera turned or the scene is flat.
    start : (3, 3), optional
        A `fixed_from_moving` that is nearly right already.
    features : callable, optional
        Gives the features of `moving` and `fixed`, asked only if they are needed; by default they are found anew.
    counts : pair of Tensors, optional
        How far each pixel of `moving` and of `fixed` counts, 0 to 1: 0 where there is something that is not the scene.

    Returns
    -------
    Registration
        With the status "failed" and a reason where the pictures show no common scene, also where one is black.
    """
    try:
        weights = (None, None) if counts is None else counts
        options = RegisterOptions(coarsest_px=JUDGED_PX, moving_weight=weights[0], fixed_weight=weights[1])
        begin = _find_scene_start((moving, fixed), model, features, options) if start is None else start
        return register(moving, fixed, model=model, loss="correlation", start=begin, options=options)
    except AlignmentError as error:
        return Registration(np.eye(3), model, "failed", str(error), score=0.0)


def _find_scene_start(
    pictures: tuple[Tensor, Tensor],
    model: str,
    features: Callable[[], tuple[Features, Features]] | None,
    options: RegisterOptions,
) -> str | Tensor:
    if features is None:
        return "auto"

    def propose_known(_moving: Picture, _fixed: Picture, model: str) -> Float[Tensor, "k 3 3"]:
        return propose_by_matches(*features(), model)

    loss = LOSSES["correlation"]
    pair = take_pair(pictures[0][None], pictures[1][None], loss, options)
    return find_start(*pair, model, loss, (propose_by_spectra, propose_known))[0]


def full_from_copies(registration: Registration, copies: tuple[Size, Size], full: tuple[Size, Size]) -> Registration:
    """The registration of two full-size photos from that of their reduced copies (moving and fixed)."""
    moving, fixed = (resized_from_full(whole, copy).numpy() for whole, copy in zip(full, copies, strict=True))
    matrix = invert(fixed) @ registration.matrix @ moving
    r = registration
    grown = full[1].width / copies[1].width
    return Registration(matrix / matrix[2, 2], r.model, r.status, r.reason, r.score, r.residual_px * grown, r.steps)


def copies_from_full(matrix: Matrix, copies: tuple[Size, Size], full: tuple[Size, Size]) -> Matrix:
    """The transform between reduced copies (moving and fixed) from that between the full-size photos."""
    moving, fixed = (resized_from_full(whole, copy).numpy() for whole, copy in zip(full, copies, strict=True))
    return fixed @ matrix @ invert(moving)


def find_scene_features(image: Float[Tensor, "3 h w"], counts: Float[Tensor, "1 h w"] | None = None) -> Features:
    """Local features in pixels of the image, found at a moderate size; none where the image does not count."""
    full = size_of(image)
    size = fit_within(full, FEATURES_PX)
    found = find_features(resize(image[None], size)[0], limit=MOST_FEATURES)
    xy = map_points(resized_from_full(size, full).numpy(), found.xy)
    if counts is None:
        return Features(xy, found.descriptors)
    column, row = np.clip(xy.round().astype(int), 0, [full.width - 1, full.height - 1]).T
    kept = counts[0].numpy()[row, column] > 0.5
    return Features(xy[kept], found.descriptors[kept])


def choose_scene_reference(features: Callable[[int], Features], count: int) -> int:
    """The photo that shares most with all others, by matched features, among at most 24 samples.

    Parameters
    ----------
    features : callable
        Gives the features of the photo of an index.
    count : int
        How many photos there are.
    """
    samples = np.unique(np.linspace(0, count - 1, min(count, MOST_SAMPLES)).round().astype(int))
    found = [features(int(k)) for k in samples]
    shared = np.zeros((len(samples), len(samples)))
    for i in range(len(samples)):
        for j in range(i):
            shared[i, j] = shared[j, i] = min(_count_support(found[i], found[j]), ENOUGH)
    middle = np.abs(samples - (count - 1) / 2.0) / max(count, 1)
    return int(samples[int((shared.sum(axis=1) - middle).argmax())])


def _count_support(a: Features, b: Features) -> int:
    """How many matches one similarity explains."""
    src, dst = match_features(a, b)
    found = support_by_matches(src, dst, "similarity")
    if not found:
        return 0
    near = REACH * float(np.ptp(dst, axis=0).max())
    return int((np.linalg.norm(map_points(found[0], src) - dst, axis=1) < near).sum())


def order_by_nearness(index: int, others: Sequence[int]) -> list[int]:
    """Others in a series, the nearest in time first."""
    return sorted(others, key=lambda other: (abs(other - index), other))
