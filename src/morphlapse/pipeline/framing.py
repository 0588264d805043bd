"""Which part of the reference's plane a film shows, and which photos would leave too much of it empty."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from morphlapse.album.paths import show_path
from morphlapse.errors import OptionError
from morphlapse.geometry.box import clip_box, corners_of_box
from morphlapse.geometry.frame import Frame, Wish, choose_frame, keep_frame
from morphlapse.geometry.rectangle import NoCoverError
from morphlapse.geometry.similarity import map_points
from morphlapse.imaging.warp import fit_within, resized_from_full
from morphlapse.options import FilmOptions, SelectOptions
from morphlapse.records import Basis, Box, Face, FixedFrame, Placed, Plan, Size, Skipped
from morphlapse.selection.choice import is_named

SAME_ASPECT = 4e-3
"""Frames whose aspects differ by less show the same: sides are even numbers."""
HEAD = (0.15, 0.5, 0.1)
"""A head reaches so far beyond its face at the sides, above (the hair) and below, over the sides of the face's box."""


def frame_plan(plan: Plan, options: FilmOptions) -> Frame:
    """Choose the film's frame for a plan, with the subjects in view.

    Raises
    ------
    OptionError
        If all photos are to fill it and share too little.
    """
    placements = [entry.registration.matrix for entry in plan.placed]
    sizes = [entry.photo.size for entry in plan.placed]
    kept = None if plan.frame is None else _resize_frame(plan.frame, options)
    if kept is not None:
        return keep_frame(placements, sizes, kept.size, kept.canvas_from_reference)
    try:
        return choose_frame(
            placements,
            sizes,
            Wish(options.size, options.fit, options.zoom, (options.offset_x, options.offset_y)),
            focus=[_focus_of(entry, plan.on) for entry in plan.placed],
            eyes=_find_eyes(plan),
            level_rad=plan.level_rad,
        )
    except NoCoverError as error:
        name = show_path(Path(plan.placed[error.farthest].photo.path.name))
        raise OptionError(f"fit: {error} ({name} lies farthest off); exclude some, or use auto") from error


def list_wishes(options: FilmOptions) -> dict[str, str]:
    """The options that a frame is chosen by, as text."""
    size = options.size if isinstance(options.size, str) else str(options.size)
    size = "x".join(map(str, options.size)) if isinstance(options.size, tuple) else size
    return {"size": size, **{name: str(getattr(options, name)) for name in ("fit", "zoom", "offset_x", "offset_y")}}


def _resize_frame(frame: FixedFrame, options: FilmOptions) -> FixedFrame | None:
    """A frame from before at the size that is asked for now; None where it would not be the same."""
    wishes = list_wishes(options)
    if wishes == frame.wishes:
        return frame
    if not isinstance(options.size, tuple) or {**wishes, "size": ""} != {**frame.wishes, "size": ""}:
        return None
    size = Size(options.size[1] // 2 * 2, options.size[0] // 2 * 2)
    if abs(size.aspect / frame.size.aspect - 1.0) > SAME_ASPECT:
        return None
    matrix = resized_from_full(frame.size, size).numpy()
    return replace(frame, size=size, canvas_from_reference=matrix @ frame.canvas_from_reference)


def _focus_of(entry: Placed, on: Basis) -> NDArray[np.float64] | None:
    """The corners of what must stay in view, in the reference's plane: the head, else the person."""
    subject = entry.detection.main
    if subject is None or on in ("scene", "none"):
        return None
    box = head_of(subject.face) if on == "face" and subject.face is not None else subject.box
    return map_points(entry.registration.matrix, corners_of_box(clip_box(box, entry.photo.size)))


def head_of(face: Face) -> Box:
    """The box of a whole head, hair and chin, from that of its face."""
    sides, above, below = HEAD
    box = face.box
    wide, high = sides * box.width, box.height
    return Box(box.left - wide, box.top - above * high, box.right + wide, box.bottom + below * high)


def _find_eyes(plan: Plan) -> NDArray[np.float64] | None:
    """The middle between the eyes in the reference's plane, where faces are what stays put."""
    if plan.on != "face":
        return None
    found = [
        map_points(entry.registration.matrix, _eyes_of(main.face))[0]
        for entry in plan.placed
        if (main := entry.detection.main) is not None and main.face is not None
    ]
    return np.median(found, axis=0) if found else None


def _eyes_of(face: Face) -> NDArray[np.float64]:
    points = face.keypoints
    return (points.xy[points.index("right_eye")] + points.xy[points.index("left_eye")])[None] / 2.0


def shrink_frame(frame: Frame, long_side: int) -> Frame:
    """The same frame at a smaller size, both sides even."""
    within = fit_within(frame.size, long_side)
    size = Size(max(16, within.height // 2 * 2), max(16, within.width // 2 * 2))
    matrix = resized_from_full(frame.size, size).numpy()
    return Frame(size, matrix @ frame.canvas_from_reference, frame.fill_share)


def leave_out_sparse(plan: Plan, select: SelectOptions | None = None, film: FilmOptions | None = None) -> Plan:
    """Leave out photos that would fill too little of the film's frame, such as panoramas among portraits.

    Parameters
    ----------
    plan : Plan
        Where each photo goes.
    select : SelectOptions, optional
        `max_fill` is what a photo may leave empty; one that `include` names stays, and so does the reference.
    film : FilmOptions, optional
        Size of the frame. Photos are judged by the part that most of them share, whatever fit and zoom do with it:
        else one panorama in a frame that contains all photos would leave all others empty.

    Returns
    -------
    Plan
        With each photo that is left out among the skipped, with its reason.
    """
    select = SelectOptions() if select is None else select
    judged = FilmOptions() if film is None else FilmOptions(size=film.size)
    home = plan.placed[plan.reference]
    while sparse := [
        (entry, share)
        for entry, share in zip(plan.placed, frame_plan(plan, judged).fill_share, strict=True)
        if share > select.max_fill and entry is not home and not is_named(entry.photo, select.include)
    ]:
        out = tuple(Skipped(entry.photo.path, _explain(share, select.max_fill), entry.photo) for entry, share in sparse)
        kept = tuple(entry for entry in plan.placed if all(entry is not each for each, _ in sparse))
        plan = replace(plan, placed=kept, reference=kept.index(home), skipped=plan.skipped + out)
    return plan


def _explain(share: float, most: float) -> str:
    return f"would leave {100 * share:.0f} % of the frame empty (max_fill is {100 * most:g} %)"
