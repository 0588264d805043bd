"""What became of each photo, and what a job has cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from pathlib import Path

from morphlapse.records import (
    Album,
    Detection,
    Detections,
    FilmFacts,
    Flicker,
    Identity,
    Photo,
    Placed,
    Plan,
    Pose,
    Skipped,
    Status,
)

UNCUT = "no outline of the subject was found, so its background stays with it"
"""What is told of a photo whose subject cannot be cut out."""
TURNED = "its file is mirrored, so it was turned back (mirror)"
"""What is told of a photo that the others, or the album file, tell to be mirrored."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one file."""

    path: Path
    """Where it lies."""
    date: datetime | None
    """When it was taken."""
    date_source: str
    """Where the date was found."""
    used: bool
    """Whether the film has it."""
    reason: str | None
    """Why not."""
    person: float | None
    """How surely the chosen person is in it, 0 to 1."""
    score: float | None
    """How well it lies on the reference, 0 to 1."""
    reference_from_photo: tuple[tuple[float, ...], ...] | None
    """3x3, in pixels of the upright full-size photos."""
    status: Status | None = None
    """How it was placed; `interpolated` is by its neighbours alone."""
    placement: str | None = None
    """The sentence to the status."""
    fill_share: float | None = None
    """How much of the frame it leaves to be filled, 0 to 1."""
    behind: str | None = None
    """Why its background is not as it was asked for."""
    lightness: float | None = None
    """Mean lightness of the photo, 0 (black) to 1."""
    sharpness: float | None = None
    """How sharp the main person is, or a photo without one, 0 (blurred) to 1."""
    face_lightness: float | None = None
    """Lightness of the main person's face, 0 to 1."""
    eyes_open: float | None = None
    """How far the eyes of that face are open, 0 to 1."""
    pose: Pose | None = None
    """How that head is turned."""
    likeness: float | None = None
    """How surely the person whose album it is is in it, 0 to 1."""
    mirrored: bool = False
    """Whether its file shows it mirrored; it was turned back."""
    residual_px: float | None = None
    """What is left, in pixels of the reference: of keypoints their distance, of pictures the last step."""
    light: tuple[float, float] | None = None
    """L* (0 to 100) where the film's light was measured: of the photo, and as the film shows it."""

    @property
    def remark(self) -> str | None:
        """What must be told of it: why it is not used, how it was placed or turned, why it kept its background."""
        said = self.placement if self.status == "interpolated" else self.reason
        turned = TURNED if self.mirrored else None
        return "; ".join(each for each in (said, turned, self.behind) if each) or None


@dataclass(frozen=True, slots=True)
class LightReport:
    """How much a series flickers: mean absolute second differences of CIELAB along it."""

    region: str
    """Where it was measured."""
    before: Flicker
    """Of the photos."""
    after: Flicker
    """Of the photos as the film shows them."""


@dataclass(frozen=True)
class FilmReport:
    """What a job has made."""

    output: Path | None
    """What was written."""
    fates: tuple[Fate, ...]
    """Every file that could be a photo, once, in the order of the film; those left out stand at their place in time."""
    seconds: dict[str, float]
    """By stage."""
    peak_memory_mb: float
    """The most memory that was held."""
    on: str | None = None
    """What the photos were aligned on."""
    order: str | None = None
    """How they are ordered, in words."""
    notes: tuple[str, ...] = ()
    """What must be told of the choice as a whole, such as a rule that was softened."""
    light: LightReport | None = None
    """How much the light of the photos jumped, where it was evened out."""
    identity: Identity | None = None
    """Whose album it is, where that was asked."""
    film: FilmFacts | None = None
    """Size and length of the film, where one was written."""


def tell_date(date: datetime | None) -> str:
    """To the minute; a name or a sidecar often gives the day only, which is read as its midnight."""
    if date is None:
        return ""
    return date.date().isoformat() if date.time() == time() else date.isoformat(sep=" ", timespec="minutes")


def list_fates(album: Album, detections: Detections, plan: Plan, fill: Sequence[float] = ()) -> tuple[Fate, ...]:
    """Every file of an album once: what was found in it and what became of it.

    Parameters
    ----------
    album, detections, plan : Album, Detections, Plan
        What was read, found and planned.
    fill : sequence of float
        For each photo of the plan, how much of the frame it leaves to be filled; none where there is no frame.
    """
    shares = {entry.photo.path: float(share) for entry, share in zip(plan.placed, fill, strict=False)}
    reasons = {skipped.path: skipped.reason for skipped in (*album.skipped, *plan.skipped)}
    placed = {entry.photo.path: entry for entry in plan.placed}
    persons = {found.photo.path: found.main.score for found in detections.found if found.main is not None}
    measured = {found.photo.path: found for found in detections.found}
    listed = [_fate_of(photo, placed.get(photo.path), reasons, persons) for photo in album.photos]
    listed = [add_measures(fate, measured.get(fate.path)) for fate in listed]
    unread = [_fate_unread(skipped) for skipped in album.skipped]
    return tuple(replace(fate, fill_share=shares.get(fate.path)) for fate in (*listed, *unread))


def add_measures(fate: Fate, detection: Detection | None) -> Fate:
    """Tell also what was measured of a photo."""
    if detection is None:
        return fate
    face = None if detection.main is None else detection.main.face
    fate = replace(
        fate,
        lightness=detection.lightness,
        sharpness=detection.sharpness,
        likeness=detection.likeness,
        mirrored=bool(detection.photo.mirrored),
    )
    if face is None:
        return fate
    return replace(fate, face_lightness=face.lightness, eyes_open=face.eyes_open, pose=face.pose)


def _fate_unread(skipped: Skipped) -> Fate:
    return Fate(
        skipped.path,
        date=None,
        date_source="none",
        used=False,
        reason=skipped.reason,
        person=None,
        score=None,
        reference_from_photo=None,
    )


def _fate_of(photo: Photo, placed: Placed | None, reasons: dict[Path, str], persons: dict[Path, float]) -> Fate:
    matrix = None if placed is None else tuple(tuple(map(float, row)) for row in placed.registration.matrix)
    return Fate(
        path=photo.path,
        date=photo.date,
        date_source=photo.date_source,
        used=placed is not None,
        reason=None if placed is not None else reasons.get(photo.path, "not asked for"),
        person=persons.get(photo.path),
        score=None if placed is None else float(placed.registration.score),
        reference_from_photo=matrix,
        status=None if placed is None else placed.registration.status,
        placement=None if placed is None else placed.registration.reason,
        residual_px=None if placed is None else float(placed.registration.residual_px),
    )
