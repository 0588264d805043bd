"""dlib's face recognition network in torch: the same numbers from dlib's own file.

It is a residual network (He et al. 2016) of 29 layers, as dlib's `dnn_face_recognition_ex.cpp` has it. Here a face
takes 27 ms of CPU instead of 136 (one thread of an AMD EPYC), and other threads go on meanwhile: dlib holds Python's
lock.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from numpy import ndarray
from torch import Tensor
from torch.nn import functional

MEAN = (122.782, 117.001, 104.298)
"""Of red, green and blue, as the network was trained."""
LEVELS = ((32, 3), (64, 4), (128, 3), (256, 3), (256, 1))
"""Channels of each level and how many blocks it has; the first block of all but the first level halves."""
NUMBERS = 128
"""That describe a face."""
LAST = b"\x04fc_2"
"""How the last layer begins in the file: the length of its name, and that name."""
MARKS = re.compile(rb"\x05con_4|\x07affine_|" + LAST)
"""How all layers that have weights do."""


class Convolution(NamedTuple):
    """A convolution and the affine layer behind it, as one."""

    weight: Tensor
    """(out, in, k, k)"""
    bias: Tensor
    """(out,)"""
    stride: int
    """In both directions."""


@dataclass(frozen=True, eq=False)
class Network:
    """The layers, in their order."""

    first: Convolution
    """That looks at the chip."""
    blocks: tuple[tuple[Convolution, Convolution], ...]
    """Of two convolutions each, around which what was there before is led."""
    last: Tensor
    """(256, 128)"""

    def describe(self, chips: Float[Tensor, "n 3 150 150"]) -> Float[Tensor, "n 128"]:
        """Describe faces.

        Parameters
        ----------
        chips : Tensor, (N, 3, 150, 150)
            RGB, 0 to 255.
        """
        x = (chips - chips.new_tensor(MEAN).view(3, 1, 1)) / 256.0
        x = functional.max_pool2d(_apply(self.first, x).relu_(), 3, 2)
        for one, two in self.blocks:
            before = functional.avg_pool2d(x, 2, 2) if one.stride == 2 else x
            x = _add(_apply(two, _apply(one, x).relu_()), before).relu_()
        return x.mean(dim=(2, 3)) @ self.last


def _apply(layer: Convolution, x: Tensor) -> Tensor:
    # As in dlib, what halves has no padding.
    padding = layer.weight.shape[-1] // 2 if layer.stride == 1 else 0
    return functional.conv2d(x, layer.weight, layer.bias, layer.stride, padding)


def _add(a: Tensor, b: Tensor) -> Tensor:
    """Add what may have fewer channels, rows or columns: dlib takes what is missing for zeros."""
    full = [max(each) for each in zip(a.shape, b.shape, strict=True)]
    grown = []
    for x in (a, b):
        room = [full[k] - x.shape[k] for k in (3, 2, 1)]
        grown.append(functional.pad(x, (0, room[0], 0, room[1], 0, room[2])) if any(room) else x)
    return grown[0] + grown[1]


def read_network(path: Path) -> Network:
    """Read the network's weights from dlib's file.

    Raises
    ------
    ValueError
        If the file holds another network.
    """
    arrays = list(_read_arrays(path.read_bytes()))
    sizes: list[tuple[int, int, int, int]] = [(3, 32, 7, 2)]
    for level, (channels, count) in enumerate(LEVELS):
        for block in range(count):
            before = LEVELS[max(level - 1, 0)][0] if block == 0 else channels
            sizes += [(before, channels, 3, 2 if block == 0 and level else 1), (channels, channels, 3, 1)]
    if len(arrays) != 2 * len(sizes) + 1 or len(arrays[-1]) != LEVELS[-1][0] * NUMBERS:
        raise ValueError(f"{path} does not hold dlib's face recognition network")
    layers = [_fold(arrays[2 * k], arrays[2 * k + 1], size) for k, size in enumerate(sizes)]
    last = torch.from_numpy(arrays[-1].reshape(LEVELS[-1][0], NUMBERS))
    return Network(layers[0], tuple(zip(layers[1::2], layers[2::2], strict=True)), last)


def _fold(weights: ndarray, affine: ndarray, size: tuple[int, int, int, int]) -> Convolution:
    """A convolution that does also what the affine layer behind it does."""
    before, channels, side, stride = size
    if len(weights) != channels * before * side**2 + channels or len(affine) != 2 * channels:
        raise ValueError(f"a layer of dlib's network has {len(weights)} and {len(affine)} weights")
    weight = weights[:-channels].reshape(channels, before, side, side)
    gain, offset = affine[:channels], affine[channels:]
    kernel, bias = weight * gain[:, None, None, None], weights[-channels:] * gain + offset
    return Convolution(torch.from_numpy(kernel), torch.from_numpy(bias), stride)


def _read_arrays(content: bytes) -> Iterator[Float[ndarray, " n"]]:
    """The weights of each layer that has some, in the order in which they are applied."""
    at = 0
    while found := MARKS.search(content, at):
        # A last layer tells how many numbers it takes and gives. Of a tensor come its version and its four extents.
        at, told = found.end(), []
        for _ in range(7 if found[0] == LAST else 5):
            number, at = _read_int(content, at)
            told.append(number)
        count = int(np.prod(told[-4:]))
        values = np.frombuffer(content, dtype="<f4", count=count, offset=at).astype(np.float32)
        at += 4 * count
        yield values


def _read_int(content: bytes, at: int) -> tuple[int, int]:
    """A number as dlib writes it: how many bytes it has, and these, the least first."""
    length = content[at] & 0x0F
    return int.from_bytes(content[at + 1 : at + 1 + length], "little"), at + 1 + length
