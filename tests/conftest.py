"""What every test shares: the folder of real photos, and shapes checked while tests run."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

from shapes import check_shapes_of

check_shapes_of("morphlapse")

# Examples are pictures and solves: one that fails tells enough, and shrinking it takes minutes.
settings.register_profile(
    "morphlapse",
    deadline=None,
    max_examples=20,
    derandomize=bool(os.environ.get("CI")),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=(HealthCheck.too_slow,),
)
settings.load_profile("morphlapse")

# ruff: noqa: E402 - once their shapes are checked
from morphlapse.album.cache import Cache
from morphlapse.album.sample import write_sample_album
from morphlapse.pipeline.context import Context
from morphlapse.pipeline.storing import Store

PHOTOS = Path(os.environ.get("MORPHLAPSE_PHOTOS", Path(__file__).parents[2] / "shared" / "photos"))


@pytest.fixture(autouse=True)
def _nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees what another run has found, nor leaves anything in the user's cache."""
    monkeypatch.setenv("MORPHLAPSE_CACHE", "off")


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The photos of the sample album, for all tests: those that write make copies (`synthetic.copy_files`)."""
    return write_sample_album(tmp_path_factory.mktemp("sample"))


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where tests that look at the sample photos, and are not about the looking, keep what was found in them."""
    return tmp_path_factory.mktemp("kept")


@pytest.fixture
def looked_once(kept: Path, monkeypatch: pytest.MonkeyPatch, _nothing_is_kept: None) -> None:
    """What was found in a photo by one run of the program is not sought again by the next."""
    monkeypatch.setenv("MORPHLAPSE_CACHE", str(kept))


@pytest.fixture(scope="session")
def recalling(kept: Path) -> Context:
    """The same for calls of the library, which keeps nothing unless it is told where."""
    return Context(store=Store(Cache(kept, 10**9)))


@pytest.fixture(scope="session")
def photos() -> Path:
    """The folder of real photos; tests that use it carry the mark `photos`."""
    if not PHOTOS.is_dir():
        pytest.skip(f"no folder of real photos at {PHOTOS} (set MORPHLAPSE_PHOTOS)")
    return PHOTOS
