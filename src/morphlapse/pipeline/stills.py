"""The photos of a film as files, one each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from morphlapse.album.stills import write_still
from morphlapse.errors import PhotoError
from morphlapse.options import FilmOptions
from morphlapse.pipeline.context import Context
from morphlapse.pipeline.film import Film


def as_they_are(film: FilmOptions | None) -> FilmOptions:
    """What is asked of a film, for stills: their light is evened out only where a number is given for it."""
    film = FilmOptions() if film is None else film
    return film.model_copy(update={"grade": 0.0}) if film.grade == "auto" else film


def make_folder(folder: Path) -> Path:
    """Make a folder for stills, if it is not there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PhotoError(f"{folder}: this folder cannot be made ({error.strerror or error})") from error
    return folder


def write_stills(made: Film, target: Path, context: Context) -> None:
    """Write each photo as it stands in the film under its own name."""
    placed = made.plan.placed
    names = name_stills([entry.photo.path for entry in placed], ".png" if made.transparent else ".jpg")
    for number, (entry, name) in enumerate(zip(placed, names, strict=True)):
        context.tell("write", number, len(names))
        still = made.still(number).cpu()
        with made.clock.stage("write"):
            write_still(still, target / name, photo=entry.photo)
    context.tell("write", len(names), len(names))


def name_stills(paths: Sequence[Path], ending: str = ".jpg") -> list[str]:
    """A file name for each photo's still: its own, numbered where two photos share one."""
    taken: set[str] = set()
    return [_name_still(path, ending, taken) for path in paths]


def _name_still(path: Path, ending: str, taken: set[str]) -> str:
    number, name = 1, f"{path.stem}{ending}"
    while name.lower() in taken:
        number += 1
        name = f"{path.stem}-{number}{ending}"
    taken.add(name.lower())
    return name
