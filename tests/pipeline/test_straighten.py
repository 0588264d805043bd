"""Pictures that a homography places."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from morphlapse.geometry.polygon import corners_of
from morphlapse.geometry.similarity import invert, map_points, similarity
from morphlapse.imaging.warp import size_of, warp_by_matrix
from morphlapse.morphing.layer import lay_out
from morphlapse.pipeline.straighten import find_rectangle, lay_picture, straighten
from morphlapse.records import Size
from synthetic import picture, ramp

SIZE = Size(120, 160)
TILT = np.array([[1.05, 0.08, -6.0], [-0.04, 1.1, -4.0], [6e-4, 3e-4, 1.0]])


def test_each_pixel_is_read_where_the_homography_says():
    image = torch.cat((ramp(SIZE)[0], torch.zeros(1, 120, 160, dtype=torch.float64))) / 160.0
    straight, canvas_from_straight = straighten(image, TILT, SIZE)
    told = straight[:2, 40, 50].numpy() * 160.0
    there = map_points(invert(TILT) @ canvas_from_straight, np.array([[50.0, 40.0]]))[0]
    assert np.allclose(told, there, atol=0.05)


def test_a_picture_is_laid_where_its_homography_brings_it():
    image = picture(size=SIZE)[0]
    canvas_from_image = similarity(1.2, 0.05, (-20.0, -16.0)) @ TILT
    backward = torch.from_numpy(invert(canvas_from_image))[None]
    truth = warp_by_matrix(image[None], backward, SIZE, resampling="catmull_rom")[0].clamp(0.0, 1.0)
    layer = lay_picture(image, canvas_from_image, SIZE, "blur")
    left, top, right, bottom = find_rectangle(map_points(canvas_from_image, corners_of(SIZE)), SIZE)
    part = slice(max(0, top), min(120, bottom)), slice(max(0, left), min(160, right))
    assert (lay_out(layer)[0] - truth)[:, part[0], part[1]][:, 1:-1, 1:-1].abs().max() < 1e-4


def test_a_similarity_lays_the_picture_itself():
    image = picture(size=SIZE)[0]
    assert torch.equal(lay_out(lay_picture(image, np.eye(3), SIZE, "blur"))[0], image)


@settings(max_examples=10)
@given(st.lists(st.floats(-25.0, 25.0), min_size=8, max_size=8))
def test_the_rectangle_lies_in_the_quadrilateral(moves):
    quad = corners_of(SIZE) + np.array(moves).reshape(4, 2)
    left, top, right, bottom = find_rectangle(quad, SIZE)
    assert (right - left) * (bottom - top) > 0.4 * SIZE.width * SIZE.height
    for x, y in [(left, top), (right, top), (right, bottom), (left, bottom)]:
        for start, end in zip(quad, np.roll(quad, -1, axis=0), strict=True):
            along, there = end - start, np.array([x - 0.5, y - 0.5]) - start
            assert along[0] * there[1] - along[1] * there[0] > -1e-3 * np.linalg.norm(along)


@pytest.mark.parametrize(
    ("grown", "wanted"), [(1.0, (0, 0, 160, 120)), (1.2, (-16, -12, 176, 132)), (9.0, (-40, -30, 200, 150))]
)
def test_what_covers_the_canvas_is_kept_whole_and_a_margin_with_it(grown, wanted):
    quad = map_points(similarity(grown, centre=(79.5, 59.5)), corners_of(SIZE))
    assert find_rectangle(quad, SIZE) == wanted


def test_a_picture_beside_the_canvas_is_one_pixel():
    assert find_rectangle(corners_of(SIZE) + 1000.0, SIZE) == (0, 0, 1, 1)
    assert size_of(straighten(picture(size=SIZE)[0], similarity(shift=(999.0, 0.0)), SIZE)[0]) == Size(1, 1)
