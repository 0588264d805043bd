"""A library that only notes how it is called."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import morphlapse
from morphlapse.pipeline.report import Fate, FilmReport
from morphlapse.records import Progress

EYE = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))


class FakeLibrary:
    """Stands in for the library's verbs: notes each call, tells of progress, and returns a report or raises."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []
        self.raises: BaseException | None = None
        self.notes: tuple[str, ...] = ()
        self.fates: tuple[Fate, ...] = (
            Fate(Path("a.jpg"), datetime(2024, 3, 2, 10, 30), "exif", True, None, 0.9, 0.8, EYE, fill_share=0.12),
            Fate(Path("b.jpg"), None, "none", False, "too dark", None, None, None),
        )

    @property
    def options(self) -> dict[str, Any]:
        """What the last call was given by name."""
        return self.calls[-1][2]

    def verb(self, name: str, *, writes: bool) -> Callable[..., FilmReport]:
        """A function that stands in for one verb."""

        def call(*given: Any, **options: Any) -> FilmReport:
            self.calls.append((name, given, options))
            if options["context"].listener is not None:
                options["context"].listener(Progress("look", 1, 2))
            if self.raises is not None:
                raise self.raises
            output = given[1] if writes else None
            return FilmReport(output, self.fates, {"look": 1.5}, 123.0, "body", "capture date", self.notes)

        return call


def write_sample(folder: Path) -> list[Path]:
    """Two sample photos that are none."""
    paths = [folder / "one.jpg", folder / "two.jpg"]
    for path in paths:
        path.touch()
    return paths


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> FakeLibrary:
    """The library, replaced by one that only notes how it is called."""
    fake = FakeLibrary()
    for name in ("make_film", "morph_images", "align_photos", "inspect_photos"):
        monkeypatch.setitem(vars(morphlapse), name, fake.verb(name, writes=name != "inspect_photos"))
    for name in ("write_sample_album", "write_sample_pair"):
        monkeypatch.setitem(vars(morphlapse), name, write_sample)
    return fake


@pytest.fixture
def film(tmp_path: Path) -> list[str]:
    """The least that makes a film."""
    return ["film", "photos", "-o", str(tmp_path / "film.mp4")]
