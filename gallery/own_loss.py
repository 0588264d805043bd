"""A photo and its negative lie on each other, by a loss of your own.

Where one is bright the other is dark, so that they agree in nothing the program usually looks at. Any torch function
of both pictures can take its place: this one asks how far lightness goes along or against, in small windows. Left to
right: photo, negative (turned and swirled), and the photo with the negative brought onto it and turned positive, half
of each: by default, which is double, and by the loss.
"""

import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from skimage.transform import rotate, swirl
from torch.nn.functional import avg_pool2d

import morphlapse as ml

WINDOW = 9


def ask_along_or_against(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """1 minus the square of the local correlation of lightness, whose sign does not matter."""
    x, y = (image.mean(dim=1, keepdim=True) for image in (a, b))
    means = [avg_pool2d(each, WINDOW, stride=1) for each in (x, y, x * x, y * y, x * y)]
    across = means[4] - means[0] * means[1]
    spread = (means[2] - means[0] ** 2 + 1e-4) * (means[3] - means[1] ** 2 + 1e-4)
    return (1.0 - across**2 / spread).mean()


def make(folder: Path, side: int = 256) -> Path:
    """Write the four pictures into a folder."""
    cat = Image.open(ml.write_sample_pair(folder / "pair")[1]).resize((side, side))
    photo = np.asarray(cat, dtype=np.float32) / 255.0
    askew = rotate(swirl(1.0 - photo, strength=1, radius=side // 2, mode="edge"), 3.0, mode="edge")
    negative = np.asarray(askew, dtype=np.float32)
    shown = [torch.from_numpy(each).movedim(2, 0) for each in (photo, negative)]
    for loss in (None, ask_along_or_against):
        morph = ml.morph(photo, negative, loss=loss, start="found" if loss is None else "zero")
        grey = shown[1].mean(dim=0, keepdim=True)  # one channel is moved and keeps its light
        shown.append(ml.show_overlay(shown[0], 1.0 - morph.apply(grey, 0.0, side="b").expand(3, -1, -1)))
    path = folder / "own_loss.png"
    Image.fromarray(torch.cat(shown, dim=2).mul(255.0).round().byte().movedim(0, 2).numpy()).save(path)
    return path


if __name__ == "__main__":
    print(make(Path(sys.argv[1] if len(sys.argv) > 1 else ".")))
