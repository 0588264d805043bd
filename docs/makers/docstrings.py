"""Docstrings as they are written here, for a reader that takes some of their signs for its own markup."""

from __future__ import annotations

import re

QUOTED = re.compile(r"(`[^`]*`)")
LOOSE = re.compile(r"\||(?<=\w)_(?!\w)")
"""A bar, and an underscore at a word's end: |v| and φ_-s are no substitution and no link."""


def escape_line(line: str) -> str:
    """A line whose bars and trailing underscores stand for themselves; what is in backticks stays, and an example."""
    if line.lstrip().startswith(">>>"):
        return line
    parts = QUOTED.split(line)
    return "".join(part if part.startswith("`") else LOOSE.sub(lambda found: "\\" + found[0], part) for part in parts)
