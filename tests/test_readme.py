"""Every example of the README and of the pages in docs runs."""

import re
import shlex
import shutil
from pathlib import Path

import pytest

from morphlapse.album.sample import write_sample_album
from morphlapse.cli import main

ROOT = Path(__file__).parents[1]
PAGES = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "README.md", *sorted(ROOT.glob("docs/*.md")))}
COMMANDS = [
    pytest.param(line, id=f"{name}: {line}")
    for name, page in PAGES.items()
    for block in re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    for line in block.splitlines()
]
CODE = {name: "\n".join(re.findall(r"```python\n(.*?)```", page, re.DOTALL)) for name, page in PAGES.items()}


@pytest.fixture(scope="module")
def sample(tmp_path_factory) -> list[Path]:
    """The sample photos."""
    return write_sample_album(tmp_path_factory.mktemp("all"))


@pytest.fixture(scope="module")
def kept(tmp_path_factory) -> Path:
    """What is found in the photos is kept from one example to the next, as it is on a user's machine."""
    return tmp_path_factory.mktemp("kept")


@pytest.fixture
def place(sample, kept, tmp_path, monkeypatch) -> Path:
    """A working folder with three photos in `photos/`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MORPHLAPSE_CACHE", str(kept))
    (tmp_path / "photos").mkdir()
    for name, photo in zip("abc", sample, strict=False):
        shutil.copy2(photo, tmp_path / "photos" / f"{name}.jpg")
    return tmp_path


@pytest.mark.parametrize("command", COMMANDS)
def test_the_command_runs(command, place, capsys):
    words = shlex.split(command)
    assert words[0] == "morphlapse"
    makes = words[1] in ("film", "morph")
    quick = ["--working-px", "128"] * makes + ["--size", "320x240", "--fps", "5"] * (makes and "--size" not in words)
    quick += ["--hints", "none"] * (words[1] == "morph" and "--hints" not in words)
    assert main([*words[1:], *quick]) == 0, capsys.readouterr().err
    for flag in {"-o", "--pictures"} & set(words):
        assert (place / words[words.index(flag) + 1]).exists()


@pytest.mark.parametrize("name", [name for name, code in CODE.items() if code])
def test_the_python_code_runs(name, place, capsys):
    exec(compile(CODE[name], name, "exec"), {})
    if name == "README.md":
        assert "agree to" in capsys.readouterr().out
        assert (place / "film-by-steps.mp4").exists()
