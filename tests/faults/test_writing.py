"""Where nothing more can be written: the old film or the new one, nothing beside it, one line, and exit code 1."""

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from full_disk import largest_file, mounted
from morphlapse.cli import main

from .conftest import QUICK

OUTPUTS: dict[str, list[str]] = {
    "film": ["film", "PHOTOS", "-o", "OUT/film.mp4", *QUICK],
    "animation": ["film", "PHOTOS", "-o", "OUT/film.gif", *QUICK],
    "moving picture": ["film", "PHOTOS", "-o", "OUT/film.webp", *QUICK],
    "film of pictures": ["film", "PHOTOS", "-o", "OUT/frames", "--codec", "png", *QUICK],
    "report": ["film", "PHOTOS", "-o", "OUT/film.mp4", "--report", "OUT/report.html", *QUICK],
    "overview": ["film", "PHOTOS", "-o", "OUT/film.mp4", "--sheet", "OUT/s.png", "--mean", "OUT/m.jpg", *QUICK],
    "album file": ["film", "PHOTOS", "-o", "OUT/film.mp4", "--album", "OUT/a.json", "--allow-outside", *QUICK],
    "stills": ["align", "PHOTOS", "-o", "OUT/stills", "--on", "none", "--size", "64x48"],
    "pictures": ["inspect", "PHOTOS", "--pictures", "OUT/look", "--on", "none", "--size", "64x48"],
    "maps": ["morph", "PHOTOS/a.png", "PHOTOS/b.png", "-o", "OUT/film.mp4", "--save-maps", "OUT/m.npz", "--maps",
             "OUT/m.png", "--strip", "OUT/s.png", "--stills", "OUT/stills", "--frames", "2", "--working-px", "64",
             "--fps", "4"],
}  # fmt: skip
TOLD = 1000
QUICKLY = ("stills",)
"""Those that every run of the tests tries."""
SOME = [pytest.param(name, marks=() if name in QUICKLY else pytest.mark.hard) for name in OUTPUTS]


def spell(name: str, small: Path, out: Path, *more: str) -> list[str]:
    words = [word.replace("PHOTOS", str(small)).replace("OUT", str(out)) for word in OUTPUTS[name]]
    return [*words, "--cache", "off", "--overwrite", *more]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def assert_one_line(said: str) -> None:
    lines = [line for line in said.splitlines() if line.startswith("morphlapse: ")]
    assert len(lines) == 1, said
    assert "Traceback" not in said


def assert_whole(path: Path, content: bytes, before: dict[str, bytes], after: dict[str, bytes]) -> None:
    """A file is the old one, or the one that a run without trouble writes; times and such differ from run to run."""
    if content in (before.get(path.name), after.get(path.name)):
        return
    if path.suffix in (".png", ".jpg", ".webp", ".gif"):
        with Image.open(path) as picture:
            picture.load()
    elif path.suffix == ".html":
        assert content.endswith(b"</html>\n")
    elif path.suffix == ".npz":
        with np.load(path) as stored:
            assert all(stored[name] is not None for name in stored.files)
    else:
        raise AssertionError(f"{path} is neither the old one nor the new one")


def begin_anew(name: str, small: Path, out: Path, *, old: bool) -> None:
    """An empty folder, or one with results that look otherwise."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    if old:
        assert main([*spell(name, small, out), "--fill", "#102030", "--zoom", "1.5"]) == 0


@pytest.mark.hard
@pytest.mark.parametrize("name", OUTPUTS)
def test_a_disk_that_is_full_leaves_what_was_there(
    small: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str
):
    out = tmp_path / "out"
    for old in (True, False):
        # An album file keeps the old frame, so that what would be written is asked for each.
        begin_anew(name, small, out, old=old)
        assert main(spell(name, small, out)) == 0
        after = contents(out)
        for share in (0.05, 0.5, 0.9):
            begin_anew(name, small, out, old=old)
            before = contents(out)
            capfd.readouterr()
            # What is told goes into a file too.
            with largest_file(max(TOLD, int(share * max(map(len, after.values()))))):
                code = main(spell(name, small, out))
            assert code == 1
            assert_one_line(capfd.readouterr().err)
            left = contents(out)
            assert set(left) <= set(after) | set(before)
            assert set(before) <= set(left)
            for place, content in left.items():
                assert_whole(out / place, content, before, after)


def calls_that_write(monkeypatch: pytest.MonkeyPatch, count: Callable[[str], None]) -> None:
    """Ask `count` before each call by which files come about; it raises where one is to fail."""

    def wrap(home: object, name: str) -> None:
        real = getattr(home, name)

        def called(*given: object, **more: object) -> object:
            count(name)
            return real(*given, **more)

        monkeypatch.setattr(home, name, called)

    for name in ("write_bytes", "write_text", "replace", "rename", "mkdir"):
        wrap(Path, name)
    wrap(os, "fsync")


@pytest.mark.parametrize("name", SOME)
@pytest.mark.parametrize("code", [errno.ENOSPC, pytest.param(errno.EROFS, marks=pytest.mark.hard)])
def test_each_write_in_turn_may_fail(
    small: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str, code: int
):
    out = tmp_path / "out"
    out.mkdir()
    assert main(spell(name, small, out)) == 0
    before = contents(out)
    calls: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        calls_that_write(patch, calls.append)
        assert main(spell(name, small, out)) == 0
    capfd.readouterr()
    for failing in range(len(calls)):
        seen: list[str] = []

        def fail(call: str, failing: int = failing, seen: list[str] = seen) -> None:
            seen.append(call)
            if len(seen) == failing + 1:
                raise OSError(code, os.strerror(code))

        with pytest.MonkeyPatch.context() as patch:
            calls_that_write(patch, fail)
            assert main(spell(name, small, out)) == 1, calls[failing]
        assert_one_line(capfd.readouterr().err)
        left = contents(out)
        assert set(left) == set(before)
        for place, content in left.items():
            assert_whole(out / place, content, before, before)


@pytest.mark.hard
def test_a_disk_that_is_really_full_is_told(small: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    with mounted(tmp_path / "disk", "size=64k") as disk:
        for name in OUTPUTS:
            (disk / "filler").write_bytes(bytes(56 * 1024))
            with_cache = spell(name, small, disk, "--cache", str(disk / "kept"))
            assert main(with_cache) == 1, name
            said = capfd.readouterr().err
            assert_one_line(said)
            assert "no space left on device" in said.lower()
            assert not [path.name for path in disk.rglob("*") if path.name.endswith(".part")]
            for path in disk.iterdir():
                shutil.rmtree(path) if path.is_dir() else path.unlink()


@pytest.mark.parametrize("name", SOME)
def test_a_disk_that_is_read_only_is_told(small: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str):
    with mounted(tmp_path / "disk", "ro") as disk:
        assert main(spell(name, small, disk)) == 1
        assert_one_line(capfd.readouterr().err)


@pytest.mark.parametrize("name", SOME)
def test_a_file_in_place_of_the_folder_is_told_and_stays(
    small: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str
):
    (tmp_path / "out").write_bytes(b"mine")
    assert main(spell(name, small, tmp_path / "out")) == 1
    assert_one_line(capfd.readouterr().err)
    assert (tmp_path / "out").read_bytes() == b"mine"


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is closed to root but a disk that is read-only")
@pytest.mark.parametrize("name", SOME)
def test_a_folder_that_is_closed_is_told(small: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str):
    out = tmp_path / "out"
    out.mkdir(mode=0o555)
    assert main(spell(name, small, out)) == 1
    assert_one_line(capfd.readouterr().err)
