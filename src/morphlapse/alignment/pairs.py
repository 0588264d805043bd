"""The two pictures of a registration, checked, and how it is sought."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from morphlapse.alignment.levels import Picture
from morphlapse.alignment.losses import NamedLoss, UserLoss
from morphlapse.errors import AlignmentError, OptionError
from morphlapse.imaging.warp import size_of

FLAT = 1e-3
"""Range of values below which a picture is the same everywhere."""

Pair = tuple[Picture, Picture]
"""The moving and the fixed one."""


@dataclass(frozen=True, eq=False, kw_only=True)
class RegisterOptions:
    """How a registration is sought."""

    moving_weight: Float[Tensor, "1 h w"] | None = None
    """How far each pixel of the moving picture counts, 0 to 1."""
    fixed_weight: Float[Tensor, "1 h2 w2"] | None = None
    """The same for the fixed one."""
    coarsest_px: int = 24
    """Short side of the coarsest level."""
    finest_px: int = 1024
    """Long side of the finest level, for pictures that are larger."""
    steps: int = 15
    """Steps at each level, at most."""
    tolerance_px: float = 0.01
    """At the finest level a step that moves the corners by less is the last."""
    least_score: float = 0.08
    """What agrees less has failed; more is asked of a large turn or growth and of a small overlap."""
    least_overlap: float = 0.05
    """Pictures that share less of the smaller one's area have failed."""


def take_pair(moving: Tensor, fixed: Tensor, loss: NamedLoss | UserLoss, options: RegisterOptions) -> Pair:
    """Check two batches of pictures and bring them to the finest resolution that is looked at."""
    if moving.shape[1] != fixed.shape[1]:
        raise OptionError(f"moving has {moving.shape[1]} channels and fixed {fixed.shape[1]}: give as many in both")
    first = _take_picture("moving", moving, options.moving_weight, loss)
    second = _take_picture("fixed", fixed, options.fixed_weight, loss)
    factor = min(1.0, options.finest_px / max(first.full.long_side, second.full.long_side))
    return (first, second) if factor == 1.0 else (first.reduced(factor), second.reduced(factor))


def _take_picture(name: str, image: Tensor, weight: Tensor | None, loss: NamedLoss | UserLoss) -> Picture:
    if not image.is_floating_point():
        raise OptionError(f"{name} is of type {image.dtype}: give floats from 0 to 1")
    kept = image.detach().float()
    kept = loss.gather(kept) if isinstance(loss, NamedLoss) else kept
    low, high = kept.flatten(1).aminmax(dim=1)
    if not bool((low.isfinite() & high.isfinite()).all()):
        raise AlignmentError(f"{name} holds values that are not finite, with which nothing can be compared")
    if bool((high - low < FLAT).any()):
        raise AlignmentError(f"{name} is the same everywhere: nothing in it can be found again, give another picture")
    if weight is not None and size_of(weight) != size_of(image):
        raise OptionError(f"{name}_weight is {size_of(weight)} and {name} {size_of(image)}: give it the same size")
    spread = None if weight is None else weight.detach().to(kept)[None].expand(len(kept), -1, -1, -1)
    return Picture(kept, spread, torch.eye(3, dtype=torch.float64, device=kept.device), size_of(kept))


def pick_pair(pair: Pair, k: int, loss: NamedLoss) -> Pair:
    """One of a batch, as a batch of one."""
    return _pick(pair[0], k, loss), _pick(pair[1], k, loss)


def _pick(picture: Picture, k: int, loss: NamedLoss) -> Picture:
    weight = None if picture.weight is None else picture.weight[k : k + 1]
    return Picture(loss.gather(picture.image[k : k + 1]), weight, picture.here_from_full, picture.full)
