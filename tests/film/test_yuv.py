"""Pictures to video's bytes, against BT.709 worked out by hand."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from morphlapse.film.yuv import yuv420_from_rgb

part = st.integers(0, 255).map(lambda value: value / 255)


def patch(red: float, green: float, blue: float) -> Tensor:
    """An image of one colour."""
    return torch.tensor([red, green, blue])[:, None, None].expand(3, 4, 6)


def values(image: Tensor) -> tuple[set[int], set[int], set[int]]:
    """Which values each plane has."""
    planes = yuv420_from_rgb(image)
    height = image.shape[-2]
    luma, chroma = planes[:height], planes[height:].reshape(2, -1)
    return set(luma.flatten().tolist()), set(chroma[0].tolist()), set(chroma[1].tolist())


@pytest.mark.parametrize(
    ("colour", "expected"),
    [
        ((0.0, 0.0, 0.0), (16, 128, 128)),
        ((1.0, 1.0, 1.0), (235, 128, 128)),
        ((1.0, 0.0, 0.0), (63, 102, 240)),
        ((0.0, 1.0, 0.0), (173, 42, 26)),
        ((0.0, 0.0, 1.0), (32, 240, 118)),
    ],
)
def test_colours_have_the_values_of_the_standard(colour: tuple[float, float, float], expected: tuple[int, int, int]):
    assert values(patch(*colour)) == tuple({value} for value in expected)


@settings(deadline=None, max_examples=50)
@given(part, part, part)
def test_decoding_by_the_standard_gives_the_colour_back(red: float, green: float, blue: float):
    (y,), (cb,), (cr,) = values(patch(red, green, blue))
    light, blueness, redness = (y - 16) / 219, (cb - 128) / 224, (cr - 128) / 224
    back_red, back_blue = light + 1.5748 * redness, light + 1.8556 * blueness
    back_green = (light - 0.2126 * back_red - 0.0722 * back_blue) / 0.7152
    assert (back_red, back_green, back_blue) == pytest.approx((red, green, blue), abs=2 / 255)


def test_values_are_rounded_to_the_nearest():
    assert values(patch(*[0.7 / 219] * 3))[0] == {17}
    assert values(patch(*[0.3 / 219] * 3))[0] == {16}


def test_values_beyond_the_range_are_clipped():
    assert values(patch(2.0, 2.0, 2.0))[0] == {235}
    assert values(patch(-1.0, -1.0, -1.0))[0] == {16}


def test_colour_lies_on_the_even_column():
    image = torch.zeros(3, 2, 8)
    image[2, :, 3] = 1.0
    blueness = yuv420_from_rgb(image)[2, :4].float() - 128
    assert blueness[0] == 0
    assert blueness[1] == blueness[2] > 0


def test_colour_of_a_ramp_is_that_of_the_even_column():
    ramp = torch.linspace(0.2, 0.8, 16).expand(2, 16)
    image = torch.stack((torch.zeros_like(ramp), torch.zeros_like(ramp), ramp))
    blueness = yuv420_from_rgb(image)[2, :8].float() - 128
    assert torch.allclose(blueness[1:], (112 * ramp[0, 0::2])[1:], atol=0.51)
