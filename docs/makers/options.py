"""A page of every option, made from the records that the command line is made from."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import Field, fields
from pathlib import Path
from typing import Any, get_args, get_type_hints

import morphlapse.options as records
from makers import write_page
from morphlapse.cli import commands as typed
from morphlapse.cli.flags import flag_of
from morphlapse.options import Options

HEAD = """# Every option

Each option has one place in `morphlapse.options`, with its default, its range and a sentence. The flags of the command
line, the fields of the library's records and this page are made from it. In Python a name has underscores:
`--hold-s 0.3` is `ml.FilmOptions(hold_s=0.3)`.

A value outside its range is refused in one line before any photo is read. A switch that is on by itself is turned off
by `--no-` before its name, for example `--no-twins`.
"""

TITLES = {
    "SelectOptions": "Which photos",
    "AlignOptions": "What stays put",
    "MorphOptions": "How one photo becomes the next",
    "FilmOptions": "What the audience sees",
    "OverviewOptions": "The series at a glance",
    "ExtraOptions": "Besides a morph's film",
    "CacheOptions": "What is kept between runs",
    "AlbumOptions": "What is kept in a file",
}
"""Of a record in `morphlapse.options`; one that is new has its own name until it is listed here."""

PLACED = {"photos": "PHOTOS", "file": "FILE", "output": "--output, -o"}
"""What is typed for a field of a command, where that is not its flag alone."""


def write_options(folder: Path) -> None:
    """Write the page."""
    write_page(folder / "options.md", options_page())


def options_page() -> str:
    """The page in Markdown."""
    users = find_users()
    parts = [HEAD, *(_record_part(record, users[record]) for record in users), _commands_part()]
    return "\n".join(parts)


def find_records() -> list[type[Options]]:
    """Every record of options that a user can give, in the order of the module."""
    found = [each for each in vars(records).values() if isinstance(each, type) and issubclass(each, Options)]
    return [each for each in found if each is not Options]


def find_commands() -> dict[str, type[typed.Command]]:
    """Every command by its name."""
    return {get_args(each)[1].name: get_args(each)[0] for each in get_args(typed.AnyCommand)}


def find_users() -> dict[type[Options], list[str]]:
    """For each record the commands that take all of it."""
    users: dict[type[Options], list[str]] = {record: [] for record in find_records()}
    for name, command in find_commands().items():
        for kind in get_type_hints(command).values():
            if kind in users:
                users[kind].append(name)
    return users


def _record_part(record: type[Options], users: Sequence[str]) -> str:
    title = TITLES.get(record.__name__, record.__name__)
    used = ", ".join(f"`{name}`" for name in users) or "Python only"
    lines = [f"## {title}", "", f"`{record.__name__}`: {used}.", ""]
    for name, schema in record.model_json_schema()["properties"].items():
        field = record.model_fields[name]
        sentence = " ".join((field.description or "").split())
        facts = f"{say_range(schema)}; {_say_default(field.default)}"
        lines += _entry(spell_flag(name, field.default), sentence, facts)
    return "\n".join(lines)


def _commands_part() -> str:
    lines = ["## Of the commands themselves", ""]
    shared: dict[tuple[str, str], list[str]] = {}
    for command, record in find_commands().items():
        for field, sentence in own_fields(record):
            shared.setdefault((field.name, sentence), []).append(command)
    for (name, sentence), users in shared.items():
        lines += _entry(PLACED.get(name, flag_of(name)), sentence, ", ".join(users))
    return "\n".join(lines)


def own_fields(command: type[typed.Command]) -> Iterator[tuple[Field[Any], str]]:
    """The fields of a command that are no records, each with its sentence."""
    for field in fields(command):
        kind = get_type_hints(command)[field.name]
        if not (isinstance(kind, type) and issubclass(kind, Options)):
            yield field, find_sentence(command, field.name)


def find_sentence(command: type, name: str) -> str:
    """The string below a field of a dataclass, which Python itself forgets."""
    for each in command.__mro__:
        if name not in vars(each).get("__annotations__", {}):
            continue
        body = ast.parse(textwrap.dedent(inspect.getsource(each))).body[0]
        assert isinstance(body, ast.ClassDef)
        for node, after in zip(body.body, body.body[1:], strict=False):
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == name:
                assert isinstance(after, ast.Expr)
                assert isinstance(after.value, ast.Constant)
                return " ".join(str(after.value.value).split())
    raise LookupError(f"{command.__name__}.{name} has no sentence")


def _entry(flag: str, sentence: str, facts: str) -> list[str]:
    return [f"`{flag}`", f": {_escape(sentence)}", "", f"  *{_escape(facts)}*", ""]


def _escape(text: str) -> str:
    """Signs that Markdown would take for its own."""
    return text.replace("*", "\\*").replace("$", "\\$").replace("<", "\\<")


def spell_flag(name: str, default: object) -> str:
    """The flag as it is typed."""
    return flag_of(f"no_{name}" if default is True else name)


def say_range(schema: Mapping[str, Any]) -> str:
    """What a value may be, in words."""
    if "anyOf" in schema:
        said = [say_range(part) for part in schema["anyOf"] if part.get("type") != "null"]
        return " or ".join(dict.fromkeys(said)) + _say_limits(schema)
    if "enum" in schema:
        return ", ".join(map(str, schema["enum"]))
    if "const" in schema:
        return str(schema["const"])
    return _say_kind(schema) + _say_limits(schema)


def _say_kind(schema: Mapping[str, Any]) -> str:
    form, kind = schema.get("format"), schema.get("type")
    if form in ("path", "date", "fraction"):
        return f"a {form}"
    if kind == "array" and "prefixItems" in schema:
        return "WIDTHxHEIGHT"
    names = {"array": "names, may be repeated", "boolean": "a switch", "integer": "a whole number", "string": "text"}
    return names.get(str(kind), "a number")


def _say_limits(schema: Mapping[str, Any]) -> str:
    low = schema.get("minimum", schema.get("ge"))
    above = schema.get("exclusiveMinimum", schema.get("gt"))
    high = schema.get("maximum", schema.get("le"))
    start = f" from {_number(low)}" if low is not None else f" above {_number(above)}" if above is not None else ""
    return start + (f" to {_number(high)}" if high is not None else "")


def _number(value: float) -> str:
    return f"{value:,.10g}".replace(",", " ") if abs(value) >= 10_000 else f"{value:g}"


def _say_default(default: object) -> str:
    if default in (None, ()):
        return "none by default"
    if isinstance(default, bool):
        return "on by default" if default else "off by default"
    return f"default {default}"
