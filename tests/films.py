"""Films as they are seen: their bytes may differ where an encoder's threads race."""

from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

SAME_LEVELS = 2.0
"""Mean difference of two frames that were made alike: of tiny films x264, with lookahead, now and then gives other
bits."""


def read_frames(path: Path) -> list[tuple[float, NDArray[np.float64]]]:
    """When each frame is seen, in seconds, and what it shows, (H, W, 3) in levels."""
    with av.open(str(path)) as opened:
        return [(frame.time or 0.0, frame.to_ndarray(format="rgb24").astype(float)) for frame in opened.decode(video=0)]


def assert_same_film(a: Path, b: Path) -> None:
    """Two films show the same at the same times."""
    first, second = read_frames(a), read_frames(b)
    assert [time for time, _ in first] == [time for time, _ in second]
    for (_, one), (_, other) in zip(first, second, strict=True):
        assert np.abs(one - other).mean() < SAME_LEVELS
