"""A subject cut out of its photo, the photo without it, and the subject before something else."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from morphlapse.imaging.compare import lightness_of
from morphlapse.imaging.filters import gaussian_blur
from morphlapse.imaging.matting import guided_filter, push_pull
from morphlapse.imaging.warp import coverage, enlarge, fit_within, pixel_positions, resize, sample, size_of
from morphlapse.morphing.background import REGION_SHARE
from morphlapse.morphing.fill import make_fill
from morphlapse.morphing.layer import Layer, lay_out, pack
from morphlapse.records import Size

FILL_PX = 512
"""Long side at which what is behind the subject is filled in."""

EDGE_SHARE = 0.012
"""Window in which the outline follows the picture's edges, over the long side."""

EDGE_EPS = 2e-3
"""Variance of lightness below which it follows none."""

SEEN = (0.3, 0.85)
"""Shares up to which a pixel is background, and from which it is all subject: what is found reaches a little far."""


@dataclass(frozen=True, eq=False)
class Cutout:
    """A photo on the canvas, and its subject's outline."""

    photo: Tensor
    """(1, 3, H, W) as it stands."""
    alpha: Tensor
    """(1, 1, H, W) how much of each pixel is the subject."""
    around: Tensor
    """What lies around the photo, as `Layer.fill`."""

    @cached_property
    def size(self) -> Size:
        """Of the copy on which it is filled in."""
        return fit_within(size_of(self.photo), FILL_PX)

    @cached_property
    def small(self) -> Float[Tensor, "1 3 h w"]:
        """The photo at that size."""
        return resize(self.photo, self.size)

    @cached_property
    def known(self) -> Float[Tensor, "1 1 h w"]:
        """Where the background is seen for sure: softly outside the outline."""
        seam_px = 0.5 * REGION_SHARE * self.size.long_side
        return 1.0 - (4.0 * gaussian_blur(resize(self.alpha, self.size), seam_px)).clamp(max=1.0)

    @cached_property
    def plate(self) -> Float[Tensor, "1 3 h2 w2"]:
        """The photo without its subject, filled from what is around it."""
        return self.paint(push_pull(self.small, self.known))

    def paint(self, filled: Float[Tensor, "1 3 h w"]) -> Float[Tensor, "1 3 h2 w2"]:
        """The photo, and where the subject was what was filled in."""
        canvas = size_of(self.photo)
        return torch.lerp(enlarge(filled, canvas), self.photo, enlarge(self.known, canvas))

    def lift(self, plate: Tensor, *, exact: bool) -> Float[Tensor, "1 4 h2 w2"]:
        """The subject alone: colour times alpha, and alpha.

        Parameters
        ----------
        plate : Tensor, (1, 3, H, W)
            What is behind it.
        exact : bool
            Let both together be the photo, whatever colour that takes at the outline; else no colour is impossible.
        """
        colour = self.photo - (1.0 - self.alpha) * plate
        colour = colour if exact else torch.minimum(colour.clamp_min(0.0), self.alpha)
        return torch.cat((colour, self.alpha), dim=1)

    def lay(self, image: Tensor, fill: Tensor) -> Layer:
        """An image of the canvas as a layer."""
        return Layer(pack(image), np.eye(3), size_of(self.photo), fill)


def cut_out(layer: Layer, mask: Float[Tensor, "1 1 h w"]) -> Cutout:
    """Find the subject's outline to the pixel.

    Parameters
    ----------
    layer : Layer
        The photo.
    mask : Tensor, (1, 1, h, w)
        Roughly where the subject is, stretched over the canvas.
    """
    photo = lay_out(layer)
    radius = max(1, round(EDGE_SHARE * size_of(mask).long_side))
    alpha = guided_filter(mask, lightness_of(photo), radius=radius, eps=EDGE_EPS)
    # What is nearly nothing is nothing: no veil around the subject and no hole in it.
    return Cutout(photo, ((alpha - SEEN[0]) / (SEEN[1] - SEEN[0])).clamp(0.0, 1.0), layer.fill)


def make_backdrop(background: str, cut: Cutout, stays: Tensor | None = None) -> Float[Tensor, "1 3 h w"]:
    """What is shown behind a subject in place of its own background.

    Parameters
    ----------
    background : str
        "stay", "blur", "#rrggbb" or the name of a picture.
    cut : Cutout
        The photo.
    stays : Tensor, (1, 3, H, W), optional
        For "stay" and for a picture, what stays.
    """
    if stays is not None:
        return stays
    canvas = size_of(cut.photo)
    return enlarge(make_fill(cut.plate, canvas, background), canvas)


def compose(front: Float[Tensor, "1 4 h w"], behind: Float[Tensor, "1 3 h w"] | None) -> Float[Tensor, "c h w"]:
    """The subject before what is behind it; before nothing, colour and alpha, straight."""
    colour, alpha = front[0, :3], front[0, 3:]
    if behind is None:
        return torch.cat(((colour / alpha.clamp_min(1e-3)).clamp(0.0, 1.0), alpha))
    return torch.addcmul(colour, 1.0 - alpha, behind[0]).clamp(0.0, 1.0)


def fill_from(cut: Cutout, other: Cutout, positions: Float[Tensor, "1 h w 2"]) -> Float[Tensor, "1 3 h2 w2"]:
    """The photo without its subject, filled from the other photo where that shows what is behind.

    What is taken gets the light of what is around it: the difference, known where both are seen, is spread over the
    hole.

    Parameters
    ----------
    cut, other : Cutout
        The photo, and the one that is taken from.
    positions : Tensor, (1, h, w, 2)
        Where each pixel of `cut.small` is in `other.small`.
    """
    seen, known = (sample(each, positions) for each in (other.small, other.known))
    known = known * coverage(positions, other.size)
    taken = seen + push_pull(cut.small - seen, cut.known * known)
    image = torch.lerp(taken.clamp(0.0, 1.0), cut.small, cut.known)
    return cut.paint(push_pull(image, cut.known + (1.0 - cut.known) * known))


def fill_in_place(cut: Cutout, other: Cutout) -> Float[Tensor, "1 3 h w"]:
    """The photo without its subject, filled from the same place of the other."""
    return fill_from(cut, other, pixel_positions(cut.size, like=cut.photo))
