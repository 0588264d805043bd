import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from morphlapse.imaging.colour import light_of
from morphlapse.imaging.compare import sharpness
from morphlapse.imaging.filters import gaussian_blur, squared_slope
from morphlapse.morphing.layer import make_layer
from morphlapse.morphing.lead import MOST, find_lead, lead_at
from morphlapse.morphing.search import Guide, morph_layers
from morphlapse.options import MorphOptions
from morphlapse.records import Size
from synthetic import picture

SIZE = Size(96, 128)
NOBODY = torch.zeros(1, 1, 96, 128)


def half_blurred(*, left: bool) -> torch.Tensor:
    """A picture of which one half is out of focus."""
    image = picture("coffee", SIZE).clone()
    half = slice(None, 64) if left else slice(64, None)
    image[..., half] = gaussian_blur(image, 4.0)[..., half]
    return image


def slopes_of(image: torch.Tensor) -> torch.Tensor:
    return squared_slope(light_of(image))


def test_the_sharper_picture_leads():
    a, b = half_blurred(left=True), half_blurred(left=False)
    lead = find_lead(slopes_of(a), slopes_of(b), NOBODY)
    assert lead[..., :56].mean() > 0.5
    assert lead[..., 72:].mean() < -0.5
    assert torch.allclose(find_lead(slopes_of(b), slopes_of(a), NOBODY), -lead, atol=1e-5)


def test_where_both_agree_neither_leads():
    a, b = half_blurred(left=True), half_blurred(left=False)
    assert find_lead(slopes_of(a), slopes_of(b), torch.ones_like(NOBODY)).abs().max() == 0.0


@given(lead=st.floats(-MOST, MOST))
@settings(max_examples=40, deadline=None)
def test_a_share_rises_all_the_way_and_ends_where_it_should(lead):
    times = torch.linspace(0.0, 1.0, 101)
    weights = [
        lead_at(torch.full((1, 1, 1, 1), sign * lead), float(t * (1.0 - t))).item() for sign in (1, -1) for t in times
    ]
    b, a = times * torch.tensor(weights[:101]), (1.0 - times) * torch.tensor(weights[101:])
    share = b / (a + b)
    assert share[[0, -1]].tolist() == [0.0, 1.0]
    assert (share.diff() > 0.0).all()


@pytest.mark.parametrize("blend", ["detail", "bands"])
def test_what_is_sharp_in_one_picture_alone_is_not_washed_out(blend):
    layers = [make_layer(half_blurred(left=left)[0], np.eye(3), SIZE) for left in (True, False)]
    plain, weighed = (
        morph_layers(layers[0], layers[1], Guide(MorphOptions(warp=0.0, blend=each))).frame_at(0.5)[None]
        for each in ("plain", blend)
    )
    assert sharpness(weighed) > 1.1 * sharpness(plain)


def test_the_formula_of_the_source_knows_no_lead():
    layers = [make_layer(half_blurred(left=left)[0], np.eye(3), SIZE) for left in (True, False)]
    morph = morph_layers(layers[0], layers[1], Guide(MorphOptions(formula="source", effort="quick")))
    assert morph.maps.lead.abs().max() == 0.0
