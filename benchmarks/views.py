"""Photos of which the transform between them is given: views of a plane, and a scene from a moved camera."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from known import Case
from photos import read_picture

from morphlapse.geometry.similarity import invert

GRAFFITI, BOAT, GLACIER = "pairs/kornia-graffiti-homography", "series/vgg-boat", "series/derived-shift-glacier"
PLANES = (
    ("graffiti 1-2", f"{GRAFFITI}/img1.ppm", f"{GRAFFITI}/img2.ppm", f"{GRAFFITI}/H1to2p"),
    *((f"boat 1-{k}", f"{BOAT}/img1.pgm", f"{BOAT}/img{k}.pgm", f"{BOAT}/H1to{k}p") for k in range(2, 7)),
)
"""Name, moving picture, fixed picture, and the matrix between them."""
CENTRE_FROM_EDGE = np.array([[1.0, 0.0, -0.5], [0.0, 1.0, -0.5], [0.0, 0.0, 1.0]])
"""From coordinates that begin at the picture's edge to those that begin at the first pixel's centre."""


def read_planes(photos: Path) -> Iterator[Case]:
    """Views of one plane under known homographies."""
    for name, moving, fixed, matrix in PLANES:
        yield Case(name, read_picture(photos / moving)[0], read_picture(photos / fixed)[0], np.loadtxt(photos / matrix))


def read_moved_scene(photos: Path) -> Iterator[Case]:
    """Frames of one scene, camera moved and light changed, each onto the first one."""
    folder = photos / GLACIER
    told = json.loads((folder / "ground_truth.json").read_text())
    fixed = read_picture(folder / told["reference"])[0]
    for name, facts in told["frames"].items():
        if name != told["reference"]:
            frame_from_first = CENTRE_FROM_EDGE @ np.array(facts["H_ref_to_frame"]) @ invert(CENTRE_FROM_EDGE)
            yield Case(name, read_picture(folder / name)[0], fixed, invert(frame_from_first))
