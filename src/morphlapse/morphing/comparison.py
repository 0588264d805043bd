"""What two layers that lie on each other tell: light and colour, how far they agree, and which has more detail."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from morphlapse.imaging.colour import light_of
from morphlapse.imaging.filters import squared_slope
from morphlapse.imaging.warp import fit_within, resize, resize_field, size_of
from morphlapse.morphing.energy import measure_agreement, read_midpoint, squarings_for
from morphlapse.morphing.lead import find_lead
from morphlapse.morphing.tint import Tint, apply_tint, match_tint
from morphlapse.options import MorphOptions

TINT_PX = 256
"""Long side at which light and colour are compared."""
LIGHT_PX = 96
"""Long side at which the maps of both are kept: they hold nothing finer."""


class Compared(NamedTuple):
    """What is found of two layers where both lie on each other."""

    there: Tint
    """What gives the first the light of the second."""
    back: Tint
    """And the second that of the first."""
    agreement: Tensor
    """(1, 1, h, w) how surely both show the same thing, 0 to 1."""
    lead: Tensor
    """(1, 1, h, w) how much more the second counts, see `find_lead`."""


def with_slopes(image: Float[Tensor, "1 3 h w"]) -> Float[Tensor, "1 4 h w"]:
    """A picture and its detail, which is measured before it is lost by shrinking."""
    return torch.cat((image, squared_slope(light_of(image))), dim=1)


def compare_layers(
    a: Float[Tensor, "1 3 h w"],
    b: Float[Tensor, "1 3 h w"],
    velocity: Float[Tensor, "1 2 h2 w2"],
    options: MorphOptions,
) -> Compared:
    """Compare both layers at the midpoint of a velocity."""
    small = fit_within(size_of(a), TINT_PX)
    seen = [resize(with_slopes(image), small) for image in (a, b)]
    middle = read_midpoint(seen[0], seen[1], resize_field(velocity, small), squarings_for(velocity))
    found = compare_moved(middle.a, middle.b, options)
    kept = fit_within(small, LIGHT_PX)
    there, back = (Tint(*(resize(each, kept) for each in tint)) for tint in (found.there, found.back))
    return Compared(there, back, found.agreement, resize(found.lead, kept))


def compare_moved(a: Float[Tensor, "1 4 h w"], b: Float[Tensor, "1 4 h w"], options: MorphOptions) -> Compared:
    """Compare two layers that lie on each other, with their slopes as `with_slopes` gives them."""
    (first, slopes), (second, other_slopes) = (each.split((3, 1), dim=1) for each in (a, b))
    trust = measure_agreement(first, second)
    there, back = (match_tint(x, y, trust, options) for x, y in ((first, second), (second, first)))
    pairs = ((first, there), (second, back))
    tinted = [apply_tint(image, tint, 0.5, add_first=options.add_first) for image, tint in pairs]
    agreement = measure_agreement(tinted[0], tinted[1])
    return Compared(there, back, agreement, find_lead(slopes, other_slopes, agreement))
