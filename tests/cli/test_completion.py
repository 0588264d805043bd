"""A shell completes what can be typed (`morphlapse completion`)."""

import os
import pty
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import get_args

import pytest

from morphlapse.cli import main
from morphlapse.cli.commands import list_commands
from morphlapse.cli.completion import Shell, list_flags, write_completion

SHOW = """
show() { COMP_WORDS=("$@"); COMP_CWORD=$(($#-1)); _morphlapse; echo "${COMPREPLY[*]}"; }
"""
BASH, FISH = shutil.which("bash"), shutil.which("fish")
needs_bash = pytest.mark.skipif(BASH is None, reason="no bash is installed")


@pytest.fixture(scope="module")
def script(tmp_path_factory) -> Path:
    """The script for bash, in a file."""
    path = tmp_path_factory.mktemp("completion") / "morphlapse.bash"
    path.write_text(write_completion("bash"))
    return path


@pytest.fixture(scope="module")
def offered(script) -> Callable[[str], set[str]]:
    """What bash offers for a line whose last word is being typed."""

    def complete(line: str) -> set[str]:
        words = " ".join(f"'{word}'" for word in line.split(" "))
        code = f"source '{script}'{SHOW}show {words}"
        return set(subprocess.run([str(BASH), "-c", code], capture_output=True, text=True, check=True).stdout.split())

    return complete


@needs_bash
@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("morphlapse fi", {"film"}),
        ("morphlapse a", {"align", "album"}),
        ("morphlapse film photos --on f", {"face"}),
        ("morphlapse film --caption-p", {"--caption-place"}),
        ("morphlapse film --no-d", {"--no-duplicates"}),
        ("morphlapse film --fill n", {"neighbour"}),
        ("morphlapse cache --cl", {"--clear"}),
        ("morphlapse cache --on", set()),
        ("morphlapse film pho", set()),
    ],
)
def test_bash_offers_what_can_be_typed_there(offered, line, words):
    assert offered(line) == words


@needs_bash
def test_the_tab_key_completes_folders_and_words_in_a_living_bash(script, tmp_path):
    (tmp_path / "photographs").mkdir()
    told = b"".join(talk(script, tmp_path, [b"morphlapse film pho\t --on fa\t --prev\t\n"])).decode()
    assert "typed: film photographs/ --on face --preview" in " ".join(told.split()), told


def talk(script: Path, folder: Path, lines: list[bytes]) -> Iterator[bytes]:
    """What an interactive bash answers to keys."""
    master, slave = pty.openpty()
    environment = {**os.environ, "PS1": "READY> ", "TERM": "dumb", "INPUTRC": os.devnull, "HISTFILE": ""}
    shell = subprocess.Popen(
        [str(BASH), "--norc", "-i"], stdin=slave, stdout=slave, stderr=slave, cwd=folder, env=environment
    )
    os.close(slave)
    try:
        first = (
            f"source '{script}'; morphlapse() {{ echo typed: $*; }}; bind 'set enable-bracketed-paste off'\n".encode()
        )
        for line in [first, *lines, b"exit\n"]:
            yield wait_for(master, b"READY> ")
            os.write(master, line)
        yield wait_for(master, b"exit\r\n")
    finally:
        shell.kill()
        shell.wait()
        os.close(master)


def wait_for(master: int, mark: bytes) -> bytes:
    """All that comes until a mark."""
    said, end = b"", time.monotonic() + 20.0
    while mark not in said and time.monotonic() < end:
        try:
            said += os.read(master, 4096)
        except OSError:
            break
    return said


@pytest.mark.parametrize("name", list_commands())
def test_all_flags_of_the_help_are_known_and_no_others(name, capsys):
    assert main([name, "--help"]) == 0
    said = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)
    shown = {word for row in said.splitlines() for word in re.findall(r"^\W*(?:-\w(?: \S+)?, )?(--[a-z][a-z-]*)", row)}
    shown |= set(re.findall(r", (--no-[a-z-]+)", said))
    assert {flag.name for flag in list_flags(list_commands()[name])} == shown


@pytest.mark.parametrize("shell", get_args(Shell))
def test_the_command_prints_the_script(shell, capfdbinary):
    assert main(["completion", shell]) == 0
    assert capfdbinary.readouterr().out.decode() == write_completion(shell)


def test_every_choice_of_a_flag_can_be_typed_in_fish():
    script = write_completion("fish")
    assert "__fish_seen_subcommand_from film' -l on -x -a 'auto body face mask points scene none'" in script
    assert "__fish_use_subcommand -f -a doctor" in script


@pytest.mark.skipif(FISH is None, reason="no fish is installed")
def test_fish_offers_what_can_be_typed_there(tmp_path):
    path = tmp_path / "morphlapse.fish"
    path.write_text(write_completion("fish"))
    code = f"source {path}; complete -C 'morphlapse film --on f'; complete -C 'morphlapse fi'"
    said = subprocess.run([str(FISH), "--no-config", "-c", code], capture_output=True, text=True, check=True).stdout
    assert [line.split("\t")[0] for line in said.splitlines()] == ["face", "film"]


def test_a_shell_that_is_not_known_is_refused(capsys):
    assert main(["completion", "tcsh"]) == 2
    assert "bash" in capsys.readouterr().err


def test_the_script_needs_no_program_to_complete(offered, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    assert sys.executable not in write_completion("bash")
    assert offered("morphlapse doc") == {"doctor"}
