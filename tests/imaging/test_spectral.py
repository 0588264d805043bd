import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.fft import dctn

from morphlapse.imaging.spectral import (
    FAST_CELLS,
    cosine_basis,
    from_cosine,
    multiply_spectrum,
    spectrum_multiplier,
    to_cosine,
)
from morphlapse.records import Size

SIZES = st.builds(Size, st.integers(2, 17), st.integers(2, 17))


def noise(size: Size) -> torch.Tensor:
    return torch.rand(2, size.height, size.width, dtype=torch.float64)


@given(SIZES)
@settings(max_examples=10, deadline=None)
def test_there_and_back_is_the_identity(size):
    image = noise(size)
    basis = cosine_basis(size, like=image)
    assert torch.allclose(from_cosine(to_cosine(image, basis), basis), image)


@given(SIZES)
@settings(max_examples=10, deadline=None)
def test_it_is_the_orthonormal_dct(size):
    image = noise(size)
    wanted = dctn(image.numpy(), axes=(1, 2), norm="ortho")
    assert torch.allclose(to_cosine(image, cosine_basis(size, like=image)), torch.from_numpy(wanted))


def test_both_transforms_agree():
    image = torch.rand(1, 2, 110, 97)
    assert image[0, 0].numel() >= FAST_CELLS
    tracked, basis = image.clone().requires_grad_(), cosine_basis(Size(110, 97), like=image)
    for transform in (to_cosine, from_cosine):
        assert torch.allclose(transform(image, basis), transform(tracked, basis).detach(), atol=1e-4)


def test_the_laplacian_is_diagonal_in_it():
    image = noise(Size(7, 9))
    basis = cosine_basis(Size(7, 9), like=image)
    padded = torch.nn.functional.pad(image[None], (1, 1, 1, 1), mode="replicate")[0]
    around = padded[:, :-2, 1:-1] + padded[:, 2:, 1:-1] + padded[:, 1:-1, :-2] + padded[:, 1:-1, 2:]
    assert torch.allclose(multiply_spectrum(image, basis.laplacian, basis), 4 * image - around)


@pytest.mark.parametrize("size", [Size(9, 16), Size(60, 72)])
def test_a_multiplier_of_arrays_does_what_is_done_to_tensors(size):
    image, factor = torch.randn(2, 2, size.height, size.width), torch.rand(2, 1, size.height, size.width)
    basis = cosine_basis(size, like=image)
    found = spectrum_multiplier(factor.numpy(), basis)(image.numpy())
    assert torch.allclose(torch.from_numpy(found), multiply_spectrum(image, factor, basis), atol=1e-5)
