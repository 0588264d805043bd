"""The album file of a run, and all that is asked of the film: what is typed, else what the file says."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from morphlapse.album.paths import is_there, show_path
from morphlapse.album.project import read_album_file
from morphlapse.album.schema import AlbumFile, Correction, PhotoEntry, schema
from morphlapse.errors import OptionError, PhotoError
from morphlapse.options import AlbumOptions, AlignOptions, FilmOptions, MorphOptions, Options, SelectOptions

Record = TypeVar("Record", bound=Options)

OF_ONE_RUN = {"preview"}
"""Options that no album file keeps: a film that was looked at first is made whole by the next run."""


@dataclass(frozen=True)
class Wanted:
    """All that is asked of a film."""

    select: SelectOptions
    """Which photos."""
    align: AlignOptions
    """Where they go."""
    morph: MorphOptions
    """How one becomes the next."""
    film: FilmOptions
    """What is seen."""


@dataclass(frozen=True, eq=False)
class Project:
    """An album file, as it was when the run began."""

    path: Path
    """Of the file."""
    before: AlbumFile | None
    """What it said; None where it is new."""
    options: AlbumOptions
    """What is asked of it."""
    wanted: Wanted
    """What is asked of the film: what is typed, else what the file says."""
    sources: tuple[str | Path, ...]
    """Where photos are."""

    def path_of(self, photo: Path) -> str:
        """How the file calls a photo."""
        return Path(os.path.relpath(photo.absolute(), self.path.parent.absolute())).as_posix()

    def entry_of(self, photo: Path) -> PhotoEntry | None:
        """What the file said of a photo."""
        return self.entries.get(self.path_of(photo))

    @cached_property
    def entries(self) -> dict[str, PhotoEntry]:
        """What the file said, by how it calls the photos."""
        return {} if self.before is None else {entry.path: entry for entry in self.before.photos}

    def correction_of(self, photo: Path) -> Correction:
        """What was corrected of a photo by hand."""
        entry = self.entry_of(photo)
        return Correction() if entry is None else entry.correction


def open_project(sources: Sequence[str | Path], options: AlbumOptions | None, wanted: Wanted) -> Project | None:
    """Read the album file of a run, where there is to be one.

    Parameters
    ----------
    sources : sequence of paths
        Photos and folders, or one album file, whose photos are then meant.
    options : AlbumOptions, optional
        Which file.
    wanted : Wanted
        What is typed; options that are given take the place of the file's.

    Raises
    ------
    PhotoError
        If the file is not as it should be, or none of its photos is there.
    OptionError
        If two files are named.
    """
    asked = AlbumOptions() if options is None else options
    named = Path(sources[0]) if len(sources) == 1 and Path(sources[0]).suffix.lower() == ".json" else None
    path = asked.album or named
    if path is None:
        return None
    if named is not None and path != named:
        raise OptionError(f"album: {show_path(path)} is not the album file {show_path(named)} that is to be filmed")
    there = is_there(path) or named is not None
    before = read_album_file(path, outside=asked.allow_outside) if there else None
    if before is not None:
        wanted = _merge_all(wanted, before, path)
    return Project(path, before, asked, wanted, tuple(sources) if named is None else _list_photos(path, before))


def _list_photos(path: Path, before: AlbumFile | None) -> tuple[Path, ...]:
    entries = () if before is None else before.photos
    found = tuple(place for entry in entries if is_there(place := path.parent / entry.path))
    if not found:
        raise PhotoError(f"{show_path(path)}: none of its {len(entries)} photos is there; put the file beside them")
    return found


def _merge_all(wanted: Wanted, before: AlbumFile, path: Path) -> Wanted:
    merged = {name: _merge(name, getattr(wanted, name), before, path) for name in ("select", "align", "morph", "film")}
    typed, kept = wanted.select, before.options.get("select", {})
    both = {name: tuple(dict.fromkeys((*kept.get(name, ()), *getattr(typed, name)))) for name in ("include", "exclude")}
    return Wanted(**{**merged, "select": merged["select"].model_copy(update=both)})


def _merge(name: str, typed: Record, before: AlbumFile, path: Path) -> Record:
    """What is typed, else what the file says."""
    record = type(typed)
    try:
        record(**before.options.get(name, {}))
        return record(**{**before.options.get(name, {}), **typed.given})
    except OptionError as error:
        raise PhotoError(f"{show_path(path)}: options.{name}.{error}") from error


def dump_options(record: Options) -> dict[str, Any]:
    """What is not as by default in a record, as JSON has it, but for what is asked of one run alone."""
    plain = record.model_dump(mode="json", exclude_defaults=True, exclude=OF_ONE_RUN)
    if isinstance(plain.get("size"), list):
        plain["size"] = "x".join(map(str, plain["size"]))
    return plain


def check_album(path: str | Path, *, allow_outside: bool = False) -> dict[str, Any]:
    """Read an album file and tell what it holds.

    Raises
    ------
    PhotoError
        In one line with the file, the place in it and what would be right.
    """
    read = read_album_file(Path(path), outside=allow_outside)
    _merge_all(Wanted(SelectOptions(), AlignOptions(), MorphOptions(), FilmOptions()), read, Path(path))
    return {
        "path": str(path),
        "version": read.version,
        "made_by": read.made_by,
        "on": read.on,
        "reference": read.reference,
        "photos": len(read.photos),
        "used": sum(entry.used for entry in read.photos),
        "corrected": [entry.path for entry in read.photos if entry.correction != Correction()],
        "missing": [entry.path for entry in read.photos if not is_there(Path(path).parent / entry.path)],
    }


def album_schema() -> dict[str, Any]:
    """The form of an album file as JSON Schema."""
    return dict(schema())
