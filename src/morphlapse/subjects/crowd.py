"""The other people of a picture in which somebody is found: small faces, and faces turned otherwise."""

from __future__ import annotations

from dataclasses import replace

from morphlapse.subjects.crops import Copies, Crop
from morphlapse.subjects.faces import FaceSighting, find_far_faces, read_face, sighting_of
from morphlapse.subjects.matching import share_body
from morphlapse.subjects.networks import Networks
from morphlapse.subjects.people import FACE_SURE, MOST_BODIES, MOST_FACES, Person, SeenFace, find_owner


def find_more_people(networks: Networks, copies: Copies, crops: list[Crop], people: list[Person]) -> list[Person]:
    """Find the people whose faces are seen in parts of a picture, besides those who are found already.

    Faces are looked for by one network only, which sees them down to a twentieth of a part; a body is read for the
    surest, as long as a picture has few.
    """
    known = [SeenFace(sighting_of(person.face), person.face) for person in people if person.face]
    fresh = [each for each in find_far_faces(networks, copies, crops) if not is_among(each, known)]
    seen = [SeenFace(each, read_face(networks, copies, each)) for each in fresh[:MOST_FACES]]
    sure = [each for each in seen if each.face.score >= FACE_SURE]
    few = max(0, MOST_BODIES - len(people))
    owners = [find_owner(networks, copies, each, [*sure, *known], []) for each in sure[:few]]
    return [*(spare_bodies(each, people) for each in owners), *(Person(each.face, None) for each in sure[few:])]


def is_among(sighting: FaceSighting, known: list[SeenFace]) -> bool:
    """Whether the middle of a sighting lies in the box of a face that is known."""
    crop, boxes = sighting.crop, [each.face.box for each in known]
    return any(box.left <= crop.x <= box.right and box.top <= crop.y <= box.bottom for box in boxes)


def spare_bodies(person: Person, people: list[Person]) -> Person:
    """The person without their body, if it is that of somebody who was found before."""
    body = person.body
    taken = body is not None and any(share_body(body, each.body) for each in people if each.body)
    return replace(person, body=None) if taken else person
