"""What is kept from one run to the next: who is in a photo, where photos go, and how one becomes the next."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple, TypeVar

from morphlapse.album.cache import Cache
from morphlapse.album.cache_folder import find_folder
from morphlapse.album.packing import KINDS, PackingError, name_code, name_of, pack, unpack
from morphlapse.options import CacheOptions
from morphlapse.records import Detection, Photo

Value = TypeVar("Value")

GIGABYTE = 10**9
BLOCK = 2**20
"""Bytes of a photo that are read at a time."""
DIGEST = re.compile(rb"[0-9a-f]{40}")
"""How a photo's bytes are named."""


@dataclass(frozen=True, eq=False)
class Store:
    """A cache, and the names under which things are found in it.

    A name is made of the photos' contents, all options that count, and the code: whatever changes gives another one.
    """

    cache: Cache
    """Where entries lie."""
    _contents: dict[Path, str | None] = field(default_factory=dict, repr=False)

    def content_of(self, photo: Photo) -> str | None:
        """A name of a photo's bytes, wherever it lies; None where it cannot be read.

        A file that has the place, size and time of one that was read before is not read again. A photo that is turned
        back shows another picture than its file, and has another name.
        """
        content = self._content_at(photo)
        return f"{content} mirrored" if content is not None and photo.mirrored else content

    def _content_at(self, photo: Photo) -> str | None:
        if photo.path not in self._contents:
            try:
                self._contents[photo.path] = self._find_content(photo.path)
            except OSError:
                self._contents[photo.path] = None
        return self._contents[photo.path]

    def _find_content(self, path: Path) -> str:
        found = path.stat()
        place = name_of(os.path.realpath(path), found.st_size, found.st_mtime_ns)
        known = self.find("photos", place, _read_digest)
        if known is not None:
            return known
        digest = blake2b(digest_size=20)
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                digest.update(block)
        self.cache.put("photos", place, digest.hexdigest().encode())
        return digest.hexdigest()

    def contents_of(self, photos: Sequence[Photo]) -> tuple[str, ...] | None:
        """The names of several photos' bytes; None where one cannot be read."""
        found = tuple(content for photo in photos if (content := self.content_of(photo)) is not None)
        return found if len(found) == len(photos) else None

    def find(self, kind: str, name: str, read: Callable[[bytes], Value]) -> Value | None:
        """An entry, or None; one that cannot be read goes."""
        stored = self.cache.get(kind, name)
        if stored is None:
            return None
        try:
            return read(stored)
        except PackingError:
            self.cache.drop(kind, name)
            return None

    def name_detection(self, photo: Photo, *how: object) -> str | None:
        """The name of what is found in a photo; None where the photo cannot be read."""
        content = self.content_of(photo)
        return None if content is None else name_of("detection", name_code(), content, photo.size, *how)

    def find_detection(self, photo: Photo, *how: object) -> Detection | None:
        """What was found in a photo before, by whoever `how` says."""
        name = self.name_detection(photo, *how)
        return None if name is None else self.find("detections", name, partial(_read_detection, photo))

    def keep_detection(self, detection: Detection, *how: object) -> None:
        """Keep what was found in a photo, but for the photo itself: it may lie elsewhere next time."""
        name = self.name_detection(detection.photo, *how)
        if name is not None:
            parts = {each.name: getattr(detection, each.name) for each in fields(detection) if each.name != "photo"}
            self.cache.put("detections", name, pack(parts))

    @staticmethod
    def name_record(kind: str, parts: Sequence[object]) -> str:
        """The name of what `recall` keeps: of all that it depends on, and of the code."""
        return name_of(kind, name_code(), *parts)

    def recall(self, kind: str, parts: Sequence[object], make: Callable[[], Value], *records: type) -> Value:
        """A record that depends on `parts`, as it was kept or made anew and kept.

        Parameters
        ----------
        kind : str
            What it is.
        parts : sequence
            All that it depends on, besides the code.
        make : callable
            Makes it.
        *records : type
            Records of which it is made, besides those of `records`.
        """
        name = self.name_record(kind, parts)
        kinds = {**KINDS, **{record.__name__: record for record in records}}
        found = self.find(kind, name, lambda stored: unpack(stored, kinds))
        if found is not None:
            return found
        made = make()
        self.cache.put(kind, name, pack(made, kinds))
        return made


def _read_detection(photo: Photo, stored: bytes) -> Detection:
    try:
        return Detection(photo, **unpack(stored))
    except TypeError as error:
        raise PackingError(f"this is no detection ({error})") from error


def _read_digest(stored: bytes) -> str:
    if DIGEST.fullmatch(stored) is None:
        raise PackingError("this is no name of a photo's bytes")
    return stored.decode("ascii")


class Survey(NamedTuple):
    """What is kept."""

    folder: Path | None
    """Where; None if nothing is to be kept."""
    kinds: tuple[tuple[str, int, int], ...]
    """For each kind of thing its name, how many there are, and their bytes."""
    limit_bytes: int
    """How much may be kept."""
    removed: int
    """Bytes that were removed just now."""


def survey(store: Store | None, *, clear: bool = False) -> Survey:
    """Say what is kept, and remove it first where that is asked for."""
    if store is None:
        return Survey(None, (), 0, 0)
    removed = store.cache.clear() if clear else 0
    sizes: dict[str, list[int]] = {}
    for entry in store.cache.entries():
        sizes.setdefault(entry.kind, []).append(entry.size)
    kinds = tuple((kind, len(found), sum(found)) for kind, found in sorted(sizes.items()))
    return Survey(store.cache.folder, kinds, store.cache.limit_bytes, removed)


def open_store(options: CacheOptions | None = None) -> Store | None:
    """The store that the options ask for; None where nothing is to be kept.

    Parameters
    ----------
    options : CacheOptions, optional
        Which folder, and how much.
    """
    options = CacheOptions() if options is None else options
    folder = find_folder(options.cache, os.environ)
    return None if folder is None else Store(Cache(folder, round(options.cache_gb * GIGABYTE)))
