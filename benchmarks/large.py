"""Photos of 12 megapixels brought together from their files, as the pipeline does it: read reduced, placed in full."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import skimage.data
from goals import Found, Row
from numpy.typing import NDArray
from ours import OURS
from PIL import Image

from morphlapse.album.decode import decode, read_photo
from morphlapse.alignment.scene import full_from_copies, register_scene
from morphlapse.geometry.polygon import corners_of
from morphlapse.geometry.similarity import invert, map_points, similarity
from morphlapse.imaging.warp import size_of
from morphlapse.pipeline.placing import ALIGN_PX
from morphlapse.records import Size

FULL = Size(3024, 4032)
MIDDLE = ((FULL.width - 1) / 2.0, (FULL.height - 1) / 2.0)
GROUP = f"12 MP JPEGs, known similarities, registered at {ALIGN_PX} pixels"
MISSED = Row(GROUP, "corner error, of 4032 pixels", "px", over="median", digits=2)
SPENT = Row(GROUP, "a photo, read and registered", "CPU-s", 0.5, over="median")
NAMES = ("coffee", "chelsea", "rocket", "astronaut")


def measure_large(count: int) -> Iterator[Found]:
    """So many pairs."""
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            matrix = similarity(
                float(np.exp(rng.uniform(-0.15, 0.15))),
                float(rng.uniform(-0.2, 0.2)),
                (float(rng.uniform(-300, 300)), float(rng.uniform(-200, 200))),
                centre=MIDDLE,
            )
            paths = write_pair(Path(folder), NAMES[number % len(NAMES)], matrix, rng)
            begun = time.process_time()
            found = register_files(*paths)
            spent = time.process_time() - begun
            corners = corners_of(FULL)
            missed = np.linalg.norm(map_points(found, corners) - map_points(matrix, corners), axis=1).max()
            case = f"{NAMES[number % len(NAMES)]}/{number}"
            yield Found(MISSED, OURS, case, float(missed))
            # Both photos are read and looked at, one is registered.
            yield Found(SPENT, OURS, case, spent)


def register_files(moving: Path, fixed: Path) -> NDArray[np.float64]:
    """`fixed_from_moving` in pixels of the full-size photos."""
    photos = read_photo(moving), read_photo(fixed)
    a, b = (decode(photo, long_side=ALIGN_PX) for photo in photos)
    found = register_scene(a, b)
    return full_from_copies(found, (size_of(a), size_of(b)), (photos[0].size, photos[1].size)).matrix


def write_pair(
    folder: Path, name: str, fixed_from_moving: NDArray[np.float64], rng: np.random.Generator
) -> tuple[Path, Path]:
    """A picture at 12 megapixels, and the same elsewhere, lighter and with other grain."""
    picture = getattr(skimage.data, name)()[..., :3]
    scale = max(FULL.width / picture.shape[1], FULL.height / picture.shape[0])
    fixed_from_picture = similarity(scale, shift=(0.5 * scale - 0.5, 0.5 * scale - 0.5))
    paths = []
    for side, matrix in (("moving", invert(fixed_from_moving) @ fixed_from_picture), ("fixed", fixed_from_picture)):
        size, border = (FULL.width, FULL.height), cv2.BORDER_REFLECT_101
        warped = cv2.warpAffine(picture, matrix[:2], size, flags=cv2.INTER_CUBIC, borderMode=border)
        laid = (
            warped.astype(np.float32) * (1.15 if side == "moving" else 1.0)
            + rng.normal(0.0, 4.0, warped.shape[:2])[..., None]
        )
        paths.append(folder / f"{side}.jpg")
        Image.fromarray(laid.clip(0, 255).astype(np.uint8)).save(paths[-1], quality=90)
    return paths[0], paths[1]
