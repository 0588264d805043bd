"""Registrations of real persons: their targets under known similarities, and one person's face through a series."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from faces import EYES, find_mesh
from known import Case
from numpy.typing import NDArray
from ours import OURS
from photos import read_picture
from torch import Tensor
from views import GLACIER, read_moved_scene

import morphlapse as ml
from morphlapse.alignment.cast import gather_cast
from morphlapse.alignment.evidence import MESH_POINTS
from morphlapse.alignment.series import place_subjects
from morphlapse.alignment.targets import render_targets
from morphlapse.geometry.similarity import fit_similarity, invert, map_points, similarity
from morphlapse.imaging.warp import resize, size_of, warp_by_matrix
from morphlapse.pipeline.placing import fit_centre
from morphlapse.records import Placed, Size, Subject
from morphlapse.subjects.protocol import Detector

BODIES = (
    "bodies/agelapse-poses/muscle1.jpg",
    "bodies/agelapse-poses/pregnancy1.jpg",
    "bodies/sam2-gallery/frames_juggle_1s/00001.jpg",
)
AREA = 1e6
"""Pixels that the photos are brought to."""
MOVES = ((1.1, 9.0, (30.0, -20.0)), (0.88, -14.0, (-25.0, 35.0)), (1.03, 22.0, (15.0, 10.0)))
"""Scale, degrees and shift of the known similarities."""
SERIES = (
    "faces/agelapse-photo-a-day",
    *(f"faces/dlib-johns/{name}" for name in ("John_Salley", "John_Savage", "John_Schneider")),
)
"""Folders of one person each."""
BEFORE, EYES_ONLY, FIVE_POINTS = "before", "two eyes", "five points"


@dataclass(frozen=True, eq=False)
class Moved:
    """A photo of a person, the same under a known similarity, and who was found in the first."""

    name: str
    photo: Tensor
    """(3, H, W)"""
    moved: Tensor
    """(3, H, W)"""
    moved_from_photo: NDArray[np.float64]
    subject: Subject

    @property
    def targets(self) -> Case:
        """The targets at full size: their copy, warped, is brought back without a look at the photo."""
        size = size_of(self.photo)
        cast = gather_cast([self.subject], [size], "body")
        share = cast.evidence.trust[0] * cast.evidence.scheme.weight
        share[cast.evidence.scheme.targets :] = 0.0
        fixed = render_targets(cast.aim(0, share), np.eye(3), size)
        moving = warp(fixed, self.moved_from_photo)
        return Case(self.name, moving, fixed, invert(self.moved_from_photo))

    def miss_again(self, detector: Detector) -> float:
        """Mean distance of the corners of the person's box from where they belong, over the person's height, when the
        person is found anew in the moved photo; 1 where they are not placed.
        """
        found = detector.detect(self.moved)
        sizes = [size_of(self.moved), size_of(self.photo)]
        placed = place_subjects([found[0] if found else None, self.subject], sizes, "body", 1).results[0]
        if isinstance(placed, str):
            return 1.0
        box = self.subject.box
        corners = np.array([[x, y] for x in (box.left, box.right) for y in (box.top, box.bottom)])
        apart = map_points(placed.matrix @ self.moved_from_photo, corners) - corners
        return float(np.linalg.norm(apart, axis=1).mean()) / box.height


def warp(image: Tensor, moved_from_image: NDArray[np.float64]) -> Tensor:
    """(C, H, W) under a matrix, its border replicated."""
    back = torch.from_numpy(invert(moved_from_image))[None]
    return warp_by_matrix(image[None], back, size_of(image), resampling="catmull_rom")[0].clamp_min(0.0)


def read_moved(photos: Path, detector: Detector, count: int) -> Iterator[Moved]:
    """Persons and known similarities about the photo's middle."""
    for path in BODIES[:count]:
        photo = read_at_area(photos / path)
        size = size_of(photo)
        subject = detector.detect(photo)[0]
        for number, (scale, degrees, shift) in enumerate(MOVES):
            middle = ((size.width - 1) / 2, (size.height - 1) / 2)
            matrix = similarity(scale, math.radians(degrees), shift, centre=middle)
            yield Moved(f"{Path(path).stem}/{number}", photo, warp(photo, matrix).clamp_max(1.0), matrix, subject)


def read_at_area(path: Path) -> Tensor:
    """(3, H, W) of about a million pixels."""
    image = read_picture(path)
    size = size_of(image)
    factor = math.sqrt(AREA / (size.width * size.height))
    return resize(image, Size(round(size.height * factor), round(size.width * factor)))[0]


@dataclass(frozen=True, eq=False)
class FaceSeries:
    """One person's face in N photos: landmarks that were not aligned on, as several alignments place them."""

    name: str
    xy: NDArray[np.float64]
    """(N, K, 2) in pixels of the photos."""
    matrices: Mapping[str, Sequence[NDArray[np.float64]]]
    """For each alignment `reference_from_photo`."""

    def scatter(self, name: str) -> float:
        """RMS distance of landmarks from their mean over the series, over the distance of the eyes."""
        return scatter_of(np.stack([map_points(m, p) for m, p in zip(self.matrices[name], self.xy, strict=True)]))

    def excess(self, name: str) -> float:
        """The same over that of the best possible similarities."""
        return self.scatter(name) / scatter_of(align_best(self.xy))

    def jitter(self, name: str) -> float:
        """RMS second difference of landmarks from photo to photo, over the distance of the eyes."""
        shapes = np.stack([map_points(m, p) for m, p in zip(self.matrices[name], self.xy, strict=True)])
        return rms(np.diff(shapes, n=2, axis=0)) / eye_distance(shapes.mean(axis=0))


def rms(vectors: NDArray[np.float64]) -> float:
    """Of the lengths of vectors (..., 2)."""
    return float(np.sqrt((vectors**2).sum(axis=-1).mean()))


def eye_distance(shape: NDArray[np.float64]) -> float:
    """The two eyes are the last landmarks."""
    return float(np.linalg.norm(shape[-1] - shape[-2]))


def scatter_of(shapes: NDArray[np.float64]) -> float:
    """RMS distance from the mean shape, over its distance of the eyes; the eyes themselves are not counted."""
    mean = shapes.mean(axis=0)
    return rms((shapes - mean)[:, :-2]) / eye_distance(mean)


def align_best(xy: NDArray[np.float64], rounds: int = 20) -> NDArray[np.float64]:
    """The landmarks under the similarities that leave the least scatter (generalised Procrustes, Gower 1975)."""
    mean, shapes = xy[0], xy
    weight = np.ones(xy.shape[1])
    weight[-2:] = 0.0
    for _ in range(rounds):
        shapes = np.stack([map_points(fit_similarity(shape, mean, weight), shape) for shape in xy])
        mean = shapes.mean(axis=0)
        mean = map_points(fit_similarity(mean, xy[0], weight), mean)
    return shapes


def read_face_series(photos: Path, count: int) -> Iterator[FaceSeries]:
    """Series of one person, aligned by ours and from fewer points."""
    for folder in SERIES[:count]:
        album = ml.read_album(photos / folder)
        chosen = ml.select(album, ml.detect(album), on="face")
        plan = ml.align(album, chosen, ml.AlignOptions(on="face"))
        read = [(placed, mesh) for placed in plan.placed if (mesh := read_mesh(placed)) is not None]
        if len(read) > 3:
            home = plan.placed[plan.reference]
            yield make_face_series(Path(folder).name, read, home)


def make_face_series(name: str, read: Sequence[tuple[Placed, NDArray[np.float64]]], home: Placed) -> FaceSeries:
    """Landmarks, and `reference_from_photo` by ours, by two eyes, by five points, and as the photos lie."""
    judged = [k for k in range(len(read[0][1])) if k not in MESH_POINTS] + list(EYES)
    eyes, five = (0, 1), (0, 1, 2, 3, 4)
    matrices = {
        BEFORE: [fit_centre(placed.photo.size, home.photo.size).matrix for placed, _ in read],
        EYES_ONLY: [fit_points(placed, home, eyes) for placed, _ in read],
        FIVE_POINTS: [fit_points(placed, home, five) for placed, _ in read],
        OURS: [placed.registration.matrix for placed, _ in read],
    }
    return FaceSeries(name, np.stack([mesh[judged] for _, mesh in read]), matrices)


def fit_points(placed: Placed, home: Placed, which: tuple[int, ...]) -> NDArray[np.float64]:
    """In closed form by keypoints of the face."""
    faces = [each.detection.main.face for each in (placed, home) if each.detection.main is not None]
    src, dst = (face.keypoints.xy[list(which)] for face in faces if face is not None)
    return fit_similarity(src, dst)


def read_mesh(placed: Placed) -> NDArray[np.float64] | None:
    """Where MediaPipe's own pipeline sees the face's mesh in the photo, or None."""
    try:
        return find_mesh(read_picture(placed.photo.path))
    except ValueError:
        return None


def scene_jitter(photos: Path) -> dict[str, float]:
    """RMS second difference in pixels of where a scene's corners lie from photo to photo, before and after."""
    album = ml.read_album(photos / GLACIER)
    plan = ml.align(album, ml.select(album, ml.detect(album, None), on="scene"), ml.AlignOptions(on="scene"))
    truths = {case.name: case.truth for case in read_moved_scene(photos)}
    places = [truths.get(placed.photo.path.name, np.eye(3)) for placed in plan.placed]
    size = plan.placed[0].photo.size
    corners = np.array([[0.0, 0.0], [size.width, 0.0], [size.width, size.height], [0.0, size.height]])
    seen = np.stack([map_points(invert(truth), corners) for truth in places])
    moved = [map_points(placed.registration.matrix, each) for placed, each in zip(plan.placed, seen, strict=True)]
    return {BEFORE: rms(np.diff(seen, n=2, axis=0)), OURS: rms(np.diff(np.stack(moved), n=2, axis=0))}
