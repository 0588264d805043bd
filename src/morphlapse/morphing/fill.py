"""What is shown around a picture that does not reach the edge of its canvas."""

from __future__ import annotations

import math

from jaxtyping import Float
from torch import Tensor

from morphlapse.imaging.filters import gaussian_blur
from morphlapse.imaging.warp import fit_within, resize, size_of
from morphlapse.records import Size

FILL_PX = 96
"""Long side at which a blurred fill is kept: it holds nothing finer."""
LONGEST = 8.0
"""A picture this many times longer or wider than the frame's shape is cut to that about its middle for its fill."""


def make_fill(image: Float[Tensor, "1 3 h w"], canvas: Size, fill: str) -> Float[Tensor, "1 3 h2 w2"]:
    """What surrounds a picture: a colour, or the picture itself laid over the whole canvas and blurred."""
    if fill != "blur":
        rgb = [int(fill[k : k + 2], 16) / 255.0 for k in (1, 3, 5)]
        return image.new_tensor(rgb).view(1, 3, 1, 1)
    small = fit_within(canvas, FILL_PX)
    image = _middle_of(image, small)
    inner = size_of(image)
    stretch = min(inner.width / small.width, inner.height / small.height)
    size = Size(max(1, round(inner.height / stretch)), max(1, round(inner.width / stretch)))
    covered = resize(image, size)
    top, left = (size.height - small.height) // 2, (size.width - small.width) // 2
    covered = covered[..., top : top + small.height, left : left + small.width]
    return gaussian_blur(covered.contiguous(), FILL_PX / 24.0)


def _middle_of(image: Float[Tensor, "1 3 h w"], small: Size) -> Float[Tensor, "1 3 h2 w2"]:
    """The middle of a picture far longer than a frame: enlarged whole, a row of pixels would fill the memory."""
    size = size_of(image)
    stretch = min(size.width / small.width, size.height / small.height)
    wide, high = (max(1, math.ceil(LONGEST * side * stretch)) for side in (small.width, small.height))
    top, left = max(0, (size.height - high) // 2), max(0, (size.width - wide) // 2)
    return image[..., top : top + high, left : left + wide]
