"""The steps on single pictures: `morph`, `register` and `warp` of whatever holds an image."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Literal

import numpy as np
import PIL.Image
import torch
from numpy.typing import NDArray
from torch import Tensor

from morphlapse.album.decode import decode, read_photo
from morphlapse.alignment.models import ModelName, UserModel
from morphlapse.alignment.register import register as register_tensors
from morphlapse.errors import OptionError
from morphlapse.geometry.similarity import invert, map_points
from morphlapse.imaging.warp import fit_within, resize, resized_from_full, size_of, warp_by_matrix
from morphlapse.morphing.apart import ApartMorph, morph_apart
from morphlapse.morphing.background import Masks
from morphlapse.morphing.blend import Blend, Weights, blend_layers
from morphlapse.morphing.cutout import cut_out, fill_in_place
from morphlapse.morphing.descent import Loss, Objective
from morphlapse.morphing.hints import Hints
from morphlapse.morphing.layer import Layer, make_layer
from morphlapse.morphing.search import Guide, morph_layers
from morphlapse.morphing.transition import Morph
from morphlapse.options import MorphOptions
from morphlapse.pipeline.backdrop import load_backdrop
from morphlapse.pipeline.framing import find_framing
from morphlapse.pipeline.hinting import FIRM, find_hints
from morphlapse.pipeline.masking import lay_mask, take_mask
from morphlapse.pipeline.people import DETECT_PX, mark
from morphlapse.pipeline.placing import fit_centre
from morphlapse.records import Detection, Detections, Photo, Registration, Size, Subject
from morphlapse.subjects.protocol import Detector
from morphlapse.subjects.registry import open_detector
from morphlapse.subjects.scaling import scale_subject

Points = NDArray[np.float64] | Tensor | Sequence[Sequence[float]]
"""(N, 2) points."""

Values = NDArray[np.generic] | Tensor | Sequence[float] | Sequence[Sequence[float]]
"""(N,) weights of points, or (H, W) of pixels."""

Picture = str | Path | Photo | PIL.Image.Image | NDArray[np.generic] | Tensor
"""A path, a Photo, a PIL image, a uint8 or float H×W×3 array, or a float C×H×W tensor in [0, 1]."""


def tensor_from(picture: Picture) -> Tensor:
    """Any kind of image as (3, H, W) float32, RGB, 0 to 1 (a tensor keeps its device, channels and gradient).

    Raises
    ------
    PhotoError
        If a file cannot be read.
    OptionError
        If the value holds no image.
    """
    if isinstance(picture, Tensor):
        return _check_tensor(picture)
    if isinstance(picture, (str, Path, Photo)):
        return decode(picture)
    if isinstance(picture, PIL.Image.Image):
        picture = np.asarray(picture.convert("RGB"))
    return _from_array(np.asarray(picture))


def _check_tensor(image: Tensor) -> Tensor:
    if image.ndim != 3 or not image.is_floating_point() or 0 in image.shape:
        raise OptionError(f"a tensor that is an image is float and (C, H, W), got {image.dtype} {tuple(image.shape)}")
    return image.float()


def _from_array(array: NDArray[np.generic]) -> Tensor:
    if array.ndim == 2:
        array = np.repeat(array[..., None], 3, axis=-1)
    if array.ndim != 3 or array.shape[2] not in (3, 4) or 0 in array.shape:
        raise OptionError(f"an array that is an image is (H, W), (H, W, 3) or (H, W, 4), got {array.shape}")
    if array.dtype != np.uint8 and not np.issubdtype(array.dtype, np.floating):
        raise OptionError(f"an array that is an image is uint8, or float from 0 to 1, got {array.dtype}")
    scale = 255.0 if array.dtype == np.uint8 else 1.0
    return (
        torch.from_numpy(np.ascontiguousarray(array[..., :3], dtype=np.float32) / scale).permute(2, 0, 1).contiguous()
    )


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
    return morph_masked((layers[0], layers[1]), (shown[0], shown[1]), Guide(options, known, b_from_a, objective))


def morph_masked(
    layers: tuple[Layer, Layer], masks: tuple[Tensor | None, Tensor | None], guide: Guide
) -> Morph | ApartMorph:
    """The morph between two layers, with what is behind the subject as the options say and the masks allow."""
    background = guide.options.background
    if masks[0] is None or masks[1] is None:
        if background == "transparent":
            raise OptionError("background: transparent needs the subject's outline in both images (masks or hints)")
        options = guide.options if background == "whole" else guide.options.model_copy(update={"background": "auto"})
        return morph_layers(*layers, **guide._replace(options=options)._asdict())
    if background in ("auto", "whole"):
        return morph_layers(*layers, **guide._asdict(), masks=Masks(masks[0], masks[1]))
    a, b = cut_out(layers[0], masks[0]), cut_out(layers[1], masks[1])
    picture = load_backdrop(background, layers[0].canvas, layers[0].image.device)
    return morph_apart(a, b, guide, fill_in_place(a, b) if background == "stay" else picture)


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


def take_hints(given: Sequence[Points | Values], matrices: Sequence[NDArray[np.float64]], *, like: Tensor) -> Hints:
    """Hints on the canvas from those that are given in pixels of the images.

    Parameters
    ----------
    given : two or three arrays
        (N, 2) points of each image, and (N,) weights.
    matrices : sequence of two arrays, (3, 3)
        `canvas_from_image` of each.
    like : Tensor
        Whose device and dtype the hints get.
    """
    points = [np.asarray(each, dtype=np.float64) for each in given]
    shapes = [each.shape for each in points]
    count = len(points[0]) if points and points[0].ndim else 0
    if shapes not in ([(count, 2)] * 2, [(count, 2), (count, 2), (count,)]):
        raise OptionError(f"hints are two arrays (N, 2) of one length, and weights (N,) if you like, got {shapes}")
    weight = points[2] if len(points) == 3 else np.ones(count)
    if not all(np.isfinite(each).all() for each in points) or (weight < 0.0).any():
        raise OptionError("hints are finite numbers, and their weights not negative")
    a, b = (map_points(m, p) for m, p in zip(matrices, points[:2], strict=True))
    first, second, firm = (torch.from_numpy(each).to(like) for each in (a, b, FIRM * weight))
    return Hints(first, second, firm)


def find_mains(pictures: Sequence[Picture], images: Sequence[Tensor], detector: str | Detector) -> list[Subject | None]:
    """The main person of each image, in its pixels, with the points and the mask that lie beside its file."""
    with open_detector(detector) if isinstance(detector, str) else nullcontext(detector) as finder:
        mains = [look_for_main(image, finder) for image in images]
    return [_mark_main(picture, main) for picture, main in zip(pictures, mains, strict=True)]


def _mark_main(picture: Picture, main: Subject | None) -> Subject | None:
    if not isinstance(picture, (str, Path, Photo)):
        return main
    photo = picture if isinstance(picture, Photo) else read_photo(picture)
    return mark(Detections((Detection(photo, () if main is None else (main,)),))).found[0].main


def look_for_main(image: Tensor, detector: Detector) -> Subject | None:
    """The main person of an image, in its pixels."""
    reduced = resize(image[None], fit_within(size_of(image), DETECT_PX))[0]
    subjects = detector.detect(reduced.cpu())
    image_from_reduced = invert(resized_from_full(size_of(image), size_of(reduced)).numpy())
    return scale_subject(subjects[0], image_from_reduced) if subjects else None


def register(
    moving: Picture, fixed: Picture, *, model: ModelName | UserModel = "similarity", **more: Any
) -> Registration:
    """Find the transform that brings one image onto another.

    Parameters
    ----------
    moving, fixed : picture
        Images of any two sizes; tensors may also be stacks of masks.
    model : str
        translation, rotation, scale, similarity, affine, homography, or a torch module.
    **more
        `loss`, `start` and `options` of `morphlapse.alignment.register.register`, which does the work.

    Returns
    -------
    Registration
        `matrix` is `fixed_from_moving`, 3x3 in pixels.
    """
    still = tensor_from(fixed)
    return register_tensors(tensor_from(moving).to(still), still, model=model, **more)


def warp(moving: Picture, registration: Registration, size: Size | None = None) -> Tensor:
    """Bring an image onto the one it was registered to.

    Parameters
    ----------
    moving : picture
        The image that was registered.
    registration : Registration
        Its `matrix` is `fixed_from_moving`, in pixels.
    size : Size, optional
        Of the result; by default that of `moving`.

    Returns
    -------
    Tensor, (3, H, W)
        Catmull-Rom, black where `moving` does not reach.
    """
    image = tensor_from(moving)
    backward = torch.from_numpy(np.linalg.inv(registration.matrix)).to(image)[None]
    size = size_of(image) if size is None else size
    out = warp_by_matrix(image[None], backward, size, border="zeros", resampling="catmull_rom")
    return out[0].clamp(0.0, 1.0)
