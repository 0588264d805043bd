import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from morphlapse.morphing.drawing import GAP_PX, TITLE_PX, colour_ways, draw_maps, make_wheel
from morphlapse.morphing.tint import Tint
from morphlapse.records import Size
from synthetic import picture, ramp

WAYS = ramp(Size(12, 16), dtype=torch.float32) - 6.0


def test_what_does_not_move_is_white():
    assert torch.equal(colour_ways(torch.zeros(1, 2, 4, 5), 3.0), torch.ones(1, 3, 4, 5))


@pytest.mark.parametrize(
    ("way", "colour"), [((3.0, 0.0), (1.0, 0.0, 0.0)), ((0.0, 3.0), (1.0, 1.0, 0.0)), ((-3.0, 0.0), (0.0, 1.0, 1.0))]
)
def test_each_way_has_its_hue(way, colour):
    drawn = colour_ways(torch.tensor(way).view(1, 2, 1, 1), 3.0)
    assert torch.allclose(drawn[0, :, 0, 0], torch.tensor(colour), atol=0.25)


@given(turn=st.floats(-math.pi, math.pi), near=st.floats(0.1, 1.0))
def test_a_longer_way_is_farther_from_white(turn, near):
    way = torch.tensor([math.cos(turn), math.sin(turn)]).view(1, 2, 1, 1)
    short, long = colour_ways(0.5 * near * way, 1.0), colour_ways(near * way, 1.0)
    assert torch.allclose(1.0 - long, 2.0 * (1.0 - short), atol=1e-4)


def test_the_wheel_closes():
    wheel = make_wheel(like=torch.zeros(1))
    steps = (wheel - wheel.roll(1, dims=0)).abs().sum(dim=-1)
    assert len(wheel) == 55
    assert steps.max() <= 0.2501


@pytest.mark.parametrize("size", [Size(48, 64), Size(1, 1), Size(3, 300)])
def test_five_maps_lie_side_by_side(size):
    tint = Tint(torch.full((1, 3, 8, 8), 2.0), torch.zeros(1, 3, 8, 8))
    drawn = draw_maps(picture(size=size), WAYS, tint, torch.ones(1, 1, 8, 8), "a to b")
    assert drawn.shape == (1, 3, size.height + TITLE_PX, 5 * size.width + 4 * GAP_PX)
    columns = [drawn[0, :, -1, panel * (size.width + GAP_PX)].mean() for panel in (2, 3, 4)]
    assert torch.allclose(torch.stack(columns), torch.tensor([1.0, 0.5, 1.0]))
