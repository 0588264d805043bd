"""The picture between several pictures: each is moved to their weighted mean, and they are mixed there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from morphlapse.errors import OptionError
from morphlapse.imaging.velocity import compose, count_squarings, flow
from morphlapse.imaging.warp import (
    enlarge,
    fit_within,
    frame_positions,
    resize,
    resize_field,
    sample,
    size_of,
    warp_by_field,
)
from morphlapse.morphing.comparison import TINT_PX, compare_moved, with_slopes
from morphlapse.morphing.depth import fade, measure_depth
from morphlapse.morphing.effort import working_size
from morphlapse.morphing.layer import Layer, lay_out, read_layer
from morphlapse.morphing.lead import lead_at
from morphlapse.morphing.search import find_velocity
from morphlapse.morphing.unfold import unfold
from morphlapse.morphing.view import FAINT, FEATHER
from morphlapse.options import MorphOptions
from morphlapse.records import Size

ROUNDS = 2
"""How often three or more pictures that lie on each other are compared again: sums of velocities hit only nearly."""

Weights = Sequence[float | int] | Float[Tensor, " n"]
"""One a picture, none negative; only their ratios count."""


@dataclass(frozen=True, eq=False)
class Blend:
    """The picture between several pictures, for any weights.

    A stationary velocity leads from the mean of all pictures to each, v_i, and Σ v_i = 0. Weights w put the frame at
    exp(Σ w_i v_i) from the mean, so picture i is read at φ(v_i)∘φ(-Σ w_j v_j): for two pictures as in a `Morph`.
    """

    layers: tuple[Layer, ...]
    """The pictures, on one canvas."""
    ways: Tensor
    """(n, 2, h, w) velocity from the mean to each, in pixels of its own grid, which is stretched over the canvas."""
    tints: Tensor
    """(n, n, 7, h', w') at the mean, what mult - 1 and add give picture i the light of picture j, and how much more
    than j it counts (`find_lead`)."""
    add_first: bool = False
    """Whether add comes before mult."""

    @property
    def size(self) -> Size:
        """Of a frame."""
        return self.layers[0].canvas

    @cached_property
    def squarings(self) -> int:
        """As many for all weights, so that nothing jumps when they change."""
        return count_squarings(self.ways)

    @cached_property
    def _reads(self) -> Tensor:
        return flow(self.ways, self.squarings)

    @cached_property
    def _slips(self) -> Tensor:
        """By how much a sampled flow there and back misses its start: taken off, so that nothing jumps at a picture."""
        return compose(flow(-self.ways, self.squarings), self._reads)

    def at(self, weights: Weights, *, final: bool = True) -> Float[Tensor, "3 h w"]:
        """The picture at some weights; differentiable in them.

        Parameters
        ----------
        weights : sequence of float or Tensor, (n,)
            One a picture, none negative; only their ratios count. All weight on one picture returns it bit for bit
            (if no gradient is wanted).
        final : bool
            Read nearly as by Catmull-Rom; False reads bilinearly.

        Raises
        ------
        OptionError
            If there are not as many weights as pictures, or one is negative, or all are zero.
        """
        share = check_weights(weights, self.ways)
        if not share.requires_grad and float(share.max()) == 1.0:
            return lay_out(self.layers[int(share.argmax())])[0]
        back = flow(-torch.einsum("n,nchw->chw", share, self.ways)[None], self.squarings)
        cells = size_of(back)
        ratio = back.new_tensor([self.size.width / cells.width, self.size.height / cells.height])
        frame = frame_positions(cells, self.size, like=back)
        moves = compose(back.expand_as(self._reads), self._reads) - share[:, None, None, None] * self._slips
        moves = (moves.movedim(1, -1) * ratio).split(1)
        depths = measure_depth(self.layers, frame + torch.cat(moves))
        gains, offset = self._mix_tints(share, self._weigh(share, depths), frame + back.movedim(1, -1) * ratio)
        mixed = enlarge(offset, self.size)
        for layer, move, gain in zip(self.layers, moves, gains, strict=True):
            bend = move.movedim(-1, 1).contiguous()
            colour = read_layer(layer, np.eye(3), bend, self.size, final=final)
            mixed = mixed + enlarge(gain[None], self.size) * colour
        return mixed.clamp(0.0, 1.0)[0]

    def _weigh(self, share: Tensor, depths: Float[Tensor, "n 1 h w"]) -> Float[Tensor, "n 1 h w"]:
        """How much each picture counts in each cell, but for its lead."""
        part = share[:, None, None, None]
        return part * (fade(depths, ((1.0 - part) * (FEATHER * self.size.short_side)).clamp_min(1.0)) + FAINT)

    def _mix_tints(self, share: Tensor, parts: Tensor, middle: Tensor) -> tuple[Tensor, Tensor]:
        """What each picture is multiplied by, (n, 3, h, w), and what is added to all, (1, 3, h, w)."""
        tints = torch.einsum("j,ijchw->ichw", share, self.tints)
        small = size_of(tints)
        ratio = middle.new_tensor([small.width / self.size.width, small.height / self.size.height])
        at = ((middle + 0.5) * ratio - 0.5).expand(len(tints), -1, -1, -1)
        mult, add, lead = sample(tints, at).split((3, 3, 1), dim=1)
        mult = 1.0 + mult
        offset = mult * add if self.add_first else add
        # A lead is the sum over the others, each times its share.
        parts = parts * lead_at(lead, share[:, None, None, None])
        parts = parts / parts.sum(dim=0)
        return parts * mult, (parts * offset).sum(dim=0, keepdim=True)


def check_weights(weights: Weights, like: Tensor) -> Float[Tensor, " n"]:
    """Weights with sum 1, on the device of `like`; OptionError if they are none."""
    share = torch.as_tensor(weights, dtype=like.dtype, device=like.device)
    given = share.detach()
    if share.shape != (len(like),) or not bool(torch.isfinite(given).all()) or bool((given < 0.0).any()):
        raise OptionError(f"weights: {len(like)} pictures need as many weights, none negative (got {given.tolist()})")
    if not bool(given.sum() > 0.0):
        raise OptionError(f"weights: one at least must be above 0 (got {given.tolist()})")
    return share / share.sum()


def blend_layers(layers: Sequence[Layer], options: MorphOptions | None = None) -> Blend:
    """Find the ways between several layers of one canvas.

    Parameters
    ----------
    layers : sequence of Layer
        Two at least.
    options : MorphOptions, optional
        How the motion is sought; `prealign` has no effect, for pictures are taken as they lie on the canvas.

    Raises
    ------
    OptionError
        The formula is "source", which knows two pictures only.
    """
    options = MorphOptions() if options is None else options
    if options.formula == "source":
        raise OptionError("formula: source rebuilds one picture from one other, so a blend has none; use midpoint")
    working = working_size(layers[0].canvas, options)
    seen = [resize(lay_out(layer), working) for layer in layers]
    ways = find_ways(seen, options)
    if options.warp != 1.0:
        ways = unfold(ways * options.warp)
    return Blend(
        tuple(layers),
        ways,
        compare_all(move_to_mean([with_slopes(each) for each in seen], ways), options),
        options.add_first,
    )


def find_ways(seen: Sequence[Tensor], options: MorphOptions) -> Float[Tensor, "n 2 h w"]:
    """Velocities from the mean to each picture (1, 3, H, W); their sum is zero.

    A first guess is the mean of the pairwise velocities (exact for two pictures). With more, their flows do not commute
    and land beside each other: what remains between the moved pictures is found and added.
    """
    ways = meet(seen, options)
    for _ in range(ROUNDS if len(seen) > 2 else 0):
        ways = ways + resize_field(meet(move_to_mean(seen, ways), options), size_of(ways))
    return unfold(ways)


def meet(seen: Sequence[Tensor], options: MorphOptions) -> Float[Tensor, "n 2 h w"]:
    """From the mean to each picture, by the velocities between all pairs: v_i = Σ_j v_ji / n."""
    found = {(i, j): find_velocity(seen[i], seen[j], options) for i, j in combinations(range(len(seen)), 2)}
    cells = min((size_of(each) for each in found.values()), key=lambda size: size.long_side)
    ways = [seen[0].new_zeros(1, 2, cells.height, cells.width) for _ in seen]
    for (i, j), velocity in found.items():
        part = resize_field(velocity, cells) / len(seen)
        ways[i], ways[j] = ways[i] - part, ways[j] + part
    return torch.cat(ways)


def move_to_mean(seen: Sequence[Tensor], ways: Float[Tensor, "n 2 h w"]) -> list[Tensor]:
    """Each picture as it lies at the mean."""
    reads = resize_field(flow(ways, count_squarings(ways)), size_of(seen[0]))
    return [warp_by_field(image, read[None]) for image, read in zip(seen, reads, strict=True)]


def compare_all(moved: Sequence[Tensor], options: MorphOptions) -> Float[Tensor, "n n 7 h w"]:
    """What gives each of the moved pictures (with their slopes) the light of each other, and its lead over it."""
    small = fit_within(size_of(moved[0]), TINT_PX)
    images = [resize(image, small) for image in moved]
    tints = images[0].new_zeros(len(images), len(images), 7, small.height, small.width)
    for i, j in combinations(range(len(images)), 2):
        found = compare_moved(images[i], images[j], options)
        lead = torch.zeros_like(found.lead) if options.blend == "plain" else found.lead
        for first, second, tint, over in ((i, j, found.there, -lead), (j, i, found.back, lead)):
            add = tint.add / tint.mult if options.add_first else tint.add
            tints[first, second] = torch.cat((tint.mult - 1.0, add, over), dim=1)[0]
    return tints
