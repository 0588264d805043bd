"""What was found once and need not be found again: a folder of small files, those not used for longest going first.

An entry is bytes under a name made of everything they depend on, so that nothing in it is ever out of date. It is
written beside its place and renamed into it: several runs may share a folder without a lock. It starts with a checksum,
so that half an entry is none.
"""

from __future__ import annotations

import os
import re
import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

CHECKSUM = 16
"""Bytes before the content of an entry."""
HELD_BYTES = 10**10
"""What a cache in memory may hold: it is used for parts of a film, which are much smaller."""
KEPT = 0.8
"""A cache that has grown over its limit is cut back to this share of it."""
ABANDONED_S = 3600.0
"""What is still half written after so long was left by a run that was killed."""
ENTRY = re.compile(r"[0-9a-f]{40}")
PART = re.compile(r"\.[0-9a-f]{40}-[0-9a-f]{8}\.part")
TAG, TAG_TEXT = (
    "CACHEDIR.TAG",
    "Signature: 8a477f597d28d172789f06886806bc55\n# Made by morphlapse; it may be deleted.\n",
)
"""A file by which programs for backups know a cache (bford.info/cachedir)."""


class Entry(NamedTuple):
    """One file of a cache."""

    used: float
    """When it was last asked for, as a file's time."""
    size: int
    """In bytes."""
    kind: str
    """What it holds."""
    path: Path
    """Where it lies."""


class Cache:
    """A folder of entries.

    Nothing here raises where the folder cannot be used: entries are then not there, and `trouble` says why.

    Parameters
    ----------
    folder : Path or None
        Made when the first entry is written; None keeps nothing.
    limit_bytes : int
        When there is more, entries go, those not used for longest first.
    """

    def __init__(self, folder: Path | None, limit_bytes: int) -> None:
        self.folder, self.limit_bytes = folder, limit_bytes
        self.trouble: str | None = None
        """Why nothing is kept any more, where that is so."""
        self._lock = threading.Lock()
        self._size: int | None = None

    def get(self, kind: str, key: str) -> bytes | None:
        """The content of an entry, or None where there is none; one that is damaged goes."""
        if self.folder is None:
            return None
        path = self._path_of(self.folder, kind, key)
        try:
            stored = path.read_bytes()
        except OSError:
            return None
        content = stored[CHECKSUM:]
        if checksum(content) != stored[:CHECKSUM]:
            self.drop(kind, key)
            return None
        with suppress(OSError):
            os.utime(path)
        return content

    def has(self, kind: str, key: str) -> bool:
        """Whether there is an entry, which counts as used; one that is damaged is found out when it is read."""
        if self.folder is None:
            return False
        try:
            os.utime(self._path_of(self.folder, kind, key))
        except OSError:
            return False
        return True

    def put(self, kind: str, key: str, content: bytes) -> None:
        """Keep an entry; where that fails, this and all further ones are not kept, and `trouble` says why."""
        if self.folder is None or self.trouble is not None:
            return
        path = self._path_of(self.folder, kind, key)
        beside = path.with_name(f".{key}-{secrets.token_hex(4)}.part")
        try:
            self._make_folder(self.folder, path.parent)
            beside.write_bytes(checksum(content) + content)
            beside.replace(path)
        except OSError as error:
            self.trouble = (
                f"{self.folder}: nothing more is kept for the next run, for it cannot be written "
                f"({(error.strerror or str(error)).lower()}); choose another folder or off, or clear it"
            )
        finally:
            with suppress(OSError):
                beside.unlink(missing_ok=True)
        self._grow(CHECKSUM + len(content))

    def drop(self, kind: str, key: str) -> None:
        """Remove an entry."""
        if self.folder is not None:
            with suppress(OSError):
                self._path_of(self.folder, kind, key).unlink(missing_ok=True)

    def entries(self) -> list[Entry]:
        """All that is there."""
        return list(_walk(self.folder, ENTRY)) if self.folder is not None else []

    def clear(self) -> int:
        """Remove all entries, and nothing else that may lie in the folder; gives how many bytes that was."""
        if self.folder is None:
            return 0
        gone = sum(_remove(entry) for entry in (*_walk(self.folder, ENTRY), *_walk(self.folder, PART)))
        with self._lock:
            self._size = None
        return gone

    @staticmethod
    def _path_of(folder: Path, kind: str, key: str) -> Path:
        return folder / kind / key[:2] / key

    @staticmethod
    def _make_folder(folder: Path, within: Path) -> None:
        if not folder.is_dir():
            # Faces are described in it: nobody else's business.
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            (folder / TAG).write_text(TAG_TEXT, encoding="ascii")
        within.mkdir(parents=True, exist_ok=True)

    def _grow(self, added: int) -> None:
        with self._lock:
            if self._size is None:
                self._size = sum(entry.size for entry in self.entries())
            else:
                self._size += added
            if self._size > self.limit_bytes:
                self._size = self._cut_back()

    def _cut_back(self) -> int:
        assert self.folder is not None
        long_ago = time.time() - ABANDONED_S
        for part in [entry for entry in _walk(self.folder, PART) if entry.used < long_ago]:
            _remove(part)
        entries = sorted(self.entries())
        size = sum(entry.size for entry in entries)
        for entry in entries:
            if size <= KEPT * self.limit_bytes:
                break
            size -= _remove(entry)
        return size


class HeldCache(Cache):
    """Entries in memory, for whoever has no folder.

    Parameters
    ----------
    held : mapping from (kind, key) to bytes
        What is there from the beginning.
    """

    def __init__(self, held: Mapping[tuple[str, str], bytes] | None = None) -> None:
        super().__init__(None, HELD_BYTES)
        self.held = dict(held or {})

    def get(self, kind: str, key: str) -> bytes | None:
        """See `Cache.get`."""
        return self.held.get((kind, key))

    def has(self, kind: str, key: str) -> bool:
        """See `Cache.has`."""
        return (kind, key) in self.held

    def put(self, kind: str, key: str, content: bytes) -> None:
        """See `Cache.put`."""
        self.held[kind, key] = content

    def drop(self, kind: str, key: str) -> None:
        """See `Cache.drop`."""
        self.held.pop((kind, key), None)


def checksum(content: bytes) -> bytes:
    """By which a damaged entry is known."""
    return blake2b(content, digest_size=CHECKSUM).digest()


def _walk(folder: Path, name: re.Pattern[str]) -> Iterator[Entry]:
    """Files of a cache with such a name; what goes meanwhile is passed over."""
    for path in _glob(folder):
        if name.fullmatch(path.name):
            with suppress(OSError):
                found = path.lstat()
                yield Entry(found.st_mtime, found.st_size, path.parts[-3], path)


def _glob(folder: Path) -> Iterator[Path]:
    """Where entries may lie; nowhere in a folder that cannot be looked into."""
    with suppress(OSError):
        yield from folder.glob("*/[0-9a-f][0-9a-f]/*")


def _remove(entry: Entry) -> int:
    try:
        entry.path.unlink()
    except OSError:
        return 0
    return entry.size
