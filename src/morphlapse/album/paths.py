"""Paths of photos: as people read them, and as systems take them."""

from __future__ import annotations

from pathlib import Path


def show_path(path: Path) -> str:
    """A path as one printable line: what a terminal could misread is written as an escape."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in str(path))


def is_there(path: Path) -> bool:
    """Whether a file or folder has that path; nothing has one that the system refuses, such as one that is too long."""
    try:
        return path.exists()
    except OSError:
        return False
