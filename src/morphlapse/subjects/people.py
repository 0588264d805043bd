"""Who is in a picture: bodies and faces, each looked for by its own networks, put together to people."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from morphlapse.records import Face
from morphlapse.subjects.bodies import Body, find_body_crops, read_body
from morphlapse.subjects.crops import Copies, Crop
from morphlapse.subjects.faces import FaceSighting, find_faces, read_face
from morphlapse.subjects.matching import (
    AGREEMENT,
    FACE_OF_BODY,
    FACE_ROWS,
    choose_crops,
    head_of,
    hide_faces,
    is_rival,
    measure_distance,
    share_body,
    sight_face,
)
from morphlapse.subjects.networks import Networks
from morphlapse.subjects.protocol import FACE_KEYPOINTS

MOST_FACES = 12
"""How many faces of a picture are read."""

MOST_BODIES = 5
"""How many bodies of a picture are read; other people are known by their face alone."""

FACE_SURE = 0.4
"""A face with this score needs no body to be believed."""

BODY_SURE = 0.5
"""A body with this score, first seen with this score, needs no face to be believed."""

PAIR_SURE = 0.25
"""A body with this score is believed together with its face."""


@dataclass(frozen=True, eq=False)
class Person:
    """One person: a face, a body, or both."""

    face: Face | None
    """The face, where it is seen."""
    body: Body | None
    """The body, where it is believed."""

    @property
    def score(self) -> float:
        """How surely someone is there: face and body are found by networks of their own, so doubts multiply."""
        face = self.face.score if self.face else 0.0
        body = self.body.score if self.body else 0.0
        return 1.0 - (1.0 - face) * (1.0 - body)


@dataclass(frozen=True, eq=False)
class SeenFace:
    """A face as it was seen and as it was read."""

    sighting: FaceSighting
    """As it was seen."""
    face: Face
    """As it was read."""


def find_people(networks: Networks, copies: Copies, crop: Crop) -> list[Person]:
    """Find the people in a part of the picture.

    Bodies are seen at any turn, faces only upright ones: they are looked for as the surest body is turned.
    """
    sights = find_body_crops(networks, copies, crop)[:MOST_BODIES]
    seen = see_faces(networks, copies, replace(crop, angle_rad=choose_turn(sights, crop.angle_rad)))
    return join_people(networks, copies, seen, sights)


def find_people_by_face(networks: Networks, copies: Copies, crop: Crop) -> list[Person]:
    """Find the people in a part of the picture whose faces are upright in it."""
    return join_people(networks, copies, see_faces(networks, copies, crop), [])


def see_faces(networks: Networks, copies: Copies, crop: Crop) -> list[SeenFace]:
    """See and read the faces in a part of the picture."""
    sightings = find_faces(networks, copies, crop)[:MOST_FACES]
    return [SeenFace(each, read_face(networks, copies, each)) for each in sightings]


def join_people(
    networks: Networks, copies: Copies, seen: list[SeenFace], sights: list[tuple[float, Crop]]
) -> list[Person]:
    """Look for the body of every sure face, then for the people whose bodies alone were seen."""
    sure = sorted((each for each in seen if each.face.score >= FACE_SURE), key=lambda each: -each.sighting.width)
    people = [find_owner(networks, copies, each, sure, sights) for each in sure[:MOST_BODIES]]
    people = [*part_bodies(people), *(Person(each.face, None) for each in sure[MOST_BODIES:])]
    doubtful = [each for each in seen if each.face.score < FACE_SURE]
    for score, sight in sights:
        if not is_known(sight, people) and (score >= BODY_SURE or has_face(sight, doubtful)):
            person = find_body(networks, copies, sight, score, doubtful)
            people += [person] if person and not is_taken(person, people) else []
    return people


def has_face(sight: Crop, seen: list[SeenFace]) -> bool:
    """Whether a face is about where a seen body has its head."""
    crops = [each.sighting.crop for each in seen]
    reach = 2.0 * FACE_OF_BODY * sight.side
    return any(math.dist(head_of(sight), (crop.x, crop.y)) < reach for crop in crops)


def choose_turn(sights: list[tuple[float, Crop]], otherwise_rad: float) -> float:
    """The quarter turn nearest to how the surest body is turned, if it is sure enough."""
    if not sights or sights[0][0] < BODY_SURE:
        return otherwise_rad
    return round(sights[0][1].angle_rad / (math.pi / 2)) * math.pi / 2


def find_owner(
    networks: Networks, copies: Copies, own: SeenFace, sure: list[SeenFace], sights: list[tuple[float, Crop]]
) -> Person:
    """Find the body of a face; the person has a face only, where no body is read that agrees with it."""
    rivals = [each.sighting for each in sure if each is not own and is_rival(each.sighting, own.sighting)]
    view = hide_faces(copies, rivals, own.sighting) if rivals else copies
    body = read_agreeing(networks, view, own.face, choose_crops(own.sighting, [sight for _, sight in sights]))
    return Person(back_up(own, body), body) if body else Person(own.face, None)


def read_agreeing(networks: Networks, copies: Copies, face: Face, crops: list[Crop]) -> Body | None:
    """Read the body in one crop after the other until it is surely that of the face; the best there is, else None."""
    best: Body | None = None
    for crop in crops:
        body = read_body(networks, copies, crop)
        agrees = body.score >= PAIR_SURE and measure_distance(body, face) <= AGREEMENT
        if agrees and (best is None or body.score > best.score):
            best = body
        if best and best.score >= BODY_SURE:
            break
    return best


def part_bodies(people: list[Person]) -> list[Person]:
    """Leave a body that two faces claim to the one that it fits better."""
    kept: list[Person] = []
    for person in sorted(people, key=measure_misfit):
        claimed = person.body and any(share_body(person.body, each.body) for each in kept if each.body)
        kept.append(replace(person, body=None) if claimed else person)
    return kept


def measure_misfit(person: Person) -> float:
    """Distance of body and face as in `measure_distance`; infinite where one is missing."""
    return measure_distance(person.body, person.face) if person.body and person.face else math.inf


def back_up(seen: SeenFace, body: Body) -> Face:
    """The face, surer for the body that agrees with it."""
    doubt = (1.0 - seen.face.score) * (1.0 - seen.sighting.score * body.score)
    return replace(seen.face, score=1.0 - doubt)


def is_known(sight: Crop, people: list[Person]) -> bool:
    """Whether a seen body is that of someone who is found already."""
    crops = [person.body.crop for person in people if person.body]
    reach = FACE_OF_BODY * sight.side
    return any(math.dist((sight.x, sight.y), (crop.x, crop.y)) < reach for crop in crops)


def is_taken(person: Person, people: list[Person]) -> bool:
    """Whether somebody has this person's nose in their face, or for a body without a face, its middle."""
    noses = [person.body.points[0]] if person.body else []
    noses += [person.face.keypoints.xy[FACE_KEYPOINTS.index("nose")]] if person.face else []
    boxes = [each.face.box for each in people if each.face]
    inside = (box.left <= x <= box.right and box.top <= y <= box.bottom for box in boxes for x, y in noses)
    return any(inside) or (person.face is None and person.body is not None and is_known(person.body.crop, people))


def find_body(networks: Networks, copies: Copies, sight: Crop, score: float, doubtful: list[SeenFace]) -> Person | None:
    """Find the person whose body was seen, and their face in it; None where neither is believed."""
    body = read_body(networks, copies, sight)
    face = find_own_face(networks, copies, body, doubtful)
    believed = (face and body.score >= PAIR_SURE) or min(score, body.score) >= BODY_SURE
    return Person(face, body) if believed else None


def find_own_face(networks: Networks, copies: Copies, body: Body, doubtful: list[SeenFace]) -> Face | None:
    """The face of a body: one that was seen or one read where the body has it, the surer; None where neither agrees."""
    sighting = sight_face(body.points[FACE_ROWS], body.score)
    read = read_face(networks, copies, sighting)
    faces = [back_up(each, body) for each in doubtful]
    faces += [read] if read.mesh is not None and read.score >= PAIR_SURE else []
    agreeing = [face for face in faces if measure_distance(body, face) <= AGREEMENT]
    return max(agreeing, key=lambda face: face.score, default=None)
