"""Every example of the README runs."""

import re
import shlex
from pathlib import Path

import pytest

from morphlapse.album.sample import write_sample_album
from morphlapse.cli import main

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) for line in block.splitlines()]
CODE = "\n".join(re.findall(r"```python\n(.*?)```", README, re.DOTALL))


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    """A working folder with three photos in `photos/`."""
    monkeypatch.chdir(tmp_path)
    photos = write_sample_album(tmp_path / "all")
    (tmp_path / "photos").mkdir()
    for name, photo in zip("abc", photos, strict=False):
        photo.rename(tmp_path / "photos" / f"{name}.jpg")
    return tmp_path


@pytest.mark.parametrize("command", COMMANDS)
def test_the_command_runs(command, place, capsys):
    words = shlex.split(command)
    assert words[0] == "morphlapse"
    quick = ["--size", "320x240", "--fps", "5"] if words[1] in ("film", "morph") and "--size" not in words else []
    assert main([*words[1:], *quick]) == 0, capsys.readouterr().err
    if "-o" in words:
        assert (place / words[words.index("-o") + 1]).exists()


def test_the_python_code_runs(place, capsys):
    exec(compile(CODE, "README.md", "exec"), {})
    assert "agree to" in capsys.readouterr().out
    assert (place / "film-by-steps.mp4").exists()
