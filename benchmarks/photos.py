"""Real photos: pairs, films with a frame dropped, and faces. They stay outside the project."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps
from torch import Tensor
from worlds import Pair, pair_of, stereo_world, tensor_of

from morphlapse.imaging.warp import fit_within, resize, size_of
from morphlapse.morphing.background import Masks
from morphlapse.morphing.hints import Hints
from morphlapse.morphing.layer import make_layer
from morphlapse.pipeline.hinting import find_hints
from morphlapse.pipeline.main_person import find_mains
from morphlapse.pipeline.masking import lay_mask
from morphlapse.records import Size

CLIP_PX = 768
"""Long side of the clips."""
PAIR_PX = 512
"""Long side of the real pairs."""


@dataclass(frozen=True, eq=False)
class Clip:
    """Three frames of a film; the middle one is dropped."""

    pair: Pair
    middle: Tensor
    """(1, 3, H, W)"""


def read_picture(path: Path) -> Tensor:
    """(1, 3, H, W), upright."""
    with Image.open(path) as image:
        return tensor_of(np.asarray(ImageOps.exif_transpose(image).convert("RGB")))


def cover_canvas(image: Tensor, canvas: Size) -> NDArray[np.float64]:
    """`canvas_from_image`, 3x3: the image, centre on centre, just covers the canvas."""
    size = size_of(image)
    scale = max(canvas.width / size.width, canvas.height / size.height)
    x, y = (
        (canvas.width - scale * size.width + scale - 1.0) / 2,
        (canvas.height - scale * size.height + scale - 1.0) / 2,
    )
    return np.array([[scale, 0.0, x], [0.0, scale, y], [0.0, 0.0, 1.0]])


def photo_pair(name: str, a: Tensor, b: Tensor, long_side: int = PAIR_PX) -> Pair:
    """A pair of two photos of any size on the first one's canvas."""
    canvas = fit_within(size_of(a), long_side)
    return Pair(name, *(make_layer(image[0], cover_canvas(image, canvas), canvas) for image in (a, b)))


REAL_PAIRS = (
    ("cars", "pairs/rife-demo/I0_0.png", "pairs/rife-demo/I0_1.png"),
    ("girl with ball", "pairs/rife-demo/I2_0.png", "pairs/rife-demo/I2_1.png"),
    ("two women", "pairs/stargan2-celebahq/female/039913.jpg", "pairs/stargan2-celebahq/female/051340.jpg"),
    ("man, woman", "pairs/stargan2-celebahq/male/005735.jpg", "pairs/stargan2-celebahq/female/069067.jpg"),
    ("church", "pairs/kornia-church/kn_church-2.jpg", "pairs/kornia-church/kn_church-8.jpg"),
    (
        "a day later",
        "faces/agelapse-photo-a-day/2008-04-08_Day_1.jpg",
        "faces/agelapse-photo-a-day/2008-04-09_Day_2.jpg",
    ),
    (
        "juggler",
        "bodies/sam2-gallery/frames_juggle_1s/00001.jpg",
        "bodies/sam2-gallery/frames_juggle_1s/00004.jpg",
    ),
    (
        "glacier",
        "series/glimpse-columbia-glacier/AKST03B_20100525_224800-original.jpg",
        "series/glimpse-columbia-glacier/AKST03B_20100602_224800-original.jpg",
    ),
    ("years apart", "faces/deepface/img1.jpg", "faces/deepface/img2.jpg"),
)
"""Real pairs under the folder of photos."""


def real_pairs(photos: Path | None) -> Iterator[Pair]:
    """The motorcycle, and the real pairs where there are photos."""
    yield stereo_world().pair
    if photos is not None:
        for name, a, b in REAL_PAIRS:
            yield photo_pair(name, read_picture(photos / a), read_picture(photos / b))


def find_pair_hints(pair: Pair) -> Hints | None:
    """What our own detector finds of a person in both, as a film takes it."""
    images = [image[0] for image in pair.images]
    first, second = find_mains(images, images, "mediapipe")
    return find_hints(first, second, np.eye(3), np.eye(3), like=images[0])


DAYS = "faces/agelapse-photo-a-day/*.jpg"
"""One person day by day, before a kitchen that is lit and framed otherwise each time."""


def day_pairs(photos: Path, count: int) -> Iterator[tuple[Pair, Masks]]:
    """Photos of days on end with the person's outline, as our own detector finds it."""
    files = sorted(photos.glob(DAYS))[: 2 * count]
    for first, second in zip(files[::2], files[1::2], strict=True):
        images = [read_picture(path) for path in (first, second)]
        pair = photo_pair(first.stem, images[0], images[1])
        people = find_mains([image[0] for image in images], [image[0] for image in images], "mediapipe")
        outlines = [None if person is None else person.mask for person in people]
        a, b = (
            lay_mask(outline, cover_canvas(image, pair.a.canvas), pair.a.canvas, like=image)
            for outline, image in zip(outlines, images, strict=True)
        )
        if a is not None and b is not None:
            yield pair, Masks(a, b)


CLIPS = (
    ("sequences/davis-blackswan/frames_consecutive/*", ((0, 1), (6, 2), (10, 4))),
    ("sequences/sam2-bedroom/*.jpg", ((0, 1), (8, 2), (16, 2), (22, 3))),
    ("sequences/davis-bike/images/bike/*", ((0, 1), (1, 1))),
    ("bodies/sam2-gallery/frames_juggle_1s/*", ((0, 1), (4, 1))),
)
"""Frames of films: the first frame of each clip, and how far apart its three are."""


def read_clips(photos: Path, long_side: int = CLIP_PX) -> Iterator[Clip]:
    """Three frames at a time."""
    for pattern, starts in CLIPS:
        frames = sorted(photos.glob(pattern))
        for first, step in starts:
            a, middle, b = (_shrink(read_picture(frames[first + k * step]), long_side) for k in range(3))
            yield Clip(pair_of(f"{pattern.split('/')[1]} {first}+{step}", a, b), middle)


def _shrink(image: Tensor, long_side: int) -> Tensor:
    return resize(image, fit_within(size_of(image), long_side))
