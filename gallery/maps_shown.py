"""What a morph has found: all its maps, and a net that moves with the pictures.

Two photos of one person, weeks apart, in other light and with a suit that has filled out. In the maps the colour of
the warp is the way a point goes (right is red, down yellow, left cyan, up blue), and middle grey is a mult of 1 and
an add of 0. In the second picture a net lies on the first photo and goes along: it bends and never folds.
"""

import sys
from pathlib import Path

import torch
from PIL import Image

import morphlapse as ml


def make(folder: Path, side: int = 320) -> Path:
    """Write maps and net into a folder."""
    album = ml.write_sample_album(folder / "album")
    a, b = (Image.open(album[k]).resize((side, 5 * side // 4)) for k in (0, 6))
    morph = ml.morph(a, b)
    net = torch.zeros(1, 5 * side // 4, side)
    first, step = side // 32, side // 16  # none at the border, which is drawn out where a picture ends
    net[:, first::step] = net[:, :, first::step] = 1.0
    steps = []
    for t in (0.0, 1 / 3, 2 / 3, 1.0):
        moved = morph.apply(net, t) if t > 0.0 else net
        steps.append(torch.lerp(morph.frame_at(t), torch.ones(3, 1, 1), 0.7 * moved))
    for name, picture in (("maps_shown.png", morph.maps_picture()), ("net_shown.png", torch.cat(steps, dim=2))):
        Image.fromarray(picture.mul(255.0).round().byte().movedim(0, 2).numpy()).save(folder / name)
    return folder / "maps_shown.png"


if __name__ == "__main__":
    print(make(Path(sys.argv[1] if len(sys.argv) > 1 else ".")))
