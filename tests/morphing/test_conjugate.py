import pytest
import torch

from morphlapse.imaging.spectral import cosine_basis, multiply_spectrum
from morphlapse.morphing.conjugate import solve_step
from morphlapse.morphing.energy import NormalEquations
from morphlapse.records import Size


def test_a_step_solves_the_normal_equations():
    generator = torch.Generator().manual_seed(1)
    root = torch.randn(1, 2, 2, 6, 7, generator=generator, dtype=torch.float64)
    local = torch.einsum("bikhw,bjkhw->bijhw", root, root)
    gx, gy, *velocity = torch.randn(4, 1, 1, 6, 7, generator=generator, dtype=torch.float64)
    equations = NormalEquations(local[:, :1, 0], local[:, :1, 1], local[:, 1:, 1], gx, gy)
    basis = cosine_basis(Size(6, 7), like=gx)
    stiffness = basis.laplacian + 0.1 * basis.laplacian**2
    step = solve_step(equations, torch.cat(velocity, dim=1), stiffness, basis, 0.001, 90)
    left = torch.einsum("bijhw,bjhw->bihw", local, step) + 0.001 * step
    left = left + multiply_spectrum(step + torch.cat(velocity, dim=1), stiffness, basis)
    assert torch.allclose(left, -torch.cat((gx, gy), dim=1), atol=1e-6)


@pytest.mark.parametrize("size", [Size(12, 20), Size(60, 72)])
def test_a_step_on_the_cpu_is_the_step_elsewhere(size):
    torch.manual_seed(0)
    xx, xy, yy, x, y = torch.randn(5, 2, 1, size.height, size.width)
    equations = NormalEquations(xx.square(), xy.tanh() * (xx * yy).abs(), yy.square(), x, y)
    velocity = torch.randn(2, 2, size.height, size.width)
    basis = cosine_basis(size, like=velocity)
    found = solve_step(equations, velocity, basis.laplacian**2, basis, 0.001, 12)
    # In double precision it goes through torch, as on a GPU.
    exact = NormalEquations(*(each.double() for each in equations))
    fine = cosine_basis(size, like=velocity.double())
    wanted = solve_step(exact, velocity.double(), fine.laplacian**2, fine, 0.001, 12)
    assert torch.allclose(found, wanted.float(), atol=1e-3 * float(wanted.abs().max()))
