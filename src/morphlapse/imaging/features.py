"""Local features of pictures and their matching (SIFT, Lowe 2004; RootSIFT, Arandjelović and Zisserman 2012)."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float
from numpy import ndarray
from torch import Tensor

from morphlapse.imaging.compare import lightness_of

MOST_FEATURES = 2000
"""The strongest are kept."""

RATIO = 0.85
"""A match must be nearer than this times the second nearest."""


@dataclass(frozen=True, eq=False)
class Features:
    """Points of a picture that can be found again in another one."""

    xy: Float[ndarray, "n 2"]
    """Where, in pixels."""
    descriptors: Float[ndarray, "n 128"]
    """What they look like: unit vectors whose products compare histograms (RootSIFT)."""


def find_features(image: Float[Tensor, "c h w"], *, limit: int = MOST_FEATURES) -> Features:
    """Find SIFT keypoints, also in faint pictures.

    Parameters
    ----------
    image : Tensor, (C, H, W)
        In [0, 1]; taken to the CPU.
    limit : int
        So many at most.

    Returns
    -------
    Features
        Possibly none.
    """
    gray = (lightness_of(image[None])[0, 0].detach().cpu().clamp(0.0, 1.0) * 255.0).round().byte().numpy()
    finder = cv2.SIFT.create(nfeatures=limit, contrastThreshold=0.01, enable_precise_upscale=True)
    points, descriptors = finder.detectAndCompute(gray, None)  # pyright: ignore[reportCallIssue, reportArgumentType]
    if not points:
        return Features(np.zeros((0, 2)), np.zeros((0, 128), dtype=np.float32))
    root = np.sqrt(descriptors / np.maximum(descriptors.sum(axis=1, keepdims=True), 1e-9))
    return Features(cv2.KeyPoint.convert(points).astype(np.float64), root.astype(np.float32))


def match_features(
    a: Features, b: Features, *, ratio: float = RATIO
) -> tuple[Float[ndarray, "m 2"], Float[ndarray, "m 2"]]:
    """Match the features of two pictures: each the other's nearest, and clearly nearer than the second nearest.

    Returns
    -------
    ndarray, (M, 2), ndarray, (M, 2)
        Positions in `a` and in `b`, the clearest match first.
    """
    if len(a.xy) < 2 or len(b.xy) < 2:
        return np.zeros((0, 2)), np.zeros((0, 2))
    alike = a.descriptors @ b.descriptors.T
    nearest = alike.argmax(axis=1)
    back = alike.argmax(axis=0)
    rows = np.arange(len(alike))
    best = alike[rows, nearest]
    alike[rows, nearest] = -1.0
    second = alike.max(axis=1)
    distance = np.sqrt(np.clip(2.0 - 2.0 * np.stack([best, second]), 1e-12, None))
    share = distance[0] / distance[1]
    kept = np.flatnonzero((back[nearest] == rows) & (share < ratio))
    kept = kept[share[kept].argsort()]
    return a.xy[kept], b.xy[nearest[kept]]


def match_images(
    a: Float[Tensor, "c h w"], b: Float[Tensor, "c2 h2 w2"], *, limit: int = MOST_FEATURES
) -> tuple[Float[ndarray, "m 2"], Float[ndarray, "m 2"]]:
    """Find and match the features of two pictures: positions in `a` and in `b`."""
    return match_features(find_features(a, limit=limit), find_features(b, limit=limit))
