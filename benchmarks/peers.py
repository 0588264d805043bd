"""Morphs made of other tools' dense flow, for comparison: each is a flow there, a flow back, and a dissolve of both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import cv2
import numpy as np
import torch
from torch import Tensor

from morphlapse.imaging.warp import sample, warp_by_field

Flow = Callable[[np.ndarray, np.ndarray], np.ndarray]


class Contender(Protocol):
    """A morph as the benchmark sees it, ours or a peer's."""

    def frame_at(self, t: float, *, final: bool = True) -> Tensor:
        """(3, H, W) at t; `final` reads by Catmull-Rom or nearly, else bilinearly."""
        ...

    def pace(self, progress: float) -> float:
        """The t that is shown when so much of a transition is over."""
        ...

    def carry(self, points: Tensor, t: float) -> Tensor:
        """(N, 2): where points of a are at t."""
        ...

    def midpoint_layers(self, *, tinted: bool = True) -> tuple[Tensor, Tensor]:
        """Both pictures as they are mixed at 1/2, (1, 3, H, W) each; `tinted` as to light and colour, too."""
        ...

    def reads_at(self, t: float) -> tuple[Tensor, Tensor]:
        """(1, 2, h, w) each, in pixels of its grid: by how much each picture is read aside at t."""
        ...


# OpenCV's stubs know neither its contributed modules nor that a flow may start from nothing.
opencv: Any = cv2


def _dis(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return opencv.DISOpticalFlow_create(opencv.DISOPTICAL_FLOW_PRESET_MEDIUM).calc(a, b, None)


def _deepflow(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return opencv.optflow.createOptFlow_DeepFlow().calc(a, b, None)


def _tvl1(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return opencv.optflow.DualTVL1OpticalFlow_create().calc(a, b, None)


def _farneback(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return opencv.calcOpticalFlowFarneback(a, b, None, 0.5, 6, 21, 5, 7, 1.5, 0)


FLOWS: dict[str, Flow] = {"DIS": _dis, "DeepFlow": _deepflow, "TV-L1": _tvl1, "Farneback": _farneback}
DISSOLVE = "dissolve"
PEERS = (DISSOLVE, *FLOWS)


@dataclass(frozen=True, eq=False)
class PeerMorph:
    """What a flow in both directions gives, or none for a dissolve; a flow is sought when it is first asked for."""

    name: str
    a: Tensor
    b: Tensor

    @cached_property
    def b_from_a(self) -> Tensor:
        """(1, 2, H, W): p + flow(p) of b shows what p of a shows."""
        return find_flow(self.name, self.a, self.b)

    @cached_property
    def a_from_b(self) -> Tensor:
        """The way back."""
        return find_flow(self.name, self.b, self.a)

    def reads_at(self, t: float) -> tuple[Tensor, Tensor]:
        """By how much each picture is read aside."""
        return -t * self.b_from_a, (t - 1.0) * self.a_from_b

    def layers_at(self, t: float, *, final: bool = True) -> tuple[Tensor, Tensor]:
        """Both pictures at t."""
        if self.name == DISSOLVE:
            return self.a, self.b
        reads = self.reads_at(t)
        how = "catmull_rom" if final else "bilinear"
        first, last = (warp_by_field(x, u, resampling=how) for x, u in zip((self.a, self.b), reads, strict=True))
        return first, last

    def midpoint_layers(self, *, tinted: bool = True) -> tuple[Tensor, Tensor]:  # noqa: ARG002
        """Both pictures at 1/2; flows know nothing of light."""
        return self.layers_at(0.5)

    def frame_at(self, t: float, *, final: bool = True) -> Tensor:
        """(3, H, W) at t."""
        first, last = self.layers_at(t, final=final)
        return torch.lerp(first, last, t)[0].clamp(0.0, 1.0)

    def pace(self, progress: float) -> float:
        """Time runs evenly."""
        return progress

    def carry(self, points: Tensor, t: float) -> Tensor:
        """Where points of a are at t."""
        return points + t * sample(self.b_from_a, points[None, None])[0, :, 0].T


def gray_of(image: Tensor) -> np.ndarray:
    """(H, W) uint8 of (1, 3, H, W)."""
    rgb = (image[0].permute(1, 2, 0).clamp(0, 1) * 255.0).round().to(torch.uint8).numpy()
    return cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)


def find_flow(name: str, a: Tensor, b: Tensor) -> Tensor:
    """(1, 2, H, W): p + flow(p) of b shows what p of a shows."""
    if name == DISSOLVE:
        return torch.zeros(1, 2, *a.shape[-2:])
    return torch.from_numpy(FLOWS[name](gray_of(a), gray_of(b))).permute(2, 0, 1)[None].float()


def morph_by_flow(name: str, a: Tensor, b: Tensor) -> PeerMorph:
    """The morph of a peer."""
    return PeerMorph(name, a, b)
