"""The maps of a morph as pictures that people can read."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import cv2
import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from morphlapse.imaging.warp import enlarge, fit_within, frame_positions, resize, size_of
from morphlapse.morphing.tint import Tint

if TYPE_CHECKING:
    from morphlapse.morphing.transition import Morph

WHEEL = (("red", 15), ("yellow", 6), ("green", 4), ("cyan", 11), ("blue", 13), ("magenta", 6))
"""The colours of the wheel and how many steps each takes to the next (Baker et al. 2011, after Munsell)."""
CORNERS = {
    "red": (1.0, 0.0, 0.0),
    "yellow": (1.0, 1.0, 0.0),
    "green": (0.0, 1.0, 0.0),
    "cyan": (0.0, 1.0, 1.0),
    "blue": (0.0, 0.0, 1.0),
    "magenta": (1.0, 0.0, 1.0),
}
TITLE_PX = 28
"""Height of the line above a map."""
GAP_PX = 4
"""What lies between two maps."""
PANEL_PX = 384
"""Long side of a map in the picture of all maps."""
WAYS_PX = 128
"""Long side of the grid whose points are followed for it."""


def make_wheel(*, like: Tensor) -> Float[Tensor, "n 3"]:
    """The colours around the wheel, from red by yellow, green, cyan, blue and magenta back to red."""
    names = [name for name, _ in WHEEL]
    parts = []
    for (name, steps), after in zip(WHEEL, names[1:] + names[:1], strict=True):
        share = torch.arange(steps, device=like.device, dtype=like.dtype)[:, None] / steps
        parts.append(torch.lerp(like.new_tensor(CORNERS[name]), like.new_tensor(CORNERS[after]), share))
    return torch.cat(parts)


def colour_ways(ways: Float[Tensor, "1 2 h w"], longest: float) -> Float[Tensor, "1 3 h w"]:
    """Displacements as colours: the hue tells where to, how far from white how long (Baker et al. 2011, Middlebury).

    Parameters
    ----------
    ways : Tensor, (1, 2, H, W)
        (dx, dy) in pixels: to the right is red, down yellow, to the left cyan, up blue.
    longest : float
        The length that has the fullest colour, in pixels.
    """
    wheel = make_wheel(like=ways)
    place = (torch.atan2(ways[:, 1], ways[:, 0]) / (2.0 * math.pi)).remainder(1.0) * len(wheel)
    before = place.floor()
    colour = torch.lerp(
        wheel[before.long() % len(wheel)], wheel[(before.long() + 1) % len(wheel)], (place - before)[..., None]
    )
    length = (ways.norm(dim=1, keepdim=True) / max(longest, 1e-6)).clamp(max=1.0)
    return 1.0 - length * (1.0 - colour.movedim(-1, 1))


def draw_morph(morph: Morph) -> Float[Tensor, "3 h w"]:
    """All that a morph has found, as one picture; see `Morph.maps_picture`."""
    maps, size = morph.maps, fit_within(morph.size, PANEL_PX)
    points = frame_positions(fit_within(morph.size, WAYS_PX), morph.size, like=maps.velocity)
    sides: tuple[Literal["a"], Literal["b"]] = ("a", "b")
    rows = []
    for side, tint in zip(sides, (maps.tint, maps.tint_back), strict=True):
        begin, end = (0.0, 1.0) if side == "a" else (1.0, 0.0)
        ways = morph.carry(points.flatten(0, 2), end, begin).view_as(points) - points
        made = resize(morph.apply(morph.frame_at(begin), end, side=side)[None], size)
        rows.append(draw_maps(made, ways.movedim(-1, 1), tint, maps.agreement, "a to b" if end else "b to a"))
    return torch.cat(rows, dim=-2)[0]


def draw_maps(
    made: Float[Tensor, "1 3 h w"],
    ways: Float[Tensor, "1 2 h2 w2"],
    tint: Tint,
    agreement: Float[Tensor, "1 1 h3 w3"],
    title: str,
) -> Float[Tensor, "1 3 h4 w4"]:
    """Maps side by side, each under a line that says what it is.

    Parameters
    ----------
    made : Tensor, (1, 3, H, W)
        What the maps make of a picture alone; the others get its size.
    ways : Tensor, (1, 2, H', W')
        Where each point goes, in pixels of the frame.
    tint : Tint
        mult and add; 1 and 0 are middle gray.
    agreement : Tensor, (1, 1, H'', W'')
        How surely both pictures agree; 1 is white.
    title : str
        Which way the maps lead, in ASCII.
    """
    size = size_of(made)
    longest = float(ways.norm(dim=1).max())
    panels = {
        f"{title} by the maps alone": made,
        f"warp (up to {longest:.0f} px)": enlarge(colour_ways(ways, longest), size),
        "mult (1/2 black, 2 white)": enlarge((0.5 + 0.5 * tint.mult.clamp_min(1e-3).log2()).clamp(0.0, 1.0), size),
        "add (-0.5 black, 0.5 white)": enlarge((0.5 + tint.add).clamp(0.0, 1.0), size),
        f"agreement ({float(agreement.mean()):.0%})": enlarge(agreement, size).expand(-1, 3, -1, -1),
    }
    gap = made.new_ones(1, 3, size.height + TITLE_PX, GAP_PX)
    parts = [part for text, panel in panels.items() for part in (_under_title(text, panel), gap)]
    return torch.cat(parts[:-1], dim=-1)


def _under_title(text: str, panel: Float[Tensor, "1 3 h w"]) -> Float[Tensor, "1 3 h2 w"]:
    line = np.full((TITLE_PX, panel.shape[-1]), 255, dtype=np.uint8)
    (width, height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 1.0, 1)
    scale = min(0.5, (panel.shape[-1] - 8) / width)
    if scale > 0.0:
        place = (4, round((TITLE_PX + height * scale) / 2))
        cv2.putText(line, text, place, cv2.FONT_HERSHEY_SIMPLEX, scale, (0.0,), 1, cv2.LINE_AA)
    title = torch.from_numpy(line).to(panel) / 255.0
    return torch.cat((title.expand(1, 3, -1, -1), panel), dim=-2)
