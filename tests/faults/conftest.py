"""Small photos, a film of them that takes no time, and runs that begin at once."""

from collections.abc import Iterator
from pathlib import Path

import av
import pytest
from PIL import Image

from runs import Runs
from synthetic import draw_photos

QUICK = ["--on", "none", "--transition", "dissolve", "--fps", "4", "--size", "64x48", "--grade", "0", "--hints", "none"]
"""No people are looked for and no motion is sought."""


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of four small photos."""
    return draw_photos(tmp_path_factory.mktemp("small"), "abcd")


@pytest.fixture(scope="session")
def runs() -> Iterator[Runs]:
    """Runs of the program."""
    begun = Runs()
    yield begun
    begun.close()


def frames_of(film: Path) -> int:
    """How many frames a film has, all of them decoded; of a folder how many pictures."""
    if film.is_dir():
        for path in film.iterdir():
            with Image.open(path) as picture:
                picture.load()
        return len(list(film.iterdir()))
    with av.open(f"file:{film}") as opened:
        return sum(1 for _ in opened.decode(video=0))
