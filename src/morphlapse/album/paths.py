"""Paths of photos: as people read them, and as systems and files take them."""

from __future__ import annotations

from pathlib import Path, PurePosixPath, PureWindowsPath


def show_path(path: Path) -> str:
    """A path as one printable line: what a terminal could misread is written as an escape."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in str(path))


def is_there(path: Path) -> bool:
    """Whether a file or folder has that path; nothing has one that the system refuses, such as one that is too long."""
    try:
        return path.exists()
    except OSError:
        return False


def leads_outside(path: str) -> bool:
    """Whether a path of an album file leads out of its folder, on any system."""
    plain, other = PurePosixPath(path), PureWindowsPath(path)
    return plain.is_absolute() or bool(other.drive or other.root) or ".." in plain.parts or ".." in other.parts


def can_name(path: str) -> bool:
    """Whether JSON can hold a path: on some systems a file may have bytes for a name that are no text."""
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
