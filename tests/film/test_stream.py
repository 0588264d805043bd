"""The same pictures make the same film."""

from pathlib import Path

import pytest
import torch

from morphlapse.film.codecs import Quality
from morphlapse.film.encode import write_frames
from morphlapse.film.formats import choose_encoding
from morphlapse.options import FilmOptions
from morphlapse.records import Size


@pytest.mark.parametrize("quality", ["good", "best"])
def test_the_same_frames_become_the_same_bytes_each_time(tmp_path: Path, quality: Quality):
    path, size = tmp_path / "film.mp4", Size(120, 160)
    noise = torch.rand(3, 40, 40, generator=torch.Generator().manual_seed(0))
    big = torch.nn.functional.avg_pool2d(noise.repeat(1, 4, 5), 3, 1, 1)
    frames = [big[:, k : k + size.height, k : k + size.width] for k in range(24)]
    made = set()
    for _ in range(6):
        encoding = choose_encoding(path, quality=quality)
        write_frames(frames, path, size=size, fps=FilmOptions().fps, encoding=encoding)
        made.add(path.read_bytes())
    assert len(made) == 1
