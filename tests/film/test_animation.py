"""Films that are pictures: every change is seen, and what stands is kept once."""

from fractions import Fraction

import numpy as np
import pytest
import torch
from PIL import Image, ImageSequence

from morphlapse.film.codecs import Quality
from morphlapse.film.encode import write_frames
from morphlapse.film.formats import choose_encoding
from morphlapse.records import Size

SIZE = Size(48, 64)
DRAW = torch.Generator().manual_seed(0)
FIRST, LAST = (torch.rand(3, 6, 8, generator=DRAW).repeat_interleave(8, 1).repeat_interleave(8, 2) for _ in range(2))
"""Two pictures of large fields; one becomes the other in thirty slow steps."""
SLOW = [FIRST] * 5 + [torch.lerp(FIRST, LAST, k / 30) for k in range(1, 30)] + [LAST] * 4


def read_webp(path):
    """The frames, and how long each is shown, in ms."""
    with Image.open(path) as film:
        return [
            (np.asarray(frame.convert("RGB")).astype(float), frame.info["duration"])
            for frame in ImageSequence.Iterator(film)
            if frame.load() is not None
        ]


@pytest.mark.parametrize("quality", ["draft", "good", "best"])
def test_slow_changes_are_seen_in_webp(tmp_path, quality: Quality):
    path = tmp_path / "film.webp"
    encoding = choose_encoding(path, quality=quality)
    facts = write_frames(iter(SLOW), path, size=SIZE, fps=Fraction(30), encoding=encoding)
    shown = read_webp(path)
    assert facts.frames == len(SLOW)
    # What stands is one frame at the beginning, and two at the end.
    assert len(shown) == 1 + 29 + 2
    for (frame, _), wanted in zip(shown[1:30], SLOW[5:34], strict=True):
        middles = (slice(4, None, 8), slice(4, None, 8))
        assert np.abs(frame[middles] - 255.0 * wanted.movedim(0, 2).numpy()[middles]).mean() < 4.0


def test_what_stands_in_webp_lasts_as_long(tmp_path):
    path = tmp_path / "film.webp"
    write_frames(iter(SLOW), path, size=SIZE, fps=Fraction(30))
    lengths = [length for _, length in read_webp(path)]
    assert abs(lengths[0] - 5000 / 30) <= 1
    assert abs(sum(lengths[:-1]) - 1000 * (len(SLOW) - 1) / 30) <= 1
