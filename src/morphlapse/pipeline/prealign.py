"""What two pictures of different framing have in common: the turn, size and shift that a morph undoes first."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from morphlapse.alignment.scene import register_scene
from morphlapse.geometry.robust import fit_similarity_robust
from morphlapse.geometry.similarity import split_similarity
from morphlapse.imaging.warp import fit_within, resize, resized_from_full
from morphlapse.morphing.hints import Hints
from morphlapse.morphing.layer import Layer, lay_out

FRAMING_PX = 512
"""Long side at which pictures are compared."""
SURE = 0.35
"""A registration with a lower score is chance, and the pictures stay as they are."""
LARGEST_SCALE = 3.0
"""Nor is a larger change of size believed."""


def find_framing(a: Layer, b: Layer, hints: Hints | None) -> NDArray[np.float64] | None:
    """The similarity on the canvas that brings one picture onto another, where there is one.

    Taken from the hints where there are some, for faces of two persons have no common texture; else from the pictures.

    Returns
    -------
    array, (3, 3), or None
        `b_from_a`; None where nothing is sure enough, and the pictures then morph as they lie.
    """
    matrix = _fit_hints(hints) if hints is not None and len(hints.a) >= 2 else _register(a, b)
    if matrix is None or not 1.0 / LARGEST_SCALE < split_similarity(matrix)[0] < LARGEST_SCALE:
        return None
    return matrix


def _fit_hints(hints: Hints) -> NDArray[np.float64]:
    first, second, weight = (values.detach().cpu().double().numpy() for values in hints[:3])
    return fit_similarity_robust(first, second, weight).matrix


def _register(a: Layer, b: Layer) -> NDArray[np.float64] | None:
    small = fit_within(a.canvas, FRAMING_PX)
    found = register_scene(*(resize(lay_out(layer), small)[0] for layer in (a, b)))
    if found.status == "failed" or found.score < SURE:
        return None
    small_from_canvas = resized_from_full(a.canvas, small).numpy()
    return np.linalg.inv(small_from_canvas) @ found.matrix @ small_from_canvas
