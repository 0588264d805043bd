"""Pictures that are transparent where a photo does not reach: colour and alpha, straight, as files keep them."""

from __future__ import annotations

from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from morphlapse.morphing.apart import ApartMorph, Front
from morphlapse.morphing.cutout import Cutout, compose
from morphlapse.morphing.layer import Layer, lay_out, pack
from morphlapse.morphing.transition import Morph


def clear_layer(layer: Layer) -> Layer:
    """The same picture with an alpha, and with nothing around it."""
    image = torch.cat((layer.image, torch.ones_like(layer.image[:, :1])), dim=1)
    return replace(layer, image=pack(image), fill=image.new_zeros(1, 4, 1, 1))


def lay_clear(layer: Layer) -> Float[Tensor, "4 h w"]:
    """A picture as it lies on the canvas, and nothing where it does not reach."""
    return compose(lay_out(clear_layer(layer)), None)


def morph_clear(morph: Morph) -> ApartMorph:
    """A morph of whole pictures that is transparent where neither of them reaches."""
    front = Front(clear_layer(morph.a), clear_layer(morph.b), morph.maps, blend=morph.blend)
    return ApartMorph(front, None, (lay_clear(morph.a), lay_clear(morph.b)), even=morph.even)


def keep_whole(layer: Layer) -> Cutout:
    """A photo all of which is its subject."""
    return Cutout(lay_out(layer), lay_out(clear_layer(layer))[:, 3:], layer.fill)


def mix_clear(a: Float[Tensor, "4 h w"], b: Float[Tensor, "4 h w"], t: float) -> Float[Tensor, "4 h w"]:
    """Dissolve one transparent picture into another: what is not seen in one lends no colour to the other."""
    first, second = (torch.cat((image[:3] * image[3:], image[3:])) for image in (a, b))
    return compose(torch.lerp(first, second, t)[None], None)
