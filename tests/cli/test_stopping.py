"""Ctrl-C at whatever moment, in a process of its own: exit code 130, one line, nothing left."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from synthetic import draw_photos

STOPPED = (130, b"morphlapse: stopped\n")
PROGRAM = """
{before}
import os, sys
from morphlapse.cli import main
os.write(1, b'!')
sys.exit(main())
"""
"""Says when it begins: before that Python itself answers Ctrl-C."""
QUICK = ["--on", "none", "--transition", "dissolve", "--fps", "4", "--size", "64x48", "--cache", "off"]
NATIVE = """
import os, signal, sys, time
class Finder:
    def find_spec(self, name, path, target=None):
        if name == {name!r}:
            sys.meta_path.remove(self)
            try:
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(0.01)
            except BaseException:
                raise ImportError('initialization failed')
sys.meta_path.insert(0, Finder())
"""
"""Ctrl-C while a module is loaded that makes an error of its own of it, as those of C++ do."""
LATE = """
import morphlapse
def work(*given, **more):
    try:
        import colorsys
    except ImportError:
        pass
    time.sleep(30)
morphlapse.make_film = work
"""
"""A job that does without what it cannot load."""
EVALUATED = """
import morphlapse, os, signal, time
def work(*given, **more):
    eval('os.kill(os.getpid(), signal.SIGINT) or time.sleep(30)', globals())
morphlapse.make_film = work
"""
"""Ctrl-C while a text is run, after which Python would end by the signal."""
BEFORE = {
    "entry": NATIVE.format(name="morphlapse.cli.entry"),
    "pydantic": NATIVE.format(name="pydantic"),
    "torch": NATIVE.format(name="torch"),
    "late": NATIVE.format(name="colorsys") + LATE,
    "evaluated": EVALUATED,
}


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two small photos."""
    return draw_photos(tmp_path_factory.mktemp("photos"), "ab")


def begin(place: Path, photos: Path, target: Path, before: str = "") -> subprocess.Popen[bytes]:
    """The program as a module, for those end by the signal most easily."""
    (place / "program.py").write_text(PROGRAM.format(before=before), encoding="utf-8")
    line = [sys.executable, "-m", "program", "film", str(photos), "-o", str(target), *QUICK]
    return subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=place)


@pytest.mark.parametrize("name", BEFORE)
def test_ctrl_c_while_something_is_loaded_is_one_line(photos: Path, tmp_path: Path, name: str):
    (tmp_path / "out").mkdir()
    with begin(tmp_path, photos, tmp_path / "out" / "film.mp4", BEFORE[name]) as begun:
        _, said = begun.communicate(timeout=25)
    assert (begun.returncode, said) == STOPPED
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.hard
@pytest.mark.parametrize("presses", [1, 2])
def test_ctrl_c_at_any_moment_from_the_first_on_is_one_line(photos: Path, tmp_path: Path, presses: int):
    draw = random.Random(presses)
    (tmp_path / "out").mkdir()
    film = tmp_path / "out" / "film.mp4"
    for _ in range(12):
        with begin(tmp_path, photos, film) as begun:
            assert begun.stdout is not None
            assert begun.stdout.read(1) == b"!"
            time.sleep(draw.uniform(0.0, 3.0))
            for _ in range(presses):
                begun.send_signal(signal.SIGINT)
                time.sleep(draw.choice((0.0, 0.02, 0.2)))
            _, said = begun.communicate(timeout=60)
        assert b"Traceback" not in said
        if begun.returncode == 0:
            film.unlink()
        else:
            assert (begun.returncode, said) == STOPPED
        assert list(film.parent.iterdir()) == []
