"""A velocity by any loss: autograd instead of the normal equations, coarse to fine."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from morphlapse.errors import OptionError
from morphlapse.imaging.spectral import cosine_basis, multiply_spectrum
from morphlapse.imaging.warp import fit_within, resize, resize_field, shrink_field, size_of
from morphlapse.morphing.energy import read_midpoint, squarings_for
from morphlapse.morphing.gauss_newton import DEFAULTS
from morphlapse.records import Size

LEVELS_PX = (32, 64, 128, 256)
"""Long sides at which the loss is asked, coarse to fine."""
ITERATIONS = 20
"""Of L-BFGS, at each of them."""
SMOOTHNESS = 0.3
"""Weight of the mean elastic energy of a cell beside the loss, which counts as a share of what it was at first."""
GROWTH_PX = 8.0
"""By how many cells the flow may grow at a level before its sampling becomes too coarse."""

Loss = Callable[[Tensor, Tensor], Tensor]
"""From both pictures at the midpoint, (1, 3, h, w) each, to a scalar that is the smaller, the better they agree."""


class Objective(NamedTuple):
    """What the user wants both pictures to agree in."""

    loss: Loss
    """Asked at several sizes, so best a mean and not a sum over pixels; its unit does not matter."""
    from_zero: bool = False
    """Whether to start from no motion instead of the one that Gauss-Newton has found."""


def descend_loss(
    images: tuple[Float[Tensor, "1 3 h w"], Float[Tensor, "1 3 h w"]],
    velocity: Float[Tensor, "1 2 h2 w2"],
    loss: Loss,
    stiffness: float = 1.0,
) -> Float[Tensor, "1 2 h2 w2"]:
    """Add to a velocity what lowers the loss of the pictures at its midpoint, with the regulariser of `solve`.

    L-BFGS on cosine coefficients scaled by the root of the regulariser's inverse, in which smooth motion comes first.
    What is added is kept on its own coarse grid, so that the detail of the given velocity stays.

    Parameters
    ----------
    images : two Tensors, (1, 3, H, W)
        The pictures.
    velocity : Tensor, (1, 2, h, w)
        Where to start.
    loss : callable
        From both pictures at the midpoint to a scalar.
    stiffness : float
        Factor on the smoothness.

    Raises
    ------
    OptionError
        If the loss gives no finite scalar with a gradient.
    """
    full = size_of(images[0])
    added = velocity.new_zeros(1, 2, 4, 4)
    for size in dict.fromkeys(fit_within(full, px) for px in LEVELS_PX):
        cells = Size(max(4, size.height // 2), max(4, size.width // 2))
        level = [resize(image.detach(), size) for image in images]
        added = _descend_level((level[0], level[1]), shrink_field(velocity, cells), added, loss, stiffness)
    return velocity + resize_field(added, size_of(velocity))


def _descend_level(
    images: tuple[Tensor, Tensor], base: Tensor, added: Tensor, loss: Loss, stiffness: float
) -> Float[Tensor, "1 2 h w"]:
    cells = size_of(base)
    added = resize_field(added, cells)
    basis = cosine_basis(cells, like=base)
    cell = size_of(images[0]).width / cells.width
    rigid = stiffness * (DEFAULTS.stretch * cell**2 * basis.laplacian + DEFAULTS.bend * basis.laplacian**2)
    root = (SMOOTHNESS * rigid + 1.0 / (cells.height * cells.width)).rsqrt()
    squarings = squarings_for(base + added, GROWTH_PX)
    middle = read_midpoint(*images, base + added, squarings)
    unit = 1.0 / max(abs(_ask(loss, middle.a, middle.b).item()), 1e-12)
    inner = torch.zeros_like(base, requires_grad=True)
    optimiser = torch.optim.LBFGS([inner], max_iter=ITERATIONS, line_search_fn="strong_wolfe")

    def energy() -> Tensor:
        optimiser.zero_grad()
        velocity = base + added + multiply_spectrum(inner, root, basis)
        middle = read_midpoint(*images, velocity, squarings)
        smooth = (velocity * multiply_spectrum(velocity, rigid, basis)).mean()
        total = unit * _ask(loss, middle.a, middle.b) + SMOOTHNESS * smooth
        total.backward()
        return total

    with torch.enable_grad():
        optimiser.step(energy)
    return added + multiply_spectrum(inner.detach(), root, basis)


def _ask(loss: Loss, a: Tensor, b: Tensor) -> Tensor:
    value = loss(a, b)
    if not isinstance(value, Tensor) or value.numel() != 1 or not bool(torch.isfinite(value.detach())):
        raise OptionError(f"loss: it must give one finite number as a tensor (got {value!r})")
    if a.requires_grad and not value.requires_grad:
        raise OptionError("loss: it must be made of torch operations, for its gradient is needed")
    return value.reshape(())
