"""Photos of a person as a detector would tell of them, made of what a test says."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from morphlapse.records import Box, DateSource, Detection, Face, Keypoints, Photo, Pose, Size, Subject

SIZE = Size(300, 400)
START = datetime(2021, 3, 1, 8, 30)
FIVE = ("right_eye", "left_eye", "nose", "mouth_right", "mouth_left")


def make_photo(
    name: str,
    date: datetime | float | None = None,
    *,
    camera: str | None = "Maker X",
    size: Size = SIZE,
    source: DateSource = "exif",
) -> Photo:
    """A photo; a number is a date so many days after START."""
    when = START + timedelta(days=date) if isinstance(date, (int, float)) else date
    return Photo(Path("album") / name, size, when, "none" if when is None else source, camera=camera)


def make_face(*, yaw: float = 0.0, pitch: float = 0.0, box: Box | None = None, **measured: Any) -> Face:
    """A face that is measured as said."""
    box = Box(150.0, 80.0, 250.0, 200.0) if box is None else box
    middle = np.array([(box.left + box.right) / 2.0, (box.top + box.bottom) / 2.0])
    offsets = np.array([[-0.2, -0.1], [0.2, -0.1], [0.0, 0.1], [-0.15, 0.3], [0.15, 0.3]])
    points = Keypoints(FIVE, middle + offsets * box.height, np.ones(5))
    return Face(box, 0.9, points, pose=Pose(yaw, pitch, 0.0), **measured)


def make_detection(photo: Photo, face: Face | None = None, **measured: Any) -> Detection:
    """A detection of someone with that face, or of nobody."""
    subjects = () if face is None else (Subject(0.9, Box(100.0, 50.0, 300.0, 299.0), face=face),)
    return Detection(photo, subjects, **{"lightness": 0.5, **measured})


def make_thumbnail(seed: int, noise: float = 0.0) -> NDArray[np.uint8]:
    """A picture of its own for each seed; with some noise, another picture of the same."""
    scene = np.random.default_rng(seed).uniform(20.0, 235.0, (4, 4, 3)).repeat(8, axis=0).repeat(8, axis=1)
    if noise:
        scene = scene + np.random.default_rng(seed + 1000 + int(1e3 * noise)).normal(0.0, 255.0 * noise, scene.shape)
    return np.clip(scene, 0, 255).astype(np.uint8)


def name_of(detection: Detection) -> str:
    """Its file's name."""
    return detection.photo.path.name
