"""The form of the album file: what was found and decided for an album, and what was corrected by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from morphlapse.records import Basis, DateSource, Status

VERSION = 1
"""Of the file's form; a file of another one is refused."""


def parse_row(value: object) -> object:
    """JSON has lists only."""
    return tuple(value) if isinstance(value, list) else value


def check_matrix(rows: tuple[tuple[float, ...], ...]) -> tuple[tuple[float, ...], ...]:
    """Refuse a matrix that brings a photo nowhere."""
    matrix = np.array(rows, dtype=np.float64)
    if abs(np.linalg.det(matrix[:2, :2])) < 1e-12 or abs(matrix[2, 2]) < 1e-12:
        raise ValueError("this matrix has no inverse; remove it, and the photo is placed anew with --realign")
    return rows


Number = Annotated[float, Field(allow_inf_nan=False)]
Row = Annotated[tuple[Number, Number, Number], BeforeValidator(parse_row)]
Matrix = Annotated[tuple[Row, Row, Row], BeforeValidator(parse_row), AfterValidator(check_matrix)]
Extent = Annotated[tuple[Annotated[int, Field(gt=0)], Annotated[int, Field(gt=0)]], BeforeValidator(parse_row)]
Step = Annotated[float, Field(ge=-10.0, le=10.0)]
Shift = Annotated[tuple[Step, Step], BeforeValidator(parse_row)]
Name = Annotated[str, Field(min_length=1)]


class Part(BaseModel):
    """What all parts of the file share: nothing in it is unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Correction(Part):
    """What was corrected by hand; it is kept by every run, and speaks of no size of a film."""

    include: bool | None = None
    """true keeps the photo whatever speaks against it, false leaves it out."""
    nudge: Shift = (0.0, 0.0)
    """Moves the photo to the right and down, in shares of the frame's width and height: 0.1 is a tenth."""
    rotate_deg: Annotated[float, Field(ge=-360.0, le=360.0)] = 0.0
    """Turns it clockwise about the middle of the frame."""
    scale: Annotated[float, Field(ge=0.05, le=20.0)] = 1.0
    """Enlarges it about the middle of the frame."""
    keypoints: dict[Name, Any] = Field(default_factory=dict)
    """Named points as [x, y] or [x, y, weight], in pixels of the upright full-size photo; they take the place of those
    that were found, and the photo is placed by them."""
    mirrored: bool | None = None
    """true turns the photo back that its file shows mirrored, false leaves it as it is."""
    date: datetime | None = None
    """When it was taken, as 2024-03-02T10:30:00."""
    caption: Annotated[str, Field(max_length=500)] | None = None
    """What its caption says, in the place of the film's; "" for none."""

    @property
    def moves(self) -> bool:
        """Whether the photo lies elsewhere than it was placed."""
        return (self.nudge, self.rotate_deg, self.scale) != ((0.0, 0.0), 0.0, 1.0)


class PhotoEntry(Part):
    """One photo."""

    path: Name
    """Seen from the album file's folder, with /."""
    size: Extent | None = None
    """Width and height of the upright full-size photo."""
    date: datetime | None = None
    """When it was taken, as far as the photo tells; `correction.date` is stronger."""
    date_source: DateSource = "none"
    """Where the date was found."""
    used: bool = False
    """Whether the film has it."""
    reason: str | None = None
    """Why not."""
    person: Number | None = None
    """How surely a person is in it, 0 to 1."""
    reference_from_photo: Matrix | None = None
    """Where it lies: 3x3, from its pixels to those of the reference, both upright and full-size."""
    score: Number | None = None
    """How well it lies there, 0 to 1."""
    status: Status | None = None
    """How it was placed."""
    placement: str = ""
    """The sentence to the status."""
    mirrored: bool = False
    """Whether its file shows it mirrored, so that it was turned back; `correction.mirrored` is stronger."""
    correction: Correction = Correction()
    """What was corrected by hand."""


class FrameEntry(Part):
    """Which part of the reference's plane the film shows."""

    size: Extent
    """Width and height of the frame it was chosen for."""
    canvas_from_reference: Matrix
    """3x3, from pixels of the reference to those of that frame."""
    wishes: dict[str, str] = Field(default_factory=dict)
    """The options that it was chosen by."""


class AlbumFile(Part):
    """All that a film is made from, besides the photos."""

    version: Literal[1] = VERSION
    """Of this form of file."""
    made_by: str = ""
    """Which morphlapse wrote it."""
    on: Basis = "none"
    """What the photos were aligned on."""
    reference: str | None = None
    """Path of the photo that the others were brought onto."""
    level_rad: Number = 0.0
    """Direction in the reference, from x towards y, that is level in the film."""
    frame: FrameEntry | None = None
    """What the film shows."""
    options: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Options of select, align, morph and film that are not as by default."""
    photos: tuple[PhotoEntry, ...] = ()
    """Every photo once, in the order of the film."""


def schema() -> Mapping[str, Any]:
    """The form of an album file as JSON Schema."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **AlbumFile.model_json_schema()}


Rows = tuple[tuple[float, float, float], tuple[float, float, float], tuple[float, float, float]]


def as_rows(matrix: NDArray[np.float64]) -> Rows:
    """A matrix as the file has it."""
    a, b, c = ((float(row[0]), float(row[1]), float(row[2])) for row in matrix)
    return a, b, c
