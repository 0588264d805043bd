"""What a window leaves of a polygon."""

import numpy as np
import pytest

from morphlapse.geometry.polygon import area_of, clip_polygon


def test_clipping_leaves_what_both_cover():
    square = np.array([[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 2.0]])
    assert area_of(clip_polygon(square, square + 1.0)) == pytest.approx(1.0)
    assert len(clip_polygon(square, square + 5.0)) == 0
