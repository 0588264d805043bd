"""Light and its encoding, and the gain that clips nothing."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.color import rgb2xyz

from morphlapse.imaging.colour import expose, linear_from_srgb, mix_channels, round_levels, srgb_from_linear

RAMP = torch.linspace(0.0, 1.0, 257, dtype=torch.float64).expand(3, 1, 257)
few = settings(max_examples=10)
stops = st.floats(-4.0, 4.0)


def even(amount: float) -> torch.Tensor:
    return torch.full((3,), amount, dtype=torch.float64)


def test_encoding_and_decoding_undo_each_other():
    assert (srgb_from_linear(linear_from_srgb(RAMP)) - RAMP).abs().max() < 1e-7


def test_decoding_is_that_of_the_standard():
    gray = RAMP.movedim(0, -1)
    y = torch.from_numpy(rgb2xyz(gray.numpy()))[..., 1]
    assert (linear_from_srgb(RAMP)[0] - y).abs().max() < 1e-3


@few
@given(stops)
def test_black_and_white_stay_and_nothing_is_clipped_or_turned_over(amount: float):
    shown = expose(RAMP, even(amount))[0, 0]
    assert shown[[0, -1]].tolist() == pytest.approx([0.0, 1.0], abs=1e-9)
    assert (shown.diff() > 0).all()


@few
@given(stops, stops)
def test_gains_add_up(first: float, second: float):
    assert (expose(expose(RAMP, even(first)), even(second)) - expose(RAMP, even(first + second))).abs().max() < 1e-5


def test_in_the_dark_a_stop_is_twice_the_light():
    dark = torch.full((3, 2, 2), 0.01, dtype=torch.float64)
    assert linear_from_srgb(expose(dark, even(1.0))) == pytest.approx(2.0 * linear_from_srgb(dark), rel=1e-3)


def test_channels_are_lit_each_by_its_own():
    lit = expose(torch.full((3, 2, 2), 0.5), torch.tensor([1.0, 0.0, -1.0]))
    assert lit[0, 0, 0] > lit[1, 0, 0] > lit[2, 0, 0]
    assert lit[1] == pytest.approx(torch.full((2, 2), 0.5), abs=1e-6)


def test_no_gain_is_the_picture_itself():
    picture = torch.rand(3, 4, 4)
    assert expose(picture, torch.zeros(3)) is picture


@few
@given(stops, stops)
def test_photos_of_eight_bits_are_lit_as_any_other_picture(first: float, second: float):
    photo = torch.randint(0, 256, (2, 6, 5)).to(torch.float32) / 255.0
    gains = torch.tensor([first, second])
    exact = expose(photo.to(torch.float64), gains)
    assert (expose(photo, gains) - exact).abs().max() < 1e-5
    between = photo.clone()
    between[0, 0, 0] = 0.5012
    assert (expose(between, gains) - expose(between.to(torch.float64), gains)).abs().max() < 1e-5


def test_values_are_rounded_to_the_nearest_level():
    values = torch.tensor([[-0.1, 0.4 / 255, 0.6 / 255, 1.2]])
    assert round_levels(values).tolist() == [[0, 0, 1, 255]]
    assert round_levels(values[0]).tolist() == [0, 0, 1, 255]


@pytest.mark.parametrize("tracked", [False, True])
def test_sums_of_channels_are_weighted_and_moved(tracked: bool):
    image = torch.rand(3, 4, 5).requires_grad_(tracked)
    weights = torch.tensor([[0.2, 0.3, 0.5], [1.0, -1.0, 0.0]])
    mixed = mix_channels(image, weights, 2.0)
    assert mixed.requires_grad == tracked
    assert torch.allclose(mixed, torch.tensordot(weights, image, 1) + 2.0, atol=1e-6)
