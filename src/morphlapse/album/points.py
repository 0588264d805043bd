"""Points and masks that the user gives for a photo, in files beside it: photo.points.json and photo.mask.png."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy import ndarray

from morphlapse.album.dates import MAX_SIDECAR_BYTES
from morphlapse.album.decode import decode, read_photo
from morphlapse.album.paths import show_path
from morphlapse.errors import OptionError, PhotoError
from morphlapse.geometry.box import box_of_picture
from morphlapse.records import Box, Keypoints, Mask, Photo, Size, Subject

POINTS, MASK = ".points.json", ".mask.png"
"""What takes the place of a photo's own ending: photo.jpg has photo.points.json."""

MASK_PX = 512
"""Long side at which a mask is kept."""

ROOM = 0.1
"""The box around points is larger than they are by this share of their extent."""

EXAMPLE = '{"chimney": [812.5, 240], "door": [400, 910, 0.5]}'


def read_given(photo: Photo) -> Subject | None:
    """Read what the user gives for a photo.

    Parameters
    ----------
    photo : Photo
        In whose folder the files are sought.

    Returns
    -------
    Subject or None
        Its keypoints and its mask, as far as there are files, in pixels of the upright full-size photo.

    Raises
    ------
    PhotoError
        In one line, where a file is there but is not as it should be.
    """
    points, mask = (photo.path.with_name(photo.path.stem + ending) for ending in (POINTS, MASK))
    # Not Path.is_file, which raises for a name that is too long.
    given = _read_points(points, photo.size) if os.path.isfile(points) else None  # noqa: PTH113
    outline = _read_mask(mask, photo.size) if os.path.isfile(mask) else None  # noqa: PTH113
    return make_subject(given, outline)


def make_subject(points: Keypoints | None, mask: Mask | None) -> Subject | None:
    """What is given as a subject, with the box around it; None where nothing is."""
    if points is not None:
        low, high = points.xy.min(axis=0), points.xy.max(axis=0)
        room = max(1.0, ROOM * float((high - low).max()))
        return Subject(1.0, Box(*(low - room).tolist(), *(high + room).tolist()), points, mask)
    return None if mask is None else Subject(1.0, _box_of(mask), None, mask)


def parse_points(value: object, size: Size) -> Keypoints:
    """Check named points.

    Parameters
    ----------
    value : mapping or array
        From name to (x, y) or (x, y, weight), or an array (N, 2) or (N, 3), whose points are named by their number from
        1; in pixels of the upright full-size photo, weights from 0 to 1.
    size : Size
        Of the photo.

    Raises
    ------
    OptionError
        Saying which point is wrong, and how.
    """
    if isinstance(value, ndarray) and value.ndim == 2:
        value = {str(k + 1): row.tolist() for k, row in enumerate(value)}
    if not isinstance(value, Mapping) or not value:
        raise OptionError(f"points are written as {EXAMPLE}")
    rows = np.array([_parse_point(str(name), row, size) for name, row in value.items()])
    names = tuple(str(name) for name in value)
    return Keypoints(names, rows[:, :2], rows[:, 2], given=names)


def _parse_point(name: str, row: object, size: Size) -> list[float]:
    numbers = list(row) if isinstance(row, (Sequence, ndarray)) and not isinstance(row, str) else []
    plain = all(isinstance(each, (int, float)) and not isinstance(each, bool) for each in numbers)
    if len(numbers) not in (2, 3) or not plain:
        raise OptionError(f"the point {name!r} is {row!r} and must be [x, y] or [x, y, weight]")
    x, y, weight = (_shorten(each) for each in (*numbers, 1.0)[:3])
    if not (-0.5 <= x <= size.width - 0.5 and -0.5 <= y <= size.height - 0.5):
        raise OptionError(f"the point {name!r} at ({x:g}, {y:g}) is outside the photo, which is {size} pixels upright")
    if not 0.0 <= weight <= 1.0:
        raise OptionError(f"the point {name!r} has the weight {weight:g}, which must be from 0 to 1")
    return [x, y, weight]


def _shorten(number: float | int) -> float:
    """A number as a float; JSON may have whole ones that no float reaches."""
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def _read_points(path: Path, size: Size) -> Keypoints:
    try:
        if path.stat().st_size > MAX_SIDECAR_BYTES:
            raise PhotoError(f"{show_path(path)}: it is too large for a file of points")
        return parse_points(json.loads(path.read_bytes()), size)
    except OptionError as error:
        raise PhotoError(f"{show_path(path)}: {error}") from error
    except OSError as error:
        raise PhotoError(f"{show_path(path)}: it cannot be read ({error.strerror or error})") from error
    except (ValueError, RecursionError) as error:
        said = " ".join(str(error).split())
        raise PhotoError(f"{show_path(path)}: this is no JSON ({said}); write points as {EXAMPLE}") from error


def _read_mask(path: Path, size: Size) -> Mask:
    photo = read_photo(path)
    if photo.size != size:
        raise PhotoError(
            f"{show_path(path)}: the mask is {photo.size} and its photo {size} pixels: give it the same size"
        )
    weight = (decode(photo, long_side=MASK_PX).mean(dim=0) * 255.0).round().byte().numpy()
    if not weight.any():
        raise PhotoError(f"{show_path(path)}: the mask is black all over: paint what stays put white")
    return Mask(weight, box_of_picture(size))


def _box_of(mask: Mask) -> Box:
    """Around what is more inside than outside, else around anything."""
    inside = mask.weight >= min(128, int(mask.weight.max()))
    rows, columns = (np.flatnonzero(inside.any(axis=axis)) for axis in (1, 0))
    x, y = mask.box.width / inside.shape[1], mask.box.height / inside.shape[0]
    left, top = mask.box.left + columns[0] * x, mask.box.top + rows[0] * y
    return Box(left, top, mask.box.left + (columns[-1] + 1) * x, mask.box.top + (rows[-1] + 1) * y)
