"""What the background tells of the camera, with the person left out: its turn, and its size."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from morphlapse.alignment.scene import Load
from morphlapse.alignment.series import Series, place_scene
from morphlapse.alignment.targets import render_mask
from morphlapse.errors import AlignmentError
from morphlapse.geometry.similarity import map_points, similarity, split_similarity
from morphlapse.imaging.filters import gaussian_blur
from morphlapse.imaging.warp import fit_within, pixel_positions, resize, resized_from_full, size_of
from morphlapse.records import Box, Registration, Size, Subject

BACKGROUND_PX = 512
"""Long side at which backgrounds are compared."""

FEW_TRIES = 2
"""A background that fits neither the reference's nor so many others' is given up: most are of other places."""

ROOM = 0.02
"""What lies so near to the person is left out with them, over the copy's long side."""

SURE = 0.25
"""A background that agrees less says nothing: of one room in the light of other days wrong placements reach 0.2."""

NO_CAMERA = "its background is not the reference's and its focal length is not known"

LEAN_RAD = math.radians(1.5)
"""A body may lean by so much, and is held upright; one that leans by twice as much is left as it leans: cameras are
held level, and a room that tilts is seen before a body that sways."""

FEWEST_UPRIGHT, MOST_WITNESSES = 3, 12
"""So many photos tell that the reference is the one that leans; so many are asked."""


@dataclass(frozen=True, eq=False)
class Shots:
    """The photos of a series, as far as their alignment looks at them."""

    subjects: tuple[Subject | None, ...]
    """The chosen person of each, in pixels of the upright full-size photo."""
    sizes: tuple[Size, ...]
    """Of the full-size photos."""
    load: Load
    """Gives the pixels of one, possibly reduced."""
    focal: tuple[float | None, ...] = ()
    """For each the focal length in pixels of the full-size photo, where it is known."""


def place_background(shots: Shots, chosen: Sequence[int]) -> dict[int, Registration]:
    """Bring the backgrounds of photos onto that of the first of them, the person left out of each.

    Returns
    -------
    dict of int to Registration
        `first_from_photo` in pixels of full-size photos, for those that surely show the same place.
    """

    def load(n: int) -> Tensor:
        image = shots.load(chosen[n])
        return resize(image[None], fit_within(size_of(image), BACKGROUND_PX))[0]

    def veil(n: int, size: Size) -> Tensor:
        return veil_subject(shots.subjects[chosen[n]], shots.sizes[chosen[n]], size)

    found = place_scene(load, [shots.sizes[k] for k in chosen], 0, veil=veil, tries=FEW_TRIES).results
    pairs = zip(chosen, found, strict=True)
    return {k: each for k, each in pairs if isinstance(each, Registration) and each.score >= SURE}


def veil_subject(subject: Subject | None, full: Size, size: Size) -> Float[Tensor, "1 h w"]:
    """1 where a copy of a photo shows no part of the person, 0 on the person and close around them."""
    if subject is None:
        return torch.ones(1, size.height, size.width)
    copy_from_photo = resized_from_full(full, size).numpy()
    mask = subject.mask
    inside = (
        _render_box(subject.box, copy_from_photo, size) if mask is None else render_mask(mask, copy_from_photo, size)
    )
    near = gaussian_blur(inside[None], ROOM * size.long_side)[0]
    return (near < 0.1).float()


def _render_box(box: Box, copy_from_photo: Float[np.ndarray, "3 3"], size: Size) -> Float[Tensor, "1 h w"]:
    (left, top), (right, bottom) = map_points(copy_from_photo, np.array([[box.left, box.top], [box.right, box.bottom]]))
    x, y = pixel_positions(size, like=torch.zeros(1))[0].unbind(dim=-1)
    return ((x >= left) & (x <= right) & (y >= top) & (y <= bottom)).float()[None]


def right_leans(series: Series, shots: Shots) -> Series:
    """Take a body's lean out of the turn of its photo, where the background tells that the camera was not turned.

    A person who bends, kicks or sits back turns the line from ear to hip as a turned camera does. So the photos whose
    turn stands out in the series are compared with the reference by their background; those whose background is
    another keep the body's turn.

    Where it is the reference that stands out, a few of the others tell whether its body leans: then they are turned
    upright beside it. Where their places are others, most photos are taken to be level, and the film is.
    """
    turns = {k: split_similarity(found.matrix)[1] for k, found in _placed(series)}
    others = [k for k in turns if k != series.reference]
    around = np.array([[math.cos(turns[k]), math.sin(turns[k])] for k in others] or [[1.0, 0.0]])
    middle = math.atan2(*np.median(around, axis=0)[::-1])
    suspects = [k for k in others if abs(math.remainder(turns[k] - middle, math.tau)) > LEAN_RAD]
    stands_out = len(others) >= FEWEST_UPRIGHT and abs(middle) > LEAN_RAD
    looked_at = {*suspects, *(others[:: -(-len(others) // MOST_WITNESSES)] if stands_out else ())}
    if not looked_at:
        return series
    behind = place_background(shots, [series.reference, *sorted(looked_at)])
    leans = {
        k: math.remainder(turns[k] - split_similarity(behind[k].matrix)[1], math.tau) for k in looked_at if k in behind
    }
    if stands_out and len(leans) < FEWEST_UPRIGHT:
        series = replace(series, level_rad=middle)
    base = float(np.median([*leans.values()])) if stands_out and len(leans) >= FEWEST_UPRIGHT else 0.0
    base = base if abs(base) > LEAN_RAD else 0.0
    return replace(series, results=_right_all(series, leans, base))


def _right_all(series: Series, leans: Mapping[int, float], base: float) -> tuple[Registration | str, ...]:
    """Turn all but the reference by the lean that they share, and each by what it leans more."""
    results = list(series.results)
    for k, _ in _placed(series):
        more = leans.get(k, base) - base
        share = max(0.0, min(1.0, abs(more) / LEAN_RAD - 1.0))
        if k != series.reference and (share > 0.0 or base):
            reason = (
                "turned as its background is" if share > 0.0 else "turned as most photos are, for the reference leans"
            )
            results[k] = _change(series, k, angle_rad=-base - share * more, reason=reason)
    return tuple(results)


def hold_camera(series: Series, shots: Shots, *, keep_all: bool = False) -> Series:
    """Take the size of each photo from its background, else from its focal length, and the rest from the subject.

    Returns
    -------
    Series
        Where neither is known a photo has a reason instead of a place, or with `keep_all` a size between those of its
        neighbours in time.

    Raises
    ------
    AlignmentError
        It is known of no photo besides the reference.
    """
    home = series.reference
    others = [k for k, _ in _placed(series) if k != home]
    if not others:
        return series
    behind = place_background(shots, [home, *others])
    told = {k: _size_of_camera(shots, k, home, behind.get(k)) for k in others}
    sizes = {home: 1.0} | {k: size for k, (size, _) in told.items() if size is not None}
    if len(sizes) == 1:
        raise AlignmentError(
            "hold: camera needs a background that the photos share, or their focal lengths, and finds neither; use size"
        )
    results = list(series.results)
    for k in others:
        if k in sizes:
            results[k] = _resize(series, k, sizes[k], told[k][1])
        elif keep_all:
            guess = _resize(series, k, _size_between(sizes, shots.sizes, k), f"neighbours, for {NO_CAMERA}")
            results[k] = replace(guess, status="interpolated")
        else:
            results[k] = f"hold is camera, but {NO_CAMERA}"
    return replace(series, results=tuple(results))


def _size_of_camera(shots: Shots, k: int, home: int, behind: Registration | None) -> tuple[float | None, str]:
    """How much larger the reference shows things at one distance, and what tells it."""
    if behind is not None:
        return split_similarity(behind.matrix)[0], "background"
    here, there = (shots.focal[n] if shots.focal else None for n in (k, home))
    return (None if here is None or there is None else there / here), "focal length"


def _size_between(sizes: Mapping[int, float], photos: Sequence[Size], k: int) -> float:
    """A size at a constant rate of growth between those before and after, for photos taken as copies of equal area."""
    at = sorted(sizes)
    side = {j: math.sqrt(photos[j].width * photos[j].height) for j in (*at, k)}
    return math.exp(np.interp(k, at, [math.log(sizes[j] * side[j]) for j in at])) / side[k]


def _resize(series: Series, k: int, size: float, source: str) -> Registration:
    found = series.results[k]
    assert isinstance(found, Registration)
    return _change(series, k, scale=size / split_similarity(found.matrix)[0], reason=f"sized by its {source}")


def _placed(series: Series) -> list[tuple[int, Registration]]:
    return [(k, found) for k, found in enumerate(series.results) if isinstance(found, Registration)]


def _change(series: Series, k: int, *, scale: float = 1.0, angle_rad: float = 0.0, reason: str) -> Registration:
    """Turn and size a photo about where the middle of its subject lies."""
    found, middle = series.results[k], series.middles[k]
    assert isinstance(found, Registration)
    assert middle is not None
    x, y = map_points(found.matrix, middle[None])[0]
    matrix = similarity(scale, angle_rad, centre=(float(x), float(y))) @ found.matrix
    return replace(found, matrix=matrix, reason=f"{found.reason}; {reason}")
