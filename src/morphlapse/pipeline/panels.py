"""The pictures of one photo, each with what it shows: who was found, what is registered, how it lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float
from torch import Tensor

from morphlapse.album.paths import show_path
from morphlapse.alignment.targets import render_targets
from morphlapse.geometry.box import grow_box
from morphlapse.imaging.warp import size_of
from morphlapse.pipeline.comparing import show_matches, show_overlay, show_residual
from morphlapse.pipeline.drawing import COLOURS, POINT_NAMES, choose_target, draw_channels, show_subject, show_targets
from morphlapse.pipeline.framing import head_of
from morphlapse.pipeline.paper import (
    INK,
    Colour,
    blank,
    break_text,
    draw_over,
    lay_beside,
    load_font,
    write_above,
    write_lines,
)
from morphlapse.pipeline.preview import Preview
from morphlapse.pipeline.views import read_view
from morphlapse.records import Detection, Size, Subject
from morphlapse.subjects.scaling import scale_subject

LEAST_WIDTH = 320
"""Least width of the paper that a picture lies on, for the text above it."""

SMALL_PERSON = 0.3
"""A person who takes less of the photo than this is shown alone."""


@dataclass(frozen=True, eq=False)
class Panel:
    """A picture and what it shows."""

    picture: Tensor
    """(3, H, W)."""
    lines: list[tuple[str, Colour]]
    """What is written above it, in which colours."""


def lay_out_panels(panels: Sequence[Panel]) -> Float[Tensor, "3 h w"]:
    """Panels beside each other, the pictures level."""
    font = load_font(14.0)
    sheets = [_widen(panel.picture) for panel in panels]
    counts = [
        sum(len(break_text(text, font, sheet.shape[-1] - 8)) for text, _ in panel.lines)
        for panel, sheet in zip(panels, sheets, strict=True)
    ]
    tops = zip(sheets, panels, strict=True)
    return lay_beside([write_above(sheet, panel.lines, rows=max(counts)) for sheet, panel in tops])


def _widen(picture: Float[Tensor, "3 h w"]) -> Float[Tensor, "3 h w2"]:
    """A narrow picture on wider paper."""
    narrow = LEAST_WIDTH - picture.shape[-1]
    return picture if narrow <= 0 else lay_beside([picture, blank(Size(1, narrow))], gap=0)


def draw_found(detection: Detection) -> Panel:
    """Who was found in a photo; alone if small."""
    subject, size = detection.main, detection.photo.size
    if subject is None:
        return Panel(read_view(detection.photo, None)[0], [("nobody was found, or looked for", INK)])
    small = subject.box.area < SMALL_PERSON * size.width * size.height
    image, image_from_photo = read_view(detection.photo, grow_box(subject.box, 0.25) if small else None)
    others = f", {len(detection.subjects) - 1} more" if len(detection.subjects) > 1 else ""
    told = f"found: a person, sure to {subject.score:.2f}{others}"
    return Panel(show_subject(image, scale_subject(subject, image_from_photo)), [(told, INK)])


def draw_targets(preview: Preview, k: int) -> Panel:
    """What of the person is registered."""
    detection, on = preview.plan.placed[k].detection, preview.plan.on
    subject = detection.main
    assert subject is not None
    assert preview.cast is not None
    face = subject.face if on == "face" else None
    box = subject.box if face is None else head_of(face)
    image, image_from_photo = read_view(detection.photo, grow_box(box, 0.25))
    if on == "mask":
        shown = show_targets(image, scale_subject(subject, image_from_photo), on="mask")
        return Panel(shown, [("registered: the outline", INK)])
    aim, names = choose_target(preview.cast, k)
    shown = draw_channels(image, render_targets(aim, image_from_photo, size_of(image)))
    listed = [
        (POINT_NAMES.get(name, name.replace("_", " ")), COLOURS[n % len(COLOURS)]) for n, name in enumerate(names)
    ]
    named = draw_over(shown, lambda draw, _: write_lines(draw, (4, 2), listed, load_font(14.0)))
    return Panel(
        named, [("registered: a spot at each point" + ("" if aim.mask is None else " within the outline"), INK)]
    )


def draw_matches(preview: Preview, k: int) -> list[Panel]:
    """What is found in a photo and in the reference."""
    home, entry = preview.plan.placed[preview.plan.reference].photo, preview.plan.placed[k]
    if k == preview.plan.reference or preview.plan.on == "none":
        return [Panel(read_view(entry.photo, None)[0], [("the photo", INK)])]
    (image, image_from_photo), (other, other_from_home) = read_view(entry.photo, None), read_view(home, None)
    other_from_image = other_from_home @ entry.registration.matrix @ np.linalg.inv(image_from_photo)
    told = "matches with the reference (right): green as placed, red otherwise"
    return [Panel(show_matches(image, other, other_from_image), [(told, INK)])]


def draw_places(preview: Preview, k: int) -> list[Panel]:
    """How a photo lies on the reference, in the film's frame."""
    still, seen = preview.still(k), preview.seen(k) * preview.seen(preview.plan.reference)
    over = show_overlay(still, preview.reference)
    apart = show_residual(still, preview.reference, seen=seen)
    name = show_path(Path(preview.plan.placed[preview.plan.reference].photo.path.name))
    reason = preview.plan.placed[k].registration.reason
    return [
        Panel(over, [(f"over the reference, {name}", INK), (reason, INK)]),
        Panel(apart, [("difference of lightness: black none, yellow 0.5 or more", INK)]),
    ]


def list_points(subject: Subject | None) -> list[tuple[str, Colour]]:
    """The names that belong to the numbers."""
    if subject is None or subject.keypoints is None:
        return []
    points = subject.keypoints
    listed = [
        f"{n} {name.replace('_', ' ')} {seen:.2f}"
        for n, (name, seen) in enumerate(zip(points.names, points.visibility, strict=True))
    ]
    return [("  ·  ".join(listed), (170, 170, 170))]
