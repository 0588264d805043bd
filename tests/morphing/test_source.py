import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from morphlapse.geometry.similarity import similarity
from morphlapse.imaging.compare import psnr
from morphlapse.imaging.warp import resize_field
from morphlapse.morphing.layer import lay_out, make_layer
from morphlapse.morphing.maps import Maps
from morphlapse.morphing.search import Guide, morph_layers
from morphlapse.morphing.source import match_source
from morphlapse.morphing.tint import Tint
from morphlapse.morphing.transition import Morph
from morphlapse.options import MorphOptions
from morphlapse.records import Size
from synthetic import picture, smooth_velocity, warped_pair

SIZE = Size(96, 128)
ALIKE = torch.ones(1, 1, 8, 8)
NAMES = ("astronaut", "coffee", "chelsea")


def layer_of(name: str, size: Size = SIZE):
    return make_layer(picture(name, size)[0], np.eye(3), size)


def morph_by(velocity, a: str, b: str, options: MorphOptions | None = None) -> Morph:
    """A morph whose velocity is given, so that nothing is sought but the tint."""
    options = MorphOptions() if options is None else options
    there, back = match_source(picture(a, SIZE), picture(b, SIZE), velocity, options)
    maps = Maps(velocity, there, back, ALIKE, torch.zeros_like(ALIKE), formula="source", add_first=options.add_first)
    return Morph(layer_of(a), layer_of(b), maps)


VELOCITY = resize_field(smooth_velocity(SIZE, 8.0), Size(48, 64))


@given(a=st.sampled_from(NAMES), b=st.sampled_from(NAMES), first=st.booleans())
@settings(max_examples=6, deadline=None)
def test_the_ends_are_the_pictures_and_nothing_jumps_there(a, b, first):
    morph = morph_by(VELOCITY, a, b, MorphOptions(add_first=first))
    assert torch.equal(morph.frame_at(0.0), picture(a, SIZE)[0])
    assert torch.equal(morph.frame_at(1.0), picture(b, SIZE)[0])
    for t in (1e-4, 1.0 - 1e-4):
        assert (morph.frame_at(t) - morph.frame_at(float(round(t)))).abs().max() < 0.01


@given(a=st.sampled_from(NAMES), b=st.sampled_from(NAMES), t=st.floats(0.01, 0.99))
@settings(max_examples=6, deadline=None)
def test_exchanged_pictures_give_the_film_backwards(a, b, t):
    there, back = morph_by(VELOCITY, a, b), morph_by(-VELOCITY, b, a)
    assert (there.frame_at(t) - back.frame_at(1.0 - t)).abs().mean() < 1e-4


@given(a=st.sampled_from(NAMES), b=st.sampled_from(NAMES))
@settings(max_examples=6, deadline=None)
def test_the_maps_rebuild_each_picture_from_the_other_alone(a, b):
    morph, plain = morph_by(VELOCITY, a, b), Tint(torch.ones(1, 3, 2, 2), torch.zeros(1, 3, 2, 2))
    warped = Morph(morph.a, morph.b, Maps(VELOCITY, plain, plain, ALIKE, torch.zeros_like(ALIKE)))
    first, last = picture(a, SIZE), picture(b, SIZE)
    there = [psnr(each.apply(first[0], 1.0)[None], last).item() for each in (warped, morph)]
    back = [psnr(each.apply(last[0], 0.0, side="b")[None], first).item() for each in (warped, morph)]
    assert all(rebuilt[1] > max(15.0, rebuilt[0] + 3.0) for rebuilt in (there, back))


def test_another_light_is_rebuilt():
    a = picture("astronaut", SIZE)
    b = (a * 0.6 + 0.1).clamp(0, 1)
    there, back = match_source(a, b, torch.zeros(1, 2, 24, 32), MorphOptions())
    maps = Maps(torch.zeros(1, 2, 24, 32), there, back, ALIKE, torch.zeros_like(ALIKE), formula="source")
    assert psnr(Morph(layer_of("astronaut"), layer_of("coffee"), maps).apply(a[0], 1.0)[None], b).item() > 32.0


def test_a_framing_is_part_of_the_warp():
    a, size = picture("astronaut", Size(160, 160)), Size(160, 160)
    turn = similarity(1.15, 0.2, (3.0, -5.0), centre=(80.0, 80.0))
    layers = [make_layer(a[0], np.eye(3), size), make_layer(a[0], turn, size)]
    morph = morph_layers(layers[0], layers[1], Guide(MorphOptions(formula="source", effort="quick"), b_from_a=turn))
    rebuilt = morph.apply(lay_out(layers[0])[0], 1.0)
    assert (rebuilt - lay_out(layers[1])[0])[:, 40:-40, 40:-40].abs().mean() < 0.03


def test_nothing_is_erased():
    for tint in match_source(picture("astronaut", SIZE), picture("coffee", SIZE), VELOCITY, MorphOptions()):
        assert 0.499 < float(tint.mult.min()) < float(tint.mult.max()) < 2.001


@pytest.mark.parametrize("weaker", [MorphOptions(tint=0.4), MorphOptions(add=0.4)])
def test_a_weaker_map_does_less(weaker):
    a, b = picture("astronaut", SIZE), picture("coffee", SIZE)
    full, weak = (match_source(a, b, VELOCITY, options)[0] for options in (MorphOptions(), weaker))
    assert torch.allclose(weak.add, 0.4 * full.add, atol=1e-5)


def test_what_is_explained_by_motion_needs_no_tint():
    a, b, _ = warped_pair("astronaut", SIZE, 8.0)
    moved, still = (
        match_source(a, b, each, MorphOptions())[0] for each in (smooth_velocity(SIZE, 8.0), 0.0 * VELOCITY)
    )
    assert moved.add.abs().mean() < 0.2 * still.add.abs().mean()
