"""Into which pieces a film is cut, and what each depends on: what it shows, wherever in the film that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from math import ceil

from morphlapse.album.packing import name_code, name_of
from morphlapse.film.formats import Encoding
from morphlapse.film.timeline import Moment, Timeline
from morphlapse.morphing.extend import NEIGHBOURS
from morphlapse.pipeline.backdrop import read_backdrop
from morphlapse.pipeline.film import Film
from morphlapse.pipeline.storing import Store

PIECE_S = 1.0
"""So long a piece is at least, on average: of photos that are seen for less, several share one."""
LONGEST_S = 5.0
"""And at most: a photo that is seen for longer has several."""
MOST_PHOTOS = 3
"""A piece has so many times as many photos as one has on average, at most."""
ELSEWHERE = ("music", "duration", "pacing", "hold_s", "transition_s", "easing", "loop", "grade", "max_grade", "max_mb")
"""Options of a film that a piece depends on by its moments and its light alone, or not at all."""


def cut_timeline(timeline: Timeline, marks: Sequence[str]) -> list[range]:
    """The frames of each piece, one after another.

    Pieces begin with photos, and which ones is told by the photos: where each has its own piece, or else by their
    marks, so that one more photo cuts none but the piece that it is in.

    Parameters
    ----------
    timeline : Timeline
        When each photo is seen.
    marks : sequence of str
        For each photo some digits (hexadecimal) that are its own.
    """
    starts: list[int] = []
    firsts = _first_frames(timeline)
    seldom = max(1, round(PIECE_S * len(firsts) / float(timeline.duration_s)))
    since = 0
    for photo, frame in firsts:
        since += 1
        if not starts or int(marks[photo], 16) % seldom == 0 or since >= MOST_PHOTOS * seldom:
            starts.append(frame)
            since = 0
    longest = max(1, round(LONGEST_S * float(timeline.fps)))
    parts: list[range] = []
    for start, stop in pairwise((*starts, timeline.frames)):
        length = ceil((stop - start) / ceil((stop - start) / longest))
        parts += [range(k, min(k + length, stop)) for k in range(start, stop, length)]
    return parts


def _first_frames(timeline: Timeline) -> list[tuple[int, int]]:
    """Each photo that is seen, and its first frame."""
    found: list[tuple[int, int]] = []
    for number, moment in enumerate(timeline.moments()):
        if not found or found[-1][0] != moment.first:
            found.append((moment.first, number))
    return found


def name_pieces(film: Film, encoding: Encoding, store: Store) -> list[tuple[str, range]] | None:
    """The pieces of a film with a name for each, made of all that it depends on; None where a photo cannot be read."""
    behind = read_backdrop(film.morph.background)
    contents = store.contents_of([entry.photo for entry in film.plan.placed])
    behinds = store.contents_of([] if behind is None else [behind])
    if contents is None or behinds is None:
        return None
    shared = (
        name_code(),
        behinds,
        (film.plan.on, film.size, film.flows, film.options.fps),
        film.options.model_copy(update={name: type(film.options).model_fields[name].default for name in ELSEWHERE}),
        film.morph,
        _tell_setting(film),
        replace(encoding, container="", max_bytes=None),
        (film.device.type, film.workers > 1),
    )
    moments = list(film.timeline.moments())
    # What stays behind the subject is of the reference and whoever fills it.
    whole = (contents, film.plan.reference) if film.morph.background == "stay" else None
    return [
        (name_of("piece", shared, whole, _tell_part(film, contents, moments[part.start : part.stop])), part)
        for part in cut_timeline(film.timeline, contents)
    ]


def _tell_part(film: Film, contents: Sequence[str], moments: Sequence[Moment]) -> list[object]:
    """What some frames show: which photos, how they lie, are lit and are called, and when each is seen."""
    numbers = list(dict.fromkeys(each for moment in moments for each in (moment.first, moment.second)))
    photos = [
        (
            contents[index],
            film.plan.placed[index].detection.main,
            film.canvas_from_photo(index),
            None if film.lighting is None else film.lighting.stops[index],
            None if film.captions is None else film.captions.texts[index],
            [(contents[near], film.canvas_from_photo(near)) for near in _near(film, index)],
        )
        for index in numbers
    ]
    order = {index: place for place, index in enumerate(numbers)}
    return [photos, [(order[moment.first], order[moment.second], moment.progress) for moment in moments]]


def _near(film: Film, index: int) -> Sequence[int]:
    """The photos that continue one beyond its edges, where that is asked for."""
    if film.options.fill != "neighbour":
        return ()
    return range(max(0, index - NEIGHBOURS), min(len(film.plan.placed), index + NEIGHBOURS + 1))


def _tell_setting(film: Film) -> object:
    """How captions are set, which is the same for all of them."""
    setting = None if film.captions is None else film.captions.setting
    if setting is None:
        return None
    font = film.options.font
    bands = [(band.start, band.stop) for band in (setting.rows, setting.columns)]
    return setting.path, None if font is None else font.read_bytes(), setting.px, bands
