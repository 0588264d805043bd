"""Where the cache lies: a folder that is named, or the system's for caches."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

FOLDER = "MORPHLAPSE_CACHE"
"""The variable that names another folder, or is "off"."""
OFF = "off"


def find_folder(wanted: str, environment: Mapping[str, str]) -> Path | None:
    """The folder of the cache, or None if there is to be none.

    Parameters
    ----------
    wanted : str
        A folder, "off", or "auto": what MORPHLAPSE_CACHE names, else the system's folder for caches.
    environment : mapping
        The process's variables.
    """
    named = environment.get(FOLDER) or wanted if wanted == "auto" else wanted
    if named == OFF:
        return None
    if named != "auto":
        return _expand(named)
    if sys.platform == "darwin":
        return _home() / "Library" / "Caches" / "morphlapse"
    given = Path(environment.get("XDG_CACHE_HOME", ""))
    # A relative one is to be ignored (XDG Base Directory Specification).
    return (given if given.is_absolute() else _home() / ".cache") / "morphlapse"


def _expand(named: str) -> Path:
    """A folder as it was typed; where ~ stands for nobody's home, it is a letter like others."""
    try:
        return Path(named).expanduser().absolute()
    except RuntimeError:
        return Path(named).absolute()


def _home() -> Path:
    """The home of whoever runs this, or a folder that is not there where the system knows none."""
    try:
        return Path.home()
    except RuntimeError:
        return Path(os.devnull) / "home"
