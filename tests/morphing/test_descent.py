import numpy as np
import pytest
import torch

from morphlapse.errors import OptionError
from morphlapse.imaging.velocity import flow, smallest_area, trace
from morphlapse.imaging.warp import resize_field, size_of
from morphlapse.morphing.descent import Objective, descend_loss
from morphlapse.morphing.energy import read_midpoint
from morphlapse.morphing.layer import make_layer
from morphlapse.morphing.search import Guide, morph_layers
from morphlapse.options import MorphOptions
from morphlapse.records import Size
from synthetic import picture, warped_pair

SIZE = Size(96, 96)
STILL = torch.zeros(1, 2, 48, 48)


def distance(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return (a - b).abs().mean()


def error_of(velocity: torch.Tensor, truth: torch.Tensor) -> float:
    found = flow(resize_field(velocity, size_of(truth)), 8)
    return float((found - truth)[..., 8:-8, 8:-8].norm(dim=1).mean())


def test_a_loss_finds_a_known_warp_from_nothing():
    a, b, truth = warped_pair("astronaut", SIZE, 4.0, seed=1)
    assert error_of(descend_loss((a, b), STILL, distance), truth) < 0.2 < 1.0 < error_of(STILL, truth)


def test_the_unit_of_a_loss_does_not_matter():
    a, b, _ = warped_pair("coffee", Size(32, 32), 2.0)
    still = torch.zeros(1, 2, 16, 16)
    once = descend_loss((a, b), still, distance)
    assert torch.allclose(descend_loss((a, b), still, lambda x, y: 1000.0 * distance(x, y)), once, atol=0.02)


def test_a_loss_that_is_met_moves_nothing():
    a = picture(size=Size(32, 32))
    assert descend_loss((a, a), torch.zeros(1, 2, 16, 16), lambda x, y: (x - y).square().mean()).abs().max() < 1e-3


@pytest.mark.parametrize("from_zero", [True, False])
def test_nothing_folds_under_a_loss_that_tears(from_zero):
    size = Size(64, 64)
    layers = [make_layer(picture(name, size)[0], np.eye(3), size) for name in ("astronaut", "coffee")]
    objective = Objective(lambda a, b: distance(a, b) - a[..., 30:50, 30:50].mean(), from_zero)
    morph = morph_layers(layers[0], layers[1], Guide(MorphOptions(smoothness=0.001), objective=objective))
    assert smallest_area(trace(morph.maps.velocity).displacement).min() > 0.0
    assert torch.equal(morph.frame_at(0.0), layers[0].image[0])
    assert torch.equal(morph.frame_at(1.0), layers[1].image[0])


def test_what_was_found_is_refined_by_the_loss():
    layers = [make_layer(picture(name, Size(40, 40))[0], np.eye(3), Size(40, 40)) for name in ("astronaut", "coffee")]

    def loss_of(velocity: torch.Tensor) -> float:
        middle = read_midpoint(layers[0].image, layers[1].image, velocity, 8)
        return float(distance(middle.a, middle.b))

    morphs = [morph_layers(layers[0], layers[1], Guide(objective=each)) for each in (None, Objective(distance))]
    plain, refined = (loss_of(morph.maps.velocity) for morph in morphs)
    assert refined < 0.97 * plain


@pytest.mark.parametrize("loss", [lambda _a, _b: 1.0, lambda a, b: a - b, lambda a, _: a.mean() * float("nan")])
def test_what_is_no_loss_is_refused(loss):
    a = picture(size=Size(32, 32))
    with pytest.raises(OptionError, match="loss: it must give one finite number"):
        descend_loss((a, a), torch.zeros(1, 2, 16, 16), loss)


def test_a_loss_without_a_gradient_is_refused():
    a = picture(size=Size(32, 32))
    with pytest.raises(OptionError, match="its gradient is needed"):
        descend_loss((a, a), torch.zeros(1, 2, 16, 16), lambda x, y: distance(x.detach(), y.detach()))
