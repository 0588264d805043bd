"""The maps between two pictures, put on a third.

With `formula="source"` the maps rebuild each picture from the other alone, as in Differentiable Morphing. They are
kept with `save`, and `apply` puts them on whatever takes the first picture's place. Above: a photo, the same in the
evening and swirled, and what the maps make of the first alone. Below: another photo, and the same maps on it, by half
and wholly.
"""

import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from skimage.data import chelsea, coffee
from skimage.transform import resize, swirl

import morphlapse as ml


def make(folder: Path, side: int = 320) -> Path:
    """Write the pictures into a folder."""
    day, other = (
        np.asarray(resize(photo[:300, left : left + 300], (side, side), anti_aliasing=True), dtype=np.float32)
        for photo, left in ((chelsea(), 90), (coffee(), 150))
    )
    dusk = swirl(day, strength=1, radius=side, mode="edge")
    glow = np.linspace(1.0, 0.45, side)[:, None, None] * np.array([1.05, 0.8, 0.75])
    morph = ml.morph(day, (dusk * glow).clip(0.0, 1.0).astype(np.float32), ml.MorphOptions(formula="source"))
    a, b, c = (torch.from_numpy(each).movedim(2, 0).float() for each in (day, dusk * glow, other))
    above = torch.cat([a, b.clamp(0.0, 1.0), morph.apply(a, 1.0)], dim=2)
    below = torch.cat([c, morph.apply(c, 0.5), morph.apply(c, 1.0)], dim=2)
    path = folder / "maps_on_another.png"
    both = torch.cat([above, below], dim=1).clamp(0.0, 1.0)
    Image.fromarray(both.mul(255.0).round().byte().movedim(0, 2).numpy()).save(path)
    return path


if __name__ == "__main__":
    print(make(Path(sys.argv[1] if len(sys.argv) > 1 else ".")))
