"""Worlds with known truth: ramps that tell where they were read, smooth fields, pictures from scikit-image's wheel."""

import math
import shutil
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import skimage.data
import torch
from PIL import Image
from torch import Tensor

from morphlapse.imaging.velocity import flow
from morphlapse.imaging.warp import resize, resize_field, size_of, warp_by_field
from morphlapse.records import Size


def ramp(size: Size, *, dtype: torch.dtype = torch.float64) -> Tensor:
    """(1, 2, H, W): each pixel holds its own x and y, so that a warped ramp tells where it was read."""
    y = torch.arange(size.height, dtype=dtype)
    x = torch.arange(size.width, dtype=dtype)
    return torch.stack((x.expand(size.height, -1), y[:, None].expand(-1, size.width)))[None]


def picture(name: str = "astronaut", size: Size = Size(192, 192)) -> Tensor:  # noqa: B008
    """(1, 3, H, W): a photo of scikit-image's wheel, cut to the aspect about its middle and resized."""
    array = torch.from_numpy(getattr(skimage.data, name)()[..., :3].copy()).permute(2, 0, 1)[None].float() / 255.0
    full = size_of(array)
    width = min(full.width, round(full.height * size.aspect))
    height = min(full.height, round(full.width / size.aspect))
    top, left = (full.height - height) // 2, (full.width - width) // 2
    return resize(array[..., top : top + height, left : left + width].contiguous(), size)


def smooth_velocity(size: Size, amplitude_px: float, *, seed: int = 0, waves: int = 2) -> Tensor:
    """(1, 2, H, W): a random sum of low cosines that vanishes at the border, `amplitude_px` at its largest."""
    generator = torch.Generator().manual_seed(seed)
    y = (torch.arange(size.height) + 0.5) / size.height * math.pi
    x = (torch.arange(size.width) + 0.5) / size.width * math.pi
    field = torch.zeros(2, size.height, size.width)
    for i in range(waves + 1):
        for j in range(waves + 1):
            wave = torch.cos(i * y)[:, None] * torch.cos(j * x)[None]
            field += torch.randn(2, generator=generator)[:, None, None] / (1 + i * i + j * j) ** 0.5 * wave
    field *= (torch.sin(y)[:, None] * torch.sin(x)[None]).sqrt()
    return (field * (amplitude_px / field.norm(dim=0).max()))[None]


def rough_velocity(size: Size, amplitude_px: float, *, seed: int = 0, cell: int = 8) -> Tensor:
    """(1, 2, H, W): random values on a coarse grid, enlarged: its sampled flow folds."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand(1, 2, max(2, size.height // cell), max(2, size.width // cell), generator=generator) * 2 - 1
    grown = resize_field(coarse, size)
    return grown * (amplitude_px / grown.abs().max())


def warped_pair(name: str, size: Size, amplitude_px: float, *, seed: int = 0) -> tuple[Tensor, Tensor, Tensor]:
    """A picture, the same after a smooth flow, and that flow: b(p + u(p)) shows what a(p) shows."""
    a = picture(name, size)
    velocity = smooth_velocity(size, amplitude_px, seed=seed)
    b = warp_by_field(a, flow(-velocity, 8), resampling="catmull_rom").clamp(0.0, 1.0)
    return a, b, flow(velocity, 8)


def copy_files(files: Iterable[Path], folder: Path) -> list[Path]:
    """Copies of files in a folder that is made where it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    return [Path(shutil.copy2(file, folder)) for file in files]


def draw_photos(folder: Path, names: Iterable[str]) -> Path:
    """A folder of small smooth photos, one a name, each of its own colours and always the same."""
    folder.mkdir(parents=True, exist_ok=True)
    draw = np.random.default_rng(0)
    for name in names:
        coarse = Image.fromarray(draw.integers(0, 255, (6, 8, 3), dtype=np.uint8))
        coarse.resize((96, 72), Image.Resampling.BICUBIC).save(folder / f"{name}.png")
    return folder
