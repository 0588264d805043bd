"""Which of two pictures counts more where they disagree: that which has more detail there.

The mean of two pictures that do not show the same thing has half the contrast of each, so what is sharp in one and flat
in the other is washed out half way. Weighed by their detail, what is sharp stays so (as in the fusion of pictures by
salience, Burt and Kolczynski 1993).
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from morphlapse.imaging.filters import gaussian_blur

WINDOW_SHARE = 0.02
"""Sigma of the window in which detail is measured, over the long side."""
FAINT = 1e-5
"""Mean square of the slope of lightness (of 0 to 1, a pixel) that counts as no detail."""
MOST = 2.0
"""The lead is no larger, so that a picture's share always rises, or always falls, from one end to the other."""


def find_lead(
    a: Float[Tensor, "1 1 h w"], b: Float[Tensor, "1 1 h w"], agreement: Float[Tensor, "1 1 h w"]
) -> Float[Tensor, "1 1 h w"]:
    """The log of how much more b counts than a: that of the ratio of their slopes (RMS), where they disagree.

    On the average neither leads: that one is sharper as a whole is a matter of pace.

    Parameters
    ----------
    a, b : Tensor, (1, 1, H, W)
        `squared_slope` of the lightness of both, where they are compared.
    agreement : Tensor, (1, 1, H, W)
        Where both show the same thing, 1, neither leads.
    """
    sigma = WINDOW_SHARE * max(a.shape[-2:])
    detail = gaussian_blur(torch.cat((a, b)), sigma).add(FAINT).log()
    lead = (1.0 - agreement) * 0.5 * (detail[1:] - detail[:1])
    return (lead - lead.mean()).clamp(-MOST, MOST)


def lead_at(lead: Float[Tensor, "b 1 h w"], product: float | Tensor) -> Float[Tensor, "b 1 h w"]:
    """What the weight of a picture is multiplied by: by 1 where either it or the other has no share.

    Parameters
    ----------
    lead : Tensor, (B, 1, H, W)
        How much more it counts than the other.
    product : float or Tensor
        Of both shares, t (1 - t).
    """
    return (2.0 * product * lead).exp()
