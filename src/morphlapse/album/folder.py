"""A folder, a file or a list of them as an album: each photo once, in the order of the film."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from morphlapse.album.decode import read_photo
from morphlapse.album.extensions import could_be_photo
from morphlapse.album.faults import UnreadablePhotoError, blame_file
from morphlapse.album.limits import MAX_MEGAPIXELS
from morphlapse.album.names import natural_key
from morphlapse.album.paths import show_path
from morphlapse.album.points import MASK
from morphlapse.errors import PhotoError
from morphlapse.records import Album, Listener, Photo, Progress, Skipped

LEFT_ALONE = frozenset(
    (
        "__macosx",
        "@eadir",
        "@recycle",
        "#recycle",
        "#snapshot",
        "$recycle.bin",
        "system volume information",
        "lost+found",
    )
)
"""Folders (lower case) in which systems keep thumbnails and what was thrown away."""

BY_DATE = "capture date"
BY_NAME = "file name: most photos carry no capture date"


def read_album(
    source: Path | str | Sequence[Path | str],
    *,
    max_megapixels: float = MAX_MEGAPIXELS,
    listener: Listener | None = None,
) -> Album:
    """Find and read the headers of the photos of an album.

    Parameters
    ----------
    source : Path, str or sequence of them
        A folder, which is read with its subfolders, a file, or a list of files and folders. In folders only files
        whose names end as photos' do are looked at, and hidden ones, thumbnails and bins are left alone; files that
        are named are always looked at.
    max_megapixels : float
        Larger photos are skipped unread.
    listener : callable, optional
        Gets a `Progress` after each photo.

    Returns
    -------
    Album
        Every file that could be a photo once (a link to another one of them does not count), in `photos` or `skipped`.
        The order is that of `order_photos`.

    Raises
    ------
    PhotoError
        Where the source or one of its parts is not there, or holds nothing that could be a photo.
    """
    sources = [Path(source)] if isinstance(source, (str, Path)) else [Path(each) for each in source]
    found, skipped = find_files(sources)
    if not found and not skipped:
        places = ", ".join(show_path(each) for each in sources) or "an empty list"
        raise PhotoError(f"{places}: no photos there; give a folder that holds some (.jpg, .png, .heic, .tif, …)")
    photos: list[Photo] = []
    for index, path in enumerate(found):
        try:
            photos.append(read_photo(path, max_megapixels=max_megapixels))
        except UnreadablePhotoError as error:
            skipped.append(Skipped(path, error.reason))
        if listener is not None:
            listener(Progress("reading", index + 1, len(found)))
    ordered, order = order_photos(photos)
    return Album(ordered, tuple(sorted(skipped, key=lambda each: natural_key(each.path))), order)


def order_photos(photos: Sequence[Photo]) -> tuple[tuple[Photo, ...], str]:
    """Order photos for a film, and say by what.

    By date, or by name where most photos have at best their file's time. Where every date has a zone, they are compared
    as moments; where one has none, all are compared by the clock on the wall where they were taken, for nothing says
    where that was. Photos of one date, or of none (they come last), are in the natural order of their names.
    """
    by_name = sorted(photos, key=lambda photo: natural_key(photo.path))
    undated = sum(photo.date_source in ("file", "none") for photo in photos)
    if 2 * undated > len(photos):
        return tuple(by_name), BY_NAME
    zoned = all(photo.date is None or photo.date.tzinfo is not None for photo in photos)
    return tuple(sorted(by_name, key=lambda photo: _moment(photo.date, zoned=zoned))), BY_DATE


def _moment(date: datetime | None, *, zoned: bool) -> tuple[bool, float]:
    if date is None:
        return True, 0.0
    return False, (date if zoned else date.replace(tzinfo=UTC)).timestamp()


def find_files(sources: Iterable[Path]) -> tuple[list[Path], list[Skipped]]:
    """Every file that could be a photo once, source by source, and the folders that cannot be opened."""
    skipped: list[Skipped] = []
    found: dict[str, Path] = {}
    for source in sources:
        if not os.path.lexists(source):
            raise PhotoError(f"{show_path(source)}: there is no such file or folder; check the spelling")
        with blame_file(source):
            is_folder = source.is_dir()
        paths = sorted(_walk(source, skipped), key=natural_key) if is_folder else [source]
        # Files before links to them, so that a photo goes by its own name.
        for path in sorted(paths, key=os.path.islink):
            found.setdefault(os.path.realpath(path), path)
    return _leave_out_masks(list(found.values())), skipped


def _leave_out_masks(paths: list[Path]) -> list[Path]:
    """A mask that lies beside its photo is no photo."""
    photos = {(path.parent, path.stem) for path in paths}
    return [
        path
        for path in paths
        if not path.name.endswith(MASK) or (path.parent, path.name.removesuffix(MASK)) not in photos
    ]


def _walk(folder: Path, skipped: list[Skipped]) -> Iterator[Path]:
    """Files that could be photos below a folder; each folder once, even where links lead round in circles."""

    def note(error: OSError) -> None:
        reason = f"the folder cannot be opened ({error.strerror}): its photos are left out"
        skipped.append(Skipped(Path(error.filename), reason))

    seen = {os.path.realpath(folder)}
    for place, folders, files in os.walk(folder, followlinks=True, onerror=note):
        folders[:] = [name for name in folders if _is_wanted(name) and _is_new(Path(place, name), seen)]
        yield from (path for name in files if _is_wanted(name) and could_be_photo(path := Path(place, name)))


def _is_wanted(name: str) -> bool:
    return not name.startswith(".") and name.lower() not in LEFT_ALONE


def _is_new(folder: Path, seen: set[str]) -> bool:
    real = os.path.realpath(folder)
    if real in seen:
        return False
    seen.add(real)
    return True
