"""Whose album it is: the person in each photo, by an example, by their number, or the one who is in most photos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float, Float32, Int
from numpy import ndarray

from morphlapse.errors import OptionError
from morphlapse.options import SelectOptions
from morphlapse.records import Detection, Detections, Identity, Person, Reach
from morphlapse.selection.grouping import group_faces, measure_distances
from morphlapse.selection.resemblance import Roster, gather_roster, mean_of_nearest, measure_likeness

LEAST_SHARE = 1 / 3
"""Whoever is in a smaller share of the photos with faces is not the album's person unless asked for."""


def identify_person(
    detections: Detections, options: SelectOptions, examples: Float32[ndarray, "e d"] | None = None
) -> Detections:
    """Find whose album it is, and in each photo that person.

    Parameters
    ----------
    detections : Detections
        Who is where; faces have descriptors, and `reach` says how far apart those lie.
    options : SelectOptions
        `person` may name numbers, `min_likeness` and `doubt` say how sure is sure.
    examples : ndarray, (E, D), optional
        Descriptors of faces that are the person's.

    Returns
    -------
    Detections
        With `identity`, and the person as each photo's main one, if they are in it; the others stay behind in their
        order. A photo in which that person surely is not, or perhaps is another, has its reason in `identity.reasons`;
        a photo without a face that can be told stays if nobody else is in it.

    Raises
    ------
    OptionError
        A number is asked for that nobody has.
    """
    reach = detections.reach
    roster = gather_roster(detections.found)
    if reach is None or roster is None:
        alone = not any(detection.subjects for detection in detections.found)
        note = "" if alone else "no face can be told: the largest person of each photo is taken"
        return replace(detections, identity=Identity(note))
    labels = group_faces(roster.descriptors, roster.photos, roster.days, reach)
    groups = order_groups(labels, roster.photos)
    people = tuple(_tell_group(k, labels == group, roster, detections) for k, group in enumerate(groups, 1))
    chosen = choose_groups(roster, [labels == group for group in groups], options.person, examples, reach)
    if not chosen and examples is None:
        return replace(detections, identity=Identity(_tell_nobody(people), people))
    members = np.isin(labels, [groups[number - 1] for number in chosen])
    likeness = measure_likeness(roster, members, examples, reach)
    note = _tell_chosen(options.person, chosen, people, len(set(roster.photos.tolist())))
    return _settle(detections, roster, likeness, options, Identity(note, people, chosen))


def order_groups(labels: Int[ndarray, " n"], photos: Int[ndarray, " n"]) -> list[int]:
    """Groups by how many photos they are in, of as many the one that comes first."""
    groups = np.unique(labels).tolist()
    sizes = {group: (labels == group).sum() for group in groups}
    return sorted(groups, key=lambda group: (-sizes[group], photos[labels == group].min(), group))


def choose_groups(
    roster: Roster,
    groups: Sequence[Bool[ndarray, " n"]],
    person: Sequence[str],
    examples: Float32[ndarray, "e d"] | None,
    reach: Reach,
) -> tuple[int, ...]:
    """Numbers (from 1) of the groups that are the person; by default the first, if it is in enough photos."""
    asked = [int(each) for each in person if each.isdecimal()]
    for number in asked:
        if not 1 <= number <= len(groups):
            raise OptionError(
                f"person: there is no person {number}, {len(groups)} were told apart; `morphlapse inspect` lists them"
            )
    if examples is not None:
        return _join_strangers(roster, groups, asked, find_groups_like(roster, groups, examples, reach))
    if asked:
        return tuple(dict.fromkeys(asked))
    size = int(groups[0].sum())
    alone = len(set(roster.photos.tolist()))
    return (1,) if alone == 1 or size >= max(2.0, LEAST_SHARE * alone) else ()


def find_groups_like(
    roster: Roster, groups: Sequence[Bool[ndarray, " n"]], examples: Float32[ndarray, "e d"], reach: Reach
) -> list[int]:
    """Numbers of the groups whose faces are like an example, the nearest first."""
    apart = measure_distances(roster.descriptors, examples).min(axis=1)
    means = [mean_of_nearest(apart[None, group], np.ones_like(apart[None, group]))[0] for group in groups]
    return [int(k) + 1 for k in np.argsort(means, kind="stable") if means[k] <= reach.middle]


def _join_strangers(
    roster: Roster, groups: Sequence[Bool[ndarray, " n"]], asked: Sequence[int], like: Sequence[int]
) -> tuple[int, ...]:
    """The groups asked for, and those like an example that share no photo with one taken before."""
    taken, photos = list(dict.fromkeys(asked)), {int(p) for n in asked for p in roster.photos[groups[n - 1]]}
    for number in like:
        its = set(roster.photos[groups[number - 1]].tolist())
        if number not in taken and not its & photos:
            taken.append(number)
            photos |= its
    return tuple(taken)


def _settle(
    detections: Detections, roster: Roster, likeness: Float[ndarray, " n"], options: SelectOptions, identity: Identity
) -> Detections:
    """Put the person first in each photo, and say of the others why they are left out."""
    found, reasons = list(detections.found), dict[Path, str]()
    for k, detection in enumerate(found):
        faces = np.flatnonzero(roster.photos == k)
        if not len(faces):
            reason = _say_faceless(detection)
        else:
            best = int(faces[likeness[faces].argmax()])
            sure = float(likeness[best])
            reason = say_doubt(sure, options)
            place = int(roster.places[best]) if sure >= options.min_likeness - options.doubt else 0
            found[k] = replace(bring_forward(detection, place), likeness=sure)
        if reason is not None:
            reasons[detection.photo.path] = reason
    return replace(detections, found=tuple(found), identity=replace(identity, reasons=reasons))


def bring_forward(detection: Detection, place: int) -> Detection:
    """Make another subject the main one; the others stay in their order."""
    subjects = detection.subjects
    face = subjects[place].face
    if place == 0 or face is None:
        return detection
    ordered = (subjects[place], *subjects[:place], *subjects[place + 1 :])
    return replace(detection, subjects=ordered, sharpness=face.sharpness)


def say_doubt(likeness: float, options: SelectOptions) -> str | None:
    """Why a photo with this likeness is left out; None if it stays."""
    if likeness >= options.min_likeness:
        return None
    if likeness < options.min_likeness - options.doubt:
        return "the person is not in it"
    return (
        f"perhaps another person (likeness {likeness:.2f}, min_likeness is {options.min_likeness:g}): "
        "--include NAME keeps it"
    )


def _say_faceless(detection: Detection) -> str | None:
    count = len(detection.subjects)
    if count < 2:
        return None
    return f"whose it is cannot be told, for {count} people are in it and no face is clear: --include NAME keeps it"


def _tell_group(number: int, group: Bool[ndarray, " n"], roster: Roster, detections: Detections) -> Person:
    return Person(number, tuple(detections.found[k].photo.path for k in roster.photos[group].tolist()))


def _tell_nobody(people: Sequence[Person]) -> str:
    return (
        f"none of the {len(people)} people is in most photos: the largest person of each photo is taken; "
        "--person chooses one"
    )


def _tell_chosen(person: Sequence[str], chosen: Sequence[int], people: Sequence[Person], photos: int) -> str:
    """Who was chosen; nothing where there was no choice."""
    count = sum(len(people[number - 1].paths) for number in chosen)
    if person:
        return f"person: {', '.join(person)}, recognised in {count} of {photos} photos with faces"
    if len(people) == 1:
        return ""
    return f"person: the one in most photos ({count} of {photos} with faces); --person chooses another"
