import numpy as np
import skimage.data
import torch

import morphlapse as ml
from morphlapse.geometry.similarity import similarity
from morphlapse.imaging.warp import warp_by_matrix
from morphlapse.records import Size

ARRAY = skimage.data.astronaut()[::4, ::4].copy()
TENSOR = torch.from_numpy(ARRAY).permute(2, 0, 1).float() / 255.0


def test_a_registered_image_is_warped_onto_the_other():
    turn = similarity(1.1, 0.1, (4.0, -3.0), centre=(64.0, 64.0))
    backward = torch.from_numpy(np.linalg.inv(turn))[None].float()
    fixed = warp_by_matrix(TENSOR[None], backward, Size(128, 128), border="zeros")[0]
    found = ml.register(TENSOR, fixed)
    assert np.abs(found.matrix - turn)[:2].max() < 0.3
    onto = ml.warp(TENSOR, found)
    assert (onto - fixed)[:, 30:-30, 30:-30].abs().mean() < 0.03
