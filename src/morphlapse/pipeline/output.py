"""What a film is written as: chosen and checked before any work begins."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

from morphlapse.errors import EncodeError, OptionError
from morphlapse.film.folder import check_folder
from morphlapse.film.fonts import check_font
from morphlapse.film.formats import Encoding, choose_encoding
from morphlapse.film.music import check_music
from morphlapse.options import FilmOptions, MorphOptions
from morphlapse.pipeline.backdrop import read_backdrop

ANIMATION_PX = {"draft": 320, "good": 480, "best": 720}
"""Long side of a GIF or WebP whose size was left open, at most."""
GIF_CLOCK = 100
"""GIF counts in hundredths of a second."""
GIF_RATE = Fraction(25)
"""A faster rate that these cannot hold becomes this one."""
PICTURES = ("gif", "webp", "png")
"""Films that would be read as photos if they lay among them."""


def settle_output(
    path: str | Path, sources: Sequence[str | Path], film: FilmOptions | None, morph: MorphOptions | None
) -> FilmOptions:
    """The options of a film, settled for the file it goes to, which is checked before any work begins."""
    options = FilmOptions() if film is None else film
    clear = is_transparent(options, MorphOptions() if morph is None else morph)
    encoding = choose_output(path, options, transparent=clear)
    behind = read_backdrop(MorphOptions().background if morph is None else morph.background)
    check_output(path, [*sources, *([behind.path] if behind else [])], encoding)
    check_font(options.caption, options.font)
    if options.music is not None:
        check_music(options.music, encoding)
    return settle_options(options, encoding)


def choose_output(path: str | Path, options: FilmOptions, *, transparent: bool = False) -> Encoding:
    """How a film of these options is written to a file of that name; see `choose_encoding`."""
    quality = "draft" if options.preview else options.quality
    return choose_encoding(Path(path), options.codec, quality, transparent=transparent, max_mb=options.max_mb)


def is_transparent(options: FilmOptions, morph: MorphOptions) -> bool:
    """Whether frames have an alpha channel; OptionError where two wishes contradict each other."""
    if options.fill == "transparent" and morph.background not in ("auto", "whole", "transparent"):
        raise OptionError(
            f"fill: transparent goes with background auto, whole or transparent, not with {morph.background}"
        )
    return "transparent" in (options.fill, morph.background)


def settle_options(options: FilmOptions, encoding: Encoding) -> FilmOptions:
    """The same options with the codec that was chosen, and a rate that its file can hold."""
    fps = options.fps
    if encoding.codec == "gif" and fps > GIF_RATE and (GIF_CLOCK / fps).denominator > 1:
        fps = GIF_RATE
    return options.model_copy(update={"codec": encoding.codec, "fps": fps})


def longest_side(options: FilmOptions) -> int | None:
    """What a film's long side is bounded to where its size was left open."""
    open_size = not isinstance(options.size, tuple)
    return ANIMATION_PX[options.quality] if options.codec in ("gif", "webp") and open_size else None


def check_output(path: str | Path, sources: Iterable[str | Path], encoding: Encoding) -> None:
    """Refuse a place where a film would harm originals, or be read as one of them the next time.

    Raises
    ------
    EncodeError
        With the place and what to do.
    """
    place = Path(os.path.realpath(path))
    for source in map(Path, sources):
        home = Path(os.path.realpath(source))
        if place in (home, home.parent if source.is_file() and encoding.codec == "png" else home):
            raise EncodeError(f"{path} is or holds the originals, which are never written; choose another place")
        if encoding.codec in PICTURES and source.is_dir() and home in place.parents:
            raise EncodeError(f"{path} is inside {source}, where it would be read as a photo; choose a place outside")
    if encoding.codec == "png":
        check_folder(Path(path))
