"""Every command with every kind of bad input: the right exit code, one line, no traceback, and nothing is harmed."""

import json
import os
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from hard_inputs import hard_inputs
from morphlapse.album.sample import write_sample_album
from morphlapse.cli import main
from morphlapse.cli.commands import Command, MakingCommand, PhotoCommand, list_commands
from morphlapse.cli.flags import flag_of
from morphlapse.options import Options

SEARCHED = int(os.environ.get("MORPHLAPSE_FUZZ_S", "10"))
"""Seconds that a search for faults takes, about."""
QUICK = ["--on", "none", "--cache", "off"]
COMMANDS = list_commands()
NAMED = {name: command for name, command in COMMANDS.items() if name != "doctor"}
BAD_VALUES = (
    "", " ", "-1", "0", "nan", "inf", "1e999", "9" * 400, "x", "x" * 300, "/", ".", "..", "~", "~nobody/x",
    "/dev/null", "/proc/self/mem", "1x", "x1", "-1x-1", "0x0", "99999999x2", "1:0", "{", "{date:%", "%d", "#12345",
    "#gggggg", "--", "-", "1/0", "2024-13-45", "0000-00-00", "\udcff", "\x1b[2J", "a\nb",
)  # fmt: skip
"""What somebody may type where a value is wanted."""
SOME_VALUES = ("", "nan", "x" * 300)
CHEAPEST_FIRST = ("completion", "doctor", "cache", "album", "inspect", "align", "morph", "film")
SMALL = {
    "align": ["--size", "64x48"],
    "morph": ["--preview", "--size", "64x48", "--working-px", "64", "--fps", "4"],
    "film": ["--preview", "--size", "64x48", "--working-px", "64", "--fps", "4"],
}
"""What makes a command cheap; what is typed after it counts."""


def flags_of(command: type[Command]) -> Iterator[tuple[str, Any]]:
    """Every flag of a command and its type, those of its records among them."""
    hints = get_type_hints(command)
    for each in fields(command):
        kind = hints[each.name]
        if isinstance(kind, type) and issubclass(kind, Options):
            yield from ((flag_of(name), field.annotation) for name, field in kind.model_fields.items())
        elif each.name not in ("photos", "file"):
            yield flag_of(each.name), kind


def spell(name: str, sources: list[str], out: Path) -> list[str]:
    """The least that a command needs."""
    command = COMMANDS[name]
    words = [name, *sources]
    if issubclass(command, MakingCommand):
        words += ["-o", str(out / ("film.mp4" if name in ("film", "morph") else "stills")), "--overwrite"]
    if issubclass(command, PhotoCommand):
        words += ["--cache", "off"] if name == "morph" else QUICK
    return words


def check(typed: list[str], capfd: pytest.CaptureFixture[str], codes: tuple[int, ...]) -> int:
    """Run what was typed, and look at what was said."""
    try:
        code = main(typed)
    finally:
        shown = capfd.readouterr()
    assert code in codes, (typed, shown.err)
    errors = [line for line in shown.err.splitlines() if line.startswith("morphlapse: ")]
    assert len(errors) == (code != 0), (typed, shown.err)
    assert "Traceback" not in shown.err
    if code:
        assert shown.err.count("\n") == 1 + shown.err.count("\ncache: "), (typed, shown.err)
        assert shown.out == ""
        assert not set(map(ord, shown.err)) & ({*range(32)} - {10})
    return code


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two photos."""
    folder = tmp_path_factory.mktemp("good")
    for number in range(2):
        Image.fromarray(np.random.default_rng(number).integers(0, 255, (48, 64, 3), np.uint8)).save(
            folder / f"{number}.png"
        )
    return folder


def write_bad_sources(folder: Path) -> dict[str, str]:
    """What can be named and is neither a photo nor a folder of photos nor an album file."""
    (folder / "empty").mkdir()
    (folder / "notes").mkdir()
    (folder / "notes" / "notes.txt").write_text("none of it")
    (folder / "no-photo.jpg").write_bytes(b"\xff\xd8\xff no photo")
    (folder / "blank.png").touch()
    (folder / "round").symlink_to("round")
    books = {
        "broken": "{",
        "list": "[]",
        "newer": '{"version": 2}',
        "older": '{"version": 0}',
        "none": '{"version": 1}',
    }
    books["lost"] = '{"version": 1, "photos": [{"path": "gone.jpg"}]}'
    books["outside"] = '{"version": 1, "photos": [{"path": "../../etc/passwd"}]}'
    books["long"] = json.dumps({"version": 1, "photos": [{"path": "p" * 300}]})
    for name, text in books.items():
        (folder / f"{name}.json").write_text(text)
    found = {path.name: str(path) for path in folder.iterdir()}
    return found | {"nowhere": str(folder / "no" / "where"), "long name": str(folder / ("x" * 300)), "nothing": ""}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in ("album", "cache") else pytest.mark.hard) for name in NAMED]
)
def test_every_command_tells_what_cannot_be_read(name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    out = tmp_path / "out"
    out.mkdir()
    (tmp_path / "bad").mkdir()
    for source in write_bad_sources(tmp_path / "bad").values():
        typed = spell(name, [source] * (2 if name == "morph" else 1), out)
        if name == "cache":
            typed = ["cache", "--cache", source or "x"]
        # These tell what they find, be it nothing.
        fine = (0, 1, 2) if name in ("cache", "album", "inspect") else (1, 2)
        check(typed, capfd, fine)
        assert not list(out.iterdir())


def test_no_command_can_be_forgotten():
    assert set(NAMED) | {"doctor"} == set(COMMANDS)
    assert all(is_dataclass(command) for command in COMMANDS.values())
    assert all(len(dict(flags_of(command))) >= 2 for command in COMMANDS.values())


def misuse(name: str, flag: str, value: str, good: Path, out: Path) -> list[str]:
    return [*use(name, good, out), f"{flag}={value}"]


def use(name: str, good: Path, out: Path) -> list[str]:
    """A command that does what it should."""
    sources = [str(good / "0.png"), str(good / "1.png")] if issubclass(COMMANDS[name], PhotoCommand) else []
    return [*spell(name, sources, out), *SMALL.get(name, [])]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_flag_tells_what_is_no_value(
    name: str, good: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("morphlapse.cli.entry.run_command", lambda _: [])
    for flag, _ in list(flags_of(COMMANDS[name]))[::45]:
        for value in SOME_VALUES:
            check(misuse(name, flag, value, good, tmp_path), capfd, (0, 1, 2))


def flags_first_of(name: str) -> Iterator[tuple[str, Any]]:
    """The flags of a command that no cheaper one has: a flag means the same wherever it is."""
    cheaper = CHEAPEST_FIRST[: CHEAPEST_FIRST.index(name)]
    had = {flag for other in cheaper for flag, _ in flags_of(COMMANDS[other])}
    yield from ((flag, kind) for flag, kind in flags_of(COMMANDS[name]) if flag not in had)


def test_a_flag_is_of_one_type_in_every_command():
    kinds: dict[str, set[str]] = {}
    for name in CHEAPEST_FIRST:
        for flag, kind in flags_of(COMMANDS[name]):
            kinds.setdefault(flag, set()).add(str(kind))
    assert set(CHEAPEST_FIRST) == set(COMMANDS)
    assert [flag for flag, found in kinds.items() if len(found) > 1] == []


@pytest.mark.hard
@pytest.mark.parametrize("name", CHEAPEST_FIRST)
def test_every_flag_with_every_bad_value(
    name: str, good: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "out").mkdir()
    before = {path: path.read_bytes() for path in good.iterdir()}
    if issubclass(COMMANDS[name], PhotoCommand):
        check(use(name, good, tmp_path / "out"), capfd, (0,))
    for flag, kind in flags_first_of(name):
        # Where anything may be typed all is tried; of the others some, for what is not refused runs.
        values = BAD_VALUES if str in (kind, *get_args(kind)) or Path in (kind, *get_args(kind)) else BAD_VALUES[::3]
        for value in values:
            check(misuse(name, flag, value, good, tmp_path / "out"), capfd, (0, 1, 2))
    assert {path: path.read_bytes() for path in good.iterdir()} == before


@pytest.mark.hard
@pytest.mark.parametrize("name", [name for name, command in COMMANDS.items() if issubclass(command, PhotoCommand)])
def test_every_command_with_every_kind_of_hard_file(
    name: str, good: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
):
    # All commands read photos through one door, which tests/album tries with every file.
    for number, each in enumerate({each.kind: each for each in hard_inputs()}.values()):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "out").mkdir()
        place = folder / "in" / each.name
        place.parent.mkdir(parents=True)
        each.write(place)
        sources = [str(place), str(good / "0.png")] if name == "morph" else [str(folder / "in")]
        check([*spell(name, sources, folder / "out"), *SMALL.get(name, [])], capfd, (0, 1))


WORDS = st.one_of(
    st.sampled_from([*COMMANDS, *sorted({flag for each in COMMANDS.values() for flag, _ in flags_of(each)})]),
    st.sampled_from(BAD_VALUES),
    st.text(st.characters(exclude_characters="\0"), max_size=12),
)


@pytest.mark.hard
@settings(max_examples=10 * SEARCHED, suppress_health_check=(HealthCheck.function_scoped_fixture, HealthCheck.too_slow))
@given(st.lists(WORDS, max_size=8))
def test_whatever_is_typed_is_understood_or_told(capfd, monkeypatch, tmp_path_factory, typed):
    monkeypatch.chdir(tmp_path_factory.getbasetemp())
    monkeypatch.setattr("morphlapse.cli.entry.run_command", lambda _: [])
    check(typed, capfd, (0, 2))


@pytest.mark.parametrize("name", [name for name, command in COMMANDS.items() if issubclass(command, PhotoCommand)])
def test_an_empty_name_is_no_folder(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A script's variable that is not set must not make a film of the folder that the program runs in."""
    write_sample_album(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert check(spell(name, [""], tmp_path / "out"), capfd, (2,)) == 2
