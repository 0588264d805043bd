"""The hot primitives: blurs, gradients, pyramids. One function each.

On CPU tensors that carry no gradient the blurs run plane by plane in OpenCV, which is many times faster there
(DESIGN.md, Speed); elsewhere in torch. Both replicate the border and agree to 1e-5.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from morphlapse.imaging.planes import on_planes, suits_opencv
from morphlapse.imaging.warp import enlarge, fit_within, resize, size_of
from morphlapse.records import Size

NARROW_PX = 4.0
"""Sigma to which a wide blur is brought on a smaller copy: smooth enough to be enlarged again."""


def gaussian_taps(sigma: float) -> list[float]:
    """Weights of a sampled Gaussian out to three sigmas, an odd number of them with sum 1."""
    radius = max(1, math.ceil(3.0 * sigma))
    weights = [math.exp(-0.5 * (k / sigma) ** 2) for k in range(-radius, radius + 1)]
    total = sum(weights)
    return [weight / total for weight in weights]


def gaussian_blur(image: Float[Tensor, "b c h w"], sigma: float) -> Float[Tensor, "b c h w"]:
    """Blur by a Gaussian of `sigma` pixels, the border replicated."""
    taps = gaussian_taps(sigma)
    if suits_opencv(image):
        kernel = np.asarray(taps, dtype=np.float32)
        return on_planes(
            image, lambda a, b: cv2.sepFilter2D(a, -1, kernel, kernel, dst=b, borderType=cv2.BORDER_REPLICATE)
        )
    kernel = image.new_tensor(taps)
    radius = len(taps) // 2
    planes = image.reshape(-1, 1, *image.shape[-2:])
    planes = F.conv2d(F.pad(planes, (0, 0, radius, radius), mode="replicate"), kernel.view(1, 1, -1, 1))
    planes = F.conv2d(F.pad(planes, (radius, radius, 0, 0), mode="replicate"), kernel.view(1, 1, 1, -1))
    return planes.view(image.shape)


def wide_blur(image: Float[Tensor, "b c h w"], sigma: float) -> Float[Tensor, "b c h w"]:
    """Blur by a Gaussian so wide that a smaller copy holds all that remains; a narrow one as `gaussian_blur` does."""
    size = size_of(image)
    small = fit_within(size, max(1, round(size.long_side * NARROW_PX / sigma)))
    if small.short_side < 2 or 2 * small.long_side > size.long_side:
        return gaussian_blur(image, sigma)
    return enlarge(gaussian_blur(resize(image, small), sigma * small.long_side / size.long_side), size)


def box_blur(image: Float[Tensor, "b c h w"], radius: int) -> Float[Tensor, "b c h w"]:
    """Mean over a square of side 2 radius + 1, the border replicated."""
    side = 2 * radius + 1
    if suits_opencv(image):
        return on_planes(image, lambda a, b: cv2.boxFilter(a, -1, (side, side), dst=b, borderType=cv2.BORDER_REPLICATE))
    planes = image.reshape(-1, 1, *image.shape[-2:])
    padded = F.pad(planes, (radius, radius, radius, radius), mode="replicate")
    return F.avg_pool2d(F.avg_pool2d(padded, (1, side), stride=1), (side, 1), stride=1).view(image.shape)


def gradients(image: Float[Tensor, "b c h w"]) -> tuple[Float[Tensor, "b c h w"], Float[Tensor, "b c h w"]]:
    """Slopes in x and y per pixel by central differences, one-sided at the border."""
    dx = torch.empty_like(image)
    dy = torch.empty_like(image)
    dx[..., 1:-1] = (image[..., 2:] - image[..., :-2]).mul_(0.5)
    dx[..., 0] = image[..., min(1, image.shape[-1] - 1)] - image[..., 0]
    dx[..., -1] = image[..., -1] - image[..., max(-2, -image.shape[-1])]
    dy[..., 1:-1, :] = (image[..., 2:, :] - image[..., :-2, :]).mul_(0.5)
    dy[..., 0, :] = image[..., min(1, image.shape[-2] - 1), :] - image[..., 0, :]
    dy[..., -1, :] = image[..., -1, :] - image[..., max(-2, -image.shape[-2]), :]
    return dx, dy


def squared_slope(image: Float[Tensor, "b c h w"]) -> Float[Tensor, "b 1 h w"]:
    """Square of the slope, pixel by pixel, summed over the channels."""
    dx, dy = gradients(image)
    return (dx.square() + dy.square()).sum(dim=1, keepdim=True)


def pyramid_sizes(size: Size, *, smallest: int, ratio: float) -> list[Size]:
    """Sizes from coarse to fine, each about `ratio` times the one before: from `smallest` pixels to `size`."""
    count = max(0, round(math.log(size.long_side / smallest) / math.log(ratio))) if size.long_side > smallest else 0
    shrink = [(smallest / size.long_side) ** (k / count) if count else 1.0 for k in range(count, 0, -1)]
    sizes = [Size(max(4, round(size.height * s)), max(4, round(size.width * s))) for s in shrink]
    return [*sizes, size]


def pyramid(image: Float[Tensor, "b c h w"], sizes: list[Size]) -> list[Float[Tensor, "b c h2 w2"]]:
    """The image at each of the sizes, each level made from the next finer one."""
    levels = [resize(image, sizes[-1]) if size_of(image) != sizes[-1] else image]
    for size in reversed(sizes[:-1]):
        levels.append(resize(levels[-1], size))
    return levels[::-1]
