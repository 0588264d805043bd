"""A run that is killed or stopped at any moment leaves the old film or the new one, and what it had done."""

import random
import shutil
import signal
from pathlib import Path

import pytest

from runs import Run, Runs

from .conftest import QUICK, frames_of

OUTPUTS = {
    "film.mp4": [],
    "film.gif": [],
    "film.webp": [],
    "frames": ["--codec", "png"],
    "film.mkv": ["--codec", "vp9"],
}


def typed(small: Path, target: Path, *more: str) -> list[str]:
    return ["film", str(small), "-o", str(target), *QUICK, *OUTPUTS[target.name], "--overwrite", *more]


def contents(place: Path) -> dict[str, bytes]:
    return {str(path.relative_to(place)): path.read_bytes() for path in sorted(place.rglob("*")) if path.is_file()}


def made(target: Path) -> bytes | dict[str, bytes] | int:
    if target.suffix == ".mkv":
        # Each has a number of its own drawn for it.
        return frames_of(target)
    return contents(target) if target.is_dir() else target.read_bytes()


def interrupt_often(runs: Runs, small: Path, target: Path, times: int, numbers: tuple[int, ...]) -> list:
    """Interrupt runs at all kinds of moments: each leaves the old film or the new one, and then one goes through.

    The old film is of other photos' order, so that the two can be told apart.
    """
    draw = random.Random(times)
    kept = ["--cache", str(target.parent.parent / "kept")]
    assert runs.do(Run(typed(small, target, "--loop", *kept)))[0].code == 0
    old = made(target)
    whole = runs.do(Run(typed(small, target, *kept)))[0]
    assert whole.code == 0
    new = made(target)
    ended = []
    for number in range(times):
        # Now and then the film is made from nothing, now and then from what is kept.
        where = ["--cache", str(target.parent.parent / f"kept-{number // 3}")]
        at = draw.uniform(0.1, 1.0) * whole.seconds
        signals = [(at + k * draw.uniform(0.0, 0.3) * whole.seconds, each) for k, each in enumerate(numbers)]
        again = number % 2
        if again:
            assert runs.do(Run(typed(small, target, "--loop", *kept)))[0].code == 0
        ended.append(runs.do(Run(typed(small, target, *where), signals, to_the_end=signal.SIGINT in numbers))[0])
        assert made(target) in (old, new)
    assert runs.do(Run(typed(small, target, *kept)))[0].code == 0
    assert made(target) == new
    assert [path.name for path in target.parent.iterdir()] == [target.name]
    return ended


@pytest.mark.hard
@pytest.mark.parametrize("name", OUTPUTS)
def test_a_run_that_is_killed_at_any_moment_leaves_the_old_film_or_the_new_one(
    runs: Runs, small: Path, tmp_path: Path, name: str
):
    (tmp_path / "out").mkdir()
    ended = interrupt_often(runs, small, tmp_path / "out" / name, 12, (signal.SIGKILL,))
    assert {each.code for each in ended} <= {0, -signal.SIGKILL}
    assert any(each.code for each in ended)


@pytest.mark.hard
@pytest.mark.parametrize("presses", [1, 2, 3])
@pytest.mark.parametrize("name", ["film.mp4", "frames"])
def test_ctrl_c_however_often_is_one_line_and_leaves_nothing(
    runs: Runs, small: Path, tmp_path: Path, name: str, presses: int
):
    (tmp_path / "out").mkdir()
    ended = interrupt_often(runs, small, tmp_path / "out" / name, 8, (signal.SIGINT,) * presses)
    for each in ended:
        assert (each.code, each.err) == (130, "morphlapse: stopped\n") or each.code == 0, each
        assert each.seconds < 20.0
    assert any(each.code == 130 for each in ended)


@pytest.mark.hard
def test_what_was_killed_is_swept_away_by_the_next_run(runs: Runs, small: Path, tmp_path: Path):
    target = tmp_path / "film.mp4"
    slow = "import time, morphlapse.film.target as t; t._flush_to_disk = lambda path: time.sleep(60)"
    ended = runs.do(Run(typed(small, target, "--cache", "off"), [(4.0, signal.SIGKILL)], before=slow))[0]
    assert ended.code == -signal.SIGKILL
    assert [path.suffix for path in tmp_path.iterdir()] == [".part"]
    assert runs.do(Run(typed(small, target, "--cache", "off")))[0].code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["film.mp4"]


@pytest.mark.hard
@pytest.mark.parametrize("name", ["film.mp4", "frames"])
def test_runs_that_share_a_folder_and_a_cache_do_not_disturb_each_other(
    runs: Runs, small: Path, tmp_path: Path, name: str
):
    target, kept = tmp_path / "out" / name, tmp_path / "kept"
    target.parent.mkdir()
    shutil.copytree(small, tmp_path / "photos")
    for _ in range(4):
        run = Run(typed(tmp_path / "photos", target, "--cache", str(kept), "--album", str(tmp_path / "album.json")))
        for each in runs.do(run, run, run):
            assert each.code == 0, each
        assert frames_of(target) > 10
        assert [path.name for path in target.parent.iterdir()] == [name]
    assert not [path for path in tmp_path.rglob("*") if path.name.endswith((".part", ".old"))]
