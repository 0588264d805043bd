"""A part of a film that is made and encoded elsewhere: all that it shows, and nothing else of the film."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import closing
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import NamedTuple

from morphlapse.album.cache import HeldCache
from morphlapse.film.formats import Encoding
from morphlapse.film.joining import can_join, encode_piece
from morphlapse.film.picture_pieces import encode_pictures
from morphlapse.film.ready import Ready, make_ready
from morphlapse.film.timeline import Moment
from morphlapse.geometry.frame import Frame
from morphlapse.morphing.extend import NEIGHBOURS
from morphlapse.options import FilmOptions, MorphOptions
from morphlapse.pipeline.captions import Captions
from morphlapse.pipeline.context import Context, limited_threads
from morphlapse.pipeline.elsewhere import do_all, name_process, work_alone
from morphlapse.pipeline.film import Film
from morphlapse.pipeline.kept_maps import name_maps
from morphlapse.pipeline.lighting import Lighting
from morphlapse.pipeline.storing import Store
from morphlapse.records import Plan, Size

PIECE = "a piece of the film"
"""What errors call what has no file."""


class Made(NamedTuple):
    """What a worker gives back."""

    piece: bytes
    """The encoded frames."""
    maps: Mapping[str, bytes]
    """The maps that were found for it, by their names."""


@dataclass(frozen=True, eq=False)
class Part:
    """Some frames of a film that follow each other, and all that they depend on."""

    plan: Plan
    """Of the photos that are seen, and those that fill what they lack."""
    options: FilmOptions
    """Of the film."""
    morph: MorphOptions
    """Of the film."""
    frames: tuple[Frame, Frame]
    """The film's frame, and that of the film where this is a preview."""
    moments: tuple[Moment, ...]
    """Of each frame; photos are counted in `plan`."""
    flows: bool
    """See `Timeline.flows`."""
    lighting: Lighting | None
    """By how much each photo is brightened."""
    captions: tuple[tuple[str | None, ...], tuple[str, ...]] | None
    """Those of the photos, and all of the film."""
    maps: Mapping[str, bytes]
    """Those that are known already, by their names."""
    device: str
    """As in `Context`."""


class PartFilm(Film):
    """A film of a part, by what the whole film has settled."""

    def __init__(self, part: Part, store: Store) -> None:
        super().__init__(part.plan, part.options, part.morph, context=Context(part.device, store=store))
        self.frame, self.whole_frame = part.frames
        self.flows = part.flows
        self.lighting = part.lighting
        self.captions = (
            None
            if part.captions is None
            else Captions(part.captions[0], part.options, self.size, every=part.captions[1])
        )


def cut_part(film: Film, start: int, stop: int) -> Part:
    """The frames of a film from `start` to before `stop`, as a task that can be told to others."""
    moments = list(film.timeline.moments())[start:stop]
    shown = {each for moment in moments for each in (moment.first, moment.second)}
    numbers = sorted(_needed(film, shown))
    place = {number: k for k, number in enumerate(numbers)}
    placed = [film.plan.placed[number] for number in numbers]
    placed = tuple(
        replace(
            each,
            detection=replace(
                each.detection,
                subjects=each.detection.subjects[:1],
                photo=replace(each.photo, path=each.photo.path.absolute()),
            ),
        )
        for each in placed
    )
    texts = None if film.captions is None else film.captions.texts
    return Part(
        replace(film.plan, placed=placed, reference=place.get(film.plan.reference, 0), skipped=(), notes=()),
        film.options.model_copy(update={"loop": False}),
        film.morph,
        (film.frame, film.whole_frame),
        tuple(Moment(place[each.first], place[each.second], each.progress) for each in moments),
        film.timeline.flows,
        None if film.lighting is None else film.lighting.of(numbers),
        None if texts is None else (tuple(texts[k] for k in numbers), film.captions.every if film.captions else ()),
        _known_maps(film, moments),
        film.context.device,
    )


def _needed(film: Film, shown: set[int]) -> set[int]:
    """The photos without which others cannot be shown."""
    if film.morph.background == "stay":
        return set(range(len(film.plan.placed)))
    near = NEIGHBOURS if film.options.fill == "neighbour" else 0
    return {k for each in shown for k in range(each - near, each + near + 1) if 0 <= k < len(film.plan.placed)}


def _known_maps(film: Film, moments: Sequence[Moment]) -> dict[str, bytes]:
    store = film.context.store
    pairs = dict.fromkeys((each.first, each.second) for each in moments if each.first != each.second)
    if store is None or film.options.transition != "morph":
        return {}
    names = [name for pair in pairs for name in name_maps(store, film.pair(*pair), film.device.type)]
    return {name: content for name in names if (content := store.cache.get("maps", name)) is not None}


def make_part(part: Part, encoding: Encoding, fps: Fraction, home: str) -> Made:
    """Make and encode the frames of a part, in any process of any machine that finds the photos where they are.

    Parameters
    ----------
    part : Part
        From `cut_part`.
    encoding : Encoding
        Of the film.
    fps : Fraction
        Frames a second.
    home : str
        The process that asks, see `work_alone`.
    """
    work_alone(home)
    kept = HeldCache({("maps", name): content for name, content in part.maps.items()})
    film = PartFilm(part, Store(kept))
    piece = encode_part(_ready(film, part.moments, encoding), Path(PIECE), encoding, (film.size, fps))
    maps = {name: content for (kind, name), content in kept.held.items() if kind == "maps"}
    return Made(piece, {name: content for name, content in maps.items() if content != part.maps.get(name)})


def _ready(film: Film, moments: Sequence[Moment], encoding: Encoding) -> Iterator[Ready]:
    """The frames of moments; a photo that stands is made once."""
    last: tuple[Moment, Ready] | None = None
    for moment in moments:
        if last is None or moment.first != moment.second or moment != last[0]:
            last = moment, make_ready(film.show(moment), encoding)
        yield last[1]


def encode_part(frames: Iterator[Ready], path: Path, encoding: Encoding, shape: tuple[Size, Fraction]) -> bytes:
    """Encode frames as a piece that is joined with others, or of a film of pictures as these; errors name `path`."""
    if can_join(encoding):
        return encode_piece(frames, path, encoding, shape)
    return encode_pictures(frames, encoding)


def make_parts(
    film: Film, parts: Sequence[range], encoding: Encoding, executor: Executor
) -> Generator[bytes, None, None]:
    """Let an executor make parts of a film, and give the pieces in order; maps that are found are kept."""
    home, store = name_process(), film.context.store
    _ = film.lighting, film.captions and film.captions.setting
    tasks = (
        partial(make_part, cut_part(film, part.start, part.stop), encoding, film.options.fps, home) for part in parts
    )
    with limited_threads(1), closing(do_all(executor, tasks)) as done:
        for part, made in zip(parts, done, strict=True):
            if store is not None:
                for name, content in made.maps.items():
                    store.cache.put("maps", name, content)
            film.context.tell("film", part.stop, film.timeline.frames)
            yield made.piece
