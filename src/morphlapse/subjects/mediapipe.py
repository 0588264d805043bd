"""The default detector: MediaPipe's networks, all of them in its wheel."""

from __future__ import annotations

import math
from collections.abc import Iterator
from types import TracebackType

import numpy as np
from jaxtyping import Float
from torch import Tensor

from morphlapse.records import Size, Subject
from morphlapse.subjects.bodies import KEYPOINT_NAMES
from morphlapse.subjects.crops import Copies, Crop, bytes_from_image, make_copies, whole_picture
from morphlapse.subjects.crowd import find_more_people
from morphlapse.subjects.networks import Networks
from morphlapse.subjects.people import Person, find_people, find_people_by_face, is_taken
from morphlapse.subjects.ranking import rank_people, tell_person

SURE = 0.5
"""People with a lower score are not told."""

SURE_IN_PART = 0.8
"""The same for people seen in a part of the picture only: many parts, many chances to be wrong."""

SURE_BESIDE = 0.6
"""The same for further people in a picture in which somebody is found."""

PART = 0.5
"""Side of a part over the picture's long side."""

CLOSER, SMALL_FACE = 0.55, 0.15
"""The same where further faces are looked for, and how much such parts overlap at least: four cover most pictures."""


class MediaPipe:
    """Finds people by BlazePose, BlazeFace and the face mesh, on the CPU; nothing is downloaded.

    Each look at a picture costs two face networks and one for bodies; each person three readings of the pose
    network and three of the mesh. Where nobody is seen, faces are looked for sideways and upside down (bodies are
    seen at any turn anyway), then people in parts of the picture, down to about a quarter of its long side. Where
    somebody is seen, further faces are looked for in parts and sideways, down to a fortieth of the long side.

    A person's mask is the pose network's own, read from one crop together with the keypoints. A `Subject`'s score is
    1 - (1 - face) (1 - body): both are the networks' own certainty times how little their points move when the same
    person is looked at again. The same picture gives the same answer, whatever was looked at before, and several
    threads may ask at once.
    """

    keypoint_names = KEYPOINT_NAMES
    concurrent = True

    def __init__(self) -> None:
        self._networks = Networks()

    def detect(self, image: Float[Tensor, "3 h w"]) -> tuple[Subject, ...]:
        """Find everyone in a picture; see `Detector.detect`. A long side near 1000 pixels is enough."""
        copies = make_copies(bytes_from_image(image))
        people = rank_people(self._find(copies), copies.size)
        return tuple(tell_person(person, copies.size) for person in people)

    def close(self) -> None:
        """Stop the networks; `detect` cannot be called afterwards."""
        self._networks.close()

    def __enter__(self) -> MediaPipe:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _find(self, copies: Copies) -> list[Person]:
        """Look at the whole, then for faces in the whole turned, then at parts, until somebody is found."""
        people = self._sift(find_people(self._networks, copies, whole_picture(copies.size)), SURE)
        for turn in (1, 2, 3):
            if not people:
                crop = whole_picture(copies.size, angle_rad=turn * math.pi / 2)
                people = self._sift(find_people_by_face(self._networks, copies, crop), SURE)
        if people:
            return self._sift_more(people, find_more_people(self._networks, copies, look_closer(copies.size), people))
        parts = cut_parts(copies.size, PART)
        return self._sift([each for part in parts for each in find_people(self._networks, copies, part)], SURE_IN_PART)

    def _sift_more(self, people: list[Person], more: list[Person]) -> list[Person]:
        """The people and those of the others who are surely further ones."""
        others = [person for person in self._sift(more, SURE_BESIDE) if not is_taken(person, people)]
        return [*people, *others]

    def _sift(self, seen: list[Person], sure: float) -> list[Person]:
        """The people who are sure enough, each once."""
        people: list[Person] = []
        for person in sorted(seen, key=lambda each: -each.score):
            if person.score >= sure and not is_taken(person, people):
                people.append(person)
        return people


def look_closer(size: Size) -> list[Crop]:
    """Where further faces are looked for: nearer by, and in the whole turned to either side."""
    sides = [whole_picture(size, angle_rad=turn * math.pi / 2) for turn in (1, 3)]
    return [*cut_parts(size, CLOSER, overlap=SMALL_FACE), *sides]


def cut_parts(size: Size, share: float, *, overlap: float = 0.4) -> list[Crop]:
    """Squares that cover a picture and overlap by a share or more; `share` is their side over its long side."""
    side = share * size.long_side
    step = (1.0 - overlap) * side
    return [Crop(x, y, side) for y in _spread(size.height, side, step) for x in _spread(size.width, side, step)]


def _spread(length: int, side: float, step: float) -> Iterator[float]:
    """Middles of the squares along one side of the picture."""
    if length <= side:
        return iter([(length - 1) / 2])
    count = math.ceil((length - side) / step) + 1
    return iter(np.linspace(side / 2 - 0.5, length - side / 2 - 0.5, count).tolist())
