"""Differentiable Morphing's formula: maps on each photo that rebuild the other one from it alone.

There, b is W(a · mult + add): mult and add lie on a itself, are applied to it and warped with it, all three scaled by
t, and the frame at t is the mean of both directions, weighed 1 - t and t. So it is here, but that the maps are found in
closed form: W is the flow of our velocity, and mult and add are those under which a has, around each of its pixels,
the mean and the contrast of what it becomes.

They hold no more than a window does. Were what then remains of b written into add, each pixel would be
a (1 + t (mult - 1)) + t (b - mult · a) = (1 - t) a + t b, whatever mult is: a plain dissolve, and maps that paint b
over any other picture. The ends are exact all the same, for there one direction is alone and its maps are at 0.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from morphlapse.imaging.velocity import displacement_at, trace
from morphlapse.imaging.warp import fit_within, pixel_positions, resize, resize_field, sample, size_of
from morphlapse.morphing.tint import Tint, match_tint
from morphlapse.options import MorphOptions

SOURCE_PX = 256
"""Long side of the maps."""
WINDOW_SHARE = 0.01
"""Sigma of the window in which a photo is rebuilt, as a share of the long side."""


def match_source(
    a: Float[Tensor, "1 3 h w"],
    b: Float[Tensor, "1 3 h w"],
    velocity: Float[Tensor, "1 2 h2 w2"],
    options: MorphOptions,
) -> tuple[Tint, Tint]:
    """Find the maps that rebuild b from a alone, on a, and those that rebuild a, on b.

    A local linear model of each window, as in a guided filter (He et al. 2013), in closed form. Its slope is that of
    the reduced major axis, √(var b / var a) in [1/2, 2], and not the regression's: that falls to 0 wherever the photos
    disagree, so that a is erased and b painted over it. The models of neighbouring windows are not averaged, for that
    costs 0.5 to 1 dB of what is rebuilt and gains nothing here.

    Parameters
    ----------
    a, b : Tensor, (1, 3, H, W)
        Both pictures as the solver saw them.
    velocity : Tensor, (1, 2, h, w)
        Its flow brings a onto b.
    options : MorphOptions
        `tint`, `mult` and `add` say how strong the maps are.
    """
    small = fit_within(size_of(a), SOURCE_PX)
    path = trace(resize_field(velocity, small))
    positions = pixel_positions(small, like=a)
    first, last = resize(a, small), resize(b, small)
    everywhere = torch.ones_like(first[:, :1])
    tints = []
    for image, other, s in ((first, last, 1.0), (last, first, -1.0)):
        target = sample(other, positions + displacement_at(path, s).movedim(1, -1))
        tints.append(match_tint(image, target, everywhere, options, window=WINDOW_SHARE))
    return tints[0], tints[1]
