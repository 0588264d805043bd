"""Turn, size and shift between two pictures from their spectra, without a start (Reddy and Chatterji 1996).

A turn and a growth of a picture turn and shrink the size of its spectrum about the origin, whatever the shift; on
log-polar axes both are shifts, and phase correlation finds them over the full circle. A spectrum cannot tell a half
turn, so each proposal is made twice.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

from morphlapse.imaging.compare import lightness_of
from morphlapse.imaging.filters import gaussian_blur
from morphlapse.imaging.warp import map_positions, pixel_positions, resize, resized_from_full, sample, size_of
from morphlapse.records import Size

SIDE = 256
"""Side of the square that pictures are brought to."""

ANGLES, RADII = 180, 128
"""Grid of the log-polar spectrum, over half a circle."""

LARGEST_SCALE = 2.2
"""Scales from its inverse to it are sought."""


def propose_similarities(
    moving: Float[Tensor, "1 c h w"], fixed: Float[Tensor, "1 c h2 w2"], *, peaks: int = 3
) -> Float[Tensor, "k 3 3"]:
    """Propose similarities that may bring one picture onto another.

    Parameters
    ----------
    moving, fixed : Tensor, (1, C, H, W)
        Images; sizes may differ.
    peaks : int
        How many pairs of turn and size are followed; each gives two proposals, half a turn apart. A mere shift is
        always one more.

    Returns
    -------
    Tensor, (2 peaks + 1, 3, 3)
        `fixed_from_moving` in float64, the most promising first.
    """
    factor = min(SIDE / size_of(picture).long_side for picture in (moving, fixed))
    small_moving, square_from_moving = _put_in_square(moving, factor)
    small_fixed, square_from_fixed = _put_in_square(fixed, factor)
    turns, scales = _find_turns(_log_polar(small_moving), _log_polar(small_fixed), peaks)
    turns, scales = torch.cat((turns, turns + math.pi)), torch.cat((scales, scales))
    turns, scales = torch.cat((turns.new_zeros(1), turns)), torch.cat((scales.new_ones(1), scales))
    turned = _turn_about_middle(turns, scales)
    shift, height = _find_shifts(small_moving, small_fixed, turned)
    turned[:, :2, 2] += shift
    order = height.argsort(descending=True)
    return torch.linalg.inv(square_from_fixed) @ turned[order] @ square_from_moving


def _put_in_square(image: Tensor, factor: float) -> tuple[Tensor, Tensor]:
    """The picture's structure in the middle of a black square, with the matrix `square_from_full`."""
    full = size_of(image)
    size = Size(max(8, round(full.height * factor)), max(8, round(full.width * factor)))
    small = resize(lightness_of(image), size)
    structure = small - gaussian_blur(small, 8.0)
    structure = structure / structure.square().mean().sqrt().clamp_min(1e-6) * _fade(size, like=structure)
    left, top = (SIDE - size.width) // 2, (SIDE - size.height) // 2
    square = structure.new_zeros(1, 1, SIDE, SIDE)
    square[..., top : top + size.height, left : left + size.width] = structure
    matrix = resized_from_full(full, size).to(image.device)
    matrix[:2, 2] += matrix.new_tensor([left, top])
    return square, matrix


def _fade(size: Size, *, like: Tensor) -> Float[Tensor, "h w"]:
    """A Tukey window: flat but for the outer quarters."""

    def ramp(count: int) -> Tensor:
        edge = (torch.arange(count, device=like.device, dtype=like.dtype) + 0.5) / count
        return (torch.minimum(edge, 1.0 - edge) * 4.0).clamp_max(1.0).mul(0.5 * math.pi).sin().square()

    return ramp(size.height)[:, None] * ramp(size.width)


def _log_polar(square: Float[Tensor, "1 1 n n"]) -> Float[Tensor, "1 1 a r"]:
    """Size of the spectrum on log-polar axes, its fall with frequency taken out."""
    spectrum = torch.fft.fftshift(torch.fft.fft2(square), dim=(-2, -1)).abs()
    spectrum = gaussian_blur((spectrum + 1e-3 * spectrum.mean()).log(), 0.7)
    angle = torch.arange(ANGLES, device=square.device, dtype=square.dtype) * (math.pi / ANGLES)
    radius = torch.exp(torch.linspace(*_radius_range(), RADII, device=square.device, dtype=square.dtype))
    x = SIDE // 2 + angle.cos()[:, None] * radius
    y = SIDE // 2 + angle.sin()[:, None] * radius
    polar = sample(spectrum, torch.stack((x, y), dim=-1)[None])
    return polar - polar.mean(dim=(-2), keepdim=True)


def _radius_range() -> tuple[float, float]:
    return math.log(SIDE / 40.0), math.log(SIDE / 2.2)


def _find_turns(moving: Tensor, fixed: Tensor, peaks: int) -> tuple[Tensor, Tensor]:
    """Turns and scales of the highest peaks; radii are padded, for they do not wrap around."""
    low, high = _radius_range()
    shape = (ANGLES, 2 * RADII)
    window = torch.hann_window(RADII, periodic=False, device=moving.device, dtype=moving.dtype)
    cross = torch.fft.rfft2(fixed * window, s=shape) * torch.fft.rfft2(moving * window, s=shape).conj()
    surface = torch.fft.irfft2(cross / (cross.abs() + 1e-2 * cross.abs().mean()).sqrt(), s=shape)[0, 0]
    surface = gaussian_blur(surface[None, None], 1.0)[0, 0]
    reach = round(math.log(LARGEST_SCALE) / (high - low) * (RADII - 1))
    surface[:, reach + 1 : -reach] = -torch.inf
    turns, scales = [], []
    for _ in range(peaks):
        row, column = divmod(int(surface.argmax()), surface.shape[1])
        signed = column - shape[1] if column > RADII else column
        turns.append(row * math.pi / ANGLES)
        scales.append(math.exp(-signed * (high - low) / (RADII - 1)))
        near_rows = (torch.arange(row - 3, row + 4, device=surface.device)) % ANGLES
        near_columns = (torch.arange(column - 3, column + 4, device=surface.device)) % shape[1]
        surface[near_rows[:, None], near_columns] = -torch.inf
    kind = {"dtype": torch.float64, "device": moving.device}
    return torch.tensor(turns, **kind), torch.tensor(scales, **kind)


def _turn_about_middle(turns: Float[Tensor, " k"], scales: Float[Tensor, " k"]) -> Float[Tensor, "k 3 3"]:
    matrix = torch.eye(3, dtype=torch.float64, device=turns.device).repeat(len(turns), 1, 1)
    c, s = scales * turns.cos(), scales * turns.sin()
    matrix[:, 0, 0], matrix[:, 0, 1], matrix[:, 1, 0], matrix[:, 1, 1] = c, -s, s, c
    middle = matrix.new_full((2,), (SIDE - 1) / 2.0)
    matrix[:, :2, 2] = middle - (matrix[:, :2, :2] @ middle)
    return matrix


def _find_shifts(moving: Tensor, fixed: Tensor, turned: Float[Tensor, "k 3 3"]) -> tuple[Tensor, Tensor]:
    """By phase correlation at half the resolution, with the height of each peak."""
    side = SIDE // 2
    square_from_half = resized_from_full(Size(side, side), Size(SIDE, SIDE)).to(turned)
    backward = torch.linalg.inv(turned) @ square_from_half
    positions = map_positions(backward, pixel_positions(Size(side, side), like=moving))
    blurred, small = gaussian_blur(moving, 0.7), resize(fixed, Size(side, side))
    seen = sample(blurred.expand(len(turned), -1, -1, -1), positions, border="zeros")[:, 0]
    cross = torch.fft.rfft2(small[:, 0]) * torch.fft.rfft2(seen).conj()
    surface = torch.fft.irfft2(cross / (cross.abs() + 1e-2 * cross.abs().mean()).sqrt(), s=(side, side)).flatten(1)
    height, place = surface.max(dim=1)
    shift = torch.stack((place % side, place // side), dim=-1).double()
    shift = torch.where(shift > side // 2, shift - side, shift)
    return 2.0 * shift, height / surface.std(dim=1)
