"""Coarse and fine copies of two pictures, and the part of the middle plane where they are compared."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from morphlapse.alignment.losses import LOSSES, NamedLoss, UserLoss
from morphlapse.alignment.models import Split
from morphlapse.imaging.warp import map_positions, pixel_positions, resize, resized_from_full, sample, size_of
from morphlapse.records import Size

EVEN_SCALE = 1.15
"""Pictures that differ in scale by less are compared at the same reduction."""


PHASE = 0.25
"""Positions between the pictures lie so far off the pixels. Reading between pixels blurs; at a quarter, what either
picture is blurred more by a shift the other one is less, and the shift is drawn to no place. (Of mere shifts the error
is a third of that with positions on the pixels.)"""


@dataclass(frozen=True, eq=False)
class Picture:
    """One of the two pictures, possibly reduced."""

    image: Float[Tensor, "b c h w"]
    """Its values."""
    weight: Float[Tensor, "b 1 h w"] | None
    """How far each pixel counts."""
    here_from_full: Float[Tensor, "3 3"]
    """float64, from pixels of the full-size picture to those of this copy."""
    full: Size
    """Of the full-size picture."""

    def reduced(self, factor: float) -> Picture:
        """A copy with fewer pixels: `factor` times the full-size picture's."""
        size = Size(*(max(8, round(side * factor)) for side in (self.full.height, self.full.width)))
        if size == size_of(self.image):
            return self
        weight = None if self.weight is None else resize(self.weight, size)
        matrix = resized_from_full(self.full, size).to(self.image.device)
        return Picture(resize(self.image, size), weight, matrix, self.full)

    def repeated(self, count: int) -> Picture:
        """The same picture for each of a batch."""
        weight = None if self.weight is None else self.weight.expand(count, -1, -1, -1)
        return Picture(self.image.expand(count, -1, -1, -1), weight, self.here_from_full, self.full)


@dataclass(frozen=True, eq=False)
class Readable:
    """What the loss compares of a picture, with how far each pixel counts as a last channel, 0 along the border."""

    layers: Float[Tensor, "b c h w"]
    """The channels; the last one tells how far a pixel counts."""
    here_from_full: Float[Tensor, "3 3"]
    """From pixels of the full picture to those of the layers."""

    def read(self, full_from_mid: Float[Tensor, "b 3 3"], grid: Grid) -> tuple[Tensor, Tensor]:
        """Values at positions of the middle plane, and how far they count."""
        positions = grid.mapped(self.here_from_full @ full_from_mid)
        read = sample(self.layers, positions, border="zeros")
        return read[:, :-1], read[:, -1:]


def make_readable(picture: Picture, loss: NamedLoss | UserLoss) -> Readable:
    """Prepare a picture for a loss."""
    image = loss.prepare(picture.image) if isinstance(loss, NamedLoss) else picture.image
    counts = torch.ones_like(image[:, :1]) if picture.weight is None else picture.weight.clone()
    counts[..., 0], counts[..., -1], counts[..., 0, :], counts[..., -1, :] = 0.0, 0.0, 0.0, 0.0
    return Readable(torch.cat((image, counts), dim=1), picture.here_from_full)


@dataclass(frozen=True, eq=False)
class Grid:
    """Evenly spaced positions of the middle plane, in its pixels."""

    columns: Float[Tensor, "b w"]
    """Their x."""
    rows: Float[Tensor, "b h"]
    """Their y."""
    step: float
    """Distance between neighbours."""
    centre: Float[Tensor, "b 2"]
    """Of the positions."""
    radius: Float[Tensor, " b"]
    """From the centre to the corners."""

    @property
    def corners(self) -> Float[Tensor, "b 4 2"]:
        """The outermost positions."""
        x, y = self.columns[:, [0, -1, -1, 0]], self.rows[:, [0, 0, -1, -1]]
        return torch.stack((x, y), dim=-1)

    def mapped(self, matrix: Float[Tensor, "b 3 3"]) -> Float[Tensor, "b h w 2"]:
        """Send the positions through matrices: for affine ones that is a sum of a row and a column."""
        kind = self.columns
        if bool((matrix[:, 2] == matrix.new_tensor([0.0, 0.0, 1.0])).all()):
            x, y = matrix[:, None, :2, 0], matrix[:, None, :2, 1]
            across = (self.columns.double()[..., None] * x + matrix[:, None, :2, 2]).to(kind)
            return across[:, None] + (self.rows.double()[..., None] * y).to(kind)[:, :, None]
        shape = (-1, self.rows.shape[1], self.columns.shape[1])
        x, y = self.columns[:, None].expand(shape), self.rows[:, :, None].expand(shape)
        return map_positions(matrix, torch.stack((x, y), dim=-1))


@dataclass(frozen=True, eq=False)
class Level:
    """Both pictures at one reduction, and where they are compared."""

    moving: Readable
    """The picture that is brought onto the other."""
    fixed: Readable
    """The picture that stays."""
    grid: Grid
    """Positions of the middle plane where both are read."""


def make_level(pair: tuple[Picture, Picture], split: Split, loss: NamedLoss | UserLoss, *, density: float) -> Level:
    """Reduce both pictures so that things have the same size in either, and lay a grid over what both show.

    Parameters
    ----------
    density : float
        Positions per pixel of the picture that has fewer pixels for the same thing; at most 1.
    """
    moving, fixed = pair
    scale = scale_of(split, moving.full)
    root = math.sqrt(scale) if not 1.0 / EVEN_SCALE < scale < EVEN_SCALE else 1.0
    per_mid = density * min(root, 1.0 / root)
    first = make_readable(moving.reduced(per_mid * root), loss)
    second = make_readable(fixed.reduced(per_mid / root), loss)
    grid = place_grid(find_overlap(split, moving.full, fixed.full), 1.0 / per_mid, like=first.layers)
    return Level(first, second, grid)


def scale_of(split: Split, moving: Size) -> float:
    """How much larger things are in the fixed picture than in the moving one, at its middle; the geometric mean of a
    batch.
    """
    matrix = split.matrix
    middle = matrix.new_tensor([(moving.width - 1) / 2.0, (moving.height - 1) / 2.0])
    bottom = matrix[:, 2, :2] @ middle + matrix[:, 2, 2]
    growth = torch.linalg.det(matrix).abs() / bottom.abs().clamp_min(1e-9) ** 3
    return math.exp(0.5 * float(growth.clamp(1e-4, 1e4).log().mean()))


def corners_of(size: Size, *, like: Tensor) -> Float[Tensor, "1 1 4 2"]:
    """Positions of the four outermost pixels."""
    right, bottom = size.width - 1.0, size.height - 1.0
    return like.new_tensor([[0.0, 0.0], [right, 0.0], [right, bottom], [0.0, bottom]])[None, None]


def find_overlap(split: Split, moving: Size, fixed: Size) -> Float[Tensor, "b 2 2"]:
    """Low and high corner of a box in the middle plane that holds all that both pictures show; inverted if none."""
    like = split.fixed_from_mid
    first = map_positions(split.mid_from_moving, corners_of(moving, like=like))[:, 0]
    second = map_positions(torch.linalg.inv(split.fixed_from_mid), corners_of(fixed, like=like))[:, 0]
    low = torch.maximum(_extreme(first, -1.0), _extreme(second, -1.0))
    high = torch.minimum(_extreme(first, 1.0), _extreme(second, 1.0))
    return torch.stack((low, high), dim=1)


def _extreme(corners: Float[Tensor, "b 4 2"], sign: float) -> Float[Tensor, "b 2"]:
    """Largest (or smallest) x and y; no bound where a corner lies behind the horizon."""
    bound = (corners * sign).amax(dim=1) * sign
    behind = corners.abs().amax(dim=(1, 2)) > 1e5
    return torch.where(behind[:, None], torch.full_like(bound, sign * 1e9), bound)


def place_grid(overlap: Float[Tensor, "b 2 2"], step: float, *, like: Tensor) -> Grid:
    """Positions `step` apart over each box of a batch, `PHASE` off the pixels of a level, in the type of `like`."""
    extent = ((overlap[:, 1] - overlap[:, 0]).amax(dim=0) / step).clamp(8.0, 4096.0).ceil()
    first = overlap.mean(dim=1) - 0.5 * (extent - 1.0) * step
    first = (((first + 0.5) / step - 0.5 - PHASE).round() + 0.5 + PHASE) * step - 0.5
    middle = first + 0.5 * (extent - 1.0) * step
    across, down = (
        torch.arange(int(count), device=like.device, dtype=torch.float64) * step for count in extent.tolist()
    )
    radius = torch.linalg.norm(extent - 1.0) * 0.5 * step
    columns, rows = first[:, :1] + across, first[:, 1:] + down
    return Grid(columns.to(like), rows.to(like), step, middle.to(like), radius.to(like).expand(len(middle)))


def bring_to_mid(split: Split, anchor: Float[Tensor, "b 2"]) -> Float[Tensor, "b 2"]:
    """Where pixels of the fixed pictures lie in the plane between the pictures."""
    return map_positions(torch.linalg.inv(split.fixed_from_mid), anchor[:, None, None])[:, 0, 0]


def anchor_of(picture: Picture, loss: NamedLoss | UserLoss | None) -> Float[Tensor, "b 2"]:
    """The point about which parameters turn and scale: the centroid of weights and masses, in full-size pixels.

    Pictures without weights, and whatever has no `loss`, are anchored in their middle.
    """
    middle = picture.here_from_full.new_tensor([[(picture.full.width - 1) / 2.0, (picture.full.height - 1) / 2.0]])
    mass = torch.ones_like(picture.image[:, 0]) if loss is LOSSES["correlation"] else picture.image.abs().sum(dim=1)
    if loss is None or (picture.weight is None and loss is LOSSES["correlation"]):
        return middle.expand(len(picture.image), -1)
    mass = (mass if picture.weight is None else mass * picture.weight[:, 0]).double()
    positions = map_positions(torch.linalg.inv(picture.here_from_full)[None], pixel_positions(size_of(mass), like=mass))
    total = mass.sum(dim=(1, 2))[:, None]
    centroid = (mass[..., None] * positions).sum(dim=(1, 2)) / total.clamp_min(1e-12)
    return torch.where(total > 0.0, centroid, middle)
