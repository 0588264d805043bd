"""Two photos and five pictures between them, with four points that say what belongs to what.

The first and the last picture are the photos themselves. A woman and a cat share no pattern that could be matched, so
their eyes, noses and mouths are given by hand; the rest follows smoothly and folds nowhere. `pace` makes the steps
look equally large. Photos of one thing need no points.
"""

import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image

import morphlapse as ml

STEPS = 6
WOMAN = np.array([[0.381, 0.473], [0.592, 0.482], [0.479, 0.602], [0.475, 0.688]])
CAT = np.array([[0.273, 0.387], [0.764, 0.455], [0.586, 0.811], [0.566, 0.918]])


def make(folder: Path, side: int = 256) -> Path:
    """Write the strip into a folder."""
    a, b = (Image.open(path).resize((side, side)) for path in ml.write_sample_pair(folder / "pair"))
    morph = ml.morph(a, b, hints=(side * WOMAN, side * CAT))
    between = [morph.frame_at(morph.pace(step / STEPS)) for step in range(STEPS + 1)]
    strip = torch.cat(between, dim=2).mul(255.0).round().byte()
    path = folder / "morph_of_two.png"
    Image.fromarray(strip.movedim(0, 2).numpy()).save(path)
    return path


if __name__ == "__main__":
    print(make(Path(sys.argv[1] if len(sys.argv) > 1 else ".")))
