"""Drawings of numbers: grids that are bent, areas that shrink, and rows over a series."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

LINES = 13
"""So many lines a grid has each way."""


def save_plot(figure: Figure, path: Path) -> None:
    """Write a figure on white, which is legible on any page."""
    figure.savefig(path, dpi=100, bbox_inches="tight", facecolor="white")
    plt.close(figure)


def draw_grid(axis: Axes, image: Tensor, carry: Callable[[Tensor], Tensor], title: str) -> None:
    """A picture, and over it a grid whose points were carried somewhere."""
    height, width = image.shape[1:]
    x, y = torch.meshgrid(torch.linspace(0, width - 1, LINES), torch.linspace(0, height - 1, LINES), indexing="xy")
    at = carry(torch.stack((x, y), dim=-1).reshape(-1, 2)).reshape(LINES, LINES, 2).numpy()
    axis.imshow(image.permute(1, 2, 0).numpy())
    _draw_lines(axis, at, color="white", linewidth=0.8)
    axis.set(title=title, xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5))
    axis.axis("off")


def draw_areas(axis: Axes, displacement: Tensor, area: Tensor, title: str) -> None:
    """The grid after a flow, over the smallest area of each cell; what is folded is red."""
    height, width = displacement.shape[1:]
    x, y = torch.meshgrid(torch.arange(width), torch.arange(height), indexing="xy")
    at = (torch.stack((x, y), dim=-1) + displacement.movedim(0, -1)).numpy()
    axis.imshow(area.numpy(), cmap="RdBu", vmin=-1.0, vmax=1.0, extent=(-0.5, width - 0.5, height - 0.5, -0.5))
    _draw_lines(axis, at, color="black", linewidth=0.4)
    axis.set(title=f"{title}: smallest area {float(area.min()):.2f}", xlim=(0, width - 1), ylim=(height - 1, 0))
    axis.axis("off")


def _draw_lines(axis: Axes, at: Any, **how: Any) -> None:
    for k in range(at.shape[0]):
        axis.plot(at[k, :, 0], at[k, :, 1], **how)
    for k in range(at.shape[1]):
        axis.plot(at[:, k, 0], at[:, k, 1], **how)


def show_rows(axis: Axes, rows: Mapping[str, tuple[list[float], dict[str, Any]]]) -> None:
    """Several rows of numbers with their names."""
    for name, (values, how) in rows.items():
        axis.plot(values, label=name, **how)
    axis.legend(frameon=False, fontsize=8)
