import numpy as np
from PIL import Image

from morphlapse.pipeline.views import read_view
from morphlapse.records import Box, Photo, Size


def test_a_view_shows_its_box_and_tells_where_it_lies(tmp_path):
    array = np.zeros((300, 400, 3), dtype=np.uint8)
    array[100:200, 150:300] = 255
    Image.fromarray(array).save(tmp_path / "box.png")
    view, matrix = read_view(Photo(tmp_path / "box.png", Size(300, 400)), Box(149.5, 99.5, 299.5, 199.5))
    assert view.shape == (3, 320, 480)
    assert float(view[:, 8:-8, 8:-8].min()) > 0.99
    assert np.allclose(matrix @ [149.5, 99.5, 1.0], [-0.5, -0.5, 1.0], atol=0.6)
