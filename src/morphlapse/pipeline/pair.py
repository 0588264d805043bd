"""The morph between two images of any kind: `morph`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from torch import Tensor

from morphlapse.errors import OptionError
from morphlapse.imaging.warp import size_of
from morphlapse.morphing.apart import ApartMorph, morph_apart
from morphlapse.morphing.background import Masks
from morphlapse.morphing.cutout import cut_out, fill_in_place
from morphlapse.morphing.descent import Loss, Objective
from morphlapse.morphing.layer import Layer, make_layer
from morphlapse.morphing.search import Guide, morph_layers
from morphlapse.morphing.transition import Morph
from morphlapse.options import MorphOptions
from morphlapse.pipeline.backdrop import load_backdrop
from morphlapse.pipeline.hinting import Points, Values, find_hints, take_hints
from morphlapse.pipeline.main_person import find_mains
from morphlapse.pipeline.masking import lay_mask, take_mask
from morphlapse.pipeline.pictures import Picture, tensor_from
from morphlapse.pipeline.placing import fit_centre
from morphlapse.pipeline.prealign import find_framing
from morphlapse.subjects.protocol import Detector


def morph(  # noqa: PLR0913 - each tells of the pair in its own way
    a: Picture,
    b: Picture,
    options: MorphOptions | None = None,
    *,
    hints: Literal["auto"] | tuple[Points, Points] | tuple[Points, Points, Values] | None = None,
    masks: Sequence[Values] | None = None,
    loss: Loss | None = None,
    start: Literal["found", "zero"] = "found",
    detector: str | Detector = "mediapipe",
) -> Morph | ApartMorph:
    """Morph two images of any sizes.

    Parameters
    ----------
    a, b : picture
        The first and the last image. The frame is a's size; b is laid over it, centre on centre and of equal area, and
        never squashed.
    options : MorphOptions, optional
        How the motion is sought.
    hints : "auto", pair of arrays or None
        Points of a and of b that belong together, (N, 2) each in pixels of the image, and, where a third array (N,) is
        given, how firmly each holds (1 by default); "auto" finds the faces, joints and outlines of the person in both,
        and takes the points and masks in files beside them (see docs/alignment.md); None, the default, looks at the
        pictures alone.
    masks : pair of arrays, optional
        Where the subject is in a and in b, (H, W) each, 0 to 1, stretched over the image; `MorphOptions.background`
        says what then becomes of what is behind it. Where an outline is missing, that is "auto".
    loss : callable, optional
        Any torch loss of both pictures at the midpoint, (1, 3, h, w) each, to a scalar: the motion that was found is
        refined by its gradient. It is asked at several sizes, so best a mean over pixels; its unit does not matter.
    start : {"found", "zero"}
        Whether the loss refines what was found or starts from no motion.
    detector : str or Detector
        What "auto" finds the person with: a registered name, or an object with the Detector protocol's method.

    Returns
    -------
    Morph or ApartMorph
        `frame_at(t)`, `carry(points, t)`, `maps`, `agreement`, `save(path)` and `load(path)`.

    Raises
    ------
    OptionError
        If what is given fits no image, or an outline is missing for a transparent background.

    Examples
    --------
    >>> import morphlapse as ml
    >>> from skimage.data import astronaut
    >>> m = ml.morph(astronaut(), astronaut()[:, ::-1])
    >>> tuple(m.frame_at(0.5).shape)
    (3, 512, 512)
    """
    options = MorphOptions() if options is None else options
    first = tensor_from(a)
    images = [first, tensor_from(b).to(first)]
    canvas = size_of(first)
    matrices = [fit_centre(size_of(image), canvas).matrix for image in images]
    layers = [make_layer(image, matrix, canvas) for image, matrix in zip(images, matrices, strict=True)]
    if masks is not None and len(masks) != 2:
        raise OptionError(f"masks are two arrays (H, W), one for each image, got {len(masks)}")
    people = find_mains((a, b), images, detector) if isinstance(hints, str) else [None, None]
    if hints is None or isinstance(hints, str):
        known = find_hints(people[0], people[1], matrices[0], matrices[1], like=first)
    else:
        known = take_hints(hints, matrices, like=first)
    outlines = [None if person is None else person.mask for person in people]
    if masks is not None:
        outlines = [take_mask(mask, size_of(image)) for mask, image in zip(masks, images, strict=True)]
    shown = [lay_mask(mask, matrix, canvas, like=first) for mask, matrix in zip(outlines, matrices, strict=True)]
    b_from_a = find_framing(layers[0], layers[1], known) if options.prealign else None
    objective = None if loss is None else Objective(loss, start == "zero")
    guide = Guide(options, known, b_from_a=b_from_a, objective=objective)
    return morph_masked((layers[0], layers[1]), (shown[0], shown[1]), guide)


def morph_masked(
    layers: tuple[Layer, Layer], masks: tuple[Tensor | None, Tensor | None], guide: Guide
) -> Morph | ApartMorph:
    """The morph between two layers, with what is behind the subject as the options say and the masks allow."""
    background = guide.options.background
    if masks[0] is None or masks[1] is None:
        if background == "transparent":
            raise OptionError("background: transparent needs the subject's outline in both images (masks or hints)")
        options = guide.options if background == "whole" else guide.options.model_copy(update={"background": "auto"})
        return morph_layers(*layers, guide._replace(options=options))
    if background in ("auto", "whole"):
        return morph_layers(*layers, guide._replace(masks=Masks(masks[0], masks[1])))
    a, b = cut_out(layers[0], masks[0]), cut_out(layers[1], masks[1])
    picture = load_backdrop(background, layers[0].canvas, layers[0].image.device)
    return morph_apart(a, b, guide, fill_in_place(a, b) if background == "stay" else picture)
