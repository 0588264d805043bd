"""Made faces: descriptors of people whose distances are known and who may age, and painted photos of them."""

import numpy as np
from PIL import Image

from morphlapse.records import Box, Face, Keypoints, Reach, Subject

REACH = Reach(same=0.5, other=0.6)
APART, WITHIN = 0.8, 0.36
"""Distances of two people's faces, and of one person's, about as dlib's are."""


def make_faces(counts, *, seed=0, drift=0.0, days=None, dimensions=128):
    """(N, D) descriptors, (N,) person and (N,) days; over all its days a person drifts by `drift`."""
    generator = np.random.default_rng(seed)
    people = np.repeat(np.arange(len(counts)), counts)
    centres = unit(generator, len(counts), dimensions) * np.sqrt((APART**2 - WITHIN**2) / 2)
    ways = unit(generator, len(counts), dimensions)
    share = np.concatenate([np.linspace(0.0, 1.0, count) for count in counts])
    noise = unit(generator, len(people), dimensions) * WITHIN / np.sqrt(2)
    descriptors = centres[people] + (drift * share)[:, None] * ways[people] + noise
    when = np.full(len(people), np.nan) if days is None else 730000.0 + days * share
    return descriptors.astype(np.float32), people, when


def unit(generator, count, dimensions):
    vectors = generator.normal(size=(count, dimensions))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


OWN, OTHER = make_faces([1, 1])[0]
POINTS = Keypoints(("nose",), np.zeros((1, 2)), np.ones(1))


class Colours:
    """A detector that sees a person in each third of a picture that is coloured; green ones have no face."""

    keypoint_names = ("nose",)

    def detect(self, image):
        """Find the coloured thirds, from left to right."""
        side = image.shape[-1] / 3
        people = []
        for k in range(3):
            red, green, blue = image[:, :, round(k * side) : round((k + 1) * side)].mean(dim=(1, 2)).tolist()
            box = Box(k * side, 0.0, k * side + side - 1.0, side - 1.0)
            if max(red, green, blue) - min(red, green, blue) > 0.2:
                people.append(
                    Subject(0.9, box, POINTS, face=None if green > max(red, blue) else Face(box, 0.9, POINTS))
                )
        return tuple(people)


class ByColour:
    """An identifier that takes red faces for one person's and blue ones for another's."""

    reach = REACH
    face_px = 8

    def describe(self, image, faces):
        """Describe faces by the colour of their middles."""
        middles = [(round((f.box.top + f.box.bottom) / 2), round((f.box.left + f.box.right) / 2)) for f in faces]
        return tuple(OWN if image[0, y, x] > image[2, y, x] else OTHER for y, x in middles)


def paint(path, *colours, side=20):
    """Write a picture of three thirds."""
    picture = Image.new("RGB", (3 * side, side), "gray")
    for k, colour in enumerate(colours):
        picture.paste(colour, (side * k, 0, side * (k + 1), side))
    picture.save(path)
    return path
