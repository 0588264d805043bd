import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from morphlapse.errors import OptionError
from morphlapse.imaging.compare import sharpness
from morphlapse.imaging.velocity import flow
from morphlapse.imaging.warp import warp_by_field
from morphlapse.morphing.blend import Blend, blend_layers
from morphlapse.morphing.layer import make_layer
from morphlapse.morphing.search import Guide, morph_layers
from morphlapse.morphing.transition import Morph
from morphlapse.options import MorphOptions
from morphlapse.records import Size
from synthetic import picture, smooth_velocity

SIZE = Size(32, 40)
NAMES = ("astronaut", "coffee", "chelsea")
few = settings(max_examples=6, deadline=None)
some = st.floats(0.05, 1.0)


def layer_of(name: str):
    return make_layer(picture(name, SIZE)[0], np.eye(3), SIZE)


@pytest.fixture(scope="module")
def three() -> Blend:
    return blend_layers([layer_of(name) for name in NAMES])


@pytest.fixture(scope="module")
def two() -> Blend:
    return blend_layers([layer_of(name) for name in NAMES[:2]])


@pytest.fixture(scope="module")
def morph(two) -> Morph:
    return morph_layers(two.layers[0], two.layers[1])


@pytest.mark.parametrize("index", range(3))
def test_all_weight_on_one_picture_is_that_picture(three, index):
    weights = [0.0, 0.0, 0.0]
    weights[index] = 2.5
    assert torch.equal(three.at(weights), picture(NAMES[index], SIZE)[0])


@pytest.mark.parametrize("index", range(3))
def test_nothing_jumps_at_a_picture(three, index):
    weights = torch.full((3,), 0.5e-4)
    weights[index] = 1.0 - 1e-4
    assert (three.at(weights) - picture(NAMES[index], SIZE)[0]).abs().max() < 0.01


@few
@given(t=st.floats(0.02, 0.98))
def test_between_two_pictures_it_is_their_morph(two, morph, t):
    assert (two.at([1.0 - t, t]) - morph.frame_at(t)).abs().mean() < 2e-3


@pytest.mark.parametrize("options", [MorphOptions(add_first=True), MorphOptions(warp=0.5), MorphOptions(mult=0.4)])
def test_options_mean_the_same_as_in_a_morph(options):
    first, second = (layer_of(name) for name in NAMES[:2])
    blended, morphed = blend_layers([first, second], options), morph_layers(first, second, Guide(options))
    assert (blended.at([0.6, 0.4]) - morphed.frame_at(0.4)).abs().mean() < 2e-3


def test_a_blend_has_no_formula_of_two_pictures():
    with pytest.raises(OptionError, match="formula"):
        blend_layers([layer_of(name) for name in NAMES], MorphOptions(formula="source"))


@few
@given(weights=st.tuples(some, some, some), factor=st.floats(0.1, 10.0))
def test_only_ratios_of_weights_count(three, weights, factor):
    scaled = three.at([factor * each for each in weights])
    assert (scaled - three.at(weights)).abs().mean() < 1e-4


def test_the_order_of_the_pictures_does_not_matter(three):
    order, weights = (2, 0, 1), (0.2, 0.5, 0.3)
    again = blend_layers([three.layers[k] for k in order])
    assert (again.at([weights[k] for k in order]) - three.at(weights)).abs().mean() < 1e-4


def test_it_is_differentiable_in_the_weights(three):
    weights = torch.tensor([0.5, 0.3, 0.2], requires_grad=True)
    target = picture("rocket", SIZE)[0]

    def loss_at(w: torch.Tensor) -> torch.Tensor:
        return (three.at(w, final=False) - target).square().mean()

    loss_at(weights).backward()
    assert weights.grad is not None
    for k in range(3):
        step = torch.zeros(3)
        step[k] = 2e-3
        # With a gradient to carry, positions are not rounded (imaging.warp.sample_bent).
        slope = float((loss_at(weights + step) - loss_at(weights - step)).detach()) / 4e-3
        assert float(weights.grad[k]) == pytest.approx(slope, rel=0.1, abs=2e-3)


def test_equal_pictures_blend_to_themselves():
    same = blend_layers([layer_of("coffee")] * 3)
    assert torch.allclose(same.at([0.3, 0.3, 0.4]), picture("coffee", SIZE)[0], atol=1e-5)


def test_pictures_of_one_thing_blend_without_doubling():
    image = picture("chelsea", SIZE)
    moved = [warp_by_field(image, flow(smooth_velocity(SIZE, 3.0, seed=seed), 6)) for seed in range(3)]
    blend = blend_layers([make_layer(each[0], np.eye(3), SIZE) for each in moved])
    kept, doubled, whole = (
        float(sharpness(each)) for each in (blend.at([1.0, 1.0, 1.0])[None], torch.stack(moved).mean(dim=0), moved[0])
    )
    assert kept > 0.85 * whole > doubled


def test_the_ways_from_the_mean_cancel(three):
    assert three.ways.sum(dim=0).abs().max() < 1e-3


@pytest.mark.parametrize("size", [Size(1, 1), Size(1, 30), Size(14, 9)])
def test_any_size_is_blended(size):
    layers = [make_layer(torch.full((3, size.height, size.width), grey), np.eye(3), size) for grey in (0.0, 0.3, 0.9)]
    assert torch.allclose(blend_layers(layers).at([1.0, 1.0, 1.0]), torch.tensor(0.4), atol=0.15)


@pytest.mark.parametrize("weights", [[1.0], [0.5, 0.6, -0.1], [0.0, 0.0, 0.0], [float("nan"), 0.5, 0.5]])
def test_wrong_weights_are_refused(three, weights):
    with pytest.raises(OptionError, match="weights: "):
        three.at(weights)
