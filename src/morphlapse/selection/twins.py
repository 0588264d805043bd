"""Files that their names tell to be one photo: the edited one beside the original, a copy, RAW beside JPEG."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from morphlapse.records import Detection
from morphlapse.selection.likeness import ALIKE, has_clock, measure_difference, seconds_between

EDITED = re.compile(
    r"(?P<stem>.+)-(?:edited|bearbeitet|modifi[ée]|editad[oa]|modificato|bewerkt)(?:\(\d+\))?", re.IGNORECASE
)
"""Google Photos' edits in several languages: a-edited, a-edited(1)."""
EDITED_APPLE = re.compile(r"(?P<stem>IMG_)E(?P<rest>\d{4}.*)", re.IGNORECASE)
"""An iPhone's edits: IMG_E1234 beside IMG_1234, also of the still of a Live Photo."""
EDITED_ANDROID = re.compile(r"(?P<stem>.+)~\d+")
"""Android's edits: a~2."""
COPY = re.compile(r"(?P<stem>.+?)(?: ?\(\d+\)|(?: -)? (?:copy|kopie|copie|copia)(?: \(?\d+\)?)?)", re.IGNORECASE)
"""What systems call a second file of one name: a (1), a(1), a copy, a - Copy (2)."""

FINISHED = (".jpg", ".jpeg", ".heic", ".heif", ".hif", ".avif", ".webp", ".png", ".tif", ".tiff")
"""Of files that share a stem the one whose ending comes first is taken; what is not here, as RAW, comes last."""

ONE_MOMENT_S = 1.0
"""Dates that differ by no more are one; names may round."""
APART_S = 86400.0
"""Dates that differ by more speak of two photos, whatever the names say."""


@dataclass(frozen=True, slots=True)
class Loser:
    """A photo that another one stands for."""

    index: int
    """Of the photo."""
    winner: int
    """Of the other one."""
    reason: str
    """Why."""


@dataclass(frozen=True, slots=True)
class _Name:
    """What a file's name tells."""

    base: tuple[Path, str]
    """Folder and stem of the original."""
    rank: int
    """0 edited, 1 the original, 2 a copy."""


def find_twins(detections: Sequence[Detection], named: frozenset[int]) -> list[Loser]:
    """Find photos that are in the album as another file, too.

    Kept is what the user named, else the edited one, else the original; of several endings the one that needs no
    developing. Names alone are not believed where the dates or the pictures say that these are two photos.

    Parameters
    ----------
    detections : sequence of Detection
        The photos that are judged.
    named : frozenset of int
        Those that stay in any case.
    """
    families: dict[tuple[Path, str], list[tuple[int, int]]] = defaultdict(list)
    for index, detection in enumerate(detections):
        name = read_name(detection.photo.path)
        families[name.base].append((name.rank, index))
    return [loser for family in families.values() if len(family) > 1 for loser in _judge(detections, family, named)]


def read_name(path: Path) -> _Name:
    """Which photo a file is of, by its name."""
    stem = path.stem
    if found := EDITED_APPLE.fullmatch(stem):
        return _Name((path.parent, (found["stem"] + found["rest"]).casefold()), 0)
    if found := EDITED.fullmatch(stem):
        return _Name((path.parent, found["stem"].casefold()), 0)
    if found := EDITED_ANDROID.fullmatch(stem):
        return _Name((path.parent, found["stem"].casefold()), 0)
    if found := COPY.fullmatch(stem):
        return _Name((path.parent, found["stem"].casefold()), 2)
    return _Name((path.parent, stem.casefold()), 1)


def _judge(detections: Sequence[Detection], family: list[tuple[int, int]], named: frozenset[int]) -> Iterator[Loser]:
    """All of a family but the best, as far as they are of one photo with it."""

    def key(member: tuple[int, int]) -> tuple[bool, int, int, int]:
        rank, index = member
        photo = detections[index].photo
        ending = photo.path.suffix.lower()
        order = FINISHED.index(ending) if ending in FINISHED else len(FINISHED)
        return index not in named, rank, order, -photo.size.width * photo.size.height

    kept: list[tuple[int, int]] = []
    for rank, index in sorted(family, key=key):
        same = (
            (best_rank, best)
            for best_rank, best in kept
            if is_one_photo(detections[index], detections[best], sure=2 not in (rank, best_rank))
        )
        best_rank, best = next(same, (rank, index)) if index not in named else (rank, index)
        if best == index:
            kept.append((rank, index))
        else:
            yield Loser(index, best, _explain(best_rank, rank, detections[best].photo.path.name))


def is_one_photo(a: Detection, b: Detection, *, sure: bool) -> bool:
    """Whether two files whose names say so are of one photo; where the names are not sure, more must speak for it."""
    difference = measure_difference(a, b)
    if has_clock(a.photo) and has_clock(b.photo):
        apart = seconds_between(a.photo, b.photo)
        if apart > APART_S or apart <= ONE_MOMENT_S:
            return apart <= ONE_MOMENT_S and (sure or difference is None or difference <= ALIKE)
    return sure and (difference is None or difference <= ALIKE)


def _explain(best_rank: int, rank: int, name: str) -> str:
    if best_rank == 0 and rank != 0:
        return f"the edited one of it is taken: {name} (twins)"
    if rank == best_rank:
        return f"the same photo in another file: {name} is taken (twins)"
    return f"a copy of {name} by its name and date (twins)"
