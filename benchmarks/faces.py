"""Faces of different persons, and where MediaPipe's mesh sees the same point of both."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import mediapipe as mp
import numpy as np
import torch
from numpy.typing import NDArray
from photos import cover_canvas, read_picture
from torch import Tensor
from worlds import Pair

from morphlapse.geometry.similarity import map_points, similarity
from morphlapse.morphing.hints import Hints
from morphlapse.morphing.layer import lay_out, make_layer
from morphlapse.records import Size
from morphlapse.subjects.native_log import hush_native_log

FACE_PX = 512
MESH_POINTS = 468
"""Those beyond are irises, which look aside when the face does not."""
EYES = (33, 263)
"""Outer corners of the eyes."""
HINT_STEP = 3
"""Every third point is a hint where hints are given, and the others judge."""
TOLERANCE = 0.02
"""Of the hints, over the distance of the eyes."""
CLOSER = 1.3
ASIDE = 0.12
"""How much larger one of the two is framed, and how far it is shifted, over the side of the picture."""

FACE_PAIRS = (
    ("female/039913.jpg", "female/051340.jpg"),
    ("male/005735.jpg", "female/069067.jpg"),
    ("female/091623.jpg", "male/016387.jpg"),
    ("male/191300.jpg", "male/196930.jpg"),
    ("female/172559.jpg", "male/006930.jpg"),
)
"""Under pairs/stargan2-celebahq."""


@dataclass(frozen=True, eq=False)
class FacePair:
    """Two faces, and points of the same meaning in both."""

    pair: Pair
    a: Tensor
    """(468, 2) on the canvas."""
    b: Tensor
    """(468, 2) on the canvas."""

    @property
    def seen(self) -> Tensor:
        """(468,), True for points inside both frames."""
        limit = self.pair.a.canvas.width - 0.5
        inside = [((points > -0.5) & (points < limit)).all(dim=-1) for points in (self.a, self.b)]
        return inside[0] & inside[1]

    @property
    def hinted(self) -> Tensor:
        """(468,), True for points that are hints where hints are given."""
        return torch.arange(len(self.a)) % HINT_STEP == 0

    @property
    def eye_distance(self) -> float:
        """In b."""
        return float((self.b[EYES[0]] - self.b[EYES[1]]).norm())

    @property
    def hints(self) -> Hints:
        """Every third point of the mesh."""
        chosen = self.hinted & self.seen
        return Hints(self.a[chosen], self.b[chosen], torch.ones(int(chosen.sum())), TOLERANCE * self.eye_distance)


def read_faces(photos: Path, *, reframed: bool, count: int = len(FACE_PAIRS)) -> Iterator[FacePair]:
    """Pairs of faces; `reframed` shows one of each pair closer and shifted, by turns the second and the first."""
    canvas = Size(FACE_PX, FACE_PX)
    for number, names in enumerate(FACE_PAIRS[:count]):
        images = [read_picture(photos / "pairs" / "stargan2-celebahq" / name) for name in names]
        layers = [make_layer(image[0], cover_canvas(image, canvas), canvas) for image in images]
        points = [find_mesh(lay_out(layer)) for layer in layers]
        if reframed:
            side = (number + 1) % 2
            moved = choose_framing(number)
            layers[side] = make_layer(images[side][0], moved @ cover_canvas(images[side], canvas), canvas)
            points[side] = map_points(moved, points[side])
        a, b = (torch.from_numpy(each).float() for each in points)
        yield FacePair(Pair(f"{Path(names[0]).stem}-{Path(names[1]).stem}", *layers), a, b)


def choose_framing(number: int) -> NDArray[np.float64]:
    """Closer about the middle and shifted, each time another way; the picture still covers the canvas."""
    middle = (FACE_PX - 1) / 2
    way = math.tau * number / len(FACE_PAIRS)
    shift = (ASIDE * FACE_PX * math.cos(way), ASIDE * FACE_PX * math.sin(way))
    return similarity(CLOSER, shift=shift, centre=(middle, middle))


def find_mesh(image: Tensor) -> NDArray[np.float64]:
    """Where the points of a face are in (1, 3, H, W), (468, 2) in pixels."""
    rgb = np.ascontiguousarray((image[0].permute(1, 2, 0).clamp(0, 1) * 255.0).round().byte().numpy())
    height, width = rgb.shape[:2]
    mesh = mp.solutions.face_mesh  # pyright: ignore[reportAttributeAccessIssue]
    with hush_native_log(), mesh.FaceMesh(static_image_mode=True, refine_landmarks=True) as network:
        found = network.process(rgb).multi_face_landmarks
    if not found:
        raise ValueError(f"no face in a picture of {width}x{height}: choose another pair")
    return np.array([[p.x * width - 0.5, p.y * height - 0.5] for p in found[0].landmark[:MESH_POINTS]])
