"""What a registration makes small.

A named loss is a sum of squares of residuals between prepared pictures, reweighted where it is robust, for which
Gauss-Newton has its equations in closed form. Any other torch function of two pictures is taken through autograd.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from morphlapse.errors import OptionError
from morphlapse.imaging.compare import lightness_of, normalise_locally
from morphlapse.imaging.filters import gaussian_blur

LossName = Literal["auto", "l2", "l1", "correlation"]
"""auto is correlation for pictures of 1 or 3 channels, and l2 for all other stacks."""

UserLoss = Callable[[Tensor, Tensor], Tensor]
"""Any torch function of two pictures (B, C, H, W) that gives one number, such as `torch.nn.functional.l1_loss`."""

WINDOW_PX = 4.0
"""Deviation of the neighbourhood in which light is evened out, at each level."""

CONTRAST_FLOOR = 0.03
"""Deviation below which a neighbourhood is flat: about the noise of a photo."""

PREBLUR_PX = 0.7
"""A little blur first makes bilinear reading exact enough and quiets noise."""

BELIEVED = 0.5
"""Residual, in local deviations, from which on a pixel is doubted (with a third of the picture hidden, 0.5 halves the
error of 1; without it nothing changes)."""


@dataclass(frozen=True, eq=False)
class NamedLoss:
    """A loss in closed form."""

    gather: Callable[[Tensor], Tensor]
    """Keeps of a picture's channels what is needed."""
    prepare: Callable[[Tensor], Tensor]
    """Makes of that, at one level, what is compared."""
    weigh: Callable[[Tensor], tuple[Tensor, Tensor]]
    """Loss and weight of each pixel from its squared residual."""


def _weigh_squares(square: Tensor) -> tuple[Tensor, Tensor]:
    return square, torch.ones_like(square)


def _weigh_absolute(square: Tensor) -> tuple[Tensor, Tensor]:
    size = (square + 1e-6).sqrt()
    return size, 0.5 / size


def _weigh_geman(square: Tensor) -> tuple[Tensor, Tensor]:
    """Geman and McClure 1987: what differs much, because it moved or is hidden, has hardly a say."""
    relative = 1.0 + square / BELIEVED**2
    return square / relative, relative**-2


def _normalise(image: Tensor) -> Tensor:
    return normalise_locally(gaussian_blur(image, PREBLUR_PX), WINDOW_PX, floor=CONTRAST_FLOOR)


def _leave(image: Tensor) -> Tensor:
    return image


LOSSES = {
    "l2": NamedLoss(_leave, _leave, _weigh_squares),
    "l1": NamedLoss(_leave, _leave, _weigh_absolute),
    "correlation": NamedLoss(lightness_of, _normalise, _weigh_geman),
}


def choose_loss(loss: str | UserLoss, channels: int) -> NamedLoss | UserLoss:
    """The loss of a name; what is no name is taken as a function."""
    if not isinstance(loss, str):
        return loss
    if loss == "auto":
        loss = "correlation" if channels in (1, 3) else "l2"
    if loss not in LOSSES:
        raise OptionError(f"loss: {loss!r} is none of auto, {', '.join(LOSSES)} and no function")
    return LOSSES[loss]
