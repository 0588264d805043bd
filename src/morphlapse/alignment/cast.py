"""One person throughout a series: who can be placed, where, and why the others cannot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from morphlapse.alignment.evidence import Evidence, gather_evidence, measure_lengths
from morphlapse.alignment.people import fit_pair, refine_masks, refine_pair, weigh_mask
from morphlapse.alignment.targets import Aim
from morphlapse.geometry.graph import Relation, solve_series
from morphlapse.geometry.robust import RobustFit
from morphlapse.geometry.similarity import Matrix, map_points, similarity
from morphlapse.records import Basis, Registration, Size, Subject

MOST_OFF = {"body": 0.2, "face": 0.3, "mask": 1.0, "points": 0.5}
"""Points may miss the reference's by so much, over the subject's length: beyond, the person is posed otherwise."""


NOISE = {"body": 0.025, "face": 0.1, "mask": 0.025, "points": 0.05}
"""How far a right point may be off, over the subject's length; a face that turns moves its points by more."""

SPREAD = {"body": 0.05, "face": 0.1, "mask": 0.05}
"""Deviation of the Gaussians over the subject's length; for faces 0.05 was 2 % worse by independent landmarks."""


LEAST_SHARE = 0.02
"""What counts less is left out."""

UNREFINED = 0.5
"""Weight of a relation that rests on its points alone."""


@dataclass(frozen=True, eq=False)
class Cast:
    """What is known of a person in N photos."""

    on: Basis
    """What photos are aligned on."""
    subjects: tuple[Subject | None, ...]
    """The person in each photo, in its pixels, or None."""
    sizes: tuple[Size, ...]
    """Of each photo."""
    evidence: Evidence
    """Which points are seen where, and how surely."""
    lengths: Float[ndarray, " n"]
    """In pixels of each photo."""
    reasons: tuple[str | None, ...]
    """Why a photo cannot be used, or None."""

    def fit(self, moving: int, fixed: int) -> RobustFit | None:
        """`fixed_from_moving` from the points that both photos show, or None."""
        length = float(self.lengths[fixed])
        return fit_pair(self.evidence, moving, fixed, NOISE[self.on] * length) if np.isfinite(length) else None

    def aim(self, k: int, share: Float[ndarray, " k"]) -> Aim:
        """What is registered of photo k, where each point counts by its share."""
        subject = self.subjects[k]
        mask = None if self.on == "face" or subject is None else subject.mask
        kept = share > 0.0
        return Aim(self.evidence.xy[k, kept], share[kept], float(self.lengths[k]), mask, SPREAD[self.on])


def gather_cast(subjects: Sequence[Subject | None], sizes: Sequence[Size], on: Basis) -> Cast:
    """Collect what is known, and tell which photos cannot be used."""
    evidence = gather_evidence(subjects, sizes, on)
    lengths = measure_lengths(evidence)
    reasons = tuple(_why_not(subject, evidence, lengths, k, on) for k, subject in enumerate(subjects))
    return Cast(on, tuple(subjects), tuple(sizes), evidence, lengths, reasons)


def _why_not(subject: Subject | None, evidence: Evidence, lengths: ndarray, k: int, on: Basis) -> str | None:
    if on == "points":
        return None if evidence.complete[k] else "fewer than two points are given for it"
    if subject is None:
        return "no person was found"
    if on == "face" and subject.face is None:
        return "no face was found"
    if on == "mask":
        return None if subject.mask is not None and subject.mask.weight.any() else "the person's outline was not found"
    if not evidence.complete[k] or not np.isfinite(lengths[k]):
        targets = zip(evidence.scheme.names[: evidence.scheme.targets], evidence.trust[k], strict=False)
        hidden = [name.replace("_", " ") for name, trust in targets if trust == 0.0]
        return f"too little of the {on} is seen" + (f" (hidden: {', '.join(hidden)})" if on == "body" else "")
    return None


def place_cast(cast: Cast, home: int, usable: Sequence[int]) -> list[Registration | str]:
    """Place everyone who can be placed by one joint least squares over the relations to the reference and in time."""
    pairs = [(k, home) for k in usable if k != home]
    pairs += [(k, before) for before, k in pairwise(usable) if home not in (k, before)]
    relations = [relation for k, j in pairs if (relation := relate(cast, k, j)) is not None]
    members = find_connected(relations, home)
    at = {k: n for n, k in enumerate(members)}
    inner = [Relation(at[r.moving], at[r.fixed], r.matrix, r.points, r.weight) for r in relations if r.moving in at]
    places = [np.eye(3)]
    if inner:
        places, _ = solve_series(inner, len(members), at[home], noise=0.02 * float(cast.lengths[home]))
    return [_tell(cast, k, home, places[at[k]] if k in at else None) for k in range(len(cast.subjects))]


def relate(cast: Cast, moving: int, fixed: int) -> Relation | None:
    """Measure how one photo's person lies on another's, or None where they show too little in common.

    The targets alone speak where both photos show them all; otherwise all other points help.
    """
    fit = cast.fit(moving, fixed)
    if fit is None:
        return None
    evidence = cast.evidence
    share = fit.trust * evidence.trust[moving] * evidence.trust[fixed] * evidence.scheme.weight
    share[share < LEAST_SHARE] = 0.0
    if (share[: evidence.scheme.targets] > 0.0).all():
        share[evidence.scheme.targets :] = 0.0
    given = cast.on == "points"  # by the user: nothing is known better
    refined = None if given else refine_pair(cast.aim(moving, share), cast.aim(fixed, share), fit.matrix)
    matrix, score = (fit.matrix, UNREFINED) if refined is None else (refined.matrix, refined.score)
    kept = share > 0.0
    return Relation(moving, fixed, matrix, evidence.xy[moving][kept], score * float(fit.trust[kept].mean()))


def find_connected(relations: Sequence[Relation], home: int) -> list[int]:
    """Everyone whom relations join with the reference, in order."""
    found, grew = {home}, True
    while grew:
        ends = [(r.moving, r.fixed) for r in relations if (r.moving in found) != (r.fixed in found)]
        grew = bool(ends)
        found.update(*ends)
    return sorted(found)


def _tell(cast: Cast, k: int, home: int, place: Matrix | None) -> Registration | str:
    reason = cast.reasons[k]
    if reason is not None:
        return reason
    if place is None:
        few = "too few points are given" if cast.on == "points" else f"too little of the {cast.on} is seen"
        return f"{few} both here and in the reference"
    if k == home:
        return Registration(np.eye(3), status="placed", reason="the reference")
    return _grade(cast, k, home, place)


def _grade(cast: Cast, k: int, home: int, place: Matrix) -> Registration | str:
    """The registration with what is left of the distances to the reference's points, or why it is refused."""
    fit = cast.fit(k, home)
    if fit is None:
        return Registration(place, status="converged", reason="by way of its neighbours", score=0.5)
    targets = cast.evidence.scheme.targets
    share = (fit.trust * cast.evidence.trust[k] * cast.evidence.scheme.weight)[:targets]
    apart = np.linalg.norm(map_points(place, cast.evidence.xy[k, :targets]) - cast.evidence.xy[home, :targets], axis=1)
    off = float(np.sqrt(share @ apart**2 / max(float(share.sum()), 1e-9)))
    part, most = off / float(cast.lengths[home]), MOST_OFF[cast.on]
    if part > most or (share.sum() < 1.0 and cast.on != "points"):
        extent = "their extent" if cast.on == "points" else f"the {cast.on}'s length"
        return (
            f"posed too differently: its points miss the reference's by {100 * part:.0f} % of {extent} "
            f"(at most {100 * most:.0f} %)"
        )
    return Registration(place, "similarity", "converged", f"points within {off:.1f} px", 1.0 - part / most, off)


def measure_level(cast: Cast, results: Sequence[Registration | str]) -> float:
    """Direction of the eye line in the reference, in the mean over all that are placed, in radians."""
    assert cast.evidence.scheme.eyes is not None
    right, left = (list(part) for part in cast.evidence.scheme.eyes)
    total = 0j
    for k, result in enumerate(results):
        if isinstance(result, Registration) and (cast.evidence.trust[k, [*right, *left]] > 0.0).all():
            points = map_points(result.matrix, cast.evidence.xy[k])
            line = complex(*(points[left].mean(axis=0) - points[right].mean(axis=0)))
            total += line / max(abs(line), 1e-9)
    return float(np.angle(total)) if abs(total) > 1e-9 else 0.0


def find_middles(cast: Cast) -> tuple[Float[ndarray, " 2"] | None, ...]:
    """For each photo that can be used the middle of the points that are brought together, or of the outline."""
    return tuple(None if reason is not None else _find_middle(cast, k) for k, reason in enumerate(cast.reasons))


def _find_middle(cast: Cast, k: int) -> Float[ndarray, " 2"]:
    subject = cast.subjects[k]
    if cast.on == "mask" and subject is not None and subject.mask is not None:
        return weigh_mask(subject.mask)[0]
    targets = cast.evidence.scheme.targets
    return np.average(cast.evidence.xy[k, :targets], axis=0, weights=cast.evidence.trust[k, :targets])


def place_masks(cast: Cast, home: int, usable: Sequence[int]) -> list[Registration | str]:
    """Place outlines one by one: from the points that both photos show, else from their centroids and areas."""
    results: list[Registration | str] = [str(reason) for reason in cast.reasons]
    for k in usable:
        results[k] = _place_mask(cast, k, home)
    results[home] = Registration(np.eye(3), status="placed", reason="the reference")
    return results


def _place_mask(cast: Cast, k: int, home: int) -> Registration | str:
    moving, fixed = cast.subjects[k], cast.subjects[home]
    assert moving is not None and moving.mask is not None  # noqa: PT018
    assert fixed is not None and fixed.mask is not None  # noqa: PT018
    fit = cast.fit(k, home)
    start = _start_mask(moving, fixed) if fit is None else fit.matrix
    found = refine_masks(moving.mask, fixed.mask, start, cast.sizes[home])
    return found if found.status != "failed" else f"the outline differs too much from the reference's: {found.reason}"


def _start_mask(moving: Subject, fixed: Subject) -> Matrix:
    assert moving.mask is not None
    assert fixed.mask is not None
    (middle, extent), (middle_f, extent_f) = weigh_mask(moving.mask), weigh_mask(fixed.mask)
    x, y = middle_f - middle
    return similarity(extent_f / extent, shift=(x, y), centre=(float(middle[0]), float(middle[1])))


def choose_mask_reference(cast: Cast, usable: Sequence[int]) -> int:
    """The photo whose outline has the middle size."""
    extents = [weigh_mask(subject.mask)[1] for k in usable if (subject := cast.subjects[k]) and subject.mask]
    return int(np.array(usable)[int(np.argsort(extents)[len(extents) // 2])])
