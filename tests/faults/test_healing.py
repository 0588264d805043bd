"""What fails beside a film costs it nothing: the cache, the processes that read photos, folders that are closed."""

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from full_disk import mounted
from runs import Run, Runs

from .conftest import QUICK, frames_of

MORPHED = [
    *("--on", "none", "--no-prealign", "--fps", "4", "--size", "64x48", "--working-px", "64"),
    *("--grade", "0", "--hints", "none", "--overwrite"),
]
"""A film of which something of every kind is kept."""
HARMS = {
    "emptied": lambda _content, _draw: b"",
    "cut": lambda content, draw: content[: draw.randrange(len(content))],
    "overwritten": lambda content, draw: bytes(draw.randbytes(len(content))),
    "one bit": lambda content, draw: _flip(content, draw.randrange(len(content))),
    "backwards": lambda content, _draw: content[::-1],
}


def _flip(content: bytes, at: int) -> bytes:
    return content[:at] + bytes((content[at] ^ 1,)) + content[at + 1 :]


@pytest.mark.hard
@pytest.mark.parametrize("harm", HARMS)
def test_a_cache_whose_files_are_all_damaged_makes_the_same_film(runs: Runs, small: Path, tmp_path: Path, harm: str):
    target, kept, draw = tmp_path / "film.mp4", tmp_path / "kept", random.Random(0)
    run = Run(["film", str(small), "-o", str(target), *MORPHED, "--cache", str(kept)])
    assert runs.do(run)[0].code == 0
    whole = target.read_bytes()
    entries = [path for path in kept.glob("*/*/*") if path.is_file()]
    assert {path.relative_to(kept).parts[0] for path in entries} >= {"photos", "detections", "places", "maps", "pieces"}
    for path in entries:
        path.write_bytes(HARMS[harm](path.read_bytes(), draw))
    ended = runs.do(run)[0]
    assert (ended.code, "Traceback" in ended.err) == (0, False), ended
    assert target.read_bytes() == whole
    # It healed: what is kept now is taken.
    target.unlink()
    assert runs.do(run)[0].code == 0
    assert target.read_bytes() == whole


@pytest.mark.hard
def test_a_disk_that_is_full_for_the_cache_costs_the_cache_only(runs: Runs, small: Path, tmp_path: Path):
    target = tmp_path / "film.mp4"
    with mounted(tmp_path / "disk", "size=16k") as disk:
        ended = runs.do(Run(["film", str(small), "-o", str(target), *MORPHED, "--cache", str(disk / "kept")]))[0]
    assert ended.code == 0, ended
    assert [line for line in ended.err.splitlines() if line.startswith("cache: ")] != []
    assert "Traceback" not in ended.err
    assert frames_of(target) > 10


DYING = """
from morphlapse.album.processes import Readers
take = Readers._take
def take_dying(self):
    reader = take(self)
    reader._process.kill()
    reader._process.wait()
    return reader
Readers._take = take_dying
"""
"""Each process that reads pictures is killed before it is asked."""


@pytest.mark.hard
def test_processes_that_die_are_replaced_and_no_photo_is_lost(runs: Runs, small: Path, tmp_path: Path):
    for path in sorted(small.iterdir()):
        with Image.open(path) as photo:
            photo.save(tmp_path / f"{path.stem}.webp")
    typed = ["film", *map(str, sorted(tmp_path.glob("*.webp"))), *QUICK, "--cache", "off", "-o"]
    assert runs.do(Run([*typed, str(tmp_path / "whole.mp4")]))[0].code == 0
    ended = runs.do(Run([*typed, str(tmp_path / "film.mp4")], before=DYING))[0]
    assert (ended.code, ended.err.partition(" ")[0]) == (0, "4"), ended
    assert (tmp_path / "film.mp4").read_bytes() == (tmp_path / "whole.mp4").read_bytes()


def unprivileged(line: list[str]) -> list[str]:
    """A command as one that no right of root's opens what is closed to."""
    if os.geteuid() != 0:
        return line
    if shutil.which("setpriv") is None:
        pytest.skip("nothing is closed to root, and nothing here gives its rights away")
    return ["setpriv", "--bounding-set", "-dac_override,-dac_read_search,-fowner", *line]


@pytest.mark.hard
def test_what_is_closed_is_told_and_the_rest_is_used(small: Path, tmp_path: Path):
    album = tmp_path / "album"
    shutil.copytree(small, album)
    shutil.copytree(small, album / "closed")
    (album / "closed").chmod(0)
    (album / "a.png").chmod(0)
    out = tmp_path / "out"
    out.mkdir(mode=0o555)
    main = [sys.executable, "-m", "morphlapse", "film", str(album), *QUICK, "--cache", "off", "-o"]
    try:
        done = subprocess.run(unprivileged([*main, str(tmp_path / "film.mp4")]), capture_output=True, check=False)
        said = done.stderr.decode()
        assert (done.returncode, "Traceback" in said) == (0, False), said
        assert said.startswith("3 of 5 photos used")
        assert "closed: the folder cannot be opened" in said
        assert "a.png: there is no permission to read it" in said
        assert frames_of(tmp_path / "film.mp4") > 5
        done = subprocess.run(unprivileged([*main, str(out / "film.mp4")]), capture_output=True, check=False)
        assert (done.returncode, done.stderr.count(b"\n"), done.stdout) == (1, 1, b""), done.stderr
        assert list(out.iterdir()) == []
    finally:
        (album / "closed").chmod(0o755)
