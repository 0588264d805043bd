"""Pictures to video's bytes, against BT.709 worked out by hand."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from morphlapse.film.yuv import Layout, planes_from_rgb

PLAIN = Layout("yuv420p")

part = st.integers(0, 255).map(lambda value: value / 255)


def patch(red: float, green: float, blue: float) -> Tensor:
    """An image of one colour."""
    return torch.tensor([red, green, blue])[:, None, None].expand(3, 4, 6)


def values(image: Tensor) -> tuple[set[int], set[int], set[int]]:
    """Which values each plane has."""
    luma, blueness, redness = (set(plane.flatten().tolist()) for plane in planes_from_rgb(image, PLAIN))
    return luma, blueness, redness


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


@settings(deadline=None, max_examples=20)
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
    blueness = planes_from_rgb(image, PLAIN)[1][0].float() - 128
    assert blueness[0] == 0
    assert blueness[1] == blueness[2] > 0


def test_colour_of_a_ramp_is_that_of_the_even_column():
    ramp = torch.linspace(0.2, 0.8, 16).expand(2, 16)
    image = torch.stack((torch.zeros_like(ramp), torch.zeros_like(ramp), ramp))
    blueness = planes_from_rgb(image, PLAIN)[1][0].float() - 128
    assert torch.allclose(blueness[1:], (112 * ramp[0, 0::2])[1:], atol=0.51)


@pytest.mark.parametrize("halved", [(True, True), (False, True), (False, False)])
@pytest.mark.parametrize("bits", [8, 10])
def test_every_layout_holds_the_same_colour(bits: int, halved: tuple[bool, bool]):
    planes = planes_from_rgb(patch(0.2, 0.5, 0.9), Layout("", bits, halved))
    exact = planes_from_rgb(patch(0.2, 0.5, 0.9), Layout("", 10, (False, False)))
    for plane, other in zip(planes, exact, strict=True):
        assert (plane.float() / 2 ** (bits - 8) - other[0, 0] / 4).abs().max() <= 0.5
    rows, columns = planes[1].shape
    assert (rows, columns) == (4 // (1 + halved[0]), 6 // (1 + halved[1]))


def test_alpha_has_the_full_range_and_is_opaque_where_none_is_given():
    layout = Layout("", 10, (False, False), alpha=True)
    clear = torch.cat((patch(0.2, 0.5, 0.9), torch.tensor([0.0, 0.5, 1.0]).repeat(2)[None, None].expand(1, 4, 6)))
    assert planes_from_rgb(clear, layout)[3][0, :3].tolist() == [0, 512, 1023]
    assert planes_from_rgb(patch(0.2, 0.5, 0.9), layout)[3].unique().tolist() == [1023]
