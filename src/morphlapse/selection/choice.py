"""Which photos make the film, and why the others do not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from functools import partial
from typing import Literal

import numpy as np
from jaxtyping import Bool
from numpy import ndarray

from morphlapse.errors import OptionError
from morphlapse.options import SelectOptions
from morphlapse.records import Basis, Choice, Detection, Detections, Photo, Skipped
from morphlapse.selection.duplicates import find_bursts, find_duplicates
from morphlapse.selection.mirrors import tell_mirrored
from morphlapse.selection.picking import pick
from morphlapse.selection.rating import Ratings, rate
from morphlapse.selection.rules import apply_rules, list_rules
from morphlapse.selection.twins import Loser, find_twins


def choose(
    detections: Detections, options: SelectOptions, *, on: Basis | Literal["auto"], basis: Basis | None = None
) -> Choice:
    """Choose the photos that make the film.

    First goes what was left out by hand and what lacks what the film is aligned on; then files that are of one photo;
    then what is not good enough; then bursts and near-duplicates; and where fewer are wanted, one shortest path takes
    those that jump least.

    Parameters
    ----------
    detections : Detections
        Who is where, in the order of the film.
    options : SelectOptions
        What is asked of a photo. `include` is stronger than all but the lack of what the film is aligned on.
        Whose album it is was asked before (`identity.identify_person`); the reasons of that are in the detections.
    on : Basis or "auto"
        What the photos will be aligned on. For "body", "face", "mask" and "points" a photo without it is left out; for
        the others nothing is asked of who is in it.
    basis : Basis, optional
        What "auto" comes to: in films of faces only must a face look at the camera. By default nothing about people.

    Returns
    -------
    Choice
        Each photo in `used` or, with its reason, in `skipped`; `used` may be empty.

    Raises
    ------
    OptionError
        A pattern of `include` or `exclude` matches no photo, or the photos do not tell the dates that `per` needs.
    """
    check_patterns(detections, options)
    basis = basis or ("none" if on == "auto" else on)
    found = detections.found
    named = frozenset(k for k, each in enumerate(found) if is_named(each.photo, options.include))
    tally = _Tally({k: reason for k, each in enumerate(found) if (reason := find_reason(each, options, on))})
    _leave_out_strangers(detections, tally, named)
    ratings = rate(detections, options, basis=basis)
    _leave_out_twins(found, tally, named, options)
    _leave_out_bad(ratings, tally, named, options, basis)
    _leave_out_alike(found, ratings, tally, named, options)
    left = tally.left(len(found))
    picked = pick([found[k] for k in left], ratings.score[left], _renumber(named, left), options, basis)
    tally.add(picked.losers, left, picked.notes)
    out = tuple(Skipped(found[k].photo.path, reason, found[k].photo) for k, reason in sorted(tally.reasons.items()))
    used = tuple(found[left[k]] for k in picked.path)
    tally.notes.extend(tell_mirrored(used) if options.mirror == "tell" else ())
    return Choice(used, detections.skipped + out, tuple(tally.notes))


@dataclass(eq=False)
class _Tally:
    """What has been left out so far; it grows step by step."""

    reasons: dict[int, str]
    """Why, by a photo's number."""
    notes: list[str] = field(default_factory=list)
    """What must be told besides."""

    def left(self, count: int) -> list[int]:
        """Photos that are not left out."""
        return [k for k in range(count) if k not in self.reasons]

    def add(self, losers: Iterable[Loser], left: Sequence[int], notes: Iterable[str] = ()) -> None:
        """Note who is left out among those that were left."""
        self.reasons.update({left[loser.index]: loser.reason for loser in losers})
        self.notes.extend(notes)


def _renumber(named: frozenset[int], left: Sequence[int]) -> frozenset[int]:
    return frozenset(at for at, k in enumerate(left) if k in named)


def _leave_out_twins(found: Sequence[Detection], tally: _Tally, named: frozenset[int], options: SelectOptions) -> None:
    left = tally.left(len(found))
    if options.twins:
        tally.add(find_twins([found[k] for k in left], _renumber(named, left)), left)


def _leave_out_bad(
    ratings: Ratings, tally: _Tally, named: frozenset[int], options: SelectOptions, basis: Basis
) -> None:
    candidates: Bool[ndarray, " n"] = np.ones(len(ratings.score), dtype=bool)
    candidates[[*tally.reasons]] = False
    spared = candidates.copy()
    spared[[*named]] = False
    reasons, notes = apply_rules(list_rules(ratings, options, basis), spared, ratings.score, options.max_left_out)
    tally.reasons.update(reasons)
    tally.notes.extend(notes)


def _leave_out_alike(
    found: Sequence[Detection], ratings: Ratings, tally: _Tally, named: frozenset[int], options: SelectOptions
) -> None:
    """Duplicates first: a copy of a photo is no part of its burst."""
    for wanted, find in (
        (options.duplicates, partial(find_duplicates, most=options.max_left_out)),
        (options.burst_s > 0.0, partial(find_bursts, burst_s=options.burst_s)),
    ):
        left = tally.left(len(found))
        if wanted:
            losers, notes = find([found[k] for k in left], ratings.score[left], _renumber(named, left))
            tally.add(losers, left, notes)


def _leave_out_strangers(detections: Detections, tally: _Tally, named: frozenset[int]) -> None:
    """Those in which the person whose album it is is not, or not surely."""
    if detections.identity is None:
        return
    tally.notes.extend([detections.identity.note] if detections.identity.note else [])
    for k, each in enumerate(detections.found):
        if k not in named and each.photo.path in detections.identity.reasons:
            tally.reasons.setdefault(k, detections.identity.reasons[each.photo.path])


def check_patterns(detections: Detections, options: SelectOptions) -> None:
    """Raise OptionError for a pattern that matches no photo: most likely it is misspelt."""
    paths = [*(each.photo.path for each in detections.found), *(each.path for each in detections.skipped)]
    for option, patterns in (("include", options.include), ("exclude", options.exclude)):
        for pattern in patterns:
            if not any(fnmatch(path.name, pattern) for path in paths):
                example = f", for example {paths[0].name!r}" if paths else ""
                raise OptionError(f"{option}: {pattern!r} matches none of the {len(paths)} photos; give names{example}")


def find_reason(detection: Detection, options: SelectOptions, on: Basis | Literal["auto"]) -> str | None:
    """Why a photo is left out whatever the others are like, in one sentence; None if it is a candidate."""
    missing = find_missing(detection, on)
    if is_named(detection.photo, options.include):
        return missing
    if is_named(detection.photo, options.exclude):
        return "left out by hand (exclude)"
    return missing


def find_missing(detection: Detection, on: Basis | Literal["auto"]) -> str | None:
    """What the photo lacks for being aligned on `on`; None where it lacks nothing."""
    if on not in {"body", "face", "mask", "points"}:
        return None
    main = detection.main
    if on == "points":
        return "no points and no mask are given for it" if main is None else None
    if main is None:
        return "no person found"
    if on == "face" and main.face is None:
        return "no face found"
    if on == "body" and main.keypoints is None:
        return "a person, but no body keypoints found"
    return "a person, but no outline found" if on == "mask" and main.mask is None else None


def is_named(photo: Photo, patterns: Iterable[str]) -> bool:
    """Whether a photo's file name matches one of the patterns."""
    return any(fnmatch(photo.path.name, pattern) for pattern in patterns)
