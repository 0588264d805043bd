"""The notebooks run from top to bottom, use public names only, and are kept without what they print."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import morphlapse
from makers.notebooks import run_cell

BOOKS = sorted((Path(__file__).parents[1] / "docs" / "notebooks").glob("*.ipynb"))
SMALL = {"SIDE = 320": "SIDE = 64", "HEIGHT = 480": "HEIGHT = 160", "COUNT = 8": "COUNT = 2"}
"""What makes a notebook cheap; what it shows must not depend on it."""

every = pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)


def cells_of(path: Path) -> list[dict[str, Any]]:
    """All cells of a notebook."""
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def code_of(path: Path) -> list[str]:
    """Each code cell as a text."""
    return ["".join(cell["source"]) for cell in cells_of(path) if cell["cell_type"] == "code"]


def run_small(path: Path) -> Iterator[object]:
    """Run all cells in one namespace; of each that ends in a value, that value."""
    names: dict[str, Any] = {}
    for text in code_of(path):
        for usual, small in SMALL.items():
            text = text.replace(usual, small)
        _, value = run_cell(text, names)
        if value is not None:
            yield value


@every
def test_a_notebook_is_kept_without_what_it_prints(path):
    code = [cell for cell in cells_of(path) if cell["cell_type"] == "code"]
    assert code
    assert not any(cell["outputs"] or cell["execution_count"] for cell in code)
    assert len({cell["id"] for cell in cells_of(path)}) == len(cells_of(path))


@every
def test_a_notebook_uses_public_names_only(path):
    text = "\n".join(code_of(path))
    assert re.findall(r"^.*import.*morphlapse.*$|^.*morphlapse.*import.*$", text, re.MULTILINE) == [
        "import morphlapse as ml"
    ]
    assert set(re.findall(r"\bml\.(\w+)", text)) <= set(morphlapse.__all__)


@every
def test_every_code_cell_is_led_in_by_words(path):
    kinds = [cell["cell_type"] for cell in cells_of(path)]
    assert kinds[0] == "markdown"
    assert ("code", "code", "code") not in set(zip(kinds, kinds[1:], kinds[2:], strict=False))


@pytest.mark.hard
@every
def test_a_notebook_runs_and_every_picture_shows_something(path, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    shown = [value for value in run_small(path) if isinstance(value, Image.Image)]
    assert len(shown) >= 8
    assert all(np.asarray(picture.convert("L")).std() > 10.0 for picture in shown)
