"""One person before two backgrounds, and what becomes of what is behind her.

What is behind has nothing to do with what is behind in the other photo. From left to right: both photos, and the
picture in the middle: morphed as one, so that the backgrounds bend into each other and at her edges; dissolved behind
her, as a layer of its own; and with the first background kept throughout.
"""

import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from skimage.data import astronaut, chelsea, coffee

import morphlapse as ml


def cut_out(folder: Path) -> Image.Image:
    """The person of a portrait, with her outline as transparency."""
    path = folder / "portrait.png"
    Image.fromarray(astronaut()).save(path)
    mask = ml.detect(ml.read_album([path])).found[0].main.mask
    corner = (round(mask.box.left + 0.5), round(mask.box.top + 0.5))
    size = (round(mask.box.right - mask.box.left), round(mask.box.bottom - mask.box.top))
    outline = Image.new("L", (512, 512))
    outline.paste(Image.fromarray(mask.weight).resize(size), corner)
    portrait = Image.open(path)
    portrait.putalpha(outline)
    return portrait


def place(person: Image.Image, behind: np.ndarray, side: int, turn: float, left: int) -> tuple[Image.Image, np.ndarray]:
    """The person before a background, and where she is."""
    photo = Image.fromarray(behind).resize((512, 512)).convert("RGBA")
    stands = person.rotate(turn, Image.Resampling.BICUBIC, center=(220, 500), translate=(left, 0))
    photo.alpha_composite(stands)
    return photo.convert("RGB").resize((side, side)), np.asarray(stands.getchannel("A")) / 255.0


def make(folder: Path, side: int = 256) -> Path:
    """Write the pictures into a folder."""
    person = cut_out(folder)
    (a, mask_a), (b, mask_b) = place(person, coffee(), side, 3, -10), place(person, chelsea(), side, -4, 40)
    shown = [torch.from_numpy(np.array(each)).movedim(2, 0) / 255.0 for each in (a, b)]
    for background in ("whole", "dissolve", "stay"):
        options = ml.MorphOptions(background=background)
        shown.append(ml.morph(a, b, options, masks=(mask_a, mask_b)).frame_at(0.5))
    path = folder / "background_dissolved.png"
    Image.fromarray(torch.cat(shown, dim=2).mul(255.0).round().byte().movedim(0, 2).numpy()).save(path)
    return path


if __name__ == "__main__":
    print(make(Path(sys.argv[1] if len(sys.argv) > 1 else ".")))
