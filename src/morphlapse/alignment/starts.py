"""Where a registration begins: proposals from several sources, and the one that agrees best."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import cv2
import numpy as np
import torch
from jaxtyping import Float
from numpy import ndarray
from torch import Tensor

from morphlapse.alignment.agreement import measure_support
from morphlapse.alignment.fourier_mellin import propose_similarities
from morphlapse.alignment.levels import Picture, bring_to_mid, corners_of, make_level
from morphlapse.alignment.losses import LOSSES, NamedLoss
from morphlapse.alignment.models import name_family, split_evenly
from morphlapse.alignment.solver import Limits, descend
from morphlapse.geometry.robust import fit_similarity_robust
from morphlapse.geometry.similarity import map_points, similarity
from morphlapse.imaging.features import Features, find_features, match_features
from morphlapse.imaging.warp import fit_within, map_positions, pixel_positions, resize, resized_from_full, size_of
from morphlapse.records import Size

JUDGED_PX = 48
"""Short side at which proposals are refined and compared."""

CLEAR = 0.6
"""A proposal whose score is as good needs no rival (of unrelated pictures none had more than 0.24)."""

LEAST_SUPPORT = 0.06
"""Nor more than this support."""

FAVOURED = 2
"""So many of a proposer's proposals, the most promising, are looked at before the others."""

FEATURES_PX = 1024
"""Long side at which local features are sought."""

REACH = 0.005
"""Features that land farther off, over the extent of all, are no evidence for a proposal."""

TURNS = 12
"""Proposals around the circle for what has a mass but no features."""

LEAST_MATCHES = 6
"""So many matches must support a transform."""

Proposer = Callable[[Picture, Picture, str], Float[Tensor, "k 3 3"]]
"""Proposes `fixed_from_moving` for a moving and a fixed picture and the name of a model."""


def centre_of(size: Size) -> tuple[float, float]:
    """The middle of a picture, in pixels."""
    return (size.width - 1) / 2.0, (size.height - 1) / 2.0


def start_plainly(moving: Size, fixed: Size, model: str) -> Float[Tensor, "1 3 3"]:
    """Middle onto middle; where the sizes differ and the model can scale, one picture fills the other's area."""
    grown = model not in ("translation", "rotation")
    scale = math.sqrt(fixed.width * fixed.height / (moving.width * moving.height)) if grown else 1.0
    (x, y), (u, v) = centre_of(moving), centre_of(fixed)
    return torch.from_numpy(similarity(scale, shift=(u - scale * x, v - scale * y)))[None]


def find_start(
    moving: Picture, fixed: Picture, model: str, loss: NamedLoss, proposers: Sequence[Proposer] | None = None
) -> Float[Tensor, "1 3 3"]:
    """Find where to begin without being told.

    Pictures: the plain start and those of Fourier-Mellin and, unless one of these agrees clearly, of local features.
    Masks: the plain start and those that bring the masses onto each other.

    Parameters
    ----------
    proposers : sequence of callable, optional
        Asked one after the other instead of these.

    Returns
    -------
    Tensor, (1, 3, 3)
        `fixed_from_moving`, float64.
    """
    best = start_plainly(moving.full, fixed.full, model).to(moving.image.device)
    highest = -math.inf
    for propose in choose_proposers(moving, loss) if proposers is None else proposers:
        proposals = restrict(propose(moving, fixed, model).to(best), model, moving.full, fixed.full)
        for part in filter(len, (proposals[:FAVOURED], proposals[FAVOURED:])):
            distinct = leave_out_repeats(torch.cat((best, part)), moving.full, fixed.full)
            found, support, score = judge(moving, fixed, distinct, model, loss)
            if support > highest:
                best, highest = found, support
            if score >= CLEAR and support >= LEAST_SUPPORT:
                return best
    return best


def choose_proposers(picture: Picture, loss: NamedLoss) -> tuple[Proposer, ...]:
    """Who is asked for pictures, for masks, and for what may be either."""
    masses = () if loss is LOSSES["correlation"] else (propose_by_masses,)
    spectra = (propose_by_spectra, propose_by_features) if picture.image.shape[1] in (1, 3) else ()
    return (*masses, *spectra)


def judge(
    moving: Picture, fixed: Picture, proposals: Float[Tensor, "k 3 3"], model: str, loss: NamedLoss
) -> tuple[Float[Tensor, "1 3 3"], float, float]:
    """Refine proposals coarsely and take the best by agreement and size of the overlap.

    Returns
    -------
    Tensor, (1, 3, 3)
        The best one, refined.
    float, float
        Its support and its score (see `Support`).
    """
    split = split_evenly(proposals, centre_of(moving.full))
    density = min(1.0, JUDGED_PX / min(moving.full.short_side, fixed.full.short_side))
    pair = (moving.reduced(density).repeated(len(proposals)), fixed.reduced(density).repeated(len(proposals)))
    level = make_level(pair, split, loss, density=density)
    middle = split.fixed_from_mid.new_tensor(centre_of(fixed.full)).expand(len(proposals), -1)
    family = name_family(model, bring_to_mid(split, middle), level.grid.radius.double())
    refined = descend(level, split, family, loss, Limits(steps=6, tolerance_px=0.05)).split
    both = [measure_support(level, one, loss) for one in (split, refined)]
    matrices = torch.cat((split.matrix, refined.matrix))
    whole, score = (torch.cat(parts) for parts in zip(*((one.whole, one.score) for one in both), strict=True))
    k = int((whole * ease_of(matrices)).nan_to_num(-1.0).argmax())
    return matrices[k : k + 1], float(whole[k]), float(score[k])


def ease_of(matrices: Float[Tensor, "k 3 3"]) -> Float[Tensor, " k"]:
    """Of proposals that agree alike the one that turns and grows less is likelier: at most 1, seldom under 0.75."""
    factor = torch.complex(matrices[:, 0, 0], matrices[:, 1, 0])
    return 1.0 / (1.0 + 0.15 * factor.angle().abs() / math.pi + 0.15 * factor.abs().clamp_min(1e-6).log2().abs())


def leave_out_repeats(proposals: Float[Tensor, "k 3 3"], moving: Size, fixed: Size) -> Float[Tensor, "k2 3 3"]:
    """Proposals that bring the corners to nearly the same places as an earlier one are not tried again."""
    corners = map_positions(proposals, corners_of(moving, like=proposals))[:, 0]
    apart = (corners[:, None] - corners[None]).norm(dim=-1).amax(dim=-1)
    earlier = torch.ones_like(apart).tril(-1) > 0
    return proposals[~((apart < 0.02 * fixed.long_side) & earlier).any(dim=1)]


def restrict(proposals: Float[Tensor, "k 3 3"], model: str, moving: Size, fixed: Size) -> Float[Tensor, "k 3 3"]:
    """Of transforms keep what a model has: of a similarity its turn, its growth and where it sends the middle."""
    if model in ("affine", "homography"):
        return proposals
    middle = torch.tensor([*centre_of(moving), 1.0]).to(proposals)
    there = proposals @ middle
    there = there[:, :2] / there[:, 2:]
    out = start_plainly(moving, fixed, model)[0].to(proposals).repeat(len(proposals), 1, 1)
    if model == "translation":
        out[:, :2, 2] = there - middle[:2]
        return out
    m = proposals
    factor = 0.5 * torch.complex(m[:, 0, 0] + m[:, 1, 1], m[:, 1, 0] - m[:, 0, 1])
    size = torch.ones_like(factor.abs()) if model == "rotation" else factor.abs()
    angle = torch.zeros_like(size) if model == "scale" else factor.angle()
    out[:, 0, 0] = out[:, 1, 1] = size * angle.cos()
    out[:, 1, 0] = size * angle.sin()
    out[:, 0, 1] = -out[:, 1, 0]
    held = there if model == "similarity" else out.new_tensor(centre_of(fixed))
    out[:, :2, 2] = held - out[:, :2, :2] @ middle[:2]
    return out


def propose_by_spectra(moving: Picture, fixed: Picture, model: str) -> Float[Tensor, "k 3 3"]:  # noqa: ARG001
    """Fourier-Mellin's proposals."""
    return propose_similarities(moving.image[:1], fixed.image[:1])


def propose_by_features(moving: Picture, fixed: Picture, model: str) -> Float[Tensor, "k 3 3"]:
    """The transforms that most matched features support."""
    return propose_by_matches(find_full_features(moving), find_full_features(fixed), model)


def propose_by_matches(moving: Features, fixed: Features, model: str) -> Float[Tensor, "k 3 3"]:
    """The same from features that are known."""
    src, dst = match_features(moving, fixed)
    return torch.from_numpy(np.array(support_by_matches(src, dst, model)).reshape(-1, 3, 3))


def find_full_features(picture: Picture) -> Features:
    """Features of a reduced copy, placed in the full-size picture."""
    size = fit_within(size_of(picture.image), FEATURES_PX)
    found = find_features(resize(picture.image[:1], size)[0])
    return Features(map_points(resized_from_full(size, picture.full).numpy(), found.xy), found.descriptors)


def support_by_matches(src: Float[ndarray, "n 2"], dst: Float[ndarray, "n 2"], model: str) -> list[ndarray]:
    """The similarity that most matches support (RANSAC) and, if the model has more freedoms, the homography
    (MAGSAC++, Barath et al. 2020); none of those that hardly any match supports.
    """
    found = []
    reach = REACH * float(np.ptp(dst, axis=0).max()) if len(dst) else 0.0
    if len(src) >= LEAST_MATCHES:
        matrix, kept = cv2.estimateAffinePartial2D(
            src, dst, method=cv2.RANSAC, ransacReprojThreshold=reach, maxIters=5000, confidence=0.999
        )
        if matrix is not None and int(kept.sum()) >= LEAST_MATCHES:
            found.append(np.vstack([matrix, [0.0, 0.0, 1.0]]))
        if model in ("affine", "homography"):
            matrix, kept = cv2.findHomography(src, dst, cv2.USAC_MAGSAC, reach, maxIters=5000, confidence=0.999)
            if matrix is not None and int(kept.sum()) >= LEAST_MATCHES:
                found.append(matrix / matrix[2, 2])
    return found


def propose_by_masses(moving: Picture, fixed: Picture, model: str) -> Float[Tensor, "k 3 3"]:  # noqa: ARG001
    """For masks: by the centroids of their channels, and by centroid and spread of all in turns around the circle."""
    (points, masses, middle, spread), (points_f, masses_f, middle_f, spread_f) = (
        weigh_masses(picture) for picture in (moving, fixed)
    )
    scale = spread_f / spread if spread > 0.0 and spread_f > 0.0 else 1.0
    proposals = [
        similarity(scale, 2.0 * math.pi * k / TURNS, tuple(middle_f - middle), centre=tuple(middle))
        for k in range(TURNS)
    ]
    share = np.minimum(masses, masses_f)
    if np.count_nonzero(share) >= 2 and np.ptp(points[share > 0], axis=0).max() > 0.1 * spread:
        proposals.append(fit_similarity_robust(points, points_f, share).matrix)
    return torch.from_numpy(np.array(proposals))


def weigh_masses(picture: Picture) -> tuple[ndarray, ndarray, ndarray, float]:
    """Centroid and mass of each channel of a mask, and centroid and spread of all, in full-size pixels."""
    weight = (picture.image[:1].abs() * (1.0 if picture.weight is None else picture.weight[:1]))[0].double().cpu()
    positions = pixel_positions(size_of(picture.image), like=weight)
    positions = map_positions(torch.linalg.inv(picture.here_from_full)[None].cpu(), positions)[0]
    masses = weight.sum(dim=(1, 2))
    points = torch.einsum("chw,hwd->cd", weight, positions) / masses.clamp_min(1e-12)[:, None]
    middle = (points * masses[:, None]).sum(dim=0) / masses.sum().clamp_min(1e-12)
    squares = (positions - middle).square().sum(dim=-1)
    spread = ((weight.sum(dim=0) * squares).sum() / masses.sum().clamp_min(1e-12)).sqrt()
    return points.numpy(), masses.numpy(), middle.numpy(), float(spread)
