"""The picture between several images of any kind: `blend_of` and `blend`."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from morphlapse.errors import OptionError
from morphlapse.imaging.warp import size_of
from morphlapse.morphing.blend import Blend, Weights, blend_layers
from morphlapse.morphing.layer import make_layer
from morphlapse.options import MorphOptions
from morphlapse.pipeline.pictures import Picture, tensor_from
from morphlapse.pipeline.placing import fit_centre


def blend_of(images: Sequence[Picture], options: MorphOptions | None = None) -> Blend:
    """Find the ways between several images, once for any weights.

    Parameters
    ----------
    images : sequence of pictures
        Two or more, of any sizes, framed alike. The frame is the first one's size; the others are laid over it, centre
        on centre and of equal area.
    options : MorphOptions, optional
        How the motion is sought; images are not aligned first (`prealign` has no effect).

    Returns
    -------
    Blend
        `at(weights)`.

    Examples
    --------
    >>> import morphlapse as ml
    >>> from skimage.data import astronaut, chelsea, coffee
    >>> three = ml.blend_of([astronaut()[::4, ::4], coffee()[::4, ::4], chelsea()[::4, ::4]])
    >>> tuple(three.at([0.5, 0.3, 0.2]).shape)
    (3, 128, 128)
    """
    if len(images) < 2:
        raise OptionError(f"images: a blend needs two at least (got {len(images)})")
    first = tensor_from(images[0])
    tensors = [first, *(tensor_from(image).to(first) for image in images[1:])]
    canvas = size_of(first)
    layers = [make_layer(image, fit_centre(size_of(image), canvas).matrix, canvas) for image in tensors]
    return blend_layers(layers, options)


def blend(images: Sequence[Picture], weights: Weights, options: MorphOptions | None = None) -> Tensor:
    """The picture between several images: `blend_of(images, options).at(weights)`.

    Parameters
    ----------
    images : sequence of pictures
        Two or more, as `blend_of` takes them.
    weights : sequence of float or Tensor
        One an image, none negative; only their ratios count. A tensor's gradient is kept.
    options : MorphOptions, optional
        How the motion is sought.

    Returns
    -------
    Tensor, (3, H, W)
    """
    return blend_of(images, options).at(weights)
