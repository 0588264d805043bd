"""Small pictures of a film, as a page shows them: each photo as it stands, each transition halfway, and the means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from morphlapse.errors import PhotoError
from morphlapse.imaging.warp import fit_within, resize, size_of
from morphlapse.pipeline.comparing import mean_picture
from morphlapse.pipeline.context import Context
from morphlapse.pipeline.film import Film
from morphlapse.pipeline.overview import plain_film
from morphlapse.pipeline.report import Fate
from morphlapse.pipeline.views import read_view
from morphlapse.records import Detections

LARGE_PX, SMALL_PX = 360, 200
"""Long side of the pictures, and of those of an album of more than `MANY` photos."""
MANY = 200
QUALITIES = (70, 50, 30, 15)
"""Of the JPEGs: the first at which a picture is small enough."""
DENSITY = 0.25
"""Bytes a pixel at most (where the last quality does it): 360 pixels on the long side are then 24 kB at most, 200 are
8 kB. Photos mostly take half of that."""


@dataclass(frozen=True)
class Glance:
    """What is seen of one transition."""

    first: Path
    """The photo before it."""
    second: Path
    """The photo after it."""
    agreement: float
    """How surely both photos show the same thing, 0 to 1."""
    halfway: bytes
    """The frame in the middle, as JPEG."""


@dataclass(frozen=True)
class Glances:
    """All small pictures of a page, as JPEG."""

    photos: Mapping[Path, bytes]
    """Each photo that can be read: as it stands in the film, or one that is left out as it is."""
    transitions: Sequence[Glance]
    """One for each pair of photos that follow each other."""
    means: tuple[bytes, bytes] | None
    """The mean of all photos before and after alignment."""


def take_glances(
    fates: Sequence[Fate], detections: Detections, film: Film | None, *, transitions: bool, context: Context
) -> Glances:
    """Make the small pictures of a page, with a few photos in memory at a time.

    Parameters
    ----------
    fates : sequence of Fate
        Every photo.
    detections : Detections
        The photos that could be read.
    film : Film or None
        What was made of them.
    transitions : bool
        Show the transitions too: maps that are kept are used, others are found.
    context : Context
        Who listens.
    """
    most = LARGE_PX if len(fates) <= MANY else SMALL_PX
    small = None if film is None else _shrink(film)
    at = {} if film is None else {entry.photo.path: k for k, entry in enumerate(film.plan.placed)}
    photos: dict[Path, bytes] = {}
    readable = {found.photo.path: found.photo for found in detections.found}
    steps = len(fates) + (len(at) if transitions else 0)
    for number, fate in enumerate(fates):
        context.tell("report", number, steps)
        try:
            if small is not None and fate.path in at:
                photos[fate.path] = to_jpeg(small.still(at[fate.path])[:3], most)
            elif fate.path in readable:
                photos[fate.path] = to_jpeg(read_view(readable[fate.path], None)[0], most)
        except PhotoError:
            continue
    seen = _glance_at(small, most, len(fates), context) if transitions and small is not None else []
    means = None if small is None else _draw_means(small, most)
    context.tell("report", steps, steps)
    return Glances(photos, seen, means)


def _shrink(film: Film) -> Film:
    """The same film at a small size."""
    options = film.options.model_copy(update={"preview": True})
    small = Film(film.plan, options, film.morph, context=replace(film.context, listener=None))
    small.lighting = film.lighting
    return small


def _glance_at(film: Film, most: int, done: int, context: Context) -> list[Glance]:
    """The transitions of a film that morphs."""
    count = len(film.plan.placed)
    if film.options.transition != "morph":
        return []
    last = count if film.options.loop and count > 1 else count - 1
    seen = []
    for k in range(last):
        context.tell("report", done + k, done + count)
        pair = k, (k + 1) % count
        morph = film.transition(*pair)
        paths = [film.plan.placed[each].photo.path for each in pair]
        halfway = to_jpeg(morph.frame_at(0.5, final=False)[:3], most)
        seen.append(Glance(paths[0], paths[1], morph.agreement, halfway))
    return seen


def _draw_means(film: Film, most: int) -> tuple[bytes, bytes]:
    """The mean of all photos, laid centre on centre, and as they stand in the film."""
    before, after = (mean_picture(plain_film(film, film.size, aligned=aligned)) for aligned in (False, True))
    return to_jpeg(before, most), to_jpeg(after, most)


def to_jpeg(image: Float[Tensor, "3 h w"], long_side: int) -> bytes:
    """A picture as a small JPEG, coarser where it has much detail, so that a page of many stays small."""
    small = resize(image[None], fit_within(size_of(image), long_side))[0]
    pixels = (small.detach().clamp(0.0, 1.0) * 255.0).round().to(torch.uint8).permute(1, 2, 0).cpu().numpy()
    coded = b""
    for quality in QUALITIES:
        buffer = BytesIO()
        Image.fromarray(pixels).save(buffer, "JPEG", quality=quality, optimize=True)
        coded = buffer.getvalue()
        if len(coded) <= DENSITY * pixels.shape[0] * pixels.shape[1]:
            break
    return coded
