"""Ours and other tools' registrations, each as a function of two pictures."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import cv2
import numpy as np
import torch
from kornia.geometry import ImageRegistrator  # noqa: TID251
from numpy.typing import NDArray
from ours import OURS
from skimage.filters import difference_of_gaussians, window
from skimage.registration import phase_cross_correlation as _phase_correlate
from skimage.transform import warp_polar
from torch import Tensor

from morphlapse.alignment.register import register
from morphlapse.geometry.normalised import pixels_from_normalised
from morphlapse.geometry.similarity import invert, similarity
from morphlapse.imaging.compare import lightness_of
from morphlapse.imaging.warp import size_of

# scikit-image's types know no normalisation of None, which its documentation offers.
correlate_phases: Any = _phase_correlate

Matrix = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Answer:
    """What a tool says of a pair."""

    matrix: Matrix
    """`fixed_from_moving`."""
    sure: bool = True
    """Whether the tool itself says that it has found it."""


Aligner = Callable[[Tensor, Tensor, str], Answer | None]
"""From a moving and a fixed picture (3, H, W) and the name of a model; None where it gives up."""

KORNIA, ECC, MELLIN, RANSAC = "kornia ImageRegistrator", "ECC", "Fourier-Mellin + ECC", "SIFT + RANSAC"
MAGSAC, PHASE, STACKREG = "SIFT + MAGSAC", "skimage phase correlation", "pystackreg"
KORNIA_STEPS = 500
"""At each of 5 levels at most, by Adam with its default rate of 0.001, on squares, to a tolerance of 1e-8."""
RATIO = 0.8
ECC_LEVELS = 3
POLAR_RADII = 360
MOTIONS = {
    "translation": cv2.MOTION_TRANSLATION,
    "similarity": cv2.MOTION_AFFINE,
    "homography": cv2.MOTION_HOMOGRAPHY,
}
"""ECC knows no similarity."""


def align_ours(moving: Tensor, fixed: Tensor, model: str) -> Answer:
    """By `register` as it is called without options."""
    found = register(moving, fixed, model=model)
    return Answer(found.matrix, found.status == "converged")


def align_targets(moving: Tensor, fixed: Tensor, model: str) -> Answer:
    """The same for stacks of masks, three of which would pass for a photo."""
    found = register(moving, fixed, model=model, loss="l2")
    return Answer(found.matrix, found.status == "converged")


def align_by_kornia(moving: Tensor, fixed: Tensor, model: str) -> Answer | None:
    """By the registrator, whose result maps normalised positions of the fixed picture to those of the moving one."""
    registrator = ImageRegistrator(
        model, loss_fn=torch.nn.functional.mse_loss, num_iterations=KORNIA_STEPS, tolerance=1e-8
    )
    found: Any = registrator.register(moving[None], fixed[None])
    return Answer(pixels_from_normalised(found.detach()[0].double().numpy(), size_of(moving), size_of(fixed)))


def align_by_ecc(moving: Tensor, fixed: Tensor, model: str) -> Answer | None:
    """From the identity, over a pyramid."""
    return refine_by_ecc(gray_of(moving), gray_of(fixed), np.eye(3), model)


def refine_by_ecc(moving: Any, fixed: Any, start: Matrix, model: str) -> Answer | None:
    """ECC's matrix takes positions of its template (the fixed picture) to the other one."""
    moving_from_fixed = invert(start)
    for level in range(ECC_LEVELS - 1, -1, -1):
        scale = 0.5**level
        a, b = (cv2.resize(x, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) for x in (moving, fixed))
        small_from_full = similarity(scale, shift=(0.5 * scale - 0.5, 0.5 * scale - 0.5))
        warp = small_from_full @ moving_from_fixed @ invert(small_from_full)
        warp = (warp if model == "homography" else warp[:2]).astype(np.float32)
        criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 200, 1e-6)
        try:
            _, warp = cv2.findTransformECC(b, a, warp, MOTIONS[model], criteria, None, 5)  # pyright: ignore[reportCallIssue, reportArgumentType]
        except cv2.error:
            return None
        whole = np.vstack([warp, [0.0, 0.0, 1.0]]) if len(warp) == 2 else warp
        moving_from_fixed = invert(small_from_full) @ whole.astype(np.float64) @ small_from_full
    if not np.isfinite(moving_from_fixed).all() or abs(np.linalg.det(moving_from_fixed)) < 1e-6:
        return None
    return Answer(invert(moving_from_fixed))


def align_by_mellin(moving: Tensor, fixed: Tensor, model: str) -> Answer | None:
    """As scikit-image's gallery finds turn and size from spectra, then shift by phase correlation, then ECC."""
    a, b = gray_of(moving), gray_of(fixed)
    turn, scale = find_turn(a, b)
    height, width = a.shape
    middle = ((width - 1) / 2.0, (height - 1) / 2.0)
    best, highest = np.eye(3), -math.inf
    for half_turn in (0.0, math.pi):
        turned = similarity(scale, turn + half_turn, centre=middle)
        seen = cv2.warpPerspective(a, turned, (b.shape[1], b.shape[0]))
        down, across = correlate_phases(b, seen, normalization=None)[0]
        placed = similarity(shift=(float(across), float(down))) @ turned
        alike = correlate(cv2.warpPerspective(a, placed, (b.shape[1], b.shape[0])), b)
        if alike > highest:
            best, highest = placed, alike
    return refine_by_ecc(a, b, best, model)


def find_turn(a: Any, b: Any) -> tuple[float, float]:
    """Turn (up to a half turn) and growth from a to b by the log-polar spectra."""
    spectra = []
    for picture in (a, b):
        side = max(picture.shape)
        square = np.zeros((side, side))
        square[: picture.shape[0], : picture.shape[1]] = difference_of_gaussians(picture, 3, 20) * window(
            "hann", picture.shape
        )
        size = np.abs(np.fft.fftshift(np.fft.fft2(square)))
        polar = warp_polar(size, radius=side // 8, output_shape=(360, POLAR_RADII), scaling="log", order=1)
        spectra.append(polar[:180])
    shift = correlate_phases(spectra[0], spectra[1], upsample_factor=10, normalization=None)[0]
    per_radius = math.log(max(a.shape) // 8) / POLAR_RADII
    return math.radians(-float(shift[0])), math.exp(float(shift[1]) * per_radius)


def correlate(a: Any, b: Any) -> float:
    """Correlation of two pictures where the first one is not black."""
    seen = a > 0.0
    return float(np.corrcoef(a[seen], b[seen])[0, 1]) * math.sqrt(float(seen.mean())) if seen.any() else -1.0


def match_sift(moving: Tensor, fixed: Tensor) -> tuple[Matrix, Matrix]:
    """Positions of matched SIFT features."""
    finder: Any = cv2.SIFT.create()
    a, b = (finder.detectAndCompute((255.0 * gray_of(x)).round().astype(np.uint8), None) for x in (moving, fixed))
    if min(len(a[0]), len(b[0])) < 2:
        return np.zeros((0, 2)), np.zeros((0, 2))
    pairs = cv2.BFMatcher().knnMatch(a[1], b[1], k=2)
    kept = [first for first, second in pairs if first.distance < RATIO * second.distance]
    src = np.array([a[0][m.queryIdx].pt for m in kept]).reshape(-1, 2)
    return src, np.array([b[0][m.trainIdx].pt for m in kept]).reshape(-1, 2)


def align_by_ransac(moving: Tensor, fixed: Tensor, model: str) -> Answer | None:  # noqa: ARG001
    """A similarity by SIFT, the ratio test and RANSAC."""
    src, dst = match_sift(moving, fixed)
    if len(src) < 3:
        return None
    matrix, _ = cv2.estimateAffinePartial2D(src, dst, ransacReprojThreshold=2.0, maxIters=5000, confidence=0.999)
    return None if matrix is None else Answer(np.vstack([matrix, [0.0, 0.0, 1.0]]))


def align_by_magsac(moving: Tensor, fixed: Tensor, model: str) -> Answer | None:  # noqa: ARG001
    """A homography by SIFT, the ratio test and MAGSAC++."""
    src, dst = match_sift(moving, fixed)
    if len(src) < 4:
        return None
    matrix, _ = cv2.findHomography(src, dst, cv2.USAC_MAGSAC, 1.0, maxIters=10000, confidence=0.9999)
    return None if matrix is None else Answer(np.asarray(matrix, dtype=np.float64))


def align_by_phase(moving: Tensor, fixed: Tensor, model: str) -> Answer | None:  # noqa: ARG001
    """A shift to a hundredth of a pixel."""
    down, across = correlate_phases(gray_of(fixed), gray_of(moving), upsample_factor=100)[0]
    return Answer(similarity(shift=(float(across), float(down))))


def align_by_stackreg(moving: Tensor, fixed: Tensor, model: str) -> Answer | None:
    """By pystackreg, whose result takes positions of the fixed picture to the moving one."""
    from pystackreg import StackReg  # pyright: ignore[reportMissingImports]

    kind = StackReg.TRANSLATION if model == "translation" else StackReg.SCALED_ROTATION
    return Answer(invert(StackReg(kind).register(gray_of(fixed), gray_of(moving))))


def gray_of(image: Tensor) -> Any:
    """(H, W) float32 of (3, H, W)."""
    return np.ascontiguousarray(lightness_of(image[None])[0, 0].numpy())


ALIGNERS: dict[str, Aligner] = {
    OURS: align_ours,
    KORNIA: align_by_kornia,
    ECC: align_by_ecc,
    MELLIN: align_by_mellin,
    RANSAC: align_by_ransac,
    MAGSAC: align_by_magsac,
    PHASE: align_by_phase,
    **({STACKREG: align_by_stackreg} if find_spec("pystackreg") else {}),
}


def pick_aligners(*names: str, without: Sequence[str] = ()) -> dict[str, Aligner]:
    """Those of these names that are installed and not left out."""
    return {name: ALIGNERS[name] for name in names if name in ALIGNERS and name not in without}
