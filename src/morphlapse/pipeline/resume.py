"""A film in pieces that are kept as they are made, so that a run that was ended goes on where it was."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from itertools import islice
from pathlib import Path

from morphlapse.film.encode import write_frames
from morphlapse.film.formats import Encoding
from morphlapse.film.joining import can_join, join_pieces
from morphlapse.film.music import check_music
from morphlapse.film.picture_pieces import read_pictures
from morphlapse.film.ready import Ready, make_ready
from morphlapse.pipeline.film import Film
from morphlapse.pipeline.part import encode_part, make_parts
from morphlapse.pipeline.pieces import name_pieces
from morphlapse.pipeline.storing import Store
from morphlapse.records import FilmFacts, Size

HELD_BYTES = 1e8
"""Frames that wait for the encoder take so much memory at most, unless they are very large."""
MOST_HELD = 60
"""And are so many at most: more would be in vain where a run ends early."""
PIXEL_BYTES = {"png": 3.0, "gif": 3.0, "webp": 3.0, "prores": 0.8}
VIDEO_BYTES = 0.1
"""What a pixel of a piece takes, at most or nearly so."""
MOST_OF_CACHE = 0.5
"""A film's pieces may take so much of what may be kept: else they would push out what is dearer."""


def ready_frames(
    film: Film, encoding: Encoding, start: int = 0, stop: int | None = None
) -> Generator[Ready, None, None]:
    """Frames of a film as their encoder takes them, made far ahead: while photos stand, the next transition is made."""
    pixel_bytes = 1.5 if encoding.layout.bits == 8 and all(encoding.layout.halved) else 8.0
    held = int(HELD_BYTES / (pixel_bytes * film.size.width * film.size.height))
    return film.finished(partial(make_ready, encoding=encoding), start, stop, held=min(held, MOST_HELD))


def write_in_pieces(film: Film, path: Path, encoding: Encoding, store: Store) -> FilmFacts | None:
    """Write a film piece by piece, keep each, and join them; pieces that are kept already are not made again.

    Parameters
    ----------
    film : Film
        What is seen.
    path : Path
        Where it goes.
    encoding : Encoding
        How it is written: videos are joined as they are, animations and folders of pictures are made of kept pictures.
    store : Store
        Where pieces are kept; those that it cannot keep are held in memory.

    Returns
    -------
    FilmFacts or None
        None where a photo cannot be read to tell what the film depends on, or pieces would take most of what may be
        kept.
    """
    if film.options.music is not None:
        check_music(film.options.music, encoding)
    named = name_pieces(film, encoding, store) if _can_keep(film, encoding, store) else None
    if named is None:
        return None
    pieces = _Pieces(film, path, encoding, store, tuple(name for name, _ in named), tuple(part for _, part in named))
    for run in _list_runs([k for k, (name, _) in enumerate(named) if not store.cache.has("pieces", name)]):
        pieces.make(run)
    if can_join(encoding):
        return join_pieces(pieces.load, len(named), path, encoding, pieces.shape, music=film.options.music)
    size, fps = pieces.shape
    return write_frames(pieces.pictures(), path, size=size, fps=fps, encoding=encoding)


def _can_keep(film: Film, encoding: Encoding, store: Store) -> bool:
    pixels = film.size.width * film.size.height * film.timeline.frames
    needed = PIXEL_BYTES.get(encoding.codec, VIDEO_BYTES) * pixels
    return store.cache.trouble is None and needed <= MOST_OF_CACHE * store.cache.limit_bytes


@dataclass(frozen=True, eq=False)
class _Pieces:
    """The pieces of a film, wherever they are."""

    film: Film
    path: Path
    encoding: Encoding
    store: Store
    names: tuple[str, ...]
    ranges: tuple[range, ...]
    held: dict[int, bytes] = field(default_factory=dict)
    """Those that cannot be kept."""

    @property
    def shape(self) -> tuple[Size, Fraction]:
        """Of the frames, and how many there are a second."""
        return self.film.size, self.film.options.fps

    def make(self, run: Sequence[int]) -> bytes:
        """Make pieces that follow each other, keep each, and give the last."""
        made = b""
        with closing(self._make(run)) as pieces:
            for number, made in zip(run, pieces, strict=True):
                self.store.cache.put("pieces", self.names[number], made)
                if self.store.cache.trouble is not None:
                    self.held[number] = made
        return made

    def _make(self, run: Sequence[int]) -> Generator[bytes, None, None]:
        """Pieces that follow each other: what is made ahead goes on from one to the next."""
        parts = [self.ranges[number] for number in run]
        executor = self.film.context.executor
        if executor is not None:
            yield from make_parts(self.film, parts, self.encoding, executor)
            return
        with closing(ready_frames(self.film, self.encoding, parts[0].start, parts[-1].stop)) as frames:
            for part in parts:
                yield encode_part(islice(frames, len(part)), self.path, self.encoding, self.shape)

    def load(self, number: int) -> bytes:
        """A piece, made again where it has gone meanwhile."""
        found = self.held.get(number) or self.store.cache.get("pieces", self.names[number])
        return self.make([number]) if found is None else found

    def pictures(self) -> Iterator[Ready]:
        """The frames of all pieces, of a film that is made of pictures."""
        for number in range(len(self.names)):
            yield from read_pictures(self.load(number), self.encoding)


def _list_runs(numbers: list[int]) -> list[list[int]]:
    """Numbers that follow each other, together: what is made ahead goes on from one piece to the next."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return runs
