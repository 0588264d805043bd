"""Every script of the gallery uses public names only, is short, and makes its picture."""

import ast
import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

import morphlapse

SCRIPTS = sorted((Path(__file__).parents[1] / "gallery").glob("*.py"))
SMALL = {
    "morph_of_two": {"side": 64},
    "row_in_a_loop": {"side": 64},
    "own_loss": {"side": 48},
    "maps_shown": {"side": 64},
    "blend_of_three": {"side": 32},
    "held_still": {"height": 160, "count": 2},
    "flat_thing_registered": {"side": 96},
    "captions_and_sheet": {"height": 160, "count": 2},
    "maps_on_another": {"side": 64},
    "background_dissolved": {"side": 64},
}
"""What makes a script cheap."""
QUICK = {"flat_thing_registered", "maps_on_another"}
"""Those that run every time."""
MOST_LINES = 60

runs = [pytest.param(path, id=path.stem, marks=[pytest.mark.hard] * (path.stem not in QUICK)) for path in SCRIPTS]
every = pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)


def load(path: Path) -> ModuleType:
    """A script as a module."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@every
def test_a_script_uses_public_names_only(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported = [node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))]
    own = [ast.unparse(node) for node in imported if "morphlapse" in ast.unparse(node)]
    assert own == ["import morphlapse as ml"]
    used = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "ml"
    }
    assert used <= set(morphlapse.__all__)
    assert not [node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr.startswith("_")]


@every
def test_a_script_is_short_and_says_what_it_shows(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) < MOST_LINES
    assert len((ast.get_docstring(ast.parse(text)) or "").splitlines()) > 2


@pytest.mark.parametrize("path", runs)
def test_a_script_makes_its_picture(path, tmp_path):
    picture = load(path).make(tmp_path, **SMALL[path.stem])
    assert picture.parent == tmp_path
    assert picture.stem == path.stem
    with Image.open(picture) as opened:
        assert np.asarray(opened.convert("L")).std() > 10.0


def test_the_list_names_every_script():
    text = (SCRIPTS[0].parent / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in SCRIPTS if f"`{path.name}`" not in text] == []
