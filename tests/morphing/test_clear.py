"""Where no photo reaches a film can be transparent."""

import torch

from morphlapse.geometry.similarity import similarity
from morphlapse.morphing.clear import keep_whole, lay_clear, mix_clear, morph_clear
from morphlapse.morphing.layer import lay_out, make_layer
from morphlapse.morphing.search import Guide, morph_layers
from morphlapse.options import MorphOptions
from morphlapse.records import Size
from synthetic import picture

CANVAS = Size(80, 120)
FIRST = make_layer(picture("coffee", Size(80, 70))[0], similarity(), CANVAS)
SECOND = make_layer(picture("coffee", Size(60, 120))[0], similarity(), CANVAS)


def test_a_picture_is_opaque_where_it_is_and_nothing_else_is():
    seen = lay_clear(FIRST)
    assert torch.allclose(seen[:3, :, :69], lay_out(FIRST)[0, :, :, :69], atol=1e-5)
    assert (seen[3, :, :69] > 0.99).all()
    assert (seen[3, :, 71:] == 0.0).all()


def test_a_morph_begins_and_ends_with_the_pictures_as_they_stand():
    morph = morph_clear(morph_layers(FIRST, SECOND, Guide(MorphOptions(working_px=64, warp=0.0))))
    assert torch.equal(morph.frame_at(0.0), lay_clear(FIRST))
    assert torch.equal(morph.frame_at(1.0), lay_clear(SECOND))
    middle = morph.frame_at(0.5)
    assert float(middle[3, 5:50, 5:60].min()) > 0.9
    assert (middle[3, 70:, 90:] < 0.01).all()
    assert 0.3 < float(middle[3, 20:50, 80:100].mean()) < 0.9


def test_what_is_not_seen_lends_no_colour():
    clear, white = torch.zeros(4, 2, 2), torch.ones(4, 2, 2)
    mixed = mix_clear(clear, white, 0.25)
    assert torch.allclose(mixed[:3], torch.ones(3, 2, 2))
    assert torch.allclose(mixed[3], torch.full((2, 2), 0.25))


def test_a_photo_without_an_outline_is_seen_whole():
    cut = keep_whole(FIRST)
    lifted = cut.lift(cut.plate, exact=False)[0]
    assert torch.allclose(lifted[:3, :, :69], lay_out(FIRST)[0, :, :, :69], atol=1e-5)
    assert torch.equal(lifted[3], lay_clear(FIRST)[3])
