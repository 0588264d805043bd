"""An identifier by facenet-pytorch: its InceptionResnetV1, which was trained on VGGFace2.

The weights (107 MB) arrive on first use through that library's own loader, and are kept where torch keeps such.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from morphlapse.records import Face, Reach
from morphlapse.subjects.chips import Template, cut_chip
from morphlapse.subjects.crops import Picture, bytes_from_image, make_copies

TEMPLATE = Template(
    np.array([[49.0, 63.0], [109.0, 63.0], [80.0, 96.0], [55.0, 123.0], [105.0, 123.0]], dtype=np.float64), 160
)
"""Where the boxes of that library's MTCNN, stretched to 160 x 160 as its network was trained, have our keypoints."""


class FaceNet:
    """Describes a face by 512 numbers of length 1, on the CPU.

    Parameters
    ----------
    pretrained : bool
        Load the weights that library publishes, from its cache or over the network; else they are random, which is for
        tests.
    """

    reach = Reach(same=0.8, other=1.1)
    """As the library's users report them; they were not measured here."""
    face_px = TEMPLATE.pixels

    def __init__(self, *, pretrained: bool = True) -> None:
        weights = "vggface2" if pretrained else None
        self._network = import_module("facenet_pytorch").InceptionResnetV1(pretrained=weights).eval()

    def describe(self, image: Float[Tensor, "3 h w"], faces: Sequence[Face]) -> tuple[NDArray[np.float32] | None, ...]:
        """Describe faces of a picture; see `Identifier.describe`."""
        copies = make_copies(bytes_from_image(image))
        chips = [cut_chip(copies, face, TEMPLATE) for face in faces]
        # One at a time: in a batch the last digits would depend on who else is in the picture.
        return tuple(None if chip is None else self._describe_chip(chip) for chip in chips)

    def _describe_chip(self, chip: Picture) -> NDArray[np.float32]:
        scaled = (torch.from_numpy(chip).permute(2, 0, 1)[None].float() - 127.5) / 128.0
        with torch.inference_mode():
            return self._network(scaled)[0].numpy()
