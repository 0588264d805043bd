"""The default identifier: dlib's face recognition network, whose weights lie in an installed package."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, UInt8
from numpy import ndarray
from numpy.typing import NDArray
from torch import Tensor

from morphlapse.records import Face, Reach
from morphlapse.subjects.chips import Template, cut_chip
from morphlapse.subjects.crops import bytes_from_image, make_copies
from morphlapse.subjects.residual import read_network

WEIGHTS = "dlib_face_recognition_resnet_model_v1.dat"
"""In the package face_recognition_models; no other model of it is opened: its 68-point model forbids commercial use."""

TEMPLATE = Template(
    np.array([[46.5, 45.3], [101.2, 45.5], [74.0, 80.6], [51.7, 102.5], [98.2, 101.5]], dtype=np.float64), 150
)
"""Where our keypoints lie in the chips that dlib's own 5-point model cuts (median of 112 faces)."""


class Dlib:
    """Describes a face by 128 numbers, on the CPU; nothing is downloaded. Several threads may ask at once.

    The chip is cut by our own five keypoints: it separates people as well as a chip cut by dlib's landmark model, at
    any turn of the face, and needs one model less.
    """

    reach = Reach(same=0.5, other=0.6)
    """0.6 is what dlib's author gives as the limit; of 112 faces of 13 people no pair of one person is farther apart
    than 0.53, and one in 3000 pairs of two people nearer than 0.6."""
    face_px = TEMPLATE.pixels
    concurrent = True

    def __init__(self) -> None:
        self._network = read_network(find_weights())

    def describe(self, image: Float[Tensor, "3 h w"], faces: Sequence[Face]) -> tuple[NDArray[np.float32] | None, ...]:
        """Describe faces of a picture; see `Identifier.describe`."""
        copies = make_copies(bytes_from_image(image))
        chips = [cut_chip(copies, face, TEMPLATE) for face in faces]
        return tuple(None if chip is None else self._describe(chip) for chip in chips)

    def _describe(self, chip: UInt8[ndarray, "150 150 3"]) -> NDArray[np.float32]:
        pixels = torch.from_numpy(chip).permute(2, 0, 1)[None].to(torch.float32)
        with torch.inference_mode():
            return self._network.describe(pixels)[0].numpy()


def find_weights() -> Path:
    """The network's weights; found without importing their package, which asks for a module that Python has no more.

    Raises
    ------
    ImportError
        The package, or the file in it, is not there.
    """
    package = find_spec("face_recognition_models")
    places = list(package.submodule_search_locations or ()) if package is not None else []
    for place in places:
        path = Path(place) / "models" / WEIGHTS
        if path.is_file():
            return path
    raise ImportError(f"no {WEIGHTS} in a package face_recognition_models")
