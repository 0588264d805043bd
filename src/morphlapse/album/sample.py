"""Sample photos with known truth, made from the pictures in scikit-image's wheel.

The album: NASA's portrait of an astronaut, taken again week after week by a hand that turns, moves and comes closer, in
changing light, while the suit fills out. The pair: the astronaut and Chelsea the cat.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from skimage import data
from torch import Tensor

from morphlapse.album.paths import show_path
from morphlapse.album.stills import build_exif, encode_still, put_in_place
from morphlapse.errors import EncodeError
from morphlapse.imaging.warp import map_positions, pixel_positions, sample
from morphlapse.records import Size

PHOTO_SIZE = Size(960, 768)
PAIR_SIZE = Size(768, 768)
FIRST_DATE = datetime(2024, 3, 2, 10, 30)
"""The others follow week by week."""

BULGE_CENTRE = (228.0, 370.0)
"""Where the suit fills out, in pixels of the portrait."""

BULGE_RADIUS = 80.0
GRAIN = 0.006
"""Standard deviation of the noise, as a camera's sensor has it."""


@dataclass(frozen=True, slots=True)
class Take:
    """How one photo of the sample album is taken."""

    turn_deg: float
    """Of the picture, clockwise as seen."""
    scale: float
    """Pixels of the photo for a pixel of the portrait."""
    centre: tuple[float, float]
    """What of the portrait is in the photo's middle."""
    growth: float
    """How much larger the suit is at the bulge's centre, 0 for not at all."""
    gain: tuple[float, float, float]
    """Factors on red, green and blue: the light's colour."""
    gamma: float
    """Exponent on the levels: below 1 is lighter."""


TAKES = (
    Take(0.0, 1.98, (236.0, 236.0), 0.00, (1.00, 1.00, 1.00), 1.00),
    Take(3.5, 2.06, (244.0, 230.0), 0.05, (1.03, 1.00, 0.94), 0.95),
    Take(-4.5, 2.14, (228.0, 226.0), 0.10, (0.93, 0.95, 1.00), 1.12),
    Take(2.0, 2.00, (240.0, 240.0), 0.15, (1.02, 1.00, 0.97), 0.90),
    Take(-2.5, 2.18, (232.0, 222.0), 0.20, (0.98, 0.98, 0.98), 1.05),
    Take(5.0, 2.10, (240.0, 230.0), 0.25, (1.02, 0.98, 0.90), 1.00),
    Take(-3.0, 2.24, (226.0, 218.0), 0.30, (0.92, 0.96, 1.02), 0.93),
    Take(1.5, 2.04, (236.0, 232.0), 0.35, (1.00, 1.00, 0.98), 1.03),
)

PAIR_CROPS = ((228.0, 106.0, 3.66), (240.0, 149.5, 2.57))
"""Of the astronaut and the cat: what is in the middle, and pixels of the photo for a pixel of the picture."""


def write_sample_album(folder: Path) -> list[Path]:
    """Write the sample album: one JPEG for each of `TAKES`, dated a week apart by EXIF.

    Parameters
    ----------
    folder : Path
        Made where it is missing.

    Returns
    -------
    list of Path
        In the order of their dates. The same files come out each time; `sample_transforms` and `original_positions`
        tell where everything is in them.

    Raises
    ------
    EncodeError
        Where the folder cannot be made or written.
    """
    portrait = _image_from_array(data.astronaut())
    paths: list[Path] = []
    for index in range(len(TAKES)):
        photo = _add_grain(_take_photo(portrait, index), seed=index)
        paths.append(_write(photo, folder / f"sample_{index + 1:02d}.jpg", FIRST_DATE + timedelta(weeks=index)))
    return paths


def write_sample_pair(folder: Path) -> tuple[Path, Path]:
    """Write two square photos to morph, an astronaut's face and a cat's; folder and errors as above."""
    pictures = (data.astronaut(), data.chelsea())
    first, second = (_crop(_image_from_array(array), *crop) for array, crop in zip(pictures, PAIR_CROPS, strict=True))
    return _write(first, folder / "astronaut.jpg", FIRST_DATE), _write(second, folder / "cat.jpg", FIRST_DATE)


def sample_transforms() -> list[NDArray[np.float64]]:
    """The similarity `photo_from_original` (3x3) of each sample photo, true wherever the suit does not grow."""
    return [_photo_from_portrait(take.turn_deg, take.scale, take.centre, PHOTO_SIZE) for take in TAKES]


def original_positions(index: int, positions: Float[Tensor, "*rest 2"]) -> Float[Tensor, "*rest 2"]:
    """Where the points of one photo of the sample album are in the portrait, the growth included.

    Parameters
    ----------
    index : int
        Which photo.
    positions : Tensor, (..., 2)
        (x, y) in pixels of that photo.

    Returns
    -------
    Tensor, (..., 2)
        (x, y) in pixels of the portrait, in the dtype of `positions`.
    """
    back = torch.from_numpy(np.linalg.inv(sample_transforms()[index]))
    flat = positions.to(torch.float64).reshape(1, 1, -1, 2)
    grown = map_positions(back[None], flat).reshape(positions.shape)
    centre = grown.new_tensor(BULGE_CENTRE)
    away = grown - centre
    swell = TAKES[index].growth * torch.exp(-away.square().sum(-1, keepdim=True) / (2.0 * BULGE_RADIUS**2))
    return (centre + away / (1.0 + swell)).to(positions.dtype)


def _photo_from_portrait(turn_deg: float, scale: float, centre: tuple[float, float], size: Size) -> NDArray[np.float64]:
    """The similarity that turns and scales about `centre` and puts it in the photo's middle."""
    cosine, sine = scale * math.cos(math.radians(turn_deg)), scale * math.sin(math.radians(turn_deg))
    linear = np.array([[cosine, -sine], [sine, cosine]])
    middle = np.array([(size.width - 1) / 2, (size.height - 1) / 2])
    matrix = np.eye(3)
    matrix[:2, :2] = linear
    matrix[:2, 2] = middle - linear @ np.array(centre)
    return matrix


def _take_photo(portrait: Float[Tensor, "3 h w"], index: int) -> Float[Tensor, "3 h2 w2"]:
    take = TAKES[index]
    positions = original_positions(index, pixel_positions(PHOTO_SIZE, like=portrait))
    # The hair begins 15 pixels below the portrait's edge: a little of the wall, mirrored, makes room above it.
    positions[..., 1] = torch.where(positions[..., 1] < -0.5, -1.0 - positions[..., 1], positions[..., 1])
    seen = sample(portrait[None], positions, resampling="catmull_rom")[0].clamp(0.0, 1.0)
    return seen**take.gamma * seen.new_tensor(take.gain)[:, None, None]


def _crop(picture: Float[Tensor, "3 h w"], x: float, y: float, scale: float) -> Float[Tensor, "3 h2 w2"]:
    back = torch.from_numpy(np.linalg.inv(_photo_from_portrait(0.0, scale, (x, y), PAIR_SIZE)))
    positions = map_positions(back[None], pixel_positions(PAIR_SIZE, like=picture))
    return sample(picture[None], positions, resampling="catmull_rom")[0]


def _add_grain(photo: Float[Tensor, "3 h w"], *, seed: int) -> Float[Tensor, "3 h w"]:
    generator = torch.Generator().manual_seed(seed)
    return photo + GRAIN * torch.randn(photo.shape, generator=generator)


def _image_from_array(array: NDArray[np.uint8]) -> Float[Tensor, "3 h w"]:
    return torch.from_numpy(array.copy()).movedim(2, 0).to(torch.float32) / 255.0


def _write(photo: Float[Tensor, "3 h w"], path: Path, date: datetime) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EncodeError(f"{show_path(path.parent)}: the folder cannot be made ({error.strerror})") from error
    put_in_place(encode_still(photo, "JPEG", build_exif({}, date)), path, date)
    return path
