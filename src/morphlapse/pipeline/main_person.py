"""The main person of single images, with the points and the mask that lie beside their files."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from torch import Tensor

from morphlapse.album.decode import read_photo
from morphlapse.geometry.similarity import invert
from morphlapse.imaging.warp import fit_within, resize, resized_from_full, size_of
from morphlapse.pipeline.detecting import DETECT_PX
from morphlapse.pipeline.marking import mark
from morphlapse.pipeline.pictures import Picture
from morphlapse.records import Detection, Detections, Photo, Subject
from morphlapse.subjects.protocol import Detector
from morphlapse.subjects.registry import open_detector
from morphlapse.subjects.scaling import scale_subject


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
