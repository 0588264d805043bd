"""The step on a list of images of one person or scene: `sequence`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jaxtyping import Float
from torch import Tensor

from morphlapse.album.decode import decode, read_photo
from morphlapse.alignment.background import Shots
from morphlapse.errors import AlignmentError, OptionError
from morphlapse.imaging.warp import fit_within, resize, size_of
from morphlapse.morphing.layer import lay_out
from morphlapse.options import AlignOptions
from morphlapse.pipeline.context import Context
from morphlapse.pipeline.looking import share_detector
from morphlapse.pipeline.main_person import look_for_main
from morphlapse.pipeline.marking import Given, read_value
from morphlapse.pipeline.pictures import Picture, tensor_from
from morphlapse.pipeline.placing import ALIGN_PX, find_focal_px, place
from morphlapse.pipeline.straighten import lay_picture
from morphlapse.records import Basis, Photo, Registration, Size, Subject
from morphlapse.subjects.registry import open_detector


@dataclass(frozen=True, eq=False)
class Aligned:
    """Where each image of a sequence goes."""

    reference: int
    """The image that stays."""
    results: tuple[Registration | str, ...]
    """For each image a Registration whose `matrix` is `reference_from_image`, or the reason why it has no place."""
    on: Basis
    """What they were aligned on; never `auto`."""
    sizes: tuple[Size, ...]
    """Of the images."""
    pictures: tuple[Picture, ...] = field(repr=False)
    """The images as they were given."""

    @property
    def placed(self) -> tuple[int, ...]:
        """The images that have a place."""
        return tuple(k for k, result in enumerate(self.results) if isinstance(result, Registration))

    def image(self, index: int, *, fill: str = "#000000") -> Float[Tensor, "3 h w"]:
        """An image as it lies in the reference's frame; `fill` (a colour, or blur) is shown where it does not reach.

        Raises
        ------
        AlignmentError
            If it has no place.
        """
        result = self.results[index]
        if isinstance(result, str):
            raise AlignmentError(f"image {index} has no place, for {result}; `placed` lists those that have")
        image = tensor_from(self.pictures[index])
        return lay_out(lay_picture(image, result.matrix, self.sizes[self.reference], fill))[0]

    def images(self, *, fill: str = "#000000") -> Iterator[Float[Tensor, "3 h w"]]:
        """The images that have a place, in order, one at a time."""
        return (self.image(index, fill=fill) for index in self.placed)


def sequence(
    images: Sequence[Picture],
    options: AlignOptions | None = None,
    *,
    reference: int | None = None,
    points: Sequence[Given | None] | None = None,
    context: Context | None = None,
) -> Aligned:
    """Bring images of one person or scene onto one of them, without an album.

    Parameters
    ----------
    images : sequence of pictures
        In the order of time; of any sizes. Files are read when they are looked at, a few at a time.
    options : AlignOptions, optional
        What stays put; `reference` names photos of an album and is not for images.
    reference : int, optional
        The image that stays, counted from 0; by default the one nearest to all others.
    points : sequence, optional
        For each image what the user gives for `on="points"`: a Subject, a mapping from name to (x, y) or (x, y, weight)
        or an array (N, 2) in pixels of the image, or None.
    context : Context, optional
        Who listens.

    Returns
    -------
    Aligned
        `reference`, `results` (a Registration or a reason for each image), `image(k)` and `images()`.

    Raises
    ------
    OptionError
        There is no image, or the reference or the points do not fit the images.
    AlignmentError
        The reference that is asked for cannot be it.

    Examples
    --------
    >>> import morphlapse as ml
    >>> from skimage.data import coffee
    >>> aligned = ml.sequence([coffee(), coffee()[20:, 30:]], ml.AlignOptions(on="scene"), reference=0)
    >>> aligned.results[1].matrix[:2, 2].round()
    array([30., 20.])
    """
    options = AlignOptions() if options is None else options
    context = Context() if context is None else context
    _check(images, options, reference, points)
    photos = [_find_photo(image) for image in images]
    sizes = [size_of(tensor_from(i)) if p is None else p.size for i, p in zip(images, photos, strict=True)]
    subjects = _find_subjects(images, options, context)
    for k, given in enumerate(points or ()):
        if given is not None:
            subjects[k] = read_value(given, sizes[k], f"image {k}")
    focal = tuple(None if photo is None else find_focal_px(photo) for photo in photos)
    shots = Shots(tuple(subjects), tuple(sizes), lambda k: _load(images[k]), focal)
    on, series = place(shots, options, reference, context)
    return Aligned(series.reference, series.results, on, tuple(sizes), tuple(images))


def _check(
    images: Sequence[Picture], options: AlignOptions, reference: int | None, points: Sequence[Given | None] | None
) -> None:
    count = len(images)
    if not count:
        raise OptionError("a sequence needs an image or more (got none)")
    if options.reference is not None:
        raise OptionError(f"reference: images have no names (got {options.reference!r}); give sequence its index")
    if reference is not None and not 0 <= reference < count:
        raise OptionError(f"reference: {reference} is none of the {count} images, which are counted from 0")
    if points is not None and len(points) != count:
        raise OptionError(f"points: there are {len(points)} for {count} images; give None for an image without any")


def _find_photo(image: Picture) -> Photo | None:
    return read_photo(image) if isinstance(image, (str, Path)) else image if isinstance(image, Photo) else None


def _load(image: Picture) -> Tensor:
    """An image of moderate size on the CPU, where people are looked for and scenes registered."""
    if isinstance(image, (str, Path, Photo)):
        return decode(image, long_side=ALIGN_PX)
    whole = tensor_from(image).detach().cpu()
    return resize(whole[None], fit_within(size_of(whole), ALIGN_PX))[0]


def _find_subjects(images: Sequence[Picture], options: AlignOptions, context: Context) -> list[Subject | None]:
    """The main person of each image, where the options speak of persons."""
    if options.on in ("points", "scene", "none"):
        return [None] * len(images)
    found: list[Subject | None] = []
    with open_detector(options.detector) as opened:
        detector = share_detector(opened, context.device) or opened
        for k, image in enumerate(images):
            context.tell("look", k, len(images))
            found.append(look_for_main(tensor_from(image).detach(), detector))
    context.tell("look", len(images), len(images))
    return found
