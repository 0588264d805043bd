"""Every example of the README and of the pages in docs runs, and every command in them is spelled rightly.

README runs by default. The pages of docs make some sixty films more with the same verbs: `make test-hard` runs them,
and the default run only asks the command line whether it understands what they type.
"""

import re
import shlex
import shutil
from pathlib import Path

import pytest
from PIL import Image

from morphlapse.cli import main
from morphlapse.cli.commands import AnyCommand, list_commands
from morphlapse.cli.flags import parse_command

pytestmark = pytest.mark.usefixtures("looked_once")
ROOT = Path(__file__).parents[1]
DOCS = [path for path in sorted(ROOT.glob("docs/**/*.md")) if "generated" not in path.parts]
PAGES = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in (ROOT / "README.md", *DOCS)}
FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)


def blocks_of(page: str, *languages: str) -> list[str]:
    """The fenced blocks of a page that are in one of some languages, or all."""
    return [text for language, text in FENCED.findall(page) if not languages or language in languages]


def marks_of(name: str) -> tuple[pytest.MarkDecorator, ...]:
    """The pages of docs are run by `make test-hard`."""
    return () if name == "README.md" else (pytest.mark.hard,)


COMMANDS = [
    pytest.param(line, id=f"{name}: {line}", marks=marks_of(name))
    for name, page in PAGES.items()
    for block in blocks_of(page, "sh")
    for line in block.splitlines()
]
CODE = {name: code for name, page in PAGES.items() if (code := "\n".join(blocks_of(page, "python")))}
TYPED = sorted(
    {
        line.strip()
        for page in PAGES.values()
        for block in blocks_of(page)
        for line in block.splitlines()
        if line.strip().startswith("morphlapse ")
    }
)


@pytest.fixture(scope="module")
def photos_by_name(sample, tmp_path_factory) -> Path:
    """Three photos of half the size, with their dates."""
    folder = tmp_path_factory.mktemp("by-name") / "photos"
    folder.mkdir()
    for name, path in zip("abc", sample, strict=False):
        with Image.open(path) as photo:
            photo.resize((photo.width // 2, photo.height // 2)).save(folder / f"{name}.jpg", exif=photo.getexif())
    return folder


@pytest.fixture
def place(photos_by_name, tmp_path, monkeypatch) -> Path:
    """A working folder with three photos in `photos/`."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(photos_by_name, tmp_path / "photos")
    return tmp_path


@pytest.mark.parametrize("command", COMMANDS)
def test_the_command_runs(command, place, capsys):
    words = shlex.split(command)
    assert words[0] == "morphlapse"
    makes = words[1] in ("film", "morph")
    quick = ["--working-px", "96"] * makes + ["--size", "240x180", "--fps", "4"] * (makes and "--size" not in words)
    quick += ["--hints", "none"] * (words[1] == "morph" and "--hints" not in words)
    assert main([*words[1:], *quick]) == 0, capsys.readouterr().err
    for flag in {"-o", "--pictures"} & set(words):
        assert (place / words[words.index(flag) + 1]).exists()


def test_every_command_has_an_example_that_runs():
    assert {shlex.split(str(each.values[0]))[1] for each in COMMANDS} == set(list_commands())


@pytest.mark.parametrize("command", TYPED)
def test_the_command_line_understands(command):
    assert type(parse_command(AnyCommand, shlex.split(command)[1:], description="")).__name__.endswith("Command")


@pytest.mark.parametrize("name", [pytest.param(name, marks=marks_of(name)) for name in CODE])
def test_the_python_code_runs(name, place, capsys):
    exec(compile(CODE[name], name, "exec"), {})
    if name == "README.md":
        assert "agree to" in capsys.readouterr().out
        assert (place / "film-by-steps.mp4").exists()
