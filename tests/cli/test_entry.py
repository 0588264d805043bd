"""Exit codes and single lines, whatever comes up; some of it in a process of its own."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import morphlapse
from morphlapse.cli import main
from morphlapse.errors import (
    AlignmentError,
    BackendMissing,
    EncodeError,
    MorphlapseError,
    OptionError,
    PhotoError,
)

from .conftest import FakeLibrary

COMMANDS = ["film", "morph", "align", "inspect", "doctor"]


def run(*typed: str, code: str = "", **surroundings: str) -> subprocess.CompletedProcess[bytes]:
    """The program in a process of its own, after `code`."""
    program = f"import sys; from morphlapse.cli import main; {code or 'pass'}; sys.exit(main())"
    surroundings = {**os.environ, **surroundings}
    return subprocess.run([sys.executable, "-c", program, *typed], capture_output=True, env=surroundings, check=False)


def test_version_is_told(capsys: pytest.CaptureFixture[str]):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"morphlapse {morphlapse.__version__}\n"


def test_python_runs_the_package_as_the_program():
    line = [sys.executable, "-m", "morphlapse", "--version"]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"morphlapse {morphlapse.__version__}\n", "")
    line[-1] = "film"
    assert subprocess.run(line, capture_output=True, check=False).returncode == 2


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_each_command_has_an_example(command: str, capsys: pytest.CaptureFixture[str]):
    assert main([command, "--help"]) == 0
    shown = capsys.readouterr()
    assert f": morphlapse {command}" in shown.out
    assert shown.err == ""


def test_help_lists_every_command_and_how_to_learn_the_version(capsys: pytest.CaptureFixture[str]):
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(f"• {command}" in shown for command in COMMANDS)
    assert "--version" in shown


@pytest.mark.parametrize("typed", [[], ["flim"], ["film", "--nope"], ["film", "p", "-o", "x.mp4", "--fps", "0"]])
def test_wrong_usage_is_two_and_one_line_that_says_where_to_look(typed: list[str], capsys: pytest.CaptureFixture[str]):
    assert main(typed) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("\n") == 1
    assert shown.err.startswith("morphlapse: ")
    assert shown.err.endswith("--help)\n")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (PhotoError("photos: no photos there"), 1),
        (AlignmentError("nobody"), 1),
        (EncodeError("full"), 1),
        (BackendMissing("no GPU"), 1),
        (MorphlapseError("something"), 1),
        (OptionError("too many photos"), 2),
    ],
)
def test_error_of_the_library_is_one_line(
    library: FakeLibrary,
    film: list[str],
    capsys: pytest.CaptureFixture[str],
    error: MorphlapseError,
    code: int,
):
    library.raises = error
    assert main(film) == code
    assert capsys.readouterr() == ("", f"morphlapse: {error}\n")


@pytest.mark.parametrize(
    ("error", "said", "code"),
    [
        (OptionError("reference: no such photo"), "--reference: no such photo", 2),
        (OptionError("cluster: no scheduler answers"), "--cluster: no scheduler answers", 2),
        (BackendMissing("device: torch finds no GPU"), "--device: torch finds no GPU", 1),
        (PhotoError("music: there is no such folder"), "music: there is no such folder", 1),
    ],
)
def test_option_that_turns_out_wrong_is_called_by_its_flag(
    library: FakeLibrary, film: list[str], capsys: pytest.CaptureFixture[str], error: Exception, said: str, code: int
):
    library.raises = error
    assert main(film) == code
    assert capsys.readouterr().err == f"morphlapse: {said}\n"


def test_debug_shows_where_an_error_came_up(library: FakeLibrary, film: list[str], capsys: pytest.CaptureFixture[str]):
    library.raises = PhotoError("gone")
    assert main([*film, "--debug"]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[-1] == "morphlapse: gone"


def test_fault_in_the_program_is_not_hidden(library: FakeLibrary, film: list[str]):
    library.raises = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        main(film)


def test_ctrl_c_is_130_and_one_line(library: FakeLibrary, film: list[str], capsys: pytest.CaptureFixture[str]):
    library.raises = KeyboardInterrupt()
    assert main(film) == 130
    assert capsys.readouterr() == ("", "morphlapse: stopped\n")


@pytest.mark.usefixtures("library")
def test_signal_to_end_unwinds_the_program_and_is_handed_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def end(folder: Path) -> list[Path]:
        seen.append(folder)
        signal.raise_signal(signal.SIGTERM)
        return []

    seen: list[Path] = []
    monkeypatch.setitem(vars(morphlapse), "write_sample_album", end)
    before = signal.getsignal(signal.SIGTERM)
    assert main(["film", "--sample", "-o", str(tmp_path / "x.mp4")]) == 128 + signal.SIGTERM
    assert not seen[0].exists()
    assert signal.getsignal(signal.SIGTERM) is before


def test_help_loads_no_torch():
    tell = "import os; end = os._exit; os._exit = lambda code: (print('torch' in sys.modules, flush=True), end(code))"
    done = run("film", "--help", code=tell)
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == b"False"


def test_garbage_is_looked_for_while_it_works_but_not_while_it_loads(tmp_path: Path):
    tell = (
        "import gc, morphlapse; "
        "morphlapse.make_film = lambda *_, **__: (print(gc.isenabled(), gc.get_freeze_count() > 0), sys.exit(0))"
    )
    done = run("film", str(tmp_path), "-o", str(tmp_path / "film.mp4"), code=tell)
    assert (done.returncode, done.stdout) == (0, b"True True\n")
    tell = "import gc, os; end = os._exit; os._exit = lambda code: (print(gc.isenabled(), flush=True), end(code))"
    assert run("--version", code=tell).stdout.splitlines()[-1] == b"False"


def test_program_speaks_in_a_plain_locale(tmp_path: Path):
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    assert b"* film " in run("--help", **plain).stdout
    done = run("film", "p", "-o", os.fsdecode(bytes(tmp_path) + b"/\xe9\xc3\xbc/x.mp4"), **plain)
    assert done.returncode == 1
    assert done.stderr.decode("ascii").count("\n") == 1


def test_reader_that_has_read_enough_is_no_error():
    done = run("--help", code="import os; r, w = os.pipe(); os.close(r); os.dup2(w, 1)")
    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_result_that_cannot_be_printed_is_one_line():
    done = run("--version", code="import os; os.dup2(os.open('/dev/full', os.O_WRONLY), 1)")
    assert done.returncode == 1
    assert done.stderr == b"morphlapse: the result cannot be printed: no space left on device\n"
