import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from morphlapse.imaging.compare import (
    lightness_of,
    local_correlation,
    local_correlation_map,
    normalise_locally,
    psnr,
    sharpness,
    ssim,
)
from morphlapse.imaging.filters import gaussian_blur
from morphlapse.records import Size
from synthetic import picture

A, B = picture("astronaut", Size(64, 80)), picture("coffee", Size(64, 80))


def test_a_picture_agrees_with_itself():
    assert psnr(A, A).item() == pytest.approx(120.0)
    assert ssim(A, A).item() == pytest.approx(1.0, abs=1e-4)
    assert local_correlation(A, A, floor=1e-4).item() > 0.95


@settings(deadline=None, max_examples=10)
@given(st.floats(0.3, 2.0), st.floats(-0.3, 0.3))
def test_local_correlation_is_blind_to_gain_and_offset(gain, offset):
    plain = local_correlation_map(A, A, floor=1e-4)
    lit = local_correlation_map(A, gain * A + offset, floor=1e-4)
    assert torch.allclose(plain, lit, atol=0.02)


def test_a_negative_is_opposite():
    assert torch.allclose(local_correlation_map(A, 1.0 - A), -local_correlation_map(A, A), atol=1e-4)


def test_different_pictures_are_unrelated():
    assert abs(local_correlation(A, B).item()) < 0.3


def test_comparing_is_symmetric():
    assert ssim(A, B).item() == pytest.approx(ssim(B, A).item(), abs=1e-6)
    assert local_correlation(A, B).item() == pytest.approx(local_correlation(B, A).item(), abs=1e-6)


def test_psnr_of_a_known_error():
    assert psnr(A, A + 0.1).item() == pytest.approx(20.0, abs=1e-3)


def test_what_is_not_valid_has_no_say():
    valid = torch.ones(1, 1, 64, 80)
    valid[..., 40:] = 0.0
    spoilt = A.clone()
    spoilt[..., 40:] = 0.0
    assert psnr(A, spoilt, valid=valid).item() == pytest.approx(120.0)
    assert local_correlation(A, spoilt, valid=valid, floor=1e-4).item() > 0.95


def test_blurring_takes_sharpness_away():
    assert sharpness(gaussian_blur(A, 2.0)).item() < 0.6 * sharpness(A).item()


def test_local_normalisation_takes_slow_light_away():
    light = torch.linspace(0.5, 1.5, 80).expand_as(A)
    assert (normalise_locally(A, 4.0, floor=0.01) - normalise_locally(A * light, 4.0, floor=0.01)).abs().mean() < 0.1


def test_what_is_flat_stays_flat():
    assert normalise_locally(torch.full((1, 1, 32, 32), 0.4), 4.0, floor=0.02).abs().max() < 1e-3


def test_lightness_of_gray_is_its_value():
    assert torch.allclose(lightness_of(torch.full((1, 3, 4, 4), 0.3)), torch.full((1, 1, 4, 4), 0.3))


def test_each_picture_of_a_batch_has_its_number():
    both = torch.cat((A, B))
    assert torch.allclose(sharpness(both), torch.cat((sharpness(A), sharpness(B))))
