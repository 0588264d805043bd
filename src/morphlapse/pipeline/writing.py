"""How a film gets onto disk: `write_film`."""

from __future__ import annotations

from pathlib import Path

from morphlapse.album.cache import HeldCache
from morphlapse.film.encode import write_frames
from morphlapse.pipeline.film import Film
from morphlapse.pipeline.output import choose_output
from morphlapse.pipeline.resume import ready_frames, write_in_pieces
from morphlapse.pipeline.storing import Store
from morphlapse.records import FilmFacts


def write_film(film: Film, path: str | Path) -> FilmFacts:
    """Write a film to a file.

    The file is written beside its place and renamed into it when it is whole: there is the old film or the new one,
    never half. Where something is kept from one run to the next, so is each piece of the film, and a run that was ended
    goes on where it was.

    Raises
    ------
    EncodeError
        If it cannot be written.
    OptionError
        If the file's ending names no kind of film.
    """
    encoding = choose_output(path, film.options, transparent=film.transparent)
    store = film.context.store
    if store is None and film.context.executor is not None:
        store = Store(HeldCache())
    with film.clock.stage("encode"):
        pieced = None if store is None else write_in_pieces(film, Path(path), encoding, store)
        if pieced is not None:
            return pieced
        return write_frames(
            ready_frames(film, encoding),
            Path(path),
            size=film.size,
            fps=film.options.fps,
            encoding=encoding,
            music=film.options.music,
        )
