"""The velocity between two pictures: several ways down are begun, and the best is gone to its end."""

from __future__ import annotations

from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor

from morphlapse.imaging.colour import lab_of
from morphlapse.imaging.filters import pyramid
from morphlapse.imaging.inference import untracked
from morphlapse.imaging.warp import size_of
from morphlapse.morphing.gauss_newton import DEFAULTS, Level, SolveSettings, descend, grid_of, plan_sizes
from morphlapse.morphing.hints import Hints
from morphlapse.morphing.judge import join_judged, judge, pick_best
from morphlapse.morphing.matches import match_pictures
from morphlapse.records import Size


def solve_velocity(
    a: Float[Tensor, "b 3 h w"],
    b: Float[Tensor, "b 3 h w"],
    settings: SolveSettings = DEFAULTS,
    *,
    stiffness: float = 1.0,
    hints: Hints | None = None,
) -> Float[Tensor, "b 2 h2 w2"]:
    """Find the velocity whose flow brings a onto b.

    Parameters
    ----------
    a, b : Tensor, (B, 3, H, W)
        Pairs of pictures of one size.
    settings : SolveSettings
        Weights and step counts.
    stiffness : float
        Factor on the smoothness.
    hints : Hints, optional
        Matched points in pixels of a and b (one pair only).

    Returns
    -------
    Tensor, (B, 2, h, w)
        In pixels of its own grid, which is stretched over the pictures.
    """
    return solve_lab(lab_of(a), lab_of(b), settings, stiffness=stiffness, hints=hints)


def solve_lab(
    a: Float[Tensor, "b 3 h w"],
    b: Float[Tensor, "b 3 h w"],
    settings: SolveSettings = DEFAULTS,
    *,
    stiffness: float = 1.0,
    hints: Hints | None = None,
) -> Float[Tensor, "b 2 h2 w2"]:
    """The same of pictures whose colours `lab_of` has told."""
    return untracked(lambda: _solve(a, b, settings, stiffness, hints))


def _solve(a: Tensor, b: Tensor, settings: SolveSettings, stiffness: float, hints: Hints | None) -> Tensor:
    settings = settings._replace(bend=settings.bend * stiffness, stretch=settings.stretch * stiffness)
    full = size_of(a)
    sizes = plan_sizes(full, settings)
    levels = list(zip(pyramid(a, sizes), pyramid(b, sizes), strict=True))
    split = max(1, sum(size.long_side <= settings.proposal_px for size in sizes))
    coarse = levels[:split]
    judged = judge(coarse[-1], _propose(coarse, settings, settings.proposals, hints, full))
    velocity = pick_best(judged, settings.doubtful)
    # Pairs that these explain poorly are asked again.
    for index, correlation in enumerate(judged.alike.amax(dim=0).tolist()):
        if correlation < settings.clear:
            pair = [(x[index : index + 1], y[index : index + 1]) for x, y in coarse]
            known = [judged.of(index)]
            if correlation < settings.doubtful:
                known.append(judge(pair[-1], _propose(pair, settings, settings.stiff, hints, full)))
            # Hints lead already.
            matches = match_pictures(a[index, :1], b[index, :1]) if hints is None else None
            if matches is not None:
                known.append(judge(pair[-1], _follow_matches(pair, settings, matches, full)))
            velocity[index] = pick_best(join_judged(known), settings.doubtful)[0]
    return descend(levels[split:], velocity, settings, (a.new_tensor(settings.proposals[:1]), hints), full)


def _propose(
    levels: Sequence[Level], settings: SolveSettings, floors: Sequence[float], hints: Hints | None, full: Size
) -> Float[Tensor, "k b 2 h w"]:
    """All go down together as one batch: at these sizes a step costs its calls, not its pixels."""
    count, pairs = len(floors), len(levels[0][0])
    start = levels[0][0].new_zeros(count * pairs, 2, *grid_of(size_of(levels[0][0]), settings))
    floor = start.new_tensor(floors).repeat_interleave(pairs)
    several = [(x.repeat(count, 1, 1, 1), y.repeat(count, 1, 1, 1)) for x, y in levels]
    return descend(several, start, settings, (floor, hints), full).unflatten(0, (count, -1))


def _follow_matches(
    levels: Sequence[Level], settings: SolveSettings, matches: Hints, full: Size
) -> Float[Tensor, "1 1 2 h w"]:
    """Led by matched features while the basin is sought, then by the pictures alone."""
    led = sum(size_of(x).long_side <= settings.match_px for x, _ in levels)
    start = levels[0][0].new_zeros(1, 2, *grid_of(size_of(levels[0][0]), settings))
    floor = start.new_tensor(settings.proposals[:1])
    velocity = descend(levels[:led], start, settings, (floor, matches), full)
    return descend(levels[led:], velocity, settings, (floor, None), full)[None]
