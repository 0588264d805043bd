import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from morphlapse.imaging.compare import sharpness
from morphlapse.morphing.bands import mix_bands
from morphlapse.morphing.layer import make_layer
from morphlapse.morphing.search import Guide, morph_layers
from morphlapse.options import MorphOptions
from morphlapse.records import Size
from synthetic import picture

SIZE = Size(90, 121)
A, B = picture("astronaut", SIZE), picture("coffee", SIZE)
ONES = torch.ones(1, 1, 90, 121)


@pytest.mark.parametrize(("share", "wanted"), [(0.0, A), (1.0, B)])
def test_at_the_ends_there_is_one_layer(share, wanted):
    assert torch.allclose(mix_bands(A, B, share * ONES, ONES), wanted, atol=1e-5)


def test_where_the_layers_agree_it_is_a_dissolve():
    assert torch.allclose(mix_bands(A, B, 0.3 * ONES, 0.0 * ONES), torch.lerp(A, B, 0.3), atol=1e-5)


@given(share=st.floats(0.0, 1.0), doubt=st.floats(0.0, 1.0))
@settings(max_examples=10, deadline=None)
def test_exchanged_layers_give_the_same(share, doubt):
    there = mix_bands(A, B, share * ONES, doubt * ONES)
    back = mix_bands(B, A, (1.0 - share) * ONES, doubt * ONES)
    assert torch.allclose(there, back, atol=1e-5)


def test_detail_of_one_layer_is_seen_alone_for_longer():
    bands, plain = mix_bands(A, B, 0.3 * ONES, ONES), torch.lerp(A, B, 0.3)
    assert sharpness(bands) > 1.1 * sharpness(plain)
    assert (bands - A).abs().mean() < (plain - A).abs().mean()


@pytest.mark.parametrize("size", [Size(1, 1), Size(3, 40), Size(5, 7)])
def test_any_size_is_mixed(size):
    ones = torch.ones(1, 1, size.height, size.width)
    a, b = (torch.rand(1, 3, size.height, size.width, generator=torch.Generator().manual_seed(k)) for k in (1, 2))
    mixed = mix_bands(a, b, 0.5 * ones, ones)
    assert torch.allclose(mixed, 0.5 * (a + b), atol=0.2)
    assert torch.allclose(mix_bands(a, b, 0.0 * ones, ones), a, atol=1e-5)


def test_a_morph_in_bands_is_exact_at_its_ends_and_does_not_jump_there():
    layers = [make_layer(each[0], np.eye(3), SIZE) for each in (A, B)]
    morph = morph_layers(layers[0], layers[1], Guide(MorphOptions(blend="bands")))
    for t, end in ((0.0, A), (1.0, B)):
        assert torch.equal(morph.frame_at(t), end[0].clamp(0.0, 1.0))
        assert (morph.frame_at(abs(t - 1e-4)) - end[0]).abs().max() < 0.01
