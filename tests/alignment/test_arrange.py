"""What the options say of a whole series."""

import numpy as np

from figures import registered
from morphlapse.alignment.arrange import arrange, refuse_tilts
from morphlapse.alignment.background import Shots
from morphlapse.alignment.series import Series
from morphlapse.imaging.warp import size_of
from morphlapse.options import AlignOptions
from morphlapse.records import Registration, Size


def test_a_scene_seen_from_aside_is_placed_by_a_homography(make_pair, move, miss):
    truth = move(0.97, 4.0) @ np.array([[1.0, 0.02, 0.0], [0.0, 1.0, 0.0], [2e-4, 2e-4, 1.0]])
    moving, fixed = make_pair(truth)
    shots = Shots((None, None), (size_of(fixed), size_of(moving)), [fixed, moving].__getitem__)
    missed = {
        model: miss(
            registered(arrange(shots, "scene", AlignOptions(scene_model=model), reference=0).results[1]).matrix, truth
        )
        for model in ("similarity", "homography")
    }
    assert missed["homography"] < 0.3 < missed["similarity"]


def test_a_photo_that_would_be_tilted_too_far_is_left_out():
    tilted = [np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [tilt, 0.0, 1.0]]) for tilt in (0.002, 0.02, -0.02)]
    series = Series(0, tuple(Registration(matrix, "homography") for matrix in tilted))
    results = refuse_tilts(series, [Size(100, 200)] * 3).results
    assert [isinstance(result, str) for result in results] == [False, True, True]
    assert "tilted too far" in str(results[1])
