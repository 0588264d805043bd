"""What speaks against a photo: one rule for each option, softened where it would take too much of an album."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float
from numpy import ndarray

from morphlapse.options import SelectOptions
from morphlapse.records import Basis
from morphlapse.selection.rating import Ratings

BLUR_DEVIATIONS = 3.0
"""A blurred photo is also so many robust deviations softer than is usual: where all photos differ, none stands out."""

LEAST_TO_COMPARE = 5
"""With fewer photos nothing is usual."""


@dataclass(frozen=True, eq=False)
class Rule:
    """One rule, applied to N photos."""

    option: str
    """The option that changes it."""
    beyond: Float[ndarray, " n"]
    """How far a photo is beyond the limit, the worst the most; not above 0 where it passes, NaN where not measured."""
    explain: Callable[[int], str]
    """The reason for photo k."""

    @property
    def broken(self) -> Bool[ndarray, " n"]:
        """Photos that break it."""
        return np.nan_to_num(self.beyond, nan=-1.0) > 0.0


def list_rules(ratings: Ratings, options: SelectOptions, basis: Basis) -> tuple[Rule, ...]:
    """Every rule of quality that holds for a basis, in the order in which reasons are given."""
    m = ratings.measures
    rules = [
        _at_least("min_light", m.light, options.min_light, "too dark (lightness {value:.3f}, min_light is {limit:g})"),
        _at_most("max_light", m.light, options.max_light, "too bright (lightness {value:.3f}, max_light is {limit:g})"),
        _at_most(
            "max_clipped",
            m.clipped,
            options.max_clipped,
            "burnt out or drowned in black ({value:.0%} of what matters, max_clipped is {limit:g})",
        ),
        rule_on_blur(ratings, options),
        _at_least("min_size", m.size, options.min_size, _SMALL[basis == "face"]),
        _at_most("max_cut", m.cut, options.max_cut, "the face is cut off ({value:.0%} of it, max_cut is {limit:g})"),
    ]
    return (*rules, *_list_face_rules(ratings, options)) if basis == "face" else tuple(rules)


_SMALL = {
    True: "the face is small ({value:.1%} of the photo's short side, min_size is {limit:g})",
    False: "the person is small ({value:.1%} of the photo's short side, min_size is {limit:g})",
}


def _list_face_rules(ratings: Ratings, options: SelectOptions) -> list[Rule]:
    """What is asked of faces in films of faces only: of bodies a view from aside is as good."""
    m = ratings.measures
    return [
        _at_least(
            "min_face_light",
            m.face_light,
            options.min_face_light,
            "the face is too dark (lightness {value:.3f}, min_face_light is {limit:g})",
        ),
        _at_least("min_eyes", m.eyes, options.min_eyes, "eyes shut (open by {value:.2f}, min_eyes is {limit:g})"),
        _at_most(
            "max_yaw_deg",
            np.abs(m.yaw_deg),
            options.max_yaw_deg,
            "turned to the side (by {value:.0f}°, max_yaw_deg is {limit:g})",
        ),
        _at_most(
            "max_pitch_deg",
            np.abs(m.pitch_deg),
            options.max_pitch_deg,
            "looking up or down (by {value:.0f}°, max_pitch_deg is {limit:g})",
        ),
    ]


def _at_least(option: str, values: Float[ndarray, " n"], least: float, sentence: str) -> Rule:
    return Rule(option, least - values, lambda k: sentence.format(value=values[k], limit=least))


def _at_most(option: str, values: Float[ndarray, " n"], most: float, sentence: str) -> Rule:
    return Rule(option, values - most, lambda k: sentence.format(value=values[k], limit=most))


def rule_on_blur(ratings: Ratings, options: SelectOptions) -> Rule:
    """Photos whose sharpness is a small share of what is usual for their camera and year, and an outlier among them."""
    sharp, usual = ratings.measures.sharp, ratings.usual_sharp
    middle = np.exp(usual.middle)
    outlier = np.exp(usual.middle - BLUR_DEVIATIONS * usual.spread)
    least = np.minimum(options.min_sharp * middle, outlier)
    if np.isfinite(sharp).sum() < LEAST_TO_COMPARE:
        least = np.full(len(sharp), np.nan)

    def explain(k: int) -> str:
        share = sharp[k] / middle[k]
        return (
            f"blurred (sharpness {sharp[k]:.2f}, {share:.0%} of what is usual for its camera and year, "
            f"min_sharp is {options.min_sharp:g})"
        )

    return Rule("min_sharp", (least - sharp) / middle, explain)


def apply_rules(
    rules: Iterable[Rule], candidates: Bool[ndarray, " n"], score: Float[ndarray, " n"], most: float
) -> tuple[dict[int, str], tuple[str, ...]]:
    """The reason against each photo that goes, and a note on each rule that was softened.

    No rule takes more than the share `most` of the candidates, nor do all of them together: the worst go, and the best
    of the others stay.

    Parameters
    ----------
    rules : iterable of Rule
        In the order in which reasons are given.
    candidates : ndarray, (N,)
        The photos that are judged.
    score : ndarray, (N,)
        Their ratings, which tell who stays where all rules together would take too much.
    most : float
        A share, 0 to 1.
    """
    room = int(most * int(candidates.sum()))
    reasons: dict[int, str] = {}
    notes: list[str] = []
    for rule in rules:
        broken = np.flatnonzero(rule.broken & candidates)
        worst = broken[np.argsort(-rule.beyond[broken], kind="stable")][:room]
        if len(worst) < len(broken):
            notes.append(_tell_softened(rule.option, len(broken), int(candidates.sum()), len(broken) - len(worst)))
        for k in sorted(map(int, worst)):
            reasons.setdefault(k, rule.explain(k))
    if len(reasons) > room:
        notes.append(_tell_softened("all rules together", len(reasons), int(candidates.sum()), len(reasons) - room))
        reasons = {k: reasons[k] for k in _worst_of(list(reasons), score)[:room]}
    return reasons, tuple(notes)


def _worst_of(photos: Sequence[int], score: Float[ndarray, " n"]) -> list[int]:
    return sorted(photos, key=lambda k: score[k])


def _tell_softened(what: str, broken: int, of: int, stay: int) -> str:
    return f"{what} would leave out {broken} of {of} photos: the best {stay} of them stay (max_left_out)"
