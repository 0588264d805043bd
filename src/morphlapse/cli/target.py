"""Checks of where a result is to go, before any work begins."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from morphlapse.errors import EncodeError, OptionError
from morphlapse.options import (
    FILM_SUFFIXES,
    MAPS_SUFFIXES,
    PAGE_SUFFIXES,
    PICTURE_SUFFIXES,
    ExtraOptions,
    OverviewOptions,
)


def check_film_target(path: Path, *, codec: str = "auto", overwrite: bool) -> None:
    """Refuse a film's path that could not be written at the end, or that is taken; with codec png it is a folder.

    Raises
    ------
    OptionError
        If the name ends in nothing that a film can be.
    EncodeError
        If its folder is missing or closed, or if something is there already.
    """
    if codec == "png":
        check_stills_target(path, (), overwrite=overwrite)
    else:
        _check_file(path, "a film", FILM_SUFFIXES, overwrite=overwrite)


def check_extra_targets(extras: ExtraOptions, sources: Iterable[Path], *, overwrite: bool) -> None:
    """Refuse the same for what is written besides a film."""
    for path in (extras.maps, extras.strip):
        if path is not None:
            _check_file(path, "a picture", PICTURE_SUFFIXES, overwrite=overwrite)
    if extras.save_maps is not None:
        _check_file(extras.save_maps, "a file of maps", MAPS_SUFFIXES, overwrite=overwrite)
    if extras.stills is not None:
        check_stills_target(extras.stills, sources, overwrite=overwrite)


def check_overview_targets(overview: OverviewOptions, *, overwrite: bool) -> None:
    """Refuse the same for what shows a series at a glance."""
    for path in (overview.sheet, overview.mean):
        if path is not None:
            _check_file(path, "a picture", PICTURE_SUFFIXES, overwrite=overwrite)
    if overview.before_after is not None:
        suffixes = (*FILM_SUFFIXES, *PICTURE_SUFFIXES)
        _check_file(overview.before_after, "a film or a picture", suffixes, overwrite=overwrite)


def check_page_target(path: Path | None, *, overwrite: bool) -> None:
    """Refuse the same for a report's page, where one is asked for."""
    if path is not None:
        _check_file(path, "a report", PAGE_SUFFIXES, overwrite=overwrite)


def _check_file(path: Path, kind: str, suffixes: tuple[str, ...], *, overwrite: bool) -> None:
    if path.suffix.lower() not in suffixes:
        ending = f"in {path.suffix}" if path.suffix else "without an ending"
        raise OptionError(f"{path}: {kind} cannot have a name {ending}; use {', '.join(suffixes)}")
    there = _is_there(path)
    if path.is_dir():
        raise EncodeError(f"{path} is a folder; give the name of a file")
    if there and not overwrite:
        raise EncodeError(f"{path} is there already; choose another name, or replace it with --overwrite")
    _check_folder(path.parent)


def check_stills_target(folder: Path, sources: Iterable[Path], *, overwrite: bool) -> None:
    """Refuse a folder for stills in which they could harm originals, or pass for them at the next run.

    Raises
    ------
    EncodeError
        If it is or holds one of the sources, if stills inside a source would be read as photos, if it is no folder, or
        if it holds something already.
    """
    if _is_there(folder) and not folder.is_dir():
        raise EncodeError(f"{folder} is a file; give the name of a folder")
    _check_folder(folder if folder.is_dir() else folder.parent)
    filled = folder.is_dir() and any(folder.iterdir())
    for source in sources:
        _check_apart(Path(os.path.realpath(folder)), source, filled=filled)
    if filled and not overwrite:
        raise EncodeError(f"{folder} is not empty; choose another folder, or replace what is there with --overwrite")


def _is_there(path: Path) -> bool:
    """Whether something has that path, be it a link to nowhere; EncodeError where nothing could have it."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise EncodeError(f"{path} cannot be written: {(error.strerror or str(error)).lower()}") from error
    return True


def _check_apart(folder: Path, source: Path, *, filled: bool) -> None:
    home = Path(os.path.realpath(source)) if source.is_dir() else Path(os.path.realpath(source)).parent
    if folder == home:
        raise EncodeError(f"{folder} holds the originals, which are never written; choose another folder")
    if filled and source.is_dir() and home in folder.parents:
        raise EncodeError(
            f"{folder} is inside {source}: what it holds would be read as photos; choose a folder outside"
        )


def _check_folder(folder: Path) -> None:
    if not folder.exists():
        raise EncodeError(f"{folder} does not exist; make the folder first")
    if not folder.is_dir():
        raise EncodeError(f"{folder} is not a folder; choose a folder to write into")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise EncodeError(f"{folder} may not be written to; choose another folder")
