import numpy as np
import pytest
import skimage.data
import torch
from PIL import Image

from morphlapse.errors import OptionError
from morphlapse.pipeline.pictures import tensor_from

ARRAY = skimage.data.astronaut()[::4, ::4].copy()
TENSOR = torch.from_numpy(ARRAY).permute(2, 0, 1).float() / 255.0


@pytest.mark.parametrize(
    "picture",
    [ARRAY, ARRAY.astype(np.float32) / 255.0, Image.fromarray(ARRAY), TENSOR, np.dstack((ARRAY, ARRAY[..., :1]))],
    ids=["uint8", "float", "PIL", "tensor", "alpha"],
)
def test_each_kind_of_picture_is_the_same_image(picture):
    assert torch.allclose(tensor_from(picture), TENSOR, atol=1e-6)


def test_a_path_is_read(tmp_path):
    Image.fromarray(ARRAY).save(tmp_path / "a.png")
    assert torch.allclose(tensor_from(str(tmp_path / "a.png")), TENSOR, atol=1e-6)


@pytest.mark.parametrize(
    "value", [np.zeros((3, 4, 5)), np.zeros((4, 5, 3), dtype=np.int64), torch.zeros(4, 5), torch.zeros(3, 4, 5).int()]
)
def test_what_is_no_image_is_refused(value):
    with pytest.raises(OptionError, match="that is an image"):
        tensor_from(value)
