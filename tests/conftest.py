"""What every test shares: the folder of real photos, and shapes checked while tests run."""

import os
from pathlib import Path

import pytest
from jaxtyping import install_import_hook

install_import_hook("morphlapse", "beartype.beartype")

PHOTOS = Path(os.environ.get("MORPHLAPSE_PHOTOS", Path(__file__).parents[2] / "shared" / "photos"))


@pytest.fixture(scope="session")
def photos() -> Path:
    """The folder of real photos; tests that use it carry the mark `photos`."""
    if not PHOTOS.is_dir():
        pytest.skip(f"no folder of real photos at {PHOTOS} (set MORPHLAPSE_PHOTOS)")
    return PHOTOS
