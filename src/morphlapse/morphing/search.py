"""From two layers to their morph: the velocity, the tint and how far both agree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from morphlapse.geometry.similarity import invert, map_points, power
from morphlapse.imaging.colour import lab_of
from morphlapse.imaging.warp import (
    resized_from_full,
    size_of,
    warp_by_matrix,
)
from morphlapse.morphing.background import Masks, calm_background
from morphlapse.morphing.comparison import compare_layers
from morphlapse.morphing.dense import SMALLEST_PX as SMALLEST_FLOW_PX
from morphlapse.morphing.dense import find_flow, join_flow
from morphlapse.morphing.descent import Objective, descend_loss
from morphlapse.morphing.doubts import leave_out_doubtful
from morphlapse.morphing.effort import settings_of, working_size
from morphlapse.morphing.hints import Hints, rescale_hints
from morphlapse.morphing.layer import Layer, lay_out, read_layer, shrink_layer
from morphlapse.morphing.maps import Maps
from morphlapse.morphing.solve import solve_lab
from morphlapse.morphing.source import match_source
from morphlapse.morphing.transition import Morph
from morphlapse.morphing.unfold import unfold
from morphlapse.options import MorphOptions
from morphlapse.records import Size

SMALLEST_PX = 12
"""A picture with a shorter side than this has no structure to follow: it dissolves."""


Recall = Callable[[str, Callable[[Maps | None], Maps]], Maps]
"""Gives maps by a label as they were found before, or finds them anew by the function it is given; where some are known
whose motion holds but not their light, the function gets these."""


class Guide(NamedTuple):
    """What guides the motion besides the pictures."""

    options: MorphOptions = MorphOptions()
    """How it is sought."""
    hints: Hints | None = None
    """Matched points on the canvas."""
    masks: Masks | None = None
    """Where the subject is on the canvas: what has no counterpart outside it stands still, and so dissolves."""
    b_from_a: NDArray[np.float64] | None = None
    """3x3 similarity on the canvas that brings a roughly onto b; the flow is sought in what remains."""
    objective: Objective | None = None
    """A loss by which the velocity is refined, or found from nothing."""
    recall: Recall | None = None
    """Where maps that were found before are kept."""

    def recalled(self, label: str, find: Callable[[Maps | None], Maps]) -> Maps:
        """The maps of a label, found by `find` if they are kept nowhere."""
        return find(None) if self.recall is None else self.recall(label, find)


def morph_layers(a: Layer, b: Layer, guide: Guide | None = None) -> Morph:
    """Find the morph between two layers of one canvas.

    Parameters
    ----------
    a, b : Layer
        The pictures.
    guide : Guide, optional
        What guides the motion; its masks are not looked at where the picture is to be morphed as a whole.
    """
    guide = Guide() if guide is None else guide
    options = guide.options
    heeded = guide._replace(masks=None) if options.background == "whole" else guide
    maps = guide.recalled("whole", lambda known: find_maps(a, b, heeded, known))
    return Morph(a, b, maps, even=options.pace == "even", blend=options.blend)


def find_maps(a: Layer, b: Layer, guide: Guide, known: Maps | None = None) -> Maps:
    """The maps between two layers of one canvas; of `known` ones the motion is taken, and the tints are found anew."""
    options = guide.options
    framing = np.eye(3) if guide.b_from_a is None else guide.b_from_a
    whole = framing if known is None else known.b_from_a
    working = working_size(a.canvas, options)
    seen = _see_both(a, b, working, whole)
    velocity = find_motion(seen, a.canvas, whole, guide) if known is None else known.velocity
    if known is None and options.warp != 1.0:
        velocity, whole = unfold(velocity * options.warp), power(whole, options.warp)
        seen = _see_both(a, b, working, whole)
    there, back, agreement, lead = compare_layers(seen[0], seen[1], velocity, options)
    if options.formula == "source":
        there, back = match_source(seen[0], seen[1], velocity, options)
        lead = torch.zeros_like(lead)  # This formula knows no agreement: it rebuilds one picture from the other alone.
    return Maps(velocity, there, back, agreement, lead, whole, options.formula, options.add_first)


def find_motion(
    seen: Sequence[Tensor], canvas: Size, b_from_a: NDArray[np.float64], guide: Guide
) -> Float[Tensor, "1 2 h w"]:
    """The velocity between two pictures at working size that a similarity on a canvas has brought together."""
    options, masks, working = guide.options, guide.masks, size_of(seen[0])
    near = None if guide.hints is None else rescale_hints(move_hints(guide.hints, b_from_a), canvas, working)
    if guide.objective is not None and guide.objective.from_zero:
        velocity = seen[0].new_zeros(1, 2, max(2, working.height // 2), max(2, working.width // 2))
    else:
        velocity = find_velocity(seen[0], seen[1], options, near)
    if masks is not None:
        moved = [_move_mask(mask, canvas, power(b_from_a, s)) for mask, s in zip(masks, (-0.5, 0.5), strict=True)]
        velocity = unfold(calm_background(seen[0], seen[1], velocity, Masks(*moved)))
    if guide.objective is not None:
        velocity = unfold(descend_loss((seen[0], seen[1]), velocity, guide.objective.loss, options.smoothness))
    return velocity


def _see_both(a: Layer, b: Layer, working: Size, b_from_a: NDArray[np.float64]) -> list[Tensor]:
    """Both layers as the solver sees them, each moved by half of the similarity."""
    return [_read_reduced(layer, working, power(b_from_a, s)) for layer, s in ((a, -0.5), (b, 0.5))]


def _read_reduced(layer: Layer, working: Size, canvas_from_middle: NDArray[np.float64]) -> Tensor:
    """The layer as the solver sees it: at working size, moved by half of the similarity."""
    matrix = resized_from_full(layer.canvas, working).numpy()
    small = shrink_layer(layer, working)
    if np.array_equal(canvas_from_middle, np.eye(3)):
        return lay_out(small)
    still = layer.image.new_zeros(1, 2, *(max(2, n // 4) for n in (working.height, working.width)))
    return read_layer(small, matrix @ canvas_from_middle @ invert(matrix), still, working, final=False)


def _move_mask(mask: Tensor, canvas: Size, canvas_from_middle: NDArray[np.float64]) -> Tensor:
    size = size_of(mask)
    mask_from_canvas = resized_from_full(canvas, size).numpy()
    matrix = mask_from_canvas @ canvas_from_middle @ invert(mask_from_canvas)
    return warp_by_matrix(mask, torch.from_numpy(matrix)[None], size, border="zeros")


def find_velocity(
    a: Float[Tensor, "1 3 h w"], b: Float[Tensor, "1 3 h w"], options: MorphOptions, hints: Hints | None = None
) -> Float[Tensor, "1 2 h2 w2"]:
    """The velocity between two pictures of one size, free of folds."""
    size = size_of(a)
    if size.short_side < SMALLEST_PX or (hints is None and torch.equal(a, b)):
        return a.new_zeros(1, 2, max(2, size.height), max(2, size.width))
    # Where nothing corresponds, rounding decides. A fixed order makes both directions the same film all the same.
    if float(a.sum()) > float(b.sum()):
        turned = None if hints is None else hints._replace(a=hints.b, b=hints.a)
        return -unfold(_propose(b, a, options, turned))
    return unfold(_propose(a, b, options, hints))


def _propose(a: Tensor, b: Tensor, options: MorphOptions, hints: Hints | None) -> Float[Tensor, "1 2 h2 w2"]:
    flow = find_flow(a, b) if size_of(a).short_side >= SMALLEST_FLOW_PX else None
    hints = hints if hints is None or flow is None else leave_out_doubtful(a, b, hints, flow)
    colours = lab_of(a), lab_of(b)
    velocity = solve_lab(*colours, settings_of(options), stiffness=options.smoothness, hints=hints)
    return join_flow(a, b, velocity, hints, light=(colours[0][:, :1], colours[1][:, :1]), flow=flow)


def move_hints(hints: Hints, b_from_a: NDArray[np.float64]) -> Hints:
    """Hints as the midpoint between two framings sees them: each side moved by half of the similarity."""
    moved = [
        torch.from_numpy(map_points(power(b_from_a, s), points.cpu().double().numpy())).to(points)
        for points, s in ((hints.a, 0.5), (hints.b, -0.5))
    ]
    return hints._replace(a=moved[0], b=moved[1])
