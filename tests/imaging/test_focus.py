"""Known blur, noise and light on pictures of scikit-image's wheel."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from morphlapse.imaging.filters import gaussian_blur
from morphlapse.imaging.focus import estimate_noise, measure_blur, sharpness_of_blur
from morphlapse.records import Size
from synthetic import picture

PICTURES = {name: picture(name, Size(256, 256)) for name in ("astronaut", "coffee", "chelsea")}


def blur_of(image: torch.Tensor) -> float:
    return measure_blur(image[0])


def edge(blur: float) -> torch.Tensor:
    """A step across the picture, blurred."""
    x = torch.arange(64.0, dtype=torch.float64) - 31.3
    return (0.2 + 0.3 * (1.0 + torch.erf(x / (blur * math.sqrt(2.0))))).float().expand(1, 40, 64)


def noisy(image: torch.Tensor, deviation: float) -> torch.Tensor:
    return image + deviation * torch.randn(image.shape, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("blur", [1.0, 2.0, 4.0])
def test_the_blur_of_an_edge_is_told_in_pixels(blur):
    assert measure_blur(edge(blur)) == pytest.approx(blur, rel=0.05)


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("added", [1.0, 2.0, 3.0])
def test_a_known_blur_adds_in_quadrature(name, added):
    before, after = blur_of(PICTURES[name]), blur_of(gaussian_blur(PICTURES[name], added))
    assert after == pytest.approx(math.hypot(before, added), rel=0.15)


@pytest.mark.parametrize("name", PICTURES)
def test_the_more_blurred_the_less_sharp(name):
    blurs = [blur_of(gaussian_blur(PICTURES[name], sigma)) for sigma in (0.7, 1.0, 1.5, 2.0, 3.0, 5.0)]
    values = [sharpness_of_blur(blur) for blur in blurs]
    assert values == sorted(values, reverse=True)
    assert 1.0 >= values[0] > 0.6 > 0.2 > values[-1] >= 0.0


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("blur", [0.7, 2.0])
def test_noise_hardly_changes_it(name, blur):
    clean = gaussian_blur(PICTURES[name], blur)
    assert sharpness_of_blur(blur_of(noisy(clean, 0.02))) == pytest.approx(sharpness_of_blur(blur_of(clean)), abs=0.08)


@settings(max_examples=10)
@given(st.floats(0.2, 1.0), st.floats(0.0, 0.3))
def test_it_is_blind_to_gain_and_offset(gain, offset):
    image = gaussian_blur(PICTURES["coffee"], 1.0)
    assert blur_of(gain * image + offset) == pytest.approx(blur_of(image), rel=0.02)


def test_only_what_is_weighed_counts():
    sharp, soft = PICTURES["astronaut"], gaussian_blur(PICTURES["astronaut"], 4.0)
    half = torch.zeros(1, 256, 256)
    half[..., :120] = 1.0
    mixed = torch.cat((soft[..., :128], sharp[..., 128:]), dim=-1)
    assert measure_blur(mixed[0], half) > 3.0 > measure_blur(mixed[0], 1.0 - half)


def test_what_has_no_edges_is_not_sharp():
    assert sharpness_of_blur(measure_blur(torch.full((3, 20, 30), 0.4))) == 0.0
    assert sharpness_of_blur(measure_blur(noisy(torch.full((3, 64, 64), 0.4), 0.03))) < 0.2


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (2, 2)])
def test_any_size_is_measured(size):
    assert measure_blur(torch.rand(3, *size)) >= 0.0


def test_noise_is_estimated_beside_edges():
    image = gaussian_blur(PICTURES["coffee"].mean(dim=1, keepdim=True), 1.5)
    assert estimate_noise(noisy(image, 0.03), torch.ones_like(image)) == pytest.approx(0.03, rel=0.25)
