"""A second proposal for photos of one moment: dense optical flow, and how it is joined with the first."""

from __future__ import annotations

import math

import cv2
import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from morphlapse.imaging.colour import light_of
from morphlapse.imaging.compare import lightness_of, local_correlation_map
from morphlapse.imaging.filters import gaussian_blur, squared_slope
from morphlapse.imaging.warp import pixel_positions, resize, resize_field, sample, size_of
from morphlapse.morphing.energy import read_midpoint, squarings_for
from morphlapse.morphing.hints import Hints, splat

SMALLEST_PX = 32
"""Flow is not sought in pictures with a shorter side."""
ROUNDS = 4
"""How often a flow is read again where it leads, on its way to the midpoint."""
AGREE_PX = 2.0
"""A flow and the flow back that differ by so much have little to say."""
WINDOW_PX = 3.0
"""Sigma of the window in which both proposals are compared, and of the region that takes one of them."""
BETTER = 0.05
"""By how much the local correlation must grow before flow takes over,"""
NOT_WORSE = -0.05
"""and how far it may sink between photos of one moment at an edge of motion, which flow keeps sharper."""
EDGE = 0.9
"""Slope of a velocity from which on it stands for an edge of motion."""
STEEP, SOME = 0.6, 0.03
"""Where more than such a share of a velocity is steeper than this, there are edges of motion."""
ONE_MOMENT = 0.5
"""Mean trust from which on photos are of one moment: films have .5 to .9, a glacier hours apart .35, days .1."""
SHARP = 60.0
"""How fast it takes over beyond."""
NEAR_PX = 12.0
"""Sigma of the surroundings of a hint, which flow leaves alone."""


Flow = tuple[Float[Tensor, "1 2 h w"], Float[Tensor, "1 1 h w"]]
"""A flow, and how far it is trusted; see `find_flow`."""


def find_flow(a: Float[Tensor, "1 3 h w"], b: Float[Tensor, "1 3 h w"], *, fine: bool = False) -> Flow:
    """Dense flow between two pictures as seen from their midpoint (Kroeger et al. 2016, in both directions).

    The flow of a to b is read at p - u/2, that of b to a at p + u/2: where both lead, they lead to one point of the
    midpoint, and their mean changes its sign when a and b are exchanged. `fine` seeks it down to single pixels, which
    takes four times as long.

    Returns
    -------
    Tensor, (1, 2, H, W)
        u: what lies at p - u/2 in a lies at p + u/2 in b; to third order the velocity of that motion.
    Tensor, (1, 1, H, W)
        How far both directions agree on it, 0 to 1.
    """
    first, second = (gray_of(image) for image in (a, b))
    seeker = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    if fine:
        seeker.setFinestScale(0)
    there, back = (
        torch.from_numpy(seeker.calc(x, y, None)).to(a).permute(2, 0, 1)[None]  # pyright: ignore[reportCallIssue, reportArgumentType]
        for x, y in ((first, second), (second, first))
    )
    positions = pixel_positions(size_of(a), like=a)
    u, w = torch.zeros_like(there), torch.zeros_like(back)
    for _ in range(ROUNDS):
        u = sample(there, positions - 0.5 * u.movedim(1, -1))
        w = -sample(back, positions + 0.5 * w.movedim(1, -1))
    apart = (u - w).square().sum(dim=1, keepdim=True)
    return 0.5 * (u + w), torch.exp(-apart / AGREE_PX**2)


def gray_of(image: Float[Tensor, "1 3 h w"]) -> NDArray[np.uint8]:
    """A picture's lightness in bytes, (H, W), as OpenCV takes it."""
    gray = lightness_of(image)[0, 0].detach().clamp(0.0, 1.0) * 255.0
    return gray.round().byte().cpu().numpy()


def join_flow(
    a: Float[Tensor, "1 3 h w"],
    b: Float[Tensor, "1 3 h w"],
    velocity: Float[Tensor, "1 2 h2 w2"],
    hints: Hints | None = None,
    *,
    light: tuple[Tensor, Tensor] | None = None,
    flow: Flow | None = None,
) -> Float[Tensor, "1 2 h2 w2"]:
    """Take dense flow for a velocity wherever the pictures agree better under it.

    A velocity that is found smooth and whole holds for pictures of two days; at the edges of what moves in a film, and
    for what is too small to be seen at coarse levels, flow found patch by patch is nearer. About hints, in pixels of
    the pictures, the velocity stays. `light` is the lightness of both, and `flow` what `find_flow` finds, where they
    are known already.
    """
    size, cells = size_of(a), size_of(velocity)
    if size.short_side < SMALLEST_PX:
        return velocity
    found, trust = find_flow(a, b) if flow is None else flow
    one_moment, slope = float(trust.mean()) > ONE_MOMENT, squared_slope(velocity).sqrt()
    if one_moment and float((slope > STEEP).float().mean()) > SOME:
        found, trust = find_flow(a, b, fine=True)
    led = resize_field(found, cells)
    seen = (light_of(a), light_of(b)) if light is None else light
    before, after = (_correlate(seen, each) for each in (velocity, led))
    gain = gaussian_blur(after - before, WINDOW_PX)
    if one_moment:
        # Where one photo alone sees something no way leads back, and flow that goes on from beside is the better guess.
        edge = resize(slope / EDGE, size).clamp(max=1.0).square()
        share = torch.sigmoid(SHARP * (gain - torch.lerp(edge.new_tensor(BETTER), edge.new_tensor(NOT_WORSE), edge)))
    else:
        share = trust * torch.sigmoid(SHARP * (gain - BETTER))
    free = 1.0 if hints is None else 1.0 - measure_nearness(hints, a)
    share = resize(free * share, cells)
    return velocity + gaussian_blur(share, WINDOW_PX * cells.width / size.width) * (led - velocity)


def measure_nearness(hints: Hints, image: Float[Tensor, "1 3 h w"]) -> Float[Tensor, "1 1 h w"]:
    """How near each pixel of the midpoint is to a hint, from 0 to 1."""
    middle = 0.5 * (hints.a + hints.b)[None]
    density = gaussian_blur(splat(middle, torch.ones_like(middle[..., :1]), image), NEAR_PX)
    return (density * (2.0 * math.pi * NEAR_PX**2)).clamp(max=1.0)


def _correlate(light: tuple[Tensor, Tensor], velocity: Tensor) -> Float[Tensor, "1 1 h w"]:
    middle = read_midpoint(*light, velocity, squarings_for(velocity))
    return local_correlation_map(middle.a, middle.b, sigma=WINDOW_PX, valid=middle.valid + 1e-6)
