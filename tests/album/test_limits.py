import pytest

from morphlapse.album.limits import MOST_SIDE, find_excess


@pytest.mark.parametrize(
    ("width", "height", "said"),
    [
        (20_000, 10_001, "200 megapixels"),
        (1, MOST_SIDE + 1, "side of more than"),
        (MOST_SIDE + 1, 1, "side of more than"),
    ],
)
def test_what_is_too_large_is_told(width: int, height: int, said: str) -> None:
    assert said in (find_excess(width, height, 200.0) or "")


def test_what_is_as_large_as_may_be_is_read() -> None:
    assert find_excess(20_000, 10_000, 200.0) is None
    assert find_excess(MOST_SIDE, 1, 200.0) is None
