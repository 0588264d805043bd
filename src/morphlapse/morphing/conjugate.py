"""The step that a linearised level asks for: conjugate gradients in the cosine basis."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from morphlapse.imaging.planes import suits_opencv
from morphlapse.imaging.spectral import CosineBasis, multiply_spectrum, spectrum_multiplier
from morphlapse.morphing.energy import NormalEquations

Array = NDArray[np.float32]


def solve_step(
    eq: NormalEquations, velocity: Tensor, stiffness: Tensor, basis: CosineBasis, damping: float, steps: int
) -> Float[Tensor, "b 2 h w"]:
    """Solve (A + R + μ) δ = -(g + R v) by conjugate gradients, preconditioned by M = R + μ + the mean of A.

    For z = M⁻¹ r is R z = r - (μ + mean) z: an iteration takes one transform there and back, and R needs none.
    `damping` is μ, and there are so many iterations as `steps` says.
    """
    diagonal = torch.cat((eq.xx, eq.yy), dim=1) + damping
    lift = diagonal.mean(dim=(-2, -1), keepdim=True)
    inverse = 1.0 / (stiffness + lift)
    residual = -(torch.cat((eq.x, eq.y), dim=1) + multiply_spectrum(velocity, stiffness, basis))
    if suits_opencv(residual):
        multiply = spectrum_multiplier(inverse.numpy(), basis)
        arrays = residual.numpy(), diagonal.numpy(), eq.xy.numpy(), lift.numpy()
        return torch.from_numpy(_descend_on_cpu(*arrays, multiply, steps))
    solution, direction, stiff = (torch.zeros_like(residual) for _ in range(3))
    rho = torch.ones_like(residual[:, :1, :1, :1])
    for _ in range(steps):
        z = multiply_spectrum(residual, inverse, basis)
        rho, old = _dot(residual, z), rho
        turn = rho / old.clamp_min(1e-20)
        direction = torch.addcmul(z, turn, direction)
        stiff = torch.addcmul(torch.addcmul(residual, lift, z, value=-1.0), turn, stiff)
        image = torch.addcmul(torch.addcmul(stiff, diagonal, direction), eq.xy, direction.flip(1))
        alpha = rho / _dot(direction, image).clamp_min(1e-20)
        solution = torch.addcmul(solution, alpha, direction)
        residual = torch.addcmul(residual, alpha, image, value=-1.0)
    return solution


def _dot(p: Tensor, q: Tensor) -> Float[Tensor, "b 1 1 1"]:
    return torch.linalg.vecdot(p.flatten(1), q.flatten(1))[:, None, None, None]


def _descend_on_cpu(
    residual: Array, diagonal: Array, across: Array, lift: Array, multiply: Callable[[Array], Array], steps: int
) -> Array:
    """The same iterations in NumPy, whose calls cost a fraction of torch's: on small grids they are all the time."""
    solution, direction, stiff, image, part = (np.zeros_like(residual) for _ in range(5))
    residual, rho = residual.copy(), np.ones_like(lift)
    for _ in range(steps):
        z = multiply(residual)
        rho, old = _inner(residual, z), rho
        turn = rho / np.maximum(old, 1e-20)
        direction *= turn
        direction += z
        stiff *= turn
        stiff += residual
        z *= lift
        stiff -= z
        np.multiply(diagonal, direction, out=image)
        image += stiff
        np.multiply(across, direction[:, ::-1], out=part)
        image += part
        alpha = rho / np.maximum(_inner(direction, image), 1e-20)
        np.multiply(alpha, direction, out=part)
        solution += part
        image *= alpha
        residual -= image
    return solution


def _inner(p: Array, q: Array) -> Array:
    return np.matmul(p.reshape(len(p), 1, 1, -1), q.reshape(len(q), 1, -1, 1))
