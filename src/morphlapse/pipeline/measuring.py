"""What is measured of a photo and its people, at the size at which they are looked for."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float, UInt8
from numpy import ndarray
from torch import Tensor

from morphlapse.geometry.similarity import similarity
from morphlapse.imaging.focus import measure_blur, sharpness_of_blur
from morphlapse.imaging.lightness import lightness_from_srgb
from morphlapse.imaging.warp import fit_within, resize, size_of
from morphlapse.records import Box, Face, Mask, Size, Subject
from morphlapse.subjects.heads import pose_of_points
from morphlapse.subjects.scaling import paint_mask

FACE_PX = 128
"""Width of a face, at most, where its sharpness is measured; its blur is told at this width."""

WHOLE_PX = 512
"""Long side of a photo or of the part with a person, at most, where its sharpness is measured."""

HALF_PIXEL = 0.5
"""The least blur that pixels can have, in pixels; it is told of small faces, which are enlarged."""

THUMBNAIL = Size(32, 32)
"""Of a thumbnail, whatever the photo's shape."""


def measure_subject(subject: Subject, image: Float[Tensor, "3 h w"]) -> Subject:
    """Measure the face of a person, where it is seen."""
    return subject if subject.face is None else replace(subject, face=measure_face(subject.face, image))


def measure_face(face: Face, image: Float[Tensor, "3 h w"]) -> Face:
    """Add to a face how it is turned, unless its detector told, how sharp and how light it is.

    Parameters
    ----------
    face : Face
        In pixels of `image`; one that lies outside it is left as it is.
    image : Tensor, (3, H, W)
        In [0, 1].
    """
    pose = pose_of_points(face.keypoints) if face.pose is None else face.pose
    part = cut_out(face.box, image)
    if part is None:
        return replace(face, pose=pose)
    pixels, box = part
    scale = min(1.0, FACE_PX / face.box.width)
    size = size_of(pixels)
    small = Size(max(1, round(size.height * scale)), max(1, round(size.width * scale)))
    pixels = resize(pixels[None], small)[0]
    oval = draw_oval(face.box, box, small)
    blur = enlarge_blur(measure_blur(pixels, oval), FACE_PX / (scale * face.box.width))
    lightness = lightness_from_srgb(pixels)[oval[0] > 0.5]
    return replace(
        face,
        pose=pose,
        sharpness=sharpness_of_blur(blur),
        lightness=float(lightness.mean()) if len(lightness) else None,
    )


def enlarge_blur(blur_px: float, factor: float) -> float:
    """What a blur is when the picture is enlarged: a pixel's own width grows with it."""
    return math.sqrt((blur_px * factor) ** 2 + HALF_PIXEL**2 * (factor**2 - 1.0))


def measure_sharpness(subject: Subject | None, image: Float[Tensor, "3 h w"]) -> float:
    """How sharp a person is, or where nobody is, the photo: by the face if it is seen, else by all that is theirs."""
    if subject is not None and subject.face is not None and subject.face.sharpness is not None:
        return subject.face.sharpness
    part = None if subject is None else cut_out(subject.box, image)
    pixels, box = part or (image, None)
    small = fit_within(size_of(pixels), WHOLE_PX)
    mask = None if subject is None or box is None else _paint_over(subject.mask, box, small)
    return sharpness_of_blur(measure_blur(resize(pixels[None], small)[0], mask))


def make_thumbnail(image: Float[Tensor, "3 h w"]) -> UInt8[ndarray, "32 32 3"]:
    """The whole picture, squashed."""
    small = resize(image[None], THUMBNAIL)[0].clamp(0.0, 1.0)
    return (small * 255.0).round().byte().permute(1, 2, 0).contiguous().numpy()


def cut_out(box: Box, image: Float[Tensor, "3 h w"]) -> tuple[Tensor, Box] | None:
    """The pixels in a box and the box around just these; None where there are none."""
    height, width = image.shape[-2:]
    left, right = (int(np.clip(round(x + 0.5), 0, width)) for x in (box.left, box.right))
    top, bottom = (int(np.clip(round(y + 0.5), 0, height)) for y in (box.top, box.bottom))
    if right - left < 1 or bottom - top < 1:
        return None
    return image[:, top:bottom, left:right], Box(left - 0.5, top - 0.5, right - 0.5, bottom - 0.5)


def draw_oval(face: Box, part: Box, size: Size) -> Float[Tensor, "1 h w"]:
    """1 in the oval that fills the box of a face and 0 around it, on a grid of a size over a part of the picture."""
    x = part.left + (torch.arange(size.width) + 0.5) * (part.width / size.width)
    y = part.top + (torch.arange(size.height) + 0.5) * (part.height / size.height)
    across = (2.0 * x - face.left - face.right) / face.width
    down = (2.0 * y - face.top - face.bottom) / face.height
    return (across[None, :] ** 2 + down[:, None] ** 2 <= 1.0).float()[None]


def _paint_over(mask: Mask | None, part: Box, size: Size) -> Float[Tensor, "1 h w"] | None:
    """A person's mask on a grid over a part of the picture; None where there is none of it."""
    if mask is None:
        return None
    x, y = size.width / part.width, size.height / part.height
    grid_from_picture = np.diag([x, y, 1.0]) @ similarity(shift=(-part.left, -part.top))
    painted = paint_mask(mask, size, similarity(shift=(-0.5, -0.5)) @ grid_from_picture)
    return painted if float(painted.max()) > 0.5 else None
