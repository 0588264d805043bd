import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from morphlapse.morphing.tint import Tint, apply_tint, match_tint
from morphlapse.records import Size
from synthetic import picture

IMAGE = picture(size=Size(64, 64)) * 0.5 + 0.2
EVERYWHERE = torch.ones(1, 1, 64, 64)


@given(gain=st.floats(0.6, 1.6), offset=st.floats(-0.1, 0.1))
@settings(max_examples=10, deadline=None)
def test_a_change_of_light_is_found(gain, offset):
    tint = match_tint(IMAGE, IMAGE * gain + offset, EVERYWHERE, 1.0)
    error = (apply_tint(IMAGE, tint, 1.0) - (IMAGE * gain + offset)).abs()
    assert error.mean() < 0.02


def test_tint_of_the_other_direction_is_the_inverse():
    other = picture("chelsea", Size(64, 64))
    there, back = match_tint(IMAGE, other, EVERYWHERE, 1.0), match_tint(other, IMAGE, EVERYWHERE, 1.0)
    assert torch.allclose(1.0 / there.mult, back.mult, atol=1e-4)
    assert torch.allclose(-there.add / there.mult, back.add, atol=1e-3)


def test_where_nothing_agrees_nothing_is_tinted():
    tint = match_tint(IMAGE, IMAGE * 0.5, torch.zeros_like(EVERYWHERE), 1.0)
    assert torch.allclose(tint.mult, torch.tensor(1.0), atol=1e-3)
    assert torch.allclose(tint.add, torch.tensor(0.0), atol=1e-3)


def test_without_strength_nothing_changes():
    tint = Tint(torch.full((1, 3, 64, 64), 1.5), torch.full((1, 3, 64, 64), 0.1))
    assert torch.equal(apply_tint(IMAGE, tint, 0.0), IMAGE)
