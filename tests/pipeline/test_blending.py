import pytest
import skimage.data

import morphlapse as ml
from morphlapse.errors import OptionError

ARRAY = skimage.data.astronaut()[::4, ::4].copy()


def test_images_of_several_sizes_are_blended():
    small = ARRAY[::3, ::3]
    found = ml.blend([small, small[:40, :35]], [0.5, 0.5], ml.MorphOptions(working_px=64))
    assert found.shape == (3, 43, 43)
    assert 0.0 <= float(found.min()) <= float(found.max()) <= 1.0


def test_one_image_alone_is_no_blend():
    with pytest.raises(OptionError, match="needs two"):
        ml.blend_of([ARRAY])
