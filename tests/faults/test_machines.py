"""The wheel, installed afresh, in poor surroundings: no home, no PATH, a plain locale, odd folders, closed streams."""

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from .conftest import QUICK, frames_of

ROOT = Path(__file__).parents[2]
FOLDER = "my photos & films ä ☃"
PROGRAM = "import sys; from morphlapse.cli import main; sys.exit(main())"


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a new environment that holds the wheel, closed to writing, and borrows the rest."""
    place = tmp_path_factory.mktemp("machine with spaces")
    copy = place / "project"
    copy.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    shutil.copytree(ROOT / "src" / "morphlapse", copy / "src" / "morphlapse")
    build = "from setuptools import build_meta; build_meta.build_wheel(r'{}')"
    words = [sys.executable, "-c", build.format(place)]
    subprocess.run(words, cwd=copy, check=True, capture_output=True)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place / "venv")], check=True)
    home = place / "venv" / Path(sysconfig.get_path("purelib")).relative_to(sys.prefix)
    with zipfile.ZipFile(next(place.glob("*.whl"))) as wheel:
        wheel.extractall(home)
    (home / "rest.pth").write_text(sysconfig.get_path("purelib") + "\n")
    for path in [home / "morphlapse", *(home / "morphlapse").rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    return place / "venv" / "bin" / "python"


def go(
    python: Path, small: Path, place: Path, surroundings: dict[str, str], streams: str = ""
) -> tuple[int, bytes, Path]:
    """Make a film in a folder with an odd name; the exit code, what was said, and the film."""
    folder = place / FOLDER
    shutil.copytree(small, folder)
    typed = [str(python), "-c", PROGRAM, "film", ".", "-o", "der film.mp4", *QUICK]
    line = ["/bin/sh", "-c", f'"$@" {streams}', "sh", *typed]
    done = subprocess.run(line, cwd=folder, env=surroundings, capture_output=True, check=False, timeout=300)
    return done.returncode, done.stderr, folder / "der film.mp4"


@pytest.mark.hard
def test_a_wheel_runs_without_home_path_locale_display_and_input(python: Path, small: Path, tmp_path: Path):
    bare = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PATH": ""}
    code, said, film = go(python, small, tmp_path, bare, "<&-")
    assert (code, b"Traceback" in said) == (0, False), said
    assert frames_of(film) > 10
    where = "import morphlapse; print(morphlapse.__file__)"
    found = subprocess.run([str(python), "-c", where], env=bare, capture_output=True, text=True, check=True).stdout
    assert str(python.parents[1]) in found


@pytest.mark.hard
def test_a_home_that_cannot_be_written_costs_the_cache_only(python: Path, small: Path, tmp_path: Path):
    (tmp_path / "file").touch()
    code, said, film = go(python, small, tmp_path, {"HOME": str(tmp_path / "file" / "home")})
    assert code == 0, said
    assert said.count(b"cache: ") == 1
    assert frames_of(film) > 10


@pytest.mark.hard
@pytest.mark.parametrize("streams", ["| true", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_film_is_made_though_nobody_listens(python: Path, small: Path, tmp_path: Path, streams: str):
    code, said, film = go(python, small, tmp_path, {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}, streams)
    assert code in (0, 1), said
    assert b"Traceback" not in said
    assert b"Exception ignored" not in said
    assert frames_of(film) > 10
