"""What is seen in a photo, as a picture: who was found, and what of a person is registered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import cv2
import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from PIL import ImageDraw
from torch import Tensor

from morphlapse.alignment.cast import Cast, gather_cast
from morphlapse.alignment.targets import Aim, render_targets
from morphlapse.errors import AlignmentError
from morphlapse.imaging.compare import lightness_of
from morphlapse.imaging.warp import size_of
from morphlapse.pipeline.paper import Colour, draw_over, load_font, tensor_from_colour
from morphlapse.pipeline.pictures import Picture, tensor_from
from morphlapse.records import Keypoints, Subject
from morphlapse.subjects.scaling import paint_mask

COLOURS: tuple[Colour, ...] = (
    (255, 80, 80),
    (80, 220, 90),
    (90, 140, 255),
    (255, 205, 50),
    (225, 90, 255),
    (60, 225, 225),
    (255, 140, 40),
    (190, 255, 130),
)
"""One for each channel of targets, again from the first where there are more."""

POINT_NAMES = {
    "mesh_33": "right eye, outer corner",
    "mesh_133": "right eye, inner corner",
    "mesh_362": "left eye, inner corner",
    "mesh_263": "left eye, outer corner",
    "mesh_2": "nose, base",
    "mesh_1": "nose, tip",
    "mesh_61": "mouth, right corner",
    "mesh_291": "mouth, left corner",
}
"""What the mesh's points are called; right and left are the person's own."""

MASK: Colour = (40, 200, 255)
JOINT: Colour = (255, 235, 60)
FACE: Colour = (255, 110, 200)


def show_subject(image: Picture, subject: Subject) -> Float[Tensor, "3 h w"]:
    """Show who was found in a photo.

    Parameters
    ----------
    image : picture
        The photo.
    subject : Subject
        One person, in pixels of that picture.

    Returns
    -------
    Tensor, (3, H, W)
        The photo with the person's mask tinted and outlined, the body's keypoints numbered by their place in
        `subject.keypoints.names`, the face's in another colour; the surer a point is seen, the more opaque it is.
    """
    photo = tensor_from(image).detach().cpu()
    if subject.mask is not None:
        inside = paint_mask(subject.mask, size_of(photo), np.eye(3))
        photo = torch.lerp(photo, tensor_from_colour(MASK, photo), 0.35 * inside)
        edges, _ = cv2.findContours((inside[0] > 0.5).byte().numpy(), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        photo = draw_over(photo, lambda draw, unit: _draw_outlines(draw, edges, unit))
    if subject.keypoints is not None:
        body = subject.keypoints
        photo = draw_over(photo, lambda draw, unit: _draw_points(draw, body, JOINT, unit, numbered=True))
    if subject.face is not None:
        face = subject.face.keypoints
        photo = draw_over(photo, lambda draw, unit: _draw_points(draw, face, FACE, unit, numbered=False))
    return photo


def show_targets(
    image: Picture, subject: Subject, on: Literal["body", "face", "mask"] = "body"
) -> Float[Tensor, "3 h w"]:
    """Show what of a person is registered: the mask times a Gaussian around each keypoint, one colour each.

    Parameters
    ----------
    image : picture
        The photo.
    subject : Subject
        One person, in pixels of that picture.
    on : "body", "face" or "mask"
        What photos are aligned on. In a series the side of the body is that which most photos show; here, that which
        this one shows.

    Raises
    ------
    AlignmentError
        If the photo shows too little of it.
    """
    photo = tensor_from(image).detach().cpu()
    cast = gather_cast([subject], [size_of(photo)], on)
    if cast.reasons[0] is not None:
        raise AlignmentError(f"there are no targets on the {on}, for {cast.reasons[0]}")
    if on == "mask":
        return draw_channels(photo, _mask_channel(subject, photo, np.eye(3)))
    return draw_channels(photo, render_targets(choose_target(cast, 0)[0], np.eye(3), size_of(photo)))


def choose_target(cast: Cast, k: int) -> tuple[Aim, tuple[str, ...]]:
    """What is registered of photo k, and the names of its points: the targets alone where it shows them all."""
    scheme = cast.evidence.scheme
    share = cast.evidence.trust[k] * scheme.weight
    if (share[: scheme.targets] > 0.0).all():
        share[scheme.targets :] = 0.0
    return cast.aim(k, share), tuple(name for name, each in zip(scheme.names, share, strict=True) if each > 0.0)


def _mask_channel(subject: Subject, like: Tensor, image_from_photo: NDArray[np.float64]) -> Float[Tensor, "1 h w"]:
    assert subject.mask is not None
    return paint_mask(subject.mask, size_of(like), image_from_photo)


def draw_channels(photo: Float[Tensor, "3 h w"], channels: Float[Tensor, "k h w"]) -> Float[Tensor, "3 h w"]:
    """Lay channels over a darkened photo, each in its colour and as bright as can be at its highest."""
    shown = 0.3 * lightness_of(photo[None])[0].expand(3, -1, -1)
    for k, channel in enumerate(channels):
        shown = shown + tensor_from_colour(COLOURS[k % len(COLOURS)], photo) * channel / channel.max().clamp_min(1e-6)
    return shown.clamp(0.0, 1.0)


def _draw_outlines(draw: ImageDraw.ImageDraw, edges: Sequence[NDArray[Any]], unit: float) -> None:
    for edge in edges:
        points = [(int(x), int(y)) for x, y in edge[:, 0]]
        draw.line([*points, points[0]], fill=(*MASK, 255), width=round(1.5 * unit))


def _draw_points(draw: ImageDraw.ImageDraw, points: Keypoints, colour: Colour, unit: float, *, numbered: bool) -> None:
    radius = 3.0 * unit
    shades = [(*colour, round(40 + 215 * float(seen))) for seen in points.visibility]
    for (x, y), shade in zip(points.xy, shades, strict=True):
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=shade, outline=(0, 0, 0, shade[3]))
    for number in _choose_labels(points, 10.0 * unit) if numbered else ():
        x, y = points.xy[number] + [1.3 * radius, -2.5 * radius]
        stroke, shade = round(unit), shades[number]
        draw.text(
            (x, y), str(number), shade, load_font(11.0 * unit), stroke_width=stroke, stroke_fill=(0, 0, 0, shade[3])
        )


def _choose_labels(points: Keypoints, room_px: float) -> list[int]:
    """Points that get a number: the surest first, and of those that crowd together one."""
    chosen: list[int] = []
    for number in np.argsort(-points.visibility, kind="stable"):
        if all(np.linalg.norm(points.xy[number] - points.xy[other]) >= room_px for other in chosen):
            chosen.append(int(number))
    return chosen
