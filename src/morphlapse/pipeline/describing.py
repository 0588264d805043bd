"""The descriptors of the faces in a photo, read from a copy that shows them well."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from torch import Tensor

from morphlapse.album.decode import decode
from morphlapse.imaging.warp import resized_from_full, size_of
from morphlapse.records import Face, Photo, Subject
from morphlapse.subjects.protocol import Identifier
from morphlapse.subjects.scaling import scale_subject

FACE_WIDE = 1.3
"""Side of the square that an identifier sees over the longer side of a face's box."""

ENOUGH = 0.5
"""A copy is large enough if faces have this share of the pixels that an identifier asks for: of 112 faces, those cut at
half of dlib's 150 pixels are told as well as at all of them."""

MOST_PX = 4096
"""No photo is read larger than this for its faces."""


def describe_faces(
    photo: Photo, image: Tensor, subjects: tuple[Subject, ...], identifier: Identifier
) -> tuple[Subject, ...]:
    """Describe the faces of subjects that are told in pixels of `image`, a reduced copy of the photo.

    A face that is small in that copy is read from a larger one, where the photo has it.
    """
    places = [k for k, subject in enumerate(subjects) if subject.face is not None]
    if not places:
        return subjects
    size = size_of(image)
    wanted = choose_long_side(photo, size.long_side, [_face_of(subjects[k]) for k in places], identifier.face_px)
    shown = image if wanted == size.long_side else decode(photo, long_side=wanted)
    shown_from_image = resized_from_full(size, size_of(shown)).numpy()
    faces = [_face_of(scale_subject(subjects[k], shown_from_image)) for k in places]
    told = dict(zip(places, identifier.describe(shown, faces), strict=True))
    return tuple(
        subject if k not in told else replace(subject, face=replace(_face_of(subject), descriptor=told[k]))
        for k, subject in enumerate(subjects)
    )


def _face_of(subject: Subject) -> Face:
    assert subject.face is not None
    return subject.face


def choose_long_side(photo: Photo, long_side: int, faces: list[Face], face_px: int) -> int:
    """The long side at which the smallest face is large enough, at most the photo's own."""
    smallest = min(max(face.box.width, face.box.height) for face in faces) * FACE_WIDE
    if smallest >= ENOUGH * face_px:
        return long_side
    wanted = int(np.ceil(long_side * ENOUGH * face_px / max(smallest, 1.0)))
    return max(long_side, min(wanted, MOST_PX, photo.size.long_side))
