import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from morphlapse.geometry.box import box_around, box_of_picture, clip_box, corners_of_box, grow_box, unite_boxes
from morphlapse.geometry.polygon import area_of, corners_of
from morphlapse.records import Box, Size

few = settings(deadline=None, max_examples=20)
numbers = st.floats(-1000.0, 1000.0)
boxes = st.builds(
    lambda left, top, width, height: Box(left, top, left + width, top + height),
    numbers,
    numbers,
    st.floats(0.0, 500.0),
    st.floats(0.0, 500.0),
)
sizes = st.builds(Size, st.integers(1, 900), st.integers(1, 900))


def holds(outer: Box, inner: Box) -> bool:
    return (
        outer.left <= inner.left
        and outer.top <= inner.top
        and outer.right >= inner.right
        and outer.bottom >= inner.bottom
    )


@few
@given(boxes, sizes)
def test_what_is_clipped_lies_in_the_picture_and_changes_no_more(box: Box, size: Size):
    clipped = clip_box(box, size)
    assert holds(box_of_picture(size), clipped)
    assert clip_box(clipped, size) == clipped
    assert not holds(box_of_picture(size), box) or clipped == box


@few
@given(boxes)
def test_the_box_around_its_corners_is_a_box_itself(box: Box):
    assert box_around(corners_of_box(box)) == box


@few
@given(st.lists(boxes, min_size=1, max_size=4))
def test_boxes_united_are_as_a_box_around_all_their_corners(several: list[Box]):
    united = unite_boxes(several)
    assert all(holds(united, box) for box in several)
    assert united == box_around(np.concatenate([corners_of_box(box) for box in several]))


def test_a_box_grows_by_a_share_of_its_longer_side():
    assert grow_box(Box(0.0, 0.0, 10.0, 4.0), 0.5) == Box(-5.0, -5.0, 15.0, 9.0)


def test_a_picture_and_its_box_have_the_same_corners():
    size = Size(3, 5)
    assert np.array_equal(corners_of_box(box_of_picture(size)), corners_of(size))
    assert box_of_picture(size).area == area_of(corners_of(size)) == 15.0
