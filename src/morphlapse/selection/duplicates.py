"""Bursts and near-duplicates, each brought down to its best photo."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from jaxtyping import Bool, Float, Int, UInt8
from numpy import ndarray

from morphlapse.geometry.distance import squared_distances
from morphlapse.records import Detection
from morphlapse.selection.likeness import (
    ALIKE,
    NEAR,
    has_clock,
    is_dated,
    measure_difference,
    moment_s,
    seconds_between,
)
from morphlapse.selection.twins import ONE_MOMENT_S, Loser

LONGEST_BURST = 10.0
"""Photos that follow each other for more than so many times the longest gap of a burst are a series of their own."""

MOST_ALIKE = 5
"""More near-duplicates than this, none identical, are a series of something that hardly moves."""

FLAT = 0.02
"""A picture with less contrast shows nothing by which it could be known again."""

BLOCKS, COMPONENTS = 8, 12
"""Thumbnails are looked up by this many principal components of the gray means of so many squared blocks."""

CROWD = 50
"""Photos that look like more others than this are not looked up."""

LOOKED_UP = 256
"""So many thumbnails are compared with all at a time."""

ASPECT = 0.02
"""Copies have the same aspect but for rounding, in its logarithm."""

DAY_S = 86400.0


def find_bursts(
    detections: Sequence[Detection], score: Float[ndarray, " n"], named: frozenset[int], burst_s: float
) -> tuple[list[Loser], tuple[str, ...]]:
    """Find photos that were taken within seconds of a better one, look like it, and come from the same camera.

    Parameters
    ----------
    detections : sequence of Detection
        In the order of the film.
    score : ndarray, (N,)
        Their ratings.
    named : frozenset of int
        Those that stay in any case.
    burst_s : float
        The longest gap within a burst; 0 looks for none.

    Returns
    -------
    losers : list of Loser
    notes : tuple of str
        Runs that were left as they are, for they are a series of photos in quick order and no burst.
    """
    clocked = [k for k, each in enumerate(detections) if has_clock(each.photo) and each.thumbnail is not None]
    if burst_s == 0.0 or len(clocked) < 2:
        return [], ()
    runs = [run for run in _split_runs(detections, clocked, burst_s) if len(run) > 1]
    bursts = [run for run in runs if len(run) < len(detections) and _lasts(detections, run) <= LONGEST_BURST * burst_s]
    losers = [loser for run in bursts for loser in _pick_best(run, detections, score, named)]
    kept = sum(map(len, runs)) - sum(map(len, bursts))
    note = f"{kept} photos in quick order are kept as a series of their own, not as bursts (burst_s is {burst_s:g})"
    return losers, (note,) if kept else ()


def _split_runs(detections: Sequence[Detection], members: Sequence[int], burst_s: float) -> list[list[int]]:
    """Photos in time, cut wherever one does not continue the one before it."""
    ordered = sorted(members, key=lambda k: (moment_s(detections[k].photo), k))
    runs = [ordered[:1]]
    for last, k in pairwise(ordered):
        if _continues(detections[last], detections[k], burst_s):
            runs[-1].append(k)
        else:
            runs.append([k])
    return runs


def _continues(a: Detection, b: Detection, burst_s: float) -> bool:
    if moment_s(b.photo) - moment_s(a.photo) > burst_s or a.photo.camera != b.photo.camera:
        return False
    difference = measure_difference(a, b)
    return difference is not None and difference <= ALIKE


def _lasts(detections: Sequence[Detection], run: Sequence[int]) -> float:
    """Seconds from the first photo of a run to the last."""
    return moment_s(detections[run[-1]].photo) - moment_s(detections[run[0]].photo)


def _pick_best(
    run: Sequence[int], detections: Sequence[Detection], score: Float[ndarray, " n"], named: frozenset[int]
) -> Iterator[Loser]:
    best = max(run, key=lambda k: (k in named, score[k]))
    name = detections[best].photo.path.name
    for k in run:
        if k != best and k not in named:
            yield Loser(
                k,
                best,
                f"of one burst the best is taken: {name} (rated {score[best]:.2f}, this one {score[k]:.2f}; burst_s)",
            )


def find_duplicates(
    detections: Sequence[Detection], score: Float[ndarray, " n"], named: frozenset[int], most: float
) -> tuple[list[Loser], tuple[str, ...]]:
    """Find photos that show the very picture of another one, in other pixels or in the same.

    Identical pictures are told whatever their dates say. Near-duplicates, such as a smaller copy, only where the dates
    do not speak against it: photos of two days that look alike are a series.

    Parameters
    ----------
    detections : sequence of Detection
    score : ndarray, (N,)
        Their ratings.
    named : frozenset of int
        Those that stay in any case.
    most : float
        Near-duplicates are kept where they are more than this share of the photos.
    """

    def better(k: int) -> tuple[bool, int, float, int]:
        size = detections[k].photo.size
        return k in named, size.width * size.height, float(score[k]), -k

    known = [k for k, each in enumerate(detections) if each.thumbnail is not None and not _is_flat(each.thumbnail)]
    ranked = sorted(known, key=better, reverse=True)
    same = _find_identical(ranked, detections)
    left = [k for k in ranked if k not in same]
    near = _find_near(left, detections)
    losers = [_lose(k, winner, detections, "the same picture as") for k, winner in same.items() if k not in named]
    again = [_lose(k, winner, detections, "nearly the same picture as") for k, winner in near.items() if k not in named]
    if len(again) > most * len(detections):
        note = f"{len(again)} photos that look nearly the same as others are kept: they are a series (duplicates)"
        return losers, (note,)
    return losers + again, ()


def _lose(k: int, winner: int, detections: Sequence[Detection], what: str) -> Loser:
    difference = measure_difference(detections[k], detections[winner]) or 0.0
    name = detections[winner].photo.path.name
    return Loser(k, winner, f"{what} {name} (difference {100 * difference:.1f} %; duplicates)")


def _is_flat(thumbnail: ndarray) -> bool:
    return float(thumbnail[..., 1].std()) < FLAT * 255.0


def _find_identical(ranked: Sequence[int], detections: Sequence[Detection]) -> dict[int, int]:
    """For each photo whose thumbnail a better one has, bit for bit, that one."""
    first: dict[tuple[bytes, int], int] = {}
    found: dict[int, int] = {}
    for k in ranked:
        thumbnail, size = detections[k].thumbnail, detections[k].photo.size
        assert thumbnail is not None
        winner = first.setdefault((thumbnail.tobytes(), round(100.0 * np.log(size.aspect))), k)
        if winner != k:
            found[k] = winner
    return found


def _find_near(ranked: Sequence[int], detections: Sequence[Detection]) -> dict[int, int]:
    """For each photo that is a near-duplicate of a better one, that one."""
    alike: dict[int, list[int]] = defaultdict(list)
    for a, b in _find_neighbours([detections[k] for k in ranked]):
        difference = measure_difference(detections[ranked[a]], detections[ranked[b]])
        if difference is not None and difference <= NEAR:
            alike[int(a)].append(int(b))
            alike[int(b)].append(int(a))
    found: dict[int, int] = {}
    for at in sorted(alike):
        winners = [ranked[other] for other in sorted(alike[at]) if other < at and ranked[other] not in found]
        winner = next((w for w in winners if is_duplicate(detections[ranked[at]], detections[w])), None)
        if winner is not None and len(alike[at]) <= MOST_ALIKE:
            found[ranked[at]] = winner
    return found


def _find_neighbours(detections: Sequence[Detection]) -> Int[ndarray, "p 2"]:
    """Pairs that could be near-duplicates, and few others.

    They are looked up by numbers whose distance is never more than that of the thumbnails, so that no pair is missed
    but those of photos that look like very many others.
    """
    if len(detections) < 2:
        return np.zeros((0, 2), dtype=np.intp)
    blocks = _mean_blocks(np.stack([each.thumbnail for each in detections if each.thumbnail is not None]))
    blocks -= blocks.mean(axis=0)
    places = blocks @ np.linalg.eigh(blocks.T @ blocks)[1][:, -COMPONENTS:]
    crowd = np.concatenate([near.sum(axis=1) for near in _are_near(places)])
    free = np.flatnonzero(crowd <= CROWD)
    pairs: list[Int[ndarray, "p 2"]] = [np.zeros((0, 2), dtype=np.intp)]
    for block, near in enumerate(_are_near(places[free])):
        first, second = np.nonzero(near)
        first += LOOKED_UP * block
        pairs.append(np.stack([first, second], axis=1)[first < second])
    return free[np.concatenate(pairs)]


def _are_near(places: Float[ndarray, "n d"]) -> Iterator[Bool[ndarray, "b n"]]:
    """Which places lie near each one of a block, block by block: quicker than loading a library with a tree."""
    for start in range(0, len(places), LOOKED_UP):
        yield squared_distances(places[start : start + LOOKED_UP], places) <= NEAR**2


def _mean_blocks(thumbnails: UInt8[ndarray, "n h w 3"]) -> Float[ndarray, "n d"]:
    """Gray means of square blocks; their distance, so scaled, is at most the difference of the thumbnails."""
    count, side = len(thumbnails), thumbnails.shape[1] // BLOCKS
    means = thumbnails.reshape(count, BLOCKS, side, BLOCKS, side, 3).mean(axis=(2, 4, 5))
    return means.reshape(count, -1) / (255.0 * BLOCKS)


def is_duplicate(a: Detection, b: Detection) -> bool:
    """Whether two photos are nearly the same picture, and their dates do not speak against it."""
    difference = measure_difference(a, b)
    if difference is None or difference > NEAR or abs(np.log(a.photo.size.aspect / b.photo.size.aspect)) > ASPECT:
        return False
    if has_clock(a.photo) and has_clock(b.photo):
        return seconds_between(a.photo, b.photo) <= ONE_MOMENT_S
    if is_dated(a.photo) and is_dated(b.photo):
        return moment_s(a.photo) // DAY_S == moment_s(b.photo) // DAY_S
    return True
