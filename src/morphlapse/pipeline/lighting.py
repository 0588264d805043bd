"""How a film's photos are lit: where the light is measured, and by how much each photo is corrected."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float
from numpy import ndarray
from numpy.typing import NDArray
from torch import Tensor

from morphlapse.album.decode import decode
from morphlapse.film.grade import correct_light, lab_from_light, measure_flicker, measure_light, smooth_light
from morphlapse.geometry.frame import Frame
from morphlapse.imaging.warp import (
    fit_within,
    map_positions,
    pixel_positions,
    resized_from_full,
    size_of,
    warp_by_matrix,
)
from morphlapse.options import FilmOptions
from morphlapse.pipeline.ahead import work_ahead
from morphlapse.pipeline.context import Context, limited_threads
from morphlapse.pipeline.looking import count_workers
from morphlapse.pipeline.report import LightReport
from morphlapse.pipeline.storing import Store
from morphlapse.records import Face, Mask, Photo, Placed, Plan, Size
from morphlapse.subjects.scaling import paint_mask

LIGHT_PX = 256
"""Long side at which light is measured."""
AUTO_GRADE = 0.8
"""How strongly photos that were aligned are corrected, unless something else is asked for."""
FACE_SHARE = 0.7
"""So much of a face's box, about its centre and as an ellipse, is skin."""
LARGE_FACE = 0.08
"""A face is looked at where it is so wide, over the frame's long side: a smaller one changes more by the turn of the
head than by the light."""
MOST = 0.75
"""Where so many photos show a large face, an outline or a place in the frame, light is measured on it."""
COMMON = 0.05
"""Photos of a scene that share less of the frame than this are looked at wherever they are seen."""

Region = Literal["face", "outline", "common area"]
Look = tuple[Callable[[], Float[ndarray, " 3"]], tuple[object, ...]]
"""Measures the light of a photo; and all that this depends on besides the photo."""


@dataclass(frozen=True, eq=False)
class Lighting:
    """The light of a series, before and after."""

    stops: Float[ndarray, "n 3"]
    """By how much each channel of each photo is brightened, see `imaging.colour.expose`."""
    light: Float[ndarray, "n 3"]
    """What was measured, in stops; NaN where a photo tells nothing."""
    region: Region
    """Where it was measured."""

    def of(self, photos: Sequence[int]) -> Lighting:
        """The light of some of the photos."""
        return Lighting(self.stops[list(photos)], self.light[list(photos)], self.region)

    @property
    def lightness(self) -> Float[ndarray, "n 2"]:
        """L* of what was measured in each photo, 0 to 100, before and after; NaN where it tells nothing."""
        return np.stack([lab_from_light(light)[:, 0] for light in (self.light, self.light + self.stops)], axis=1)

    @property
    def report(self) -> LightReport | None:
        """How much the series flickers; None where too little is known.

        A gain moves a median as it moves every pixel, so nothing need be measured again.
        """
        before, after = measure_flicker(self.light), measure_flicker(self.light + self.stops)
        return None if before is None or after is None else LightReport(self.region, before, after)


def find_lighting(
    plan: Plan, frame: Frame, options: FilmOptions, starts_s: Sequence[float], context: Context
) -> Lighting | None:
    """Measure the light of each photo of a plan, and say how each is corrected; None where nothing is to be.

    The photos are read at a small size, as many at a time as there are cores.

    Parameters
    ----------
    plan : Plan
        Which photos, and where they go.
    frame : Frame
        What of them is seen.
    options : FilmOptions
        `grade` and `max_grade`.
    starts_s : sequence of float
        When each photo is seen.
    context : Context
        Is told of progress.
    """
    strength = choose_strength(plan, options)
    if strength == 0.0 or options.max_grade == 0.0 or len(plan.placed) < 3:
        return None
    region = choose_region(plan, frame)
    looks = _look_at_all(plan, frame, region)
    count, lights = len(plan.placed), []
    context.tell("light", 0, count)
    recalls = (
        partial(_recall_light, entry.photo, look, context.store) for entry, look in zip(plan.placed, looks, strict=True)
    )
    tasks = ((recall, ()) for recall in recalls)
    with limited_threads(1), closing(work_ahead(tasks, count_workers())) as seen:
        for each in seen:
            lights.append(each)
            context.tell("light", len(lights), count)
    light = np.stack(lights)
    target = smooth_light(light, np.asarray(starts_s, dtype=np.float64))
    return Lighting(correct_light(light, target, strength=strength, most=options.max_grade), light, region)


def choose_strength(plan: Plan, options: FilmOptions) -> float:
    """Photos that have nothing in common are left as they are, unless something else is asked for."""
    if options.grade == "auto":
        return 0.0 if plan.on == "none" else AUTO_GRADE
    return options.grade


def choose_region(plan: Plan, frame: Frame) -> Region:
    """Where photos of a plan can be compared.

    On skin, where faces are large; else on what all of them show. Outlines are looked at where they were given or asked
    for only: people change their clothes.
    """
    subjects = [entry.detection.main for entry in plan.placed]
    enough = MOST * len(subjects)
    if plan.on != "scene" and sum(_has_large_face(entry, frame) for entry in plan.placed) >= enough:
        return "face"
    masks = sum(subject is not None and subject.mask is not None for subject in subjects)
    if plan.on in ("mask", "points") and masks >= enough:
        return "outline"
    return "common area"


def _has_large_face(entry: Placed, frame: Frame) -> bool:
    face = None if entry.detection.main is None else entry.detection.main.face
    scale = abs(np.linalg.det((frame.canvas_from_reference @ entry.registration.matrix)[:2, :2])) ** 0.5
    return face is not None and bool(face.box.width * scale >= LARGE_FACE * frame.size.long_side)


def _look_at_all(plan: Plan, frame: Frame, region: Region) -> list[Look]:
    """How the light of each photo is measured."""
    if region in ("face", "outline"):
        return [_plan_look_at_person(entry, region) for entry in plan.placed]
    size = fit_within(frame.size, LIGHT_PX)
    small_from_reference = resized_from_full(frame.size, size).numpy() @ frame.canvas_from_reference
    matrices = [small_from_reference @ entry.registration.matrix for entry in plan.placed]
    covers = partial(_cover, size=size)
    shown = torch.stack([covers(entry, matrix) for entry, matrix in zip(plan.placed, matrices, strict=True)])
    common = (shown.mean(dim=0) > MOST).float()
    if float(common.mean()) < COMMON:
        common = torch.ones_like(common)
    return [
        (partial(_look_at_scene, entry, matrix, common * seen), (matrix, (common * seen).numpy()))
        for entry, matrix, seen in zip(plan.placed, matrices, shown, strict=True)
    ]


def _recall_light(photo: Photo, look: Look, store: Store | None) -> Float[ndarray, " 3"]:
    """The light of a photo as it was measured before, or measured anew and kept."""
    measure, parts = look
    content = None if store is None else store.content_of(photo)
    if store is None or content is None:
        return measure()
    return store.recall("lights", (content, photo.size, *parts), measure)


def _plan_look_at_person(entry: Placed, region: Region) -> Look:
    subject = entry.detection.main
    part = None if subject is None else subject.face if region == "face" else subject.mask
    return partial(_look_at_person, entry.photo, part), (part,)


def _look_at_person(photo: Photo, part: Face | Mask | None) -> Float[ndarray, " 3"]:
    if part is None:
        return np.full(3, np.nan)
    image = decode(photo, long_side=LIGHT_PX)
    matrix = resized_from_full(photo.size, size_of(image)).numpy()
    weight = _paint_skin(part, matrix, image) if isinstance(part, Face) else _paint_outline(part, matrix, image)
    return measure_light(image, weight)


def _paint_skin(face: Face, image_from_photo: NDArray[np.float64], image: Tensor) -> Float[Tensor, "1 h w"]:
    """The inner ellipse of a face's box."""
    photo_from_image = torch.from_numpy(np.linalg.inv(image_from_photo))[None].to(image)
    box = face.box
    centre = image.new_tensor([box.left + box.right, box.top + box.bottom]) / 2
    half = FACE_SHARE * image.new_tensor([box.width, box.height]) / 2
    at = map_positions(photo_from_image, pixel_positions(size_of(image), like=image))
    return (((at - centre) / half).square().sum(dim=-1) <= 1.0).to(image)


def _paint_outline(mask: Mask, image_from_photo: NDArray[np.float64], image: Tensor) -> Float[Tensor, "1 h w"]:
    return (paint_mask(mask, size_of(image), image_from_photo) > 0.5).to(image)


def _cover(entry: Placed, small_from_photo: NDArray[np.float64], *, size: Size) -> Float[Tensor, "1 h w"]:
    """Where a photo reaches on a small copy of the frame."""
    like = torch.zeros(())
    photo_from_small = torch.from_numpy(np.linalg.inv(small_from_photo))[None].float()
    at = map_positions(photo_from_small, pixel_positions(size, like=like)) + 0.5
    limit = torch.tensor([entry.photo.size.width, entry.photo.size.height])
    return ((at >= 0.0) & (at <= limit)).all(dim=-1).float()


def _look_at_scene(
    entry: Placed, small_from_photo: NDArray[np.float64], weight: Float[Tensor, "1 h w"]
) -> Float[ndarray, " 3"]:
    image = decode(entry.photo, long_side=LIGHT_PX)
    image_from_small = resized_from_full(entry.photo.size, size_of(image)).numpy() @ np.linalg.inv(small_from_photo)
    seen = warp_by_matrix(image[None], torch.from_numpy(image_from_small)[None].float(), size_of(weight))
    return measure_light(seen[0], weight)
