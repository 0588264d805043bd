"""The facts that rooms pass to each other: frozen records without behaviour of their own.

Coordinates are (x, y) in pixels of the upright full-size photo, the centre of the top-left pixel being (0, 0), unless a
record says otherwise. Matrices are 3x3 float64 and named `dst_from_src`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

DateSource = Literal["exif", "name", "sidecar", "file", "none"]
"""Where a photo's date was found, the most trusted first."""

Basis = Literal["body", "face", "mask", "points", "scene", "none"]
"""What an album is aligned on."""

Status = Literal["converged", "stopped", "placed", "interpolated", "failed"]
"""How a registration ended; `placed` means in closed form, without an iteration, `interpolated` between neighbours."""


@dataclass(frozen=True, slots=True)
class Size:
    """A picture's size in pixels, rows first as tensors have it; written (and shown) as WIDTHxHEIGHT."""

    height: int
    """Rows."""
    width: int
    """Columns."""

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"

    @property
    def long_side(self) -> int:
        """The longer side."""
        return max(self.height, self.width)

    @property
    def short_side(self) -> int:
        """The shorter side."""
        return min(self.height, self.width)

    @property
    def aspect(self) -> float:
        """Width over height."""
        return self.width / self.height


@dataclass(frozen=True, slots=True)
class Box:
    """An axis-parallel box; its sides are edges, so a box around the whole image is (-0.5, -0.5, W-0.5, H-0.5)."""

    left: float
    """The smallest x."""
    top: float
    """The smallest y."""
    right: float
    """The largest x."""
    bottom: float
    """The largest y."""

    @property
    def width(self) -> float:
        """Extent in x."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Extent in y."""
        return self.bottom - self.top

    @property
    def area(self) -> float:
        """Width times height, 0 for an inverted box."""
        return max(self.width, 0.0) * max(self.height, 0.0)


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo that can be read: what its header says, not its pixels."""

    path: Path
    """Where it lies."""
    size: Size
    """Full size, upright (after its EXIF orientation)."""
    date: datetime | None = None
    """When it was taken: with a zone where the file gives one, else the wall clock of the camera."""
    date_source: DateSource = "none"
    """Where the date was found."""
    focal_mm: float | None = None
    """Focal length as a camera for 35 mm film would need it for the same view, where the file tells it."""
    camera: str | None = None
    """Make and model of the camera, where the file tells them."""
    mirrored: bool | None = None
    """Whether its file shows it mirrored: its pixels are then turned back as they are read; None where nobody said."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A photo that is left out, and why: a value, not an error."""

    path: Path
    """Where it lies."""
    reason: str
    """One sentence for a person."""
    photo: Photo | None = None
    """What was read of it, where anything was."""


@dataclass(frozen=True, slots=True)
class Album:
    """The photos of one run, in the order of the film."""

    photos: tuple[Photo, ...]
    """Those that can be read, ordered."""
    skipped: tuple[Skipped, ...] = ()
    """Those that cannot, each with its reason."""
    order: str = "capture date"
    """How they are ordered, in words."""


@dataclass(frozen=True, eq=False)
class Keypoints:
    """Named points with how surely each is seen."""

    names: tuple[str, ...]
    """One name per point."""
    xy: NDArray[np.float64]
    """(N, 2) positions in pixels."""
    visibility: NDArray[np.float64]
    """(N,) from 0 (hidden or guessed) to 1 (seen)."""
    given: tuple[str, ...] = ()
    """Names of those that the user gave."""

    def index(self, name: str) -> int:
        """Position of a name; ValueError if it is not there."""
        return self.names.index(name)


@dataclass(frozen=True, eq=False)
class Mask:
    """How much each pixel belongs to a person, over a box of the photo."""

    weight: NDArray[np.uint8]
    """(h, w), 0 to 255; stretched over `box`, and 0 outside it."""
    box: Box
    """The part of the photo that `weight` covers."""


@dataclass(frozen=True, slots=True)
class Pose:
    """How a head is turned, in degrees; all 0 is upright and towards the camera."""

    yaw_deg: float
    """To the side; positive: towards the right edge of the picture, once it is turned so that the head is upright."""
    pitch_deg: float
    """Up and down; positive: up."""
    roll_deg: float
    """In the picture's plane; positive: clockwise."""


@dataclass(frozen=True, eq=False)
class Face:
    """One face."""

    box: Box
    """Around the face."""
    score: float
    """From 0 to 1."""
    keypoints: Keypoints
    """right_eye, left_eye, nose, mouth_right, mouth_left: right and left are the person's own."""
    mesh: NDArray[np.float64] | None = None
    """(M, 2) mesh points where the detector gives them."""
    pose: Pose | None = None
    """How the head is turned, where it was measured."""
    eyes_open: float | None = None
    """From 0 (both shut) to 1 (both wide open), where it was measured."""
    sharpness: float | None = None
    """How sharp the face is, 0 (blurred) to 1, where it was measured; see `imaging.focus`."""
    lightness: float | None = None
    """CIELAB lightness of the face, 0 to 1, where it was measured."""
    descriptor: NDArray[np.float32] | None = None
    """(D,) what an Identifier makes of the face: near for one person, far for two."""


@dataclass(frozen=True, eq=False)
class Subject:
    """One person in one photo: every part is of the same person."""

    score: float
    """From 0 to 1: how surely a person is there."""
    box: Box
    """Around the person."""
    keypoints: Keypoints | None = None
    """Body keypoints; the detector lists its names, COCO's 17 among them."""
    mask: Mask | None = None
    """Who is person and who is not."""
    face: Face | None = None
    """The person's face, where it is seen."""


@dataclass(frozen=True, eq=False)
class Detection:
    """Who is where in one photo."""

    photo: Photo
    """The photo."""
    subjects: tuple[Subject, ...] = ()
    """Everyone found, the main person first."""
    lightness: float | None = None
    """Mean lightness of the photo, 0 (black) to 1."""
    sharpness: float | None = None
    """How sharp the main person is, or a photo without one on the whole: 0 (blurred) to 1, where it was measured."""
    thumbnail: NDArray[np.uint8] | None = None
    """(32, 32, 3) the whole upright photo, squashed: near for near-duplicates."""
    likeness: float | None = None
    """How surely the main person is the one whose album it is, 0 to 1, where that was asked."""

    @property
    def main(self) -> Subject | None:
        """The main person."""
        return self.subjects[0] if self.subjects else None


@dataclass(frozen=True, slots=True)
class Reach:
    """How far apart the descriptors of an Identifier lie (Euclidean)."""

    same: float
    """Two faces as near as this are usually one person's."""
    other: float
    """Two faces as far as this are usually two people's."""

    @property
    def middle(self) -> float:
        """Where both are as likely."""
        return 0.5 * (self.same + self.other)


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who is in an album."""

    number: int
    """From 1: the one in most photos comes first."""
    paths: tuple[Path, ...]
    """The photos in which their face was recognised, in the album's order."""


@dataclass(frozen=True, eq=False)
class Identity:
    """Whose album it is."""

    note: str
    """One sentence for a person: who was chosen, or why nobody was; empty where nothing needs to be said."""
    people: tuple[Person, ...] = ()
    """Everyone whose face was recognised."""
    chosen: tuple[int, ...] = ()
    """Numbers of those who are the person whose album it is: several where a face changed much."""
    reasons: Mapping[Path, str] = field(default_factory=dict)
    """Why a photo is left out, where the person is not surely in it."""


@dataclass(frozen=True, eq=False)
class Detections:
    """Who is where in each photo of an album."""

    found: tuple[Detection, ...]
    """One for each photo that could be read, in the album's order."""
    skipped: tuple[Skipped, ...] = ()
    """Left out so far, each with its reason."""
    reach: Reach | None = None
    """How far apart the faces' descriptors lie, where an Identifier looked at them."""
    identity: Identity | None = None
    """Whose album it is, where that was asked; the main person of each photo is then that one."""
    notes: tuple[str, ...] = ()
    """What must be told of the looking as a whole."""


@dataclass(frozen=True, eq=False)
class Choice:
    """Which photos make the film."""

    used: tuple[Detection, ...]
    """In the order of the film."""
    skipped: tuple[Skipped, ...] = ()
    """All that are left out so far, each with its reason."""
    notes: tuple[str, ...] = ()
    """What must be told of the choice as a whole, such as a rule that was softened."""


@dataclass(frozen=True, eq=False)
class Registration:
    """How one picture is brought onto another."""

    matrix: NDArray[np.float64]
    """3x3 `fixed_from_moving`, in pixels."""
    model: str = "similarity"
    """The family of transforms it was sought in."""
    status: Status = "converged"
    """How the search ended."""
    reason: str = ""
    """The sentence to the status."""
    score: float = 1.0
    """From 0 (nothing agrees) to 1 (the pictures agree wherever they overlap)."""
    residual_px: float = 0.0
    """What is left: of keypoints their distance, of pictures the last step, in pixels of `fixed`."""
    steps: int = 0
    """Iterations taken over all levels."""


@dataclass(frozen=True, eq=False)
class Placed:
    """One photo of the plan, and where it goes."""

    detection: Detection
    """The photo and who is in it."""
    registration: Registration
    """`reference_from_photo`, both in pixels of their upright full-size photos."""
    caption: str | None = None
    """What its caption says where that was given by hand, in the place of the film's; empty where it has none."""

    @property
    def photo(self) -> Photo:
        """The photo."""
        return self.detection.photo


@dataclass(frozen=True, eq=False)
class FixedFrame:
    """Which part of the reference's plane a film has shown before, and shows again."""

    size: Size
    """Of the frame it was chosen for."""
    canvas_from_reference: NDArray[np.float64]
    """3x3, from pixels of the reference to those of that frame."""
    wishes: Mapping[str, str]
    """The options that it was chosen by, as text."""


@dataclass(frozen=True, eq=False)
class Plan:
    """Where each photo of the film goes."""

    placed: tuple[Placed, ...]
    """In the order of the film."""
    reference: int
    """Which of them the others are brought onto."""
    on: Basis
    """What they were aligned on; never `auto`."""
    skipped: tuple[Skipped, ...] = field(default=())
    """Every photo that is left out, with its reason."""
    order: str = "capture date"
    """How the photos are ordered, in words."""
    level_rad: float = 0.0
    """Direction in the reference, from x towards y, that is level in the film: of faces the eye line."""
    notes: tuple[str, ...] = ()
    """What must be told of the choice of the photos as a whole."""
    frame: FixedFrame | None = None
    """What the film shows, where that is known from before."""


@dataclass(frozen=True, slots=True)
class Flicker:
    """How much a series of photos flickers: mean absolute second difference of CIELAB along it, on the subject."""

    lightness: float
    """Of L*, 0 to 100."""
    chroma: float
    """Of (a*, b*) together."""


@dataclass(frozen=True, slots=True)
class Progress:
    """One step of a long job, for whoever listens."""

    stage: str
    """What is being done, in a word or two."""
    done: int
    """How many of `total` are finished."""
    total: int
    """How many there are."""


Listener = Callable[[Progress], None]
"""Gets every Progress of a job; the terminal's bar is one, a web page may be another."""


@dataclass(frozen=True, slots=True)
class FilmFacts:
    """What was written."""

    path: Path
    """The file."""
    size: Size
    """Of a frame."""
    frames: int
    """How many."""
    duration: timedelta
    """Frames times the frame's time."""
