"""A picture is brought back onto itself, seen from the side and in another light.

Pictures of flat things, and far views from one place, lie on each other by a homography. Left to right: the picture
that stays, the one that is moved, the two through each other as they were, and after registration, where nothing is
double.
"""

import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from skimage.data import coffee
from skimage.transform import ProjectiveTransform, resize, warp

import morphlapse as ml


def make(folder: Path, side: int = 320) -> Path:
    """Write the four pictures into a folder."""
    fixed = np.asarray(resize(coffee()[:, 100:500], (side, side), anti_aliasing=True), dtype=np.float32)
    corners = np.array([[0, 0], [side, 0], [side, side], [0, side]], dtype=float)
    seen = corners + 0.01 * side * np.array([[9, 4], [-5, 10], [-2, -7], [3, -1]])
    from_the_side = ProjectiveTransform.from_estimate(corners, seen)
    moving = (warp(fixed, from_the_side, mode="edge") ** 1.3).astype(np.float32)
    found = ml.register(moving, fixed, model="homography")
    shown = [
        *(torch.from_numpy(each).movedim(2, 0) for each in (fixed, moving)),
        ml.show_overlay(moving, fixed),
        ml.show_overlay(ml.warp(moving, found), fixed),
    ]
    path = folder / "flat_thing_registered.png"
    Image.fromarray(torch.cat(shown, dim=2).mul(255.0).round().byte().movedim(0, 2).numpy()).save(path)
    return path


if __name__ == "__main__":
    print(make(Path(sys.argv[1] if len(sys.argv) > 1 else ".")))
