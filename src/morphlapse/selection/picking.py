"""Fewer photos than there are: one per day, week or month, or so many in all, by one shortest path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from morphlapse.errors import OptionError
from morphlapse.options import SelectOptions
from morphlapse.records import Basis, Detection, Photo
from morphlapse.selection.path import find_path
from morphlapse.selection.slots import Slots, divide, gather_layers, has_dates, slot_by_period, times_of
from morphlapse.selection.traits import measure_traits
from morphlapse.selection.twins import Loser

QUALITY = 4.0
"""What the worst rating costs more than the best, where 1 is a clear jump to one neighbour."""

SPACING = 1.0
"""What a photo costs more at either end of its slot than in the middle."""


@dataclass(frozen=True, eq=False)
class Picked:
    """What of N photos is taken."""

    path: tuple[int, ...]
    """In the order of the film."""
    losers: tuple[Loser, ...] = ()
    """What is not, with what is taken in its place."""
    notes: tuple[str, ...] = ()
    """What must be told besides."""


def pick(
    detections: Sequence[Detection],
    score: Float[ndarray, " n"],
    named: frozenset[int],
    options: SelectOptions,
    basis: Basis,
) -> Picked:
    """Take one photo per period and at most so many in all, so that quality, spacing and jumps are best together.

    Parameters
    ----------
    detections : sequence of Detection
        N candidates in the order of the film.
    score : ndarray, (N,)
        Their ratings.
    named : frozenset of int
        Those that are taken in any case.
    options : SelectOptions
        `per`, `most` and `steady`.
    basis : Basis
        What the photos are aligned on.

    Raises
    ------
    OptionError
        If there is to be one per period, and the photos have no dates.
    """
    most = len(detections) if options.most == "auto" else options.most
    if options.per == "all" and len(detections) <= most:
        return Picked(tuple(range(len(detections))))
    undated = _find_undated(detections, named, options)
    kept = np.array([k for k in range(len(detections)) if k not in undated], dtype=int)
    candidates = [detections[k] for k in kept]
    must = frozenset(at for at, k in enumerate(kept) if int(k) in named)
    slots, layers = _arrange(candidates, must, most, options)
    cost = QUALITY * (1.0 - score[kept]) + SPACING * (2.0 * slots.off) ** 2
    path = find_path(layers, cost, options.steady * measure_traits(candidates, basis))
    losers = [
        Loser(int(kept[at]), int(kept[winner]), _explain(detections, score, kept[[at, winner]], options))
        for at, winner in _match_losers(layers, path, len(kept)).items()
    ]
    notes = (f"include names {len(must)} photos: all are taken (most is {most})",) if len(must) > most else ()
    return Picked(tuple(int(kept[at]) for at in path), (*undated.values(), *losers), notes)


def _find_undated(detections: Sequence[Detection], named: frozenset[int], options: SelectOptions) -> dict[int, Loser]:
    """Photos of which no period is known, each as a loser to itself."""
    if options.per == "all":
        return {}
    if not has_dates([each.photo for each in detections]):
        raise OptionError(f"per: most photos do not tell when they were taken (got {options.per!r}); take most instead")
    reason = f"tells no date, so its {options.per} is not known (per is {options.per})"
    undated = [k for k, each in enumerate(detections) if each.photo.date is None and k not in named]
    return {k: Loser(k, k, reason) for k in undated}


def _arrange(
    candidates: Sequence[Detection], must: frozenset[int], most: int, options: SelectOptions
) -> tuple[Slots, list[Int[ndarray, " _"]]]:
    """Slots and their layers, as many as are wanted; photos that must be taken may make them more."""
    photos = [each.photo for each in candidates]
    if options.per == "all":
        times = times_of(photos)
        slots = Slots(np.arange(len(photos)), np.zeros(len(photos)))
    else:
        slots = slot_by_period(_fill_dates(photos), options.per)
        times = slots.number.astype(float)
    items, item = np.unique(slots.number, return_inverse=True)
    layers = gather_layers(slots.number, must)
    for count in range(min(most, len(items)), 0, -1):
        if len(layers) <= most:
            break
        slots = _spread(times, item, count)
        layers = gather_layers(slots.number, must)
    if len(layers) > most:
        layers = [np.array([k]) for k in sorted(must)]
    return slots, layers


def _spread(times: Float[ndarray, " n"], item: Int[ndarray, " n"], count: int) -> Slots:
    """Periods, or single photos, shared out to so many slots."""
    first = np.unique(item, return_index=True)[1]
    shared = divide(times[first], count)
    return Slots(shared.number[item], shared.off[item])


def _fill_dates(photos: Sequence[Photo]) -> list[datetime]:
    """The date of each photo; of one without, that of a photo before it, else behind it."""
    known = [photo.date for photo in photos if photo.date is not None]
    filled, last = [], known[0]
    for photo in photos:
        last = photo.date or last
        filled.append(last)
    return filled


def _match_losers(layers: Sequence[Int[ndarray, " _"]], path: Sequence[int], count: int) -> dict[int, int]:
    """For each candidate that is not on the path, the one of its layer that is, else the nearest in order."""
    taken = {int(k): winner for layer, winner in zip(layers, path, strict=True) for k in layer}
    ordered = np.array(path)
    nearest = {k: int(ordered[np.abs(ordered - k).argmin()]) for k in range(count) if k not in taken}
    return {k: winner for k, winner in sorted({**nearest, **taken}.items()) if k != winner}


def _explain(
    detections: Sequence[Detection], score: Float[ndarray, " n"], pair: Int[ndarray, " 2"], options: SelectOptions
) -> str:
    """Why another photo is taken."""
    loser, winner = map(int, pair)
    name = detections[winner].photo.path.name
    rated = f"rated {score[winner]:.2f}, this one {score[loser]:.2f}"
    if options.per == "all":
        return f"for this time {name} is taken ({rated}; most is {options.most})"
    return f"for its {options.per} {name} is taken ({rated}; per is {options.per})"
