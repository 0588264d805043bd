"""Guards: the public names, a light import, defaults in one place."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest

import morphlapse

ROOMS = {path.stem for path in Path(str(morphlapse.__file__)).parent.iterdir() if not path.stem.startswith("_")}


@pytest.mark.parametrize(
    ("modules", "unloaded"),
    [
        ("morphlapse, morphlapse.options", "torch"),
        ("morphlapse.pipeline.film", "scipy"),
        ("morphlapse.pipeline.film", "kornia"),
    ],
)
def test_importing_loads_only_what_each_use_needs(modules, unloaded):
    code = f"import sys, {modules}; sys.exit('{unloaded}' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("name", [name for name in morphlapse.__all__ if name != "__version__"])
def test_a_public_name_is_there_and_documented(name):
    value = getattr(morphlapse, name)
    assert value.__doc__


def test_no_public_name_is_hidden_by_a_room_once_all_is_imported():
    for module in walk_packages(morphlapse.__path__, "morphlapse."):
        import_module(module.name)
    assert not ROOMS & set(morphlapse.__all__)
    assert all(callable(getattr(morphlapse, name)) for name in morphlapse.__all__ if name != "__version__")


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no name 'nothing'"):
        morphlapse.nothing  # noqa: B018
