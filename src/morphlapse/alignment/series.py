"""Bringing a whole series onto one of its photos."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Float
from numpy import ndarray
from torch import Tensor

from morphlapse.alignment.cast import (
    choose_mask_reference,
    find_middles,
    gather_cast,
    measure_level,
    place_cast,
    place_masks,
)
from morphlapse.alignment.evidence import choose_basis
from morphlapse.alignment.judging import share_of_overlap
from morphlapse.alignment.models import ModelName
from morphlapse.alignment.people import choose_subject_reference
from morphlapse.alignment.scene import (
    Load,
    choose_scene_reference,
    copies_from_full,
    find_scene_features,
    full_from_copies,
    order_by_nearness,
    register_scene,
)
from morphlapse.errors import AlignmentError, OptionError, PhotoError
from morphlapse.geometry.similarity import Matrix
from morphlapse.imaging.features import Features
from morphlapse.imaging.warp import size_of
from morphlapse.records import Basis, Registration, Size, Subject

__all__ = ["Series", "choose_basis", "place_scene", "place_subjects"]

KEPT_PHOTOS = 6
"""So many decoded photos are kept at once."""

KEPT_FEATURES = 64
"""And the features of so many."""

NEIGHBOURS, MOST_TRIES = 4, 12
"""A photo that does not fit the reference is tried on so many placed neighbours at a time, and on so many in all."""

ENOUGH_OVERLAP = 0.3
"""Share of a photo that must be in the reference too, for it to be corrected there."""

NO_FEATURES = Features(np.zeros((0, 2)), np.zeros((0, 128), dtype=np.float32))
"""Of a photo that cannot be read."""


Veil = Callable[[int, Size], Tensor]
"""For the photo of an index, how far each pixel of a copy of a size counts, as (1, H, W) from 0 to 1."""


@dataclass(frozen=True, eq=False)
class Series:
    """Where each photo of a series goes."""

    reference: int
    """The photo that stays."""
    results: tuple[Registration | str, ...]
    """For each photo `reference_from_photo` in pixels of full-size photos, or the reason why it cannot be placed."""
    level_rad: float = 0.0
    """Direction in the reference that is to be level in the film: of faces the eye line, else 0."""
    middles: tuple[Float[ndarray, " 2"] | None, ...] = ()
    """For each photo the middle of what was brought together of a subject, in its pixels."""


def place_subjects(
    subjects: Sequence[Subject | None], sizes: Sequence[Size], on: Basis, reference: int | None = None
) -> Series:
    """Bring the person of each photo onto that of one of them.

    Each photo is related to the reference and to the one before it: in closed form from the points that both show,
    robust to a wrong one, then by registering the person's targets (see `targets`). One robust joint least squares over
    all relations gives the places.

    Parameters
    ----------
    subjects : sequence of Subject or None
        The chosen person of each photo, in pixels of the upright full-size photo.
    sizes : sequence of Size
        Of the photos.
    on : "body", "face", "mask" or "points"
        What is brought together; where nobody has points that were given, their masks.
    reference : int, optional
        The photo that stays; by default the one nearest to all others.

    Returns
    -------
    Series
        A photo that cannot be placed has a reason instead of a place.

    Raises
    ------
    AlignmentError
        The reference that is asked for shows too little.
    OptionError
        `on` is no person's.
    """
    if on not in ("body", "face", "mask", "points"):
        raise OptionError(f"on: {on!r} is none of body, face, mask and points, which speak of a subject")
    if on == "points" and not any(subject is not None and subject.keypoints is not None for subject in subjects):
        on = "mask"
    cast = gather_cast(subjects, sizes, on)
    usable = [k for k, reason in enumerate(cast.reasons) if reason is None]
    if not usable:
        return Series(0, tuple(str(reason) for reason in cast.reasons))
    nearest = choose_mask_reference(cast, usable) if on == "mask" else choose_subject_reference(cast.evidence, usable)
    home = nearest if reference is None else reference
    if cast.reasons[home] is not None:
        raise AlignmentError(f"photo {home + 1} cannot be the reference, for {cast.reasons[home]}: name another")
    results = place_masks(cast, home, usable) if on == "mask" else place_cast(cast, home, usable)
    level = measure_level(cast, results) if on == "face" else 0.0
    return Series(home, tuple(results), level, find_middles(cast))


def place_scene(
    load: Load,
    sizes: Sequence[Size],
    reference: int | None = None,
    *,
    model: ModelName = "similarity",
    veil: Veil | None = None,
    tries: int = MOST_TRIES,
) -> Series:
    """Bring photos of one scene onto one of them, directly or by way of neighbours.

    Parameters
    ----------
    load : callable
        Gives the photo of an index as (3, H, W), upright and possibly reduced; a few are kept at a time.
    sizes : sequence of Size
        Of the upright full-size photos.
    reference : int, optional
        The photo that stays; by default the one that shares most with the others.
    model : str
        similarity or homography.
    veil : callable, optional
        Says where a photo shows something that is not the scene.
    tries : int
        A photo that does not fit the reference is tried on so many placed photos at most.

    Returns
    -------
    Series
        A photo that shows another scene has a reason instead of a place.
    """
    bench = _Bench(load, sizes, model, veil)
    home = choose_scene_reference(bench.features, len(sizes)) if reference is None else reference
    results = {home: Registration(np.eye(3), model, "placed", "the reference", score=1.0)}
    for k in order_by_nearness(home, [k for k in range(len(sizes)) if k != home]):
        results[k] = bench.bring(k, home)
    _place_by_neighbours(bench, results, home, tries)
    return Series(home, tuple(_tell(results[k]) for k in range(len(sizes))))


class _Bench:
    """A series of photos with the few that are in memory."""

    def __init__(self, load: Load, sizes: Sequence[Size], model: ModelName, veil: Veil | None) -> None:
        self._read = lru_cache(maxsize=KEPT_PHOTOS)(load)
        self._veil = veil
        self._sizes = sizes
        self._model: ModelName = model
        self.features = lru_cache(maxsize=KEPT_FEATURES)(self._find_features)

    def _find_features(self, k: int) -> Features:
        try:
            image = self._read(k)
            return find_scene_features(image, None if self._veil is None else self._veil(k, size_of(image)))
        except PhotoError:
            return NO_FEATURES

    def bring(self, moving: int, fixed: int, start: Matrix | None = None) -> Registration:
        """Register one photo onto another, in pixels of full-size photos."""
        try:
            a, b = self._read(moving), self._read(fixed)
        except PhotoError as error:
            return Registration(np.eye(3), self._model, "failed", str(error), score=0.0)
        copies, full = (size_of(a), size_of(b)), (self._sizes[moving], self._sizes[fixed])
        begin = None if start is None else copies_from_full(start, copies, full)
        counts = None if self._veil is None else (self._veil(moving, copies[0]), self._veil(fixed, copies[1]))
        found = register_scene(
            a,
            b,
            model=self._model,
            start=begin,
            features=lambda: (self.features(moving), self.features(fixed)),
            counts=counts,
        )
        return full_from_copies(found, copies, full)

    def bring_by(self, moving: int, between: int, home: int, further: Registration) -> Registration:
        """Register a photo by way of another whose place is known, corrected on the reference if that shows enough."""
        step = self.bring(moving, between)
        if step.status == "failed":
            return step
        whole = further.matrix @ step.matrix
        matrix = whole / whole[2, 2]
        if share_of_overlap(matrix, self._sizes[moving], self._sizes[home]) > ENOUGH_OVERLAP:
            direct = self.bring(moving, home, matrix)
            if direct.status != "failed" and np.abs(direct.matrix - matrix)[:2, :2].max() < 0.05:
                return direct
        score = min(further.score, step.score)
        reason = f"by way of photo {between + 1}, for it shares too little with the reference"
        return Registration(matrix, step.model, "placed", reason, score, step.residual_px, step.steps)


def _place_by_neighbours(bench: _Bench, results: dict[int, Registration], home: int, tries: int) -> None:
    """Place what did not fit the reference by way of photos near it in time, as long as that places any."""
    tried = {k: {home} for k in results}
    waiting = True
    while waiting:
        waiting = False
        for k in sorted(results):
            if results[k].status != "failed" or len(tried[k]) > tries:
                continue
            placed = [j for j, found in results.items() if found.status != "failed" and j not in tried[k]]
            for j in order_by_nearness(k, placed)[: min(NEIGHBOURS, 1 + tries - len(tried[k]))]:
                tried[k].add(j)
                found = bench.bring_by(k, j, home, results[j])
                if found.status != "failed":
                    results[k], waiting = found, True
                    break


def _tell(found: Registration) -> Registration | str:
    return f"does not show the reference's scene: {found.reason}" if found.status == "failed" else found
