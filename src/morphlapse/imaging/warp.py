"""Resampling: the one place that knows how pixels and torch's normalised grid belong together.

Positions are (x, y) in pixels, the centre of the top-left pixel being (0, 0); an image covers [-0.5, W - 0.5]. Warps
take the backward map: where in the source each pixel of the result is read.
"""

from __future__ import annotations

from typing import Literal

import cv2
import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from morphlapse.imaging.planes import on_planes, suits_opencv
from morphlapse.records import Size

Border = Literal["zeros", "replicate"]
"""What lies outside a picture: nothing, or its border pixel."""

Resampling = Literal["bilinear", "catmull_rom"]
"""How values between pixels are found."""


def size_of(image: Tensor) -> Size:
    """Size of an image, a mask or a field: its last two dimensions."""
    return Size(int(image.shape[-2]), int(image.shape[-1]))


def pixel_positions(size: Size, *, like: Tensor) -> Float[Tensor, "1 h w 2"]:
    """Position of every pixel, on the device and in the dtype of `like`; x and y lie in planes of their own."""
    y = torch.arange(size.height, device=like.device, dtype=like.dtype)
    x = torch.arange(size.width, device=like.device, dtype=like.dtype)
    grid_y, grid_x = torch.meshgrid(y, x, indexing="ij")
    return torch.stack((grid_x, grid_y)).movedim(0, -1)[None]


def frame_positions(cells: Size, size: Size, *, like: Tensor) -> Float[Tensor, "1 h w 2"]:
    """Where the cells of a coarse grid lie in a frame, in its pixels."""
    ratio = like.new_tensor([size.width / cells.width, size.height / cells.height])
    return (pixel_positions(cells, like=like) + 0.5) * ratio - 0.5


def map_positions(matrix: Float[Tensor, "b 3 3"], positions: Float[Tensor, "b2 h w 2"]) -> Float[Tensor, "b3 h w 2"]:
    """Send positions through 3x3 matrices; points on or behind the horizon of a homography go far outside.

    Parameters
    ----------
    matrix : Tensor, (B, 3, 3)
        `dst_from_src` in pixels.
    positions : Tensor, (B or 1, H, W, 2)
        Positions in `src`.

    Returns
    -------
    Tensor, (B, H, W, 2)
        Positions in `dst`.
    """
    matrix = matrix.to(positions.dtype)[..., None, None]
    x, y = positions.unbind(dim=-1)
    moved_x, moved_y = (matrix[:, k, 0] * x + matrix[:, k, 1] * y + matrix[:, k, 2] for k in (0, 1))
    moved = torch.stack((moved_x, moved_y), dim=1).movedim(1, -1)
    bottom = matrix[:, 2]
    if bool((bottom.detach().flatten(1) == bottom.new_tensor([0.0, 0.0, 1.0])).all()):
        return moved
    scale = (bottom[:, 0] * x + bottom[:, 1] * y + bottom[:, 2])[..., None]
    far = torch.full_like(moved, -1e6)
    return torch.where(scale > 1e-6, moved / scale.clamp_min(1e-6), far)


def sample(
    image: Float[Tensor, "b c h w"],
    positions: Float[Tensor, "b h2 w2 2"],
    *,
    border: Border = "replicate",
    resampling: Resampling = "bilinear",
) -> Float[Tensor, "b c h2 w2"]:
    """Read an image at positions in pixels.

    Parameters
    ----------
    image : Tensor, (B, C, H, W)
        What is read.
    positions : Tensor, (B, H', W', 2)
        Where, as (x, y) in pixels of `image`.
    border : {"replicate", "zeros"}
        What lies outside.
    resampling : {"bilinear", "catmull_rom"}
        Catmull-Rom (Keys 1981, a = -0.5) keeps detail; it may overshoot, and the result is not clamped here.

    Returns
    -------
    Tensor, (B, C, H', W')
    """
    if resampling == "catmull_rom":
        return _sample_catmull_rom(image, positions, border)
    return _sample_bilinear(image, positions, border)


def _sample_bilinear(image: Tensor, positions: Tensor, border: Border) -> Tensor:
    size = size_of(image)
    scale = positions.new_tensor([2.0 / size.width, 2.0 / size.height])
    grid = (positions + 0.5) * scale - 1.0
    mode = "border" if border == "replicate" else "zeros"
    return F.grid_sample(image, grid, mode="bilinear", padding_mode=mode, align_corners=False)  # noqa: TID251


def _sample_catmull_rom(image: Tensor, positions: Tensor, border: Border) -> Tensor:
    """Nine bilinear reads: the two middle taps of each axis share one, for their weights have one sign."""
    corner = positions.floor()
    f = positions - corner
    w0 = f * (-0.5 + f * (1.0 - 0.5 * f))
    w1 = 1.0 + f * f * (-2.5 + 1.5 * f)
    w2 = f * (0.5 + f * (2.0 - 1.5 * f))
    w3 = f * f * (-0.5 + 0.5 * f)
    middle = w1 + w2
    weights = (w0, middle, w3)
    offsets = (torch.full_like(f, -1.0), w2 / middle, torch.full_like(f, 2.0))
    total: Tensor | None = None
    for weight_y, offset_y in zip(weights, offsets, strict=True):
        for weight_x, offset_x in zip(weights, offsets, strict=True):
            at = corner + torch.stack((offset_x[..., 0], offset_y[..., 1]), dim=-1)
            weight = (weight_x[..., 0] * weight_y[..., 1])[:, None]
            part = _sample_bilinear(image, at, border) * weight
            total = part if total is None else total + part
    assert total is not None
    return total


def enlarge(image: Float[Tensor, "b c h w"], size: Size) -> Float[Tensor, "b c h2 w2"]:
    """Stretch a smooth map over a larger picture, bilinearly; one in channels_last gives one in channels_last."""
    wanted = (size.width, size.height)
    if suits_opencv(image):
        if image.is_contiguous():
            return on_planes(image, lambda a, b: cv2.resize(a, wanted, dst=b, interpolation=cv2.INTER_LINEAR), size)
        packed = image.movedim(1, -1).contiguous()
        out = image.new_empty(len(image), size.height, size.width, image.shape[1])
        for pixels, made in zip(packed.numpy(), out.numpy(), strict=True):
            cv2.resize(pixels, wanted, dst=made, interpolation=cv2.INTER_LINEAR)
        return out.movedim(-1, 1)
    return F.interpolate(image, size=(size.height, size.width), mode="bilinear", align_corners=False)  # noqa: TID251


def coverage(positions: Float[Tensor, "b h w 2"], size: Size) -> Float[Tensor, "b 1 h w"]:
    """How much of each pixel read at `positions` lies inside a picture of `size`, soft over a pixel at its edge."""
    limit = positions.new_tensor([size.width, size.height])
    inside = torch.minimum(positions + 1.0, limit - positions).clamp(0.0, 1.0)
    return (inside[..., 0] * inside[..., 1])[:, None]


def warp_by_matrix(
    image: Float[Tensor, "b c h w"],
    src_from_dst: Float[Tensor, "b2 3 3"],
    size: Size,
    *,
    border: Border = "replicate",
    resampling: Resampling = "bilinear",
) -> Float[Tensor, "b c h2 w2"]:
    """Warp an image by the backward matrix `src_from_dst`; the identity returns the image itself, bit for bit."""
    if size == size_of(image) and bool((src_from_dst == torch.eye(3).to(src_from_dst)).all()):
        return image
    positions = map_positions(src_from_dst, pixel_positions(size, like=image))
    positions = positions.expand(image.shape[0], -1, -1, -1)
    return sample(image, positions, border=border, resampling=resampling)


def warp_by_field(
    image: Float[Tensor, "b c h w"],
    field: Float[Tensor, "b 2 h w"],
    *,
    border: Border = "replicate",
    resampling: Resampling = "bilinear",
) -> Float[Tensor, "b c h w"]:
    """Warp an image by a backward field of the same size: out(p) = image(p + field(p))."""
    positions = pixel_positions(size_of(image), like=image) + field.movedim(1, -1)
    return sample(image, positions, border=border, resampling=resampling)


def resize(image: Float[Tensor, "b c h w"], size: Size) -> Float[Tensor, "b c h2 w2"]:
    """Resize an image by x' = (x + 0.5) s - 0.5.

    Prefiltered when it shrinks; Catmull-Rom, clamped to the image's range, when it grows.
    """
    if size == size_of(image):
        return image
    shrinks = size.height * size.width < image.shape[-2] * image.shape[-1]
    mode = "bilinear" if shrinks else "bicubic"
    # With antialias=True torch's cubic is Catmull-Rom (a = -0.5); without it, it is a = -0.75, which misses a ramp.
    out = F.interpolate(  # noqa: TID251
        image, size=(size.height, size.width), mode=mode, align_corners=False, antialias=True
    )
    return out if shrinks else out.clamp(image.min(), image.max())


def resized_from_full(full: Size, reduced: Size) -> Float[Tensor, "3 3"]:
    """Matrix (float64) from pixels of a full-size picture to those of its resized copy, which knows the half pixel."""
    sx, sy = reduced.width / full.width, reduced.height / full.height
    rows = [[sx, 0.0, 0.5 * sx - 0.5], [0.0, sy, 0.5 * sy - 0.5], [0.0, 0.0, 1.0]]
    return torch.tensor(rows, dtype=torch.float64)


def fit_within(size: Size, long_side: int) -> Size:
    """Shrink a size so that its long side is at most `long_side`, keeping the aspect and at least a pixel each way."""
    scale = min(1.0, long_side / size.long_side)
    return Size(max(1, round(size.height * scale)), max(1, round(size.width * scale)))


def resize_field(field: Float[Tensor, "b 2 h w"], size: Size) -> Float[Tensor, "b 2 h2 w2"]:
    """Resize a field of displacements to another grid over the same picture, its values with it (bilinear)."""
    old = size_of(field)
    if old == size:
        return field
    factor = field.new_tensor([size.width / old.width, size.height / old.height])[None, :, None, None]
    return enlarge(field, size) * factor


def shrink_field(field: Float[Tensor, "b 2 h w"], size: Size) -> Float[Tensor, "b 2 h2 w2"]:
    """Resize a field of displacements to a coarser grid over the same picture, prefiltered, its values with it."""
    old = size_of(field)
    factor = field.new_tensor([size.width / old.width, size.height / old.height])[None, :, None, None]
    return resize(field, size) * factor
