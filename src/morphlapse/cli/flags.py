"""From what is typed to a command: flags made from the option records, and one line for whatever is wrong."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from contextlib import redirect_stderr
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Annotated, Any, Literal, get_origin

import tyro
from pydantic.fields import FieldInfo
from tyro.conf import OmitArgPrefixes, UseAppendAction, arg
from tyro.constructors import (
    ConstructorRegistry,
    PrimitiveConstructorSpec,
    StructConstructorSpec,
    StructFieldSpec,
    StructTypeInfo,
)

from morphlapse.errors import OptionError
from morphlapse.options import BACKGROUNDS, FILLS, Options

PLACEHOLDERS = {
    "size": "auto|WIDTHxHEIGHT|ASPECT",
    "fps": "RATE",
    "duration": "auto|SECONDS",
    "grade": "auto|NUMBER",
    "born": "DATE",
    "due": "DATE",
    "week_one": "DATE",
    "caption_size": "SHARE",
    "caption_colour": "#RRGGBB",
    "font": "PATH",
    "max_grade": "STOPS",
    "fill": "|".join((*FILLS, "#RRGGBB")),
    "background": "|".join((*BACKGROUNDS, "#RRGGBB", "PICTURE")),
    "reference": "NAME",
    "most": "auto|NUMBER",
    "include": "NAME",
    "exclude": "NAME",
    "max_megapixels": "MEGAPIXELS",
    "person": "PICTURE|NUMBER",
    "maps": "PATH",
    "save_maps": "PATH",
    "strip": "PATH",
    "sheet": "PATH",
    "before_after": "PATH",
    "mean": "PATH",
    "stills": "FOLDER",
    "max_mb": "MB",
    "album": "PATH",
    "music": "SONG",
    "cache": "auto|off|DIR",
    "cache_gb": "GB",
}
"""What the help shows for a value, where the type says too little."""

UNITS = {"_s": "SECONDS", "_px": "PIXELS", "_deg": "DEGREES"}
"""What the help shows for a value whose name ends in a unit."""

COMMAND_FLAGS = ("cluster", "device")
"""Flags of commands that the library tells of, and that no record of options has."""

FRAME = re.compile(r"\x1b\[[0-9;]*m|[╭╮╰╯│┌┐└┘|]")
RULE = re.compile(r"\s*[─\-═]{3,}\s*")
FLAG = re.compile(r"--[a-z][a-z0-9-]*")
FOOTER, GUESS = "For full helptext", "Perhaps you meant:"


class UsageError(Exception):
    """What was typed cannot be understood; the command line exits with 2."""


def parse_command(commands: Any, argv: Sequence[str], *, description: str) -> Any:
    """Turn arguments into an instance of one of the commands.

    Parameters
    ----------
    commands : type
        A union of dataclasses, each annotated with its name.
    argv : sequence of str
        What was typed after the program's name.
    description : str
        What the help says first.

    Raises
    ------
    UsageError
        In one line, if the arguments are no command or an option has a wrong value.
    SystemExit
        With 0, after help was shown.
    """
    said = StringIO()
    try:
        with redirect_stderr(said):
            return tyro.cli(
                commands,
                prog="morphlapse",
                description=description,
                args=list(argv),
                config=(OmitArgPrefixes, UseAppendAction),
                registry=_registry({_name_typed(word) for word in argv if word.startswith("--")}),
            )
    except SystemExit as end:
        if not end.code:
            raise
        raise UsageError(condense(said.getvalue())) from None


def condense(box: str) -> str:
    """The message of a framed error in one line, without the frame, its title and its footer."""
    rows = [FRAME.sub("", row) for row in box.strip().splitlines()]
    # The title is in the frame's first line, or, where it is drawn in ASCII, above a rule.
    title = next((index for index, row in enumerate(rows[:2]) if RULE.search(row)), -1)
    parts = [""]
    for row in rows[title + 1 :]:
        if RULE.fullmatch(row):
            parts.append("")
        else:
            parts[-1] += f" {row}"
    line = "; ".join(_say_part(" ".join(part.split())) for part in parts if part.strip() and FOOTER not in part)
    return line[:1].lower() + line[1:]


def _say_part(part: str) -> str:
    """Of what tyro guesses was meant, the flags only."""
    if not part.startswith(GUESS):
        return part
    return f"{GUESS} {' or '.join(dict.fromkeys(FLAG.findall(part.replace('--help', ''))))}"


def flag_of(name: str) -> str:
    """The flag of an option."""
    return "--" + name.replace("_", "-")


def name_flag(message: str) -> str:
    """Call an option by its flag where a message of the library begins with its name."""
    name, colon, rest = message.partition(":")
    known = name in COMMAND_FLAGS or any(name in record.model_fields for record in Options.__subclasses__())
    return flag_of(name) + colon + rest if known else message


def _name_typed(word: str) -> str:
    """Which option a flag gives, as in --hold-s=2 or --no-loop."""
    return word.partition("=")[0][2:].replace("-", "_").removeprefix("no_")


def _registry(typed: Set[str]) -> ConstructorRegistry:
    registry = ConstructorRegistry()
    registry.struct_rule(partial(_spell_options, typed))
    return registry


def _spell_options(typed: Set[str], info: StructTypeInfo) -> StructConstructorSpec | None:
    """Make a flag of each option; values go to the record as they are typed, for it knows best what is right."""
    record = info.type
    if not (isinstance(record, type) and issubclass(record, Options)):
        return None
    fields = tuple(_spell_field(name, field) for name, field in record.model_fields.items())
    return StructConstructorSpec(instantiate=partial(_build, record, typed), fields=fields)


def _spell_field(name: str, field: FieldInfo) -> StructFieldSpec:
    sentence = " ".join((field.description or "").split())
    return StructFieldSpec(name=name, type=_flag_type(name, field), default=field.default, helptext=sentence)


def _build(record: type[Options], typed: Set[str], /, **values: Any) -> Options:
    try:
        return record(**{name: value for name, value in values.items() if name in typed})
    except OptionError as error:
        # Not a ValueError, which tyro would frame and give another place.
        raise UsageError(name_flag(str(error))) from error


def _flag_type(name: str, field: FieldInfo) -> Any:
    """What tyro is to read: switches, choices and repeated words itself, the rest as it is typed."""
    kind = field.annotation
    if kind is bool or get_origin(kind) is Literal:
        return kind
    if get_origin(kind) is tuple:
        return tuple[_word(name, str), ...]
    if field.default is None:
        return Annotated[_word(name, kind), arg(help_behavior_hint="")]
    return _word(name, kind)


def _word(name: str, kind: Any) -> Any:
    spec = PrimitiveConstructorSpec(
        nargs=1,
        metavar=placeholder(name, kind),
        instance_from_str=_only,
        is_instance=lambda _: True,
        str_from_instance=lambda value: [str(value)],
    )
    return Annotated[kind, spec]


def _only(typed: list[str]) -> str:
    return typed[0]


def _take_path(typed: list[str]) -> Path:
    if not typed[0]:
        # A variable of a script that is not set: Path would take it for the folder that the program runs in.
        raise UsageError("a photo's name is empty: name a file or a folder (. is this one)")
    return Path(typed[0])


TypedPath = Annotated[
    Path,
    PrimitiveConstructorSpec(
        nargs=1,
        metavar="PATH",
        instance_from_str=_take_path,
        is_instance=lambda value: isinstance(value, Path),
        str_from_instance=lambda value: [str(value)],
    ),
]
"""A path that is not empty."""


def placeholder(name: str, kind: Any) -> str:
    """What the help shows for a value."""
    unit = next((shown for ending, shown in UNITS.items() if name.endswith(ending)), None)
    return PLACEHOLDERS.get(name) or unit or ("NUMBER" if kind in (int, float) else "TEXT")
