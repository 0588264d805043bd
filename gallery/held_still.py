"""The mean of an album before and after its subject is held still.

Eight photos of one person, from a hand that turns and moves and comes closer. Laid over each other as they are, they
are a blur; aligned on the face, what stays put is sharp, and what has changed (here the suit, which fills out) is
soft.
"""

import sys
from pathlib import Path

import torch
from PIL import Image

import morphlapse as ml


def make(folder: Path, height: int = 480, count: int = 8) -> Path:
    """Write both means beside each other into a folder."""
    ml.write_sample_album(folder / "album")
    album = ml.read_album(sorted((folder / "album").iterdir())[:count])
    people = ml.detect(album)
    options = ml.FilmOptions(size=(2 * round(0.4 * height), height), fit="contain", grade=0.0)
    means = []
    for on in ("none", "face"):
        plan = ml.align(album, ml.select(album, people), ml.AlignOptions(on=on))
        means.append(ml.mean_picture(ml.Film(plan, options)))
    path = folder / "held_still.png"
    both = torch.cat(means, dim=2).clamp(0.0, 1.0)
    Image.fromarray(both.mul(255.0).round().byte().movedim(0, 2).numpy()).save(path)
    return path


if __name__ == "__main__":
    print(make(Path(sys.argv[1] if len(sys.argv) > 1 else ".")))
