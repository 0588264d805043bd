"""How well photos lie on each other, as pictures: one over another, what differs, what matches, and the mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import cv2
import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from PIL import ImageDraw
from torch import Tensor

from morphlapse.errors import OptionError
from morphlapse.geometry.similarity import map_points
from morphlapse.imaging.compare import lightness_of
from morphlapse.imaging.features import match_images
from morphlapse.imaging.warp import size_of
from morphlapse.pipeline.paper import Colour, draw_over, lay_beside, tensor_from_colour
from morphlapse.pipeline.pictures import Picture, tensor_from

if TYPE_CHECKING:
    from morphlapse.pipeline.film import Film

RIGHT: Colour = (70, 240, 90)
WRONG: Colour = (255, 70, 70)
UNSEEN: Colour = (96, 96, 96)

MOST_RESIDUAL = 0.5
"""Difference of lightness that is shown as bright as can be."""

NEAR = 0.02
"""Matches that a placement explains lie so close to where it puts them, over the picture's long side."""

MOST_MATCHES = 60
"""The clearest are drawn."""


def show_overlay(a: Picture, b: Picture) -> Float[Tensor, "3 h w"]:
    """Show two pictures of one size through each other, half of each: what agrees is sharp, what does not is double."""
    first, second = _pair(a, b)
    return torch.lerp(first, second, 0.5)


def show_residual(a: Picture, b: Picture, *, seen: Float[Tensor, "1 h w"] | None = None) -> Float[Tensor, "3 h w"]:
    """Show how much the lightness of two pictures of one size differs.

    Parameters
    ----------
    a, b : picture
        Such as two stills of a film.
    seen : Tensor, (1, H, W), optional
        1 where both pictures are known; elsewhere the result is grey.

    Returns
    -------
    Tensor, (3, H, W)
        Black where they agree, by violet and orange to yellow where lightness differs by half of its range or more.
    """
    first, second = _pair(a, b)
    apart = (lightness_of(first[None]) - lightness_of(second[None]))[0, 0].abs() / MOST_RESIDUAL
    levels = (apart.clamp(0.0, 1.0) * 255.0).round().byte().numpy()
    mapped = cv2.cvtColor(cv2.applyColorMap(levels, cv2.COLORMAP_INFERNO), cv2.COLOR_BGR2RGB)
    shown = tensor_from(mapped)
    return shown if seen is None else torch.lerp(tensor_from_colour(UNSEEN, shown).expand_as(shown), shown, seen.cpu())


def show_matches(a: Picture, b: Picture, b_from_a: NDArray[np.float64]) -> Float[Tensor, "3 h w"]:
    """Show two pictures beside each other, with lines between what was found in both.

    Parameters
    ----------
    a, b : picture
        Of any two sizes.
    b_from_a : array, (3, 3)
        Where a placement puts points of a: matches that agree with it are green, others red.
    """
    first, second = (tensor_from(each).detach().cpu() for each in (a, b))
    here, there = match_images(first, second)
    apart = np.linalg.norm(map_points(b_from_a, here) - there, axis=1) if len(here) else np.zeros(0)
    right = apart < NEAR * size_of(second).long_side
    chosen = [*np.flatnonzero(~right)[: MOST_MATCHES // 2], *np.flatnonzero(right)[:MOST_MATCHES]]
    across = there + np.array([first.shape[-1], 0])
    lines = [(here[k], across[k], RIGHT if right[k] else WRONG) for k in chosen]
    return draw_over(lay_beside([first, second], gap=0), lambda draw, unit: _draw_lines(draw, lines, unit))


def mean_picture(film: Film) -> Float[Tensor, "3 h w"]:
    """The mean of all photos of a film as they stand in it: what is held still is sharp.

    One photo at a time is read. Of a plan that is aligned on "none" it is the mean before alignment.
    """
    mean = film.still(0).clone()
    for number in range(1, len(film.plan.placed)):
        mean += (film.still(number).to(mean) - mean) / (number + 1)
    return mean


def _pair(a: Picture, b: Picture) -> tuple[Tensor, Tensor]:
    first, second = (tensor_from(each).detach().cpu() for each in (a, b))
    if size_of(first) != size_of(second):
        raise OptionError(f"the two pictures must be of one size, got {size_of(first)} and {size_of(second)}")
    return first, second


def _draw_lines(draw: ImageDraw.ImageDraw, lines: Sequence[tuple[NDArray, NDArray, Colour]], unit: float) -> None:
    for start, end, colour in lines:
        draw.line([tuple(start), tuple(end)], fill=(*colour, 170), width=round(unit))
        for x, y in (start, end):
            draw.ellipse((x - 2 * unit, y - 2 * unit, x + 2 * unit, y + 2 * unit), outline=(*colour, 255))
