"""The picture between three photos, for every mixture of them.

In the corners of the triangle are the photos; along its sides two are mixed, inside all three. The ways between them
are found once, then each picture takes a moment. The weights may be a tensor with a gradient.
"""

import sys
from pathlib import Path

import torch
from PIL import Image
from skimage.data import coffee

import morphlapse as ml

STEPS = 4


def make(folder: Path, side: int = 160) -> Path:
    """Write the triangle into a folder."""
    pair = (Image.open(path) for path in ml.write_sample_pair(folder / "pair"))
    photos = [*pair, Image.fromarray(coffee()[:, 100:500])]
    blend = ml.blend_of([photo.resize((side, side)) for photo in photos])
    sheet = torch.ones(3, (STEPS + 1) * side, (STEPS + 1) * side)
    for row in range(STEPS + 1):
        for column in range(row + 1):
            picture = blend.at([STEPS - row, row - column, column])
            left = column * side + (STEPS - row) * side // 2
            sheet[:, row * side : (row + 1) * side, left : left + side] = picture
    path = folder / "blend_of_three.png"
    Image.fromarray(sheet.mul(255.0).round().byte().movedim(0, 2).numpy()).save(path)
    return path


if __name__ == "__main__":
    print(make(Path(sys.argv[1] if len(sys.argv) > 1 else ".")))
