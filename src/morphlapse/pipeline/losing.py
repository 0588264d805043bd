"""Photos that cannot be read any more while a job is under way: they are left out, and the job goes on without them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from morphlapse.album.faults import UnreadablePhotoError
from morphlapse.album.opening import check_file
from morphlapse.records import Detections, Skipped

Result = TypeVar("Result")


def outlast(detections: Detections, work: Callable[[Detections], Result]) -> Result:
    """Do some work with the photos that can be read, and anew with the rest each time that one of them cannot.

    Parameters
    ----------
    detections : Detections
        Photos that could be read before.
    work : callable
        What is to be done with them; it leaves nothing behind if a photo fails.

    Raises
    ------
    UnreadablePhotoError
        If the file that cannot be read is none of the photos.
    """
    while True:
        try:
            return work(detections)
        except UnreadablePhotoError as lost:
            fewer = leave_out_lost(detections, lost)
            if fewer is None:
                raise
            detections = fewer


def leave_out_lost(detections: Detections, lost: UnreadablePhotoError) -> Detections | None:
    """Skip a photo, and all whose files are gone too, as when a card is pulled out; None if it is none of them."""
    reasons = {found.photo.path: _reason_lost(found.photo.path, lost) for found in detections.found}
    if lost.path not in reasons:
        return None
    gone = tuple(
        Skipped(found.photo.path, f"since it was looked at: {reason}", found.photo)
        for found in detections.found
        if (reason := reasons[found.photo.path])
    )
    kept = tuple(found for found in detections.found if not reasons[found.photo.path])
    return replace(detections, found=kept, skipped=(*detections.skipped, *gone))


def _reason_lost(path: Path, lost: UnreadablePhotoError) -> str | None:
    if path == lost.path:
        return lost.reason
    try:
        check_file(path)
    except UnreadablePhotoError as error:
        return error.reason
    return None
