"""A drawn figure before a picture, cut out: what is behind it is known."""

import numpy as np
import torch
from torch import Tensor

from morphlapse.morphing.cutout import Cutout, cut_out
from morphlapse.morphing.layer import make_layer
from morphlapse.records import Size
from synthetic import picture

SIZE = Size(96, 128)
BEHIND = picture("rocket", SIZE)


def outline(left: int) -> Tensor:
    mask = torch.zeros(1, 1, SIZE.height, SIZE.width)
    mask[..., 30:80, left : left + 22] = 1.0
    return mask


def photo(left: int) -> Tensor:
    coat = picture("coffee", Size(50, 22))
    image = BEHIND.clone()
    image[..., 30:80, left : left + 22] = coat
    return image


def cut(left: int) -> Cutout:
    return cut_out(make_layer(photo(left)[0], np.eye(3), SIZE), outline(left))
