"""One way down: symmetric log-domain Gauss-Newton at the midpoint, from level to level."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from jaxtyping import Float
from torch import Tensor

from morphlapse.imaging.filters import pyramid_sizes
from morphlapse.imaging.spectral import cosine_basis
from morphlapse.imaging.warp import fit_within, resize_field, size_of
from morphlapse.morphing.conjugate import solve_step
from morphlapse.morphing.energy import (
    NormalEquations,
    linearise,
    make_features,
    read_midpoint,
    squarings_for,
)
from morphlapse.morphing.hints import Hints, pull_of_hints, rescale_hints
from morphlapse.records import Size


class SolveSettings(NamedTuple):
    """What was measured best (benchmarks/morph.py); not options of the user."""

    coarsest_px: int = 16
    """Long side of the coarsest level."""
    ratio: float = 1.5
    """From one level to the next while the basin is sought."""
    ratio_fine: float = 2.0
    """From one level to the next after that."""
    cell: int = 2
    """Pixels of a level for a cell of the velocity, each way."""
    full_grid_px: int = 100
    """Up to this long side each pixel has a cell of its own."""
    most_cells: int = 192
    """No grid of a velocity has a longer side: finer motion is seldom real, and costs as much as all the rest."""
    bend: float = 1.0
    """Weight of bending, the square of the Laplacian."""
    proposals: tuple[float, ...] = (0.1, 0.5)
    """Bending stiffness, at least, of each proposal: a lithe and a stiff one go down beside each other."""
    proposal_px: int = 128
    """At this long side the best proposal is picked, and goes on alone."""
    clear: float = 0.55
    """A pair that correlates less under the best of them may have lost its way: features are matched to find it."""
    match_px: int = 64
    """Matched features lead up to this long side: they choose the basin, and are less exact than the pictures."""
    doubtful: float = 0.35
    """A pair that correlates less still hardly shows one thing twice, and stiffer motions are proposed beside."""
    stiff: tuple[float, ...] = (2.0, 8.0)
    """Bending stiffness, at least, of these: where little corresponds, little should be bent."""
    bend_fine: float = 1.5
    """It grows with the long side to this at most,"""
    bend_px: float = 192.0
    """and is 1 here."""
    stretch: float = 0.002
    """Weight of stretching, the square of the gradient."""
    damping: float = 0.001
    """Added to the diagonal, so that flat parts have a solution."""
    robustness: float = 0.5
    """Residual from which on a pixel counts less (κ in `linearise`)."""
    contrast_floor: float = 0.003
    """Added to the local contrast of lightness before it is divided by it."""
    chroma: float = 1.0
    """Weight of a* and b*."""
    lightness: float = 1.0
    """Weight of smooth lightness."""
    colour_px: int = 320
    """Beyond this long side normalised lightness speaks alone: the rest is smooth, and has had its say."""
    steps_coarse: int = 8
    """Gauss-Newton steps at a coarse level, at most."""
    steps_fine: int = 3
    """Gauss-Newton steps at the finest level."""
    conjugate_steps: int = 12
    """Of conjugate gradients in each of them."""
    still_px: float = 0.004
    """A level ends when the mean step is shorter."""
    largest_step_px: float = 2.0
    """No cell moves further in one step."""
    hint: float = 1e-3
    """Weight of a hint, times the number of cells."""


DEFAULTS = SolveSettings()

Level = tuple[Tensor, Tensor]
"""CIELAB, or features, of both pictures at one size."""
Leads = tuple[Tensor, Hints | None]
"""What differs from proposal to proposal: (B,) bending stiffness, at least; and what all are told."""


def plan_sizes(full: Size, s: SolveSettings) -> list[Size]:
    """The sizes of all levels, coarse to fine: in small steps while the basin is sought, then in larger ones."""
    small = fit_within(full, s.proposal_px)
    fine = pyramid_sizes(full, smallest=small.long_side, ratio=s.ratio_fine)[1:]
    return [*pyramid_sizes(small, smallest=s.coarsest_px, ratio=s.ratio), *fine]


def descend(
    levels: Sequence[Level],
    velocity: Float[Tensor, "b 2 h w"],
    settings: SolveSettings,
    leads: Leads,
    full: Size,
) -> Float[Tensor, "b 2 h2 w2"]:
    """Refine a velocity from level to level; `levels` are the next, coarse to fine, of the way to `full`."""
    floor, hints = leads
    for lab_a, lab_b in levels:
        size = size_of(lab_a)
        left = round(math.log(full.long_side / size.long_side) / math.log(settings.ratio))
        a, b = (
            make_features(
                lab, contrast_floor=settings.contrast_floor, chroma=settings.chroma, lightness=settings.lightness
            )
            for lab in (lab_a, lab_b)
        )
        if size.long_side > settings.colour_px:
            a, b = a[:, :1], b[:, :1]
        velocity = resize_field(velocity, Size(*grid_of(size, settings)))
        near = None if hints is None else rescale_hints(hints, full, size_of(velocity))
        bend = settings.bend * floor.clamp_min(min(size.long_side / settings.bend_px, settings.bend_fine))
        velocity = refine((a, b), velocity, _steps(left, settings), settings, (bend, near))
    return velocity


def _steps(left: int, s: SolveSettings) -> int:
    return s.steps_fine if left == 0 else max(s.steps_fine, min(s.steps_coarse, s.steps_fine + 2 * left))


def grid_of(size: Size, s: SolveSettings) -> tuple[int, int]:
    """Height and width of the velocity's grid at a level."""
    cell = 1 if size.long_side <= s.full_grid_px else s.cell
    share = min(1.0 / cell, s.most_cells / size.long_side)
    return (max(4, round(size.height * share)), max(4, round(size.width * share)))


def refine(
    level: Level,
    velocity: Float[Tensor, "b 2 h2 w2"],
    count: int,
    s: SolveSettings,
    leads: Leads,
) -> Float[Tensor, "b 2 h2 w2"]:
    """Gauss-Newton steps at one level; hints are in pixels of the velocity's grid."""
    bend, hints = leads
    size, cells = size_of(level[0]), size_of(velocity)
    basis = cosine_basis(cells, like=velocity)
    cell = size.width / cells.width
    stiffness = s.stretch * basis.laplacian * cell**2 + bend[:, None, None, None] * basis.laplacian**2
    squarings = squarings_for(velocity, count * s.largest_step_px / cell)
    moving = bend.new_ones(len(velocity), 1, 1, 1)
    for _ in range(count):
        middle = read_midpoint(level[0], level[1], velocity, squarings)
        equations = linearise(middle, velocity, s.robustness)
        if hints is not None:
            pull = pull_of_hints(hints, middle.forth, middle.back) * (s.hint * cells.height * cells.width)
            equations = add_pull(equations, pull)
        step = solve_step(equations, velocity, stiffness, basis, s.damping, s.conjugate_steps)
        length = step.square().sum(dim=1, keepdim=True).sqrt() * cell
        velocity = velocity + moving * step / (length / s.largest_step_px).clamp_min(1.0)
        # A pair that has come to rest stays, so that it does not matter what else is in the batch.
        moving = moving * (length.mean(dim=(-2, -1), keepdim=True) > s.still_px)
        if not bool(moving.any()):
            break
    return velocity


def add_pull(eq: NormalEquations, pull: Float[Tensor, "b 3 h w"]) -> NormalEquations:
    """The normal equations with the pull of hints."""
    weight, x, y = pull.split(1, dim=1)
    return NormalEquations(eq.xx + weight, eq.xy, eq.yy + weight, eq.x - x, eq.y - y)
