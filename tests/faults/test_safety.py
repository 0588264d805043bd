"""Nothing is fetched, nothing that was read is run, and no name or caption commands what it is shown by."""

import ast
import platform
import re
import signal
import sys
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import morphlapse
from morphlapse.cli import main
from morphlapse.cli.terminal import print_path
from runs import Run, Runs

from .conftest import QUICK, frames_of

SOURCES = sorted(Path(str(morphlapse.__file__)).parent.rglob("*.py"))
FORBIDDEN = {
    "pickle", "cPickle", "dill", "joblib", "shelve", "marshal", "yaml", "socket", "ssl", "urllib", "http", "requests",
    "ftplib", "smtplib", "xmlrpc", "telnetlib", "torch.hub", "tempfile.mktemp",
}  # fmt: skip
"""Modules that run what they read, or speak with other machines."""
RUNNING = {
    "eval", "exec", "compile", "os.system", "os.popen", "torch.load", "torch.save", "torch.jit.load", "torch.hub.load",
    "torch.hub.load_state_dict_from_url", "tempfile.mktemp", "runpy.run_path",
}  # fmt: skip
"""Functions that run what they are given, or fetch it."""


def calls_of(path: Path) -> list[tuple[str, ast.Call]]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [(ast.unparse(node.func), node) for node in ast.walk(tree) if isinstance(node, ast.Call)]


def says(node: ast.Call, name: str, value: object) -> bool:
    return any(word.arg == name and isinstance(word.value, ast.Constant) and word.value.value is value
               for word in node.keywords)  # fmt: skip


def test_nothing_that_is_read_is_run():
    assert len(SOURCES) > 100
    for path in SOURCES:
        check_source(path)


def check_source(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        assert not {name for name in names if name in FORBIDDEN or name.split(".")[0] in FORBIDDEN}
    for name, node in calls_of(path):
        assert name not in RUNNING, name
        assert not says(node, "shell", True), name
        assert not says(node, "allow_pickle", True), name
        if name in ("np.load", "numpy.load", "np.savez"):
            assert says(node, "allow_pickle", False), name


BLOCKED = """
import sys
def refuse(event, given):
    if event.startswith('socket.') and event != 'socket.gethostname' or event in ('urllib.Request', 'ftplib.connect'):
        raise RuntimeError(f'the network is asked: {event} {given}')
sys.addaudithook(refuse)
"""
"""Refuses whatever Python asks of the network."""

KERNEL = """
import ctypes, struct
def step(code, yes, no, value): return struct.pack('HBBI', code, yes, no, value)
# Load the number of the call; if it is socket(2), load its family; AF_INET and AF_INET6 end the process.
steps = b''.join((step(0x20, 0, 0, 0), step(0x15, 0, 4, 41), step(0x20, 0, 0, 16), step(0x15, 1, 0, 2),
                  step(0x15, 0, 1, 10), step(0x06, 0, 0, 0x80000000), step(0x06, 0, 0, 0x7fff0000)))
held = ctypes.create_string_buffer(steps)
program = struct.pack('HxxxxxxQ', len(steps) // 8, ctypes.addressof(held))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.prctl(22, 2, ctypes.create_string_buffer(program)) == 0
"""
"""Lets the kernel end a process that opens a socket to other machines, whichever library does it (seccomp)."""

COMMANDS = {
    "film": ["film", "--sample", "-o", "OUT/film.mp4", "--size", "96x64", "--fps", "4", "--working-px", "64",
             "--report", "OUT/report.html", "--caption", "{date}"],
    "morph": ["morph", "--sample", "-o", "OUT/morph.mp4", "--fps", "4", "--working-px", "64", "--size", "96x64"],
    "inspect": ["inspect", "--sample"],
}  # fmt: skip


def with_kernel() -> bool:
    return sys.platform == "linux" and platform.machine() == "x86_64"


@pytest.mark.hard
@pytest.mark.parametrize("name", COMMANDS)
def test_nothing_is_asked_of_the_network(runs: Runs, tmp_path: Path, name: str):
    typed = [word.replace("OUT", str(tmp_path)) for word in COMMANDS[name]]
    guard = BLOCKED + (KERNEL if with_kernel() else "")
    for kept in ("off", str(tmp_path / "kept")):
        ended = runs.do(Run([*typed, "--cache", kept, *(["--overwrite"] if "-o" in typed else [])], before=guard))[0]
        assert ended.code == 0, ended


@pytest.mark.hard
@pytest.mark.skipif(not with_kernel(), reason="the filter is of Linux on x86-64")
def test_the_guards_against_the_network_hold(runs: Runs):
    ask = "import ctypes; ctypes.CDLL(None).socket({}, 1, 0)"
    assert runs.do(Run(["--version"], before=KERNEL + ask.format(2)))[0].code == -signal.SIGSYS
    assert runs.do(Run(["--version"], before=KERNEL + ask.format(10)))[0].code == -signal.SIGSYS
    assert runs.do(Run(["--version"], before=KERNEL + ask.format(1)))[0].code == 0
    asked = "import socket; socket.create_connection(('127.0.0.1', 9))"
    assert runs.do(Run(["--version"], before=BLOCKED + asked))[0].code == 1


NAMES = (
    "<script>alert(1)</script>.png",
    '"><img src=x onerror=alert(1)>.png',
    "' onmouseover='alert(1).png",
    "&lt;b&gt;.png",
    "javascript:alert(1).png",
    "\x1b[31mred\x1b]0;title\x07.png",
    "line\nmorphlapse: forged line\r.png",
    "%d%s%n{date}{0.__class__}.png",
    "-o evil.png",
    "concat:a|b.png",
    "http:__evil.example_a.png",
    "\u202egnp.exe.png",
    "'; DROP TABLE photos; --.png",
    "$(touch pwned)`touch pwned`.png",
)
"""Names of photos that mean something to a page, a terminal, an encoder or a shell."""


class Tags(HTMLParser):
    """All tags of a page and their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def test_names_and_captions_command_nothing(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
):
    folder = tmp_path / "<b>album \x1b[2J"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for number, name in enumerate(NAMES):
        coarse = Image.fromarray(np.random.default_rng(number).integers(0, 255, (6, 8, 3), np.uint8))
        coarse.resize((64, 48)).save(folder / name.replace("/", "_"))
    page, film = folder / "<i>report.html", folder / "%d [0] 'film'.mp4"
    caption = "{name}%{{pts}}:text='x'\\ <b>"
    typed = [
        "film",
        str(folder),
        "-o",
        str(film),
        "--report",
        str(page),
        "--caption",
        caption,
        *QUICK,
        "--cache",
        "off",
    ]
    assert main([*typed, "--keep-all", "--sheet", str(tmp_path / "sheet <u>.png")]) == 0
    said = capfdbinary.readouterr().err
    assert not set(said) & ({*range(32)} - {10})
    assert not [line for line in said.splitlines() if line.startswith(b"morphlapse: forged")]
    assert b"\nmorphlapse: " not in said
    assert frames_of(film) > 1
    tags = Tags(page.read_text(encoding="utf-8")).found
    assert {tag for tag, _ in tags} <= {
        "html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "b", "div", "img", "button", "input", "span",
        "figure", "figcaption", "table", "tr", "th", "td", "svg", "text", "polyline", "circle", "path", "line",
        "script", "g", "rect",
    }  # fmt: skip
    assert [tag for tag, _ in tags].count("script") == 1
    assert not [name for _, found in tags for name in found if name.startswith("on")]
    assert not list(tmp_path.rglob("pwned"))
    assert main(["inspect", str(folder), "--on", "none", "--cache", "off"]) == 0
    shown = capfdbinary.readouterr()
    assert not set(shown.out + shown.err) & ({*range(32)} - {10})


def test_a_terminal_gets_a_path_that_commands_it_as_escapes(capsys: pytest.CaptureFixture[str], monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    print_path(Path("a\x1b[2J\nb.mp4"))
    assert capsys.readouterr().out == "a\\x1b[2J\\nb.mp4\n"


def test_an_album_file_names_nothing_outside_its_folder_without_a_word(tmp_path: Path, capsys, small: Path):
    (tmp_path / "in" / "a").mkdir(parents=True)
    (tmp_path / "secret.png").write_bytes((small / "a.png").read_bytes())
    book = tmp_path / "in" / "album.json"
    for path in ("../secret.png", str(tmp_path / "secret.png"), "a/../../secret.png"):
        book.write_text(f'{{"version": 1, "photos": [{{"path": "{path}"}}]}}')
        film = ["film", str(book), "-o", str(tmp_path / "film.mp4"), *QUICK, "--cache", "off", "--overwrite"]
        for typed in (film, ["album", str(book)], ["inspect", str(book)]):
            assert main(typed) == 1
            assert re.fullmatch(r"morphlapse: [^\n]*--allow-outside[^\n]*\n", capsys.readouterr().err)
        assert main([*film, "--allow-outside"]) == 0
        capsys.readouterr()
