"""The two pictures of a registration, checked, and how it is sought."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from morphlapse.alignment.levels import Picture
from morphlapse.alignment.losses import LOSSES, NamedLoss, UserLoss
from morphlapse.errors import AlignmentError, OptionError
from morphlapse.imaging.warp import size_of

FLAT = 1e-3
"""Range of values below which a picture is the same everywhere."""

PICTURE_PX, MASKS_PX = 1024, 512
"""Long side of the finest level: for pictures, and for masks."""

Pair = tuple[Picture, Picture]
"""The moving and the fixed one."""


@dataclass(frozen=True, eq=False, kw_only=True)
class RegisterOptions:
    """How a registration is sought."""

    moving_weight: Float[Tensor, "*b 1 h w"] | None = None
    """How far each pixel of the moving picture counts, 0 to 1; 0 where it is not valid. Of a batch one for all, or one
    a picture."""
    fixed_weight: Float[Tensor, "*b 1 h2 w2"] | None = None
    """The same for the fixed one."""
    coarsest_px: int = 24
    """Short side of the coarsest level."""
    finest_px: int | None = None
    """Long side of the finest level, for pictures that are larger; by default 1024, and 512 where loss is l2 or l1, for
    the masks that these compare lose nothing by it."""
    steps: int = 15
    """Steps at each level, at most."""
    tolerance_px: float = 0.01
    """At the finest level a step that moves the corners by less is the last."""
    least_score: float = 0.08
    """What agrees less has failed; more is asked of a large turn or growth and of a small overlap."""
    least_overlap: float = 0.05
    """Pictures that share less of the smaller one's area have failed."""


def finest_of(options: RegisterOptions, loss: NamedLoss | UserLoss) -> int:
    """Long side of the finest level under a loss."""
    if options.finest_px is not None:
        return options.finest_px
    return MASKS_PX if loss in (LOSSES["l2"], LOSSES["l1"]) else PICTURE_PX


def take_pair(moving: Tensor, fixed: Tensor, loss: NamedLoss | UserLoss, options: RegisterOptions) -> Pair:
    """Check two batches of pictures and bring them to the finest resolution that is looked at."""
    if moving.shape[1] != fixed.shape[1]:
        raise OptionError(f"moving has {moving.shape[1]} channels and fixed {fixed.shape[1]}: give as many in both")
    finest = finest_of(options, loss)
    first = _take_picture("moving", moving, options.moving_weight, loss)
    second = _take_picture("fixed", fixed, options.fixed_weight, loss)
    factor = min(1.0, finest / max(first.full.long_side, second.full.long_side))
    return (first, second) if factor == 1.0 else (first.reduced(factor), second.reduced(factor))


def _take_picture(name: str, image: Tensor, weight: Tensor | None, loss: NamedLoss | UserLoss) -> Picture:
    if not image.is_floating_point():
        raise OptionError(f"{name} is of type {image.dtype}: give floats from 0 to 1")
    kept = image.detach().float()
    kept = loss.gather(kept) if isinstance(loss, NamedLoss) else kept
    low, high = kept.flatten(1).aminmax(dim=1)
    if (k := _first_true(~(low.isfinite() & high.isfinite()))) is not None:
        raise AlignmentError(
            f"{name}{_which(k, kept)} holds values that are not finite, with which nothing can be compared"
        )
    if (k := _first_true(high - low < FLAT)) is not None:
        raise AlignmentError(
            f"{name}{_which(k, kept)} is the same everywhere: nothing in it can be found again, give another picture"
        )
    spread = None if weight is None else _take_weight(name, weight, kept)
    return Picture(kept, spread, torch.eye(3, dtype=torch.float64, device=kept.device), size_of(kept))


def _first_true(wrong: Bool[Tensor, " b"]) -> int | None:
    return int(wrong.int().argmax()) if bool(wrong.any()) else None


def _which(k: int, images: Tensor) -> str:
    """Which of a batch."""
    return f" (number {k + 1} of {len(images)})" if len(images) > 1 else ""


def _take_weight(name: str, weight: Tensor, images: Tensor) -> Float[Tensor, "b 1 h w"]:
    if size_of(weight) != size_of(images):
        raise OptionError(f"{name}_weight is {size_of(weight)} and {name} {size_of(images)}: give it the same size")
    if weight.ndim == 4 and len(weight) not in (1, len(images)):
        raise OptionError(f"{name}_weight is of {len(weight)} pictures, and {name} has {len(images)}: give as many")
    if not bool(weight.isfinite().all()) or bool((weight < 0.0).any()):
        raise OptionError(f"{name}_weight holds negative values or some that are not finite: give 0 to 1")
    spread = weight.detach().to(images).expand(len(images), -1, -1, -1)
    if (k := _first_true(spread.flatten(1).amax(dim=1) <= 0.0)) is not None:
        raise AlignmentError(f"{name}_weight{_which(k, images)} is 0 everywhere: nothing is left to compare")
    return spread


def pick_options(options: RegisterOptions, k: int, count: int) -> RegisterOptions:
    """Options for one pair of a batch of `count`."""

    def pick(weight: Tensor | None) -> Tensor | None:
        return weight[k : k + 1] if weight is not None and weight.ndim == 4 and len(weight) == count else weight

    return replace(options, moving_weight=pick(options.moving_weight), fixed_weight=pick(options.fixed_weight))


def pick_pair(pair: Pair, k: int, loss: NamedLoss) -> Pair:
    """One of a batch, as a batch of one."""
    return _pick(pair[0], k, loss), _pick(pair[1], k, loss)


def _pick(picture: Picture, k: int, loss: NamedLoss) -> Picture:
    weight = None if picture.weight is None else picture.weight[k : k + 1]
    return Picture(loss.gather(picture.image[k : k + 1]), weight, picture.here_from_full, picture.full)
