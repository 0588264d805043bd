"""A film in pieces that are kept as they are made, so that a run that was ended goes on where it was."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from morphlapse.album.packing import name_code, name_of
from morphlapse.film.formats import Encoding
from morphlapse.film.joining import PIECE, encode_piece, join_pieces
from morphlapse.film.music import check_music
from morphlapse.film.timeline import Timeline
from morphlapse.pipeline.backdrop import read_backdrop
from morphlapse.pipeline.storing import Store
from morphlapse.records import FilmFacts, Size

if TYPE_CHECKING:
    from morphlapse.pipeline.film import Film

PIECE_S = 5
"""A piece ends with the photo that stands, or is left, after so many seconds."""


def write_in_pieces(film: Film, path: Path, encoding: Encoding, store: Store) -> FilmFacts | None:
    """Write a film piece by piece, keep each, and join them; pieces that are kept already are not made again.

    Parameters
    ----------
    film : Film
        What is seen.
    path : Path
        Where it goes.
    encoding : Encoding
        One that can be joined.
    store : Store
        Where pieces are kept; those that it cannot keep are held in memory.

    Returns
    -------
    FilmFacts or None
        None where a photo cannot be read to tell what the film depends on.
    """
    if film.options.music is not None:
        check_music(film.options.music, encoding)
    names = name_pieces(film, encoding, store)
    if names is None:
        return None
    pieces = _Pieces(film, path, encoding, store, tuple(names), tuple(cut_timeline(film.timeline)))
    for run in _list_runs([k for k, name in enumerate(names) if store.cache.get("pieces", name) is None]):
        pieces.make(run)
    return join_pieces(pieces.load, len(names), path, encoding, pieces.shape, music=film.options.music)


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
        with closing(self.film.frames(self.ranges[run[0]].start, self.ranges[run[-1]].stop)) as frames:
            for number in run:
                made = encode_piece(islice(frames, len(self.ranges[number])), self.path, self.encoding, self.shape)
                self.store.cache.put("pieces", self.names[number], made)
                if self.store.cache.trouble is not None:
                    self.held[number] = made
        return made

    def load(self, number: int) -> bytes:
        """A piece, made again where it has gone meanwhile."""
        found = self.held.get(number) or self.store.cache.get("pieces", self.names[number])
        return self.make([number]) if found is None else found


def cut_timeline(timeline: Timeline) -> list[range]:
    """The frames of each piece, one after another: pieces begin where a photo is left or begins to stand."""
    least = PIECE_S * timeline.fps
    starts, seen = [0], 0
    for number, moment in enumerate(timeline.moments()):
        begins, seen = moment.first != seen, moment.first
        if begins and Fraction(number - starts[-1]) >= least:
            starts.append(number)
    return [range(start, stop) for start, stop in zip(starts, [*starts[1:], timeline.frames], strict=True)]


def name_pieces(film: Film, encoding: Encoding, store: Store) -> list[str] | None:
    """A name for each piece, made of all that a film depends on; None where a photo cannot be read."""
    behind = read_backdrop(film.morph.background)
    contents = store.contents_of([*(entry.photo for entry in film.plan.placed), *([behind] if behind else [])])
    if contents is None:
        return None
    placed = film.plan.placed
    whole = name_of(
        name_code(),
        contents,
        [(entry.detection.subjects, entry.photo.date) for entry in placed],
        [film.canvas_from_photo(index) for index in range(len(placed))],
        (film.plan.reference, film.plan.on, film.plan.level_rad),
        (film.options.model_copy(update={"music": None}), film.morph, film.timeline, film.size),
        None if film.captions is None else (film.captions.texts, _read_font(film.options.font)),
        None if film.lighting is None else film.lighting.stops,
        replace(encoding, container=PIECE),
        (film.device.type, film.workers > 1),
    )
    return [name_of("piece", whole, frames.start, frames.stop) for frames in cut_timeline(film.timeline)]


def _read_font(path: Path | None) -> bytes | None:
    return path.read_bytes() if path is not None and path.is_file() else None


def _list_runs(numbers: list[int]) -> list[list[int]]:
    """Numbers that follow each other, together: what is made ahead goes on from one piece to the next."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return runs
