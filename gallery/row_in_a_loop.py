"""A row of photos as one film that ends where it began, with a strip of what is between them.

Any number of images of any sizes can be in the row. A player that repeats the film shows no seam, for the last photo
morphs back into the first.
"""

import sys
from pathlib import Path

from PIL import Image
from skimage.data import chelsea, coffee, retina

import morphlapse as ml


def make(folder: Path, side: int = 320) -> Path:
    """Write the film and the strip into a folder."""
    pictures = {"cat": chelsea()[:, 100:400], "coffee": coffee()[:, 100:500], "eye": retina()[::4, ::4]}
    row = [folder / f"{name}.png" for name in pictures]
    for path, picture in zip(row, pictures.values(), strict=True):
        Image.fromarray(picture).save(path)
    ml.morph_images(
        row,
        folder / "row_in_a_loop.mp4",
        morph=ml.MorphOptions(working_px=side),
        film=ml.FilmOptions(size=(side, side), fps=12, hold_s=0.25, transition_s=0.75, loop=True, hints="none"),
        extras=ml.ExtraOptions(strip=folder / "row_in_a_loop.png", frames=10),
    )
    return folder / "row_in_a_loop.png"


if __name__ == "__main__":
    print(make(Path(sys.argv[1] if len(sys.argv) > 1 else ".")))
