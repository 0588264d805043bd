"""What a shell completes: commands, flags, and the words that a flag takes, from the same records as the flags.

The scripts are plain lists of words, so that a shell need not start the program for them; where they know nothing, the
shell offers files.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from textwrap import shorten
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

from tyro.conf import Positional

from morphlapse.cli.commands import Command, list_commands
from morphlapse.cli.flags import flag_of, placeholder
from morphlapse.options import Options

Shell = Literal["bash", "zsh", "fish"]

PATHS = ("PATH", "DIR", "FOLDER", "SONG", "FILE", "PICTURE|NUMBER")
"""Placeholders of values that may be files or folders."""

BASH = """# Completion of morphlapse
_morphlapse() {{
    local word="${{COMP_WORDS[COMP_CWORD]}}" before="${{COMP_WORDS[COMP_CWORD-1]}}" words=""
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        words="{commands} --help --version"
    else
        case "${{COMP_WORDS[1]}} $before" in
{values}
        esac
        if [ -z "$words" ]; then
            case "${{COMP_WORDS[1]}} $word" in
{flags}
            esac
        fi
    fi
    [ -z "$words" ] || COMPREPLY=($(compgen -W "$words" -- "$word"))
}}
complete -o bashdefault -o default -F _morphlapse morphlapse
"""

ZSH = """autoload -U +X compinit && compinit -u
autoload -U +X bashcompinit && bashcompinit
"""
"""zsh runs bash's script."""


class Flag(NamedTuple):
    """One flag of a command."""

    name: str
    """As it is typed."""
    words: tuple[str, ...]
    """What may follow it; () for nothing that is known."""
    takes: Literal["nothing", "word", "path"]
    """What kind of value follows it."""
    sentence: str
    """What it does."""


def list_flags(command: type[Command]) -> list[Flag]:
    """Every flag of a command, in the order of its records."""
    hints = get_type_hints(command, include_extras=True)
    assert is_dataclass(command)
    found = [Flag("--help", (), "nothing", "Show all options.")]
    for each in fields(command):
        found += _flags_of(each.name, hints[each.name])
    return found


def _flags_of(name: str, kind: Any) -> Iterator[Flag]:
    bare = get_args(kind)[0] if hasattr(kind, "__metadata__") else kind
    if isinstance(bare, type) and issubclass(bare, Options):
        for option, field in bare.model_fields.items():
            yield from _name_both(option, field.annotation, " ".join((field.description or "").split()))
    elif Positional not in getattr(kind, "__metadata__", ()):
        yield _spell(name, bare, "")


def _name_both(name: str, kind: Any, sentence: str) -> Iterator[Flag]:
    """A flag and, of a switch, its opposite."""
    flag = _spell(name, kind, sentence)
    yield flag
    if kind is bool:
        yield flag._replace(name=flag_of(f"no-{name}"))


def _spell(name: str, kind: Any, sentence: str) -> Flag:
    if kind is bool:
        return Flag(flag_of(name), (), "nothing", sentence)
    choices = tuple(dict.fromkeys(_choices_of(kind)))
    shown = placeholder(name, kind) or ""
    named = tuple(word for word in shown.split("|") if word.islower())
    is_path = shown in PATHS or Path in (kind, *get_args(kind))
    return Flag(flag_of(name), choices or named, "path" if is_path else "word", sentence)


def _choices_of(kind: Any) -> Iterator[str]:
    if get_origin(kind) is Literal:
        yield from map(str, get_args(kind))
    elif get_origin(kind) is Union or type(kind).__name__ == "UnionType":
        for each in get_args(kind):
            yield from _choices_of(each)


def write_completion(shell: Shell) -> str:
    """The script that makes a shell complete `morphlapse`."""
    if shell == "fish":
        return "\n".join(_list_fish()) + "\n"
    return ZSH * (shell == "zsh") + _fill_bash()


def _fill_bash() -> str:
    commands = {name: list_flags(command) for name, command in list_commands().items()}
    values = [
        f'            "{name} {flag.name}") words="{" ".join(flag.words)}" ;;'
        for name, flags in commands.items()
        for flag in flags
        if flag.words
    ]
    flags = [
        f'                "{name} -"*) words="{" ".join(flag.name for flag in flags)}" ;;'
        for name, flags in commands.items()
    ]
    return BASH.format(commands=" ".join(commands), values="\n".join(values), flags="\n".join(flags))


def _list_fish() -> Iterator[str]:
    yield "# Completion of morphlapse"
    yield "complete -c morphlapse -n __fish_use_subcommand -f -l version -d 'Tell the version.'"
    for name, command in list_commands().items():
        told = _quote((command.__doc__ or "").split("\n")[0])
        yield f"complete -c morphlapse -n __fish_use_subcommand -f -a {name} -d {told}"
        for flag in list_flags(command):
            yield f"complete -c morphlapse -n '__fish_seen_subcommand_from {name}' {_tell_fish(flag)}"


def _tell_fish(flag: Flag) -> str:
    words = f" -x -a {_quote(' '.join(flag.words))}" if flag.words else ""
    value = {"nothing": "", "word": words or " -x", "path": words or " -r"}[flag.takes]
    told = f" -d {_quote(shorten(flag.sentence, 72, placeholder=' ...'))}" if flag.sentence else ""
    return f"-l {flag.name.removeprefix('--')}{value}{told}"


def _quote(text: str) -> str:
    """A text as one word of fish."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
