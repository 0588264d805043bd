"""What is published: one version everywhere, and archives that install and run (`make dist`)."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.metadata import Metadata
from packaging.requirements import Requirement

import morphlapse

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
FILM = ["film", "--sample", "-o", "film.mp4", "--size", "160x200", "--fps", "5", "--working-px", "64", "--most", "2"]


def read(name: str) -> str:
    """A file of the project."""
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_version_is_written_once_and_told_alike():
    assert "version" not in PROJECT
    assert "version" in PROJECT["dynamic"]
    assert re.findall(r"^version: (\S+)$", read("CITATION.cff"), re.MULTILINE) == [morphlapse.__version__]


def test_the_changelog_tells_of_this_version_first():
    assert re.findall(r"^## (\S+)", read("CHANGELOG.md"), re.MULTILINE)[0] == morphlapse.__version__


def test_the_notice_names_all_that_is_installed_beside():
    names = [Requirement(each).name for each in PROJECT["dependencies"]]
    assert [name for name in names if name not in read("NOTICE.md")] == []


def test_the_citation_file_has_what_it_must_have():
    text = read("CITATION.cff")
    keys = set(re.findall(r"^([a-z-]+):", text, re.MULTILINE))
    assert keys >= {"cff-version", "message", "title", "authors"}
    assert re.findall(r"^license: (\S+)$", text, re.MULTILINE) == [PROJECT["license"]]


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """A folder with the wheel and the source archive, built from a copy of the project."""
    place = tmp_path_factory.mktemp("dist")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        target = place / "project" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_file():
            shutil.copy2(ROOT / name, target)
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(place / "dist"), str(place / "project")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return place / "dist"


def archive(built: Path, ending: str) -> Path:
    """The one file with that ending."""
    (found,) = built.glob(f"*{ending}")
    return found


@pytest.mark.hard
def test_the_wheel_holds_the_package_and_valid_metadata(built):
    with zipfile.ZipFile(archive(built, ".whl")) as wheel:
        names = wheel.namelist()
        (told,) = (name for name in names if name.endswith(".dist-info/METADATA"))
        metadata = Metadata.from_email(wheel.read(told), validate=True)
    assert metadata.version.public == morphlapse.__version__
    assert metadata.description_content_type == "text/markdown"
    assert metadata.license_expression == "MIT"
    assert metadata.license_files == ["LICENSE", "NOTICE.md"]
    assert "morphlapse/py.typed" in names
    modules = {path.relative_to(ROOT / "src").as_posix() for path in (ROOT / "src").rglob("*.py")}
    assert {name for name in names if name.endswith(".py")} == modules
    assert {name.split("/")[0].removesuffix(".dist-info").split("-")[0] for name in names} == {"morphlapse"}


@pytest.mark.hard
def test_the_source_archive_holds_the_project(built):
    with tarfile.open(archive(built, ".tar.gz")) as source:
        names = {name.partition("/")[2] for name in source.getnames()}
    needed = (
        "gallery/own_loss.py",
        "Makefile",
        "requirements.lock",
        "CITATION.cff",
        "NOTICE.md",
        "tests/test_release.py",
        "docs/film.md",
    )
    assert [name for name in needed if name not in names] == []
    assert not any("__pycache__" in name for name in names)


@pytest.mark.hard
@pytest.mark.parametrize("ending", [".whl", ".tar.gz"])
def test_an_empty_environment_makes_a_film_with_what_is_installed(built, ending, tmp_path):
    python = make_environment(tmp_path / "empty")
    command = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-index", "--no-deps"]
    run([*command, "--ignore-installed", "--no-build-isolation", str(archive(built, ending))], tmp_path)
    program = str(python.with_name("morphlapse"))
    assert run([program, "--version"], tmp_path) == f"morphlapse {morphlapse.__version__}\n"
    where = run([str(python), "-c", "import morphlapse; print(morphlapse.__file__)"], tmp_path)
    assert Path(where.strip()).is_relative_to(tmp_path / "empty")
    assert run([program, *FILM], tmp_path) == "film.mp4\n"
    assert (tmp_path / "film.mp4").stat().st_size > 1000


def make_environment(folder: Path) -> Path:
    """An environment without packages of its own, that sees those which tests run with; its interpreter."""
    run([sys.executable, "-m", "venv", "--without-pip", str(folder)], folder.parent)
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "beside.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin" / "python"


def run(command: list[str], folder: Path) -> str:
    """What a program prints, started from nowhere near the project."""
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    done = subprocess.run(command, cwd=folder, env=kept, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout
