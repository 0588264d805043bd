"""Pages of the library, made from the docstrings: the public names, and each room with its parts."""

from __future__ import annotations

from importlib import import_module
from inspect import isclass
from pathlib import Path

import morphlapse
from makers import write_page
from morphlapse.options import Options

SOURCE = Path(morphlapse.__file__).parent
ROOMS = ("geometry", "imaging", "subjects", "selection", "alignment", "morphing", "film", "album")
"""Rooms whose parts are meant to be used by themselves."""

GROUPS = {
    "Whole jobs": ("pipeline.jobs", "pipeline.row"),
    "Images": ("pipeline.pair", "pipeline.blending", "pipeline.registering", "pipeline.sequence", "morphing"),
    "Pictures of what was found": ("pipeline.drawing", "pipeline.comparing"),
    "Steps of a film": ("album", "pipeline"),
    "Records": ("records",),
    "Options": ("options",),
    "Errors": ("errors",),
}
"""In the order of the page, with where their names come from: the longest that fits decides."""

HEAD = """# The public names

```python
import morphlapse as ml
```

Three tiers: `ml.make_film` does the whole job; the steps of a film and what works on single images come next; and every
part can be imported from its room (see the pages after this one). Importing morphlapse loads no torch: a name is loaded
when it is first used. Shapes are written (C, H, W): channels, height, width.
"""


def write_api(folder: Path) -> None:
    """Write all pages."""
    write_page(folder / "names.md", names_page())
    for room in ROOMS:
        write_page(folder / f"{room}.md", room_page(room))


def names_page() -> str:
    """The page of what `import morphlapse` gives."""
    groups: dict[str, list[str]] = {title: [] for title in GROUPS}
    for name in morphlapse._HOMES:  # noqa: SLF001 - in the order in which they are told there, which is a film's
        groups[find_group(getattr(morphlapse, name).__module__)].append(name)
    return "\n".join([HEAD, *(_group_part(title, names) for title, names in groups.items())])


def find_group(module: str) -> str:
    """The title under which a name from a module stands."""
    home = module.removeprefix("morphlapse.")
    fits = [(len(start), title) for title, starts in GROUPS.items() for start in starts if home.startswith(start)]
    return max(fits)[1]


def _group_part(title: str, names: list[str]) -> str:
    blocks = "\n".join(_entry(name) for name in names)
    return f"## {title}\n\n{blocks}"


def _entry(name: str) -> str:
    thing = getattr(morphlapse, name)
    if isclass(thing) and issubclass(thing, Options):
        return f"- `ml.{name}`: {_first_sentence(thing)} Its fields are on [the page of options](../options.md).\n"
    members = _members_of(thing) if isclass(thing) else ""
    kind = "autoclass" if isclass(thing) else "autofunction"
    return f"```{{eval-rst}}\n.. {kind}:: morphlapse.{name}\n{_indent(members)}```\n"


def _members_of(thing: type) -> str:
    """What of a class is shown: its own, and what it has from other plain classes of the project."""
    inherited = thing.__base__ is not object and all(
        base is object or base.__module__.startswith("morphlapse.") for base in thing.__mro__
    )
    return ":members:\n" + (":inherited-members:\n" if inherited else "")


def _indent(text: str) -> str:
    return "".join(f"   {line}\n" for line in text.splitlines())


def _first_sentence(thing: object) -> str:
    return (thing.__doc__ or "").strip().splitlines()[0]


def room_page(room: str) -> str:
    """The page of one room: its files, and in each what others may use."""
    package = import_module(f"morphlapse.{room}")
    parts = [f"# morphlapse.{room}", "", (package.__doc__ or "").strip(), ""]
    for path in sorted((SOURCE / room).glob("*.py")):
        if path.stem != "__init__":
            name = f"morphlapse.{room}.{path.stem}"
            parts += [f"## {room}.{path.stem}", "", f"```{{eval-rst}}\n.. automodule:: {name}\n   :members:\n```", ""]
    return "\n".join(parts)
