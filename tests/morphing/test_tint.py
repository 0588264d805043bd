import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from morphlapse.morphing.tint import Tint, apply_tint, match_tint
from morphlapse.options import MorphOptions
from morphlapse.records import Size
from synthetic import picture

IMAGE = picture(size=Size(64, 64)) * 0.5 + 0.2
EVERYWHERE = torch.ones(1, 1, 64, 64)
FULL = MorphOptions()
strengths = st.floats(0.0, 2.0)


@given(gain=st.floats(0.6, 1.6), offset=st.floats(-0.1, 0.1))
@settings(max_examples=10, deadline=None)
def test_a_change_of_light_is_found(gain, offset):
    tint = match_tint(IMAGE, IMAGE * gain + offset, EVERYWHERE, FULL)
    error = (apply_tint(IMAGE, tint, 1.0) - (IMAGE * gain + offset)).abs()
    assert error.mean() < 0.02


@given(mult=strengths, add=strengths)
@settings(max_examples=10, deadline=None)
def test_tint_of_the_other_direction_is_the_inverse(mult, add):
    other, options = picture("chelsea", Size(64, 64)), MorphOptions(mult=mult, add=add)
    there, back = match_tint(IMAGE, other, EVERYWHERE, options), match_tint(other, IMAGE, EVERYWHERE, options)
    assert torch.allclose(1.0 / there.mult, back.mult, atol=1e-4)
    assert torch.allclose(-there.add / there.mult, back.add, atol=1e-3)


def test_without_mult_only_the_mean_is_matched():
    tint = match_tint(IMAGE, IMAGE * 0.5, EVERYWHERE, MorphOptions(mult=0.0))
    assert torch.equal(tint.mult, torch.ones_like(tint.mult))
    assert torch.allclose(IMAGE.mean() + tint.add.mean(), 0.5 * IMAGE.mean(), atol=0.02)


def test_without_add_only_the_contrast_is_matched():
    tint = match_tint(IMAGE, IMAGE * 0.7, EVERYWHERE, MorphOptions(add=0.0))
    assert torch.equal(tint.add, torch.zeros_like(tint.add))
    assert 0.65 < float(tint.mult.mean()) < 0.8


@given(s=st.floats(0.0, 1.0), mult=st.floats(0.25, 4.0), add=st.floats(-0.5, 0.5))
@settings(max_examples=10, deadline=None)
def test_what_is_added_first_is_multiplied_too(s, mult, add):
    tint = Tint(torch.full_like(IMAGE, mult), torch.full_like(IMAGE, add))
    wanted = (IMAGE + s * add / mult) * (1.0 + s * (mult - 1.0))
    assert torch.allclose(apply_tint(IMAGE, tint, s, add_first=True), wanted, atol=1e-4)


@given(mult=st.floats(0.25, 4.0), add=st.floats(-0.5, 0.5))
@settings(max_examples=10, deadline=None)
def test_both_orders_end_alike(mult, add):
    tint = Tint(torch.full_like(IMAGE, mult), torch.full_like(IMAGE, add))
    for s in (0.0, 1.0):
        first, last = (apply_tint(IMAGE, tint, s, add_first=each) for each in (True, False))
        assert torch.allclose(first, last, atol=1e-5)


def test_where_nothing_agrees_nothing_is_tinted():
    tint = match_tint(IMAGE, IMAGE * 0.5, torch.zeros_like(EVERYWHERE), FULL)
    assert torch.allclose(tint.mult, torch.tensor(1.0), atol=1e-3)
    assert torch.allclose(tint.add, torch.tensor(0.0), atol=1e-3)


def test_without_strength_nothing_changes():
    tint = Tint(torch.full((1, 3, 64, 64), 1.5), torch.full((1, 3, 64, 64), 0.1))
    assert torch.equal(apply_tint(IMAGE, tint, 0.0), IMAGE)
