"""Matched features of two pictures: they tell where things have gone that moved too far to be followed."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float
from numpy import ndarray
from torch import Tensor

from morphlapse.imaging.features import match_images
from morphlapse.imaging.warp import fit_within, resize, size_of
from morphlapse.morphing.hints import Hints, rescale_hints

SEEN_PX = 512
"""Long side at which features are sought: they need not be exact."""
MOST = 2000
"""So many features of a picture at most."""
NEIGHBOURS = 8
"""A match must move as at least half of so many others around it do."""
STRAIN = 0.6
"""Neighbours may move apart by this share of their distance,"""
SLACK = 0.006
"""and by this share of the long side."""
FEWEST = 12
"""Fewer matches that agree may agree by chance."""
WEIGHT = 200.0
"""Of all matches together, in weights of a hint: they lead until they are fulfilled, and then are let go."""


def match_pictures(a: Float[Tensor, "c h w"], b: Float[Tensor, "c h w"]) -> Hints | None:
    """Match local features and keep what moves as its surroundings do; None where too few do.

    Parameters
    ----------
    a, b : Tensor, (C, H, W)
        Pictures of one size.

    Returns
    -------
    Hints or None
        In pixels of a and b.
    """
    full = size_of(a)
    size = fit_within(full, SEEN_PX)
    found = match_images(*(resize(each[None], size)[0] for each in (a, b)), limit=MOST)
    at_a, at_b = keep_consistent(*found, slack_px=SLACK * size.long_side)
    if len(at_a) < FEWEST:
        return None
    weight = a.new_full((len(at_a),), WEIGHT / len(at_a))
    return rescale_hints(Hints(torch.from_numpy(at_a).to(a), torch.from_numpy(at_b).to(a), weight), size, full)


def keep_consistent(
    at_a: Float[ndarray, "n 2"], at_b: Float[ndarray, "n 2"], *, slack_px: float
) -> tuple[Float[ndarray, "m 2"], Float[ndarray, "m 2"]]:
    """Leave out matches that move otherwise than their neighbours, until all that remain agree.

    No transform is assumed: a smooth motion, however large, moves neighbours nearly alike.
    """
    # On demand, as few pairs need it, and it takes a fifth of a second to load.
    from scipy.spatial import KDTree

    while len(at_a) > NEIGHBOURS:
        middle, way = 0.5 * (at_a + at_b), at_b - at_a
        distance, near = (np.asarray(each)[:, 1:] for each in KDTree(middle).query(middle, NEIGHBOURS + 1))
        apart = np.linalg.norm(way[near] - way[:, None], axis=-1)
        agree = (apart <= slack_px + STRAIN * distance).mean(axis=1) >= 0.5
        if agree.all():
            break
        at_a, at_b = at_a[agree], at_b[agree]
    return at_a, at_b
