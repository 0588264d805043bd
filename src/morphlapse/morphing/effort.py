"""How much work goes into finding the motion between two photos."""

from __future__ import annotations

from typing import NamedTuple

from morphlapse.imaging.warp import fit_within
from morphlapse.morphing.gauss_newton import DEFAULTS, SolveSettings
from morphlapse.options import MorphOptions
from morphlapse.records import Size


class Effort(NamedTuple):
    """What an effort changes."""

    settings: SolveSettings
    """Steps of the solver."""
    share: float = 1.0
    """Of the working size."""


EFFORTS = {
    "quick": Effort(DEFAULTS._replace(steps_coarse=7, steps_fine=2), share=0.5),
    "normal": Effort(DEFAULTS),
    "high": Effort(DEFAULTS._replace(steps_fine=6, conjugate_steps=24)),
}
"""By the option's value. On known warps (512 x 512) high takes twice the CPU time of normal and errs by 2 to 16 % less;
quick takes two thirds (of larger pictures less than half) and errs by 7 to 70 % more, once by 110 %."""


def settings_of(options: MorphOptions) -> SolveSettings:
    """The solver's settings that the options ask for."""
    return EFFORTS[options.effort].settings


def working_size(canvas: Size, options: MorphOptions) -> Size:
    """The size at which the motion is sought."""
    return fit_within(canvas, round(options.working_px * EFFORTS[options.effort].share))
