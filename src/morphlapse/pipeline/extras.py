"""What a morph writes besides its film: pictures of its maps, the maps themselves, a strip, stills."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import torch
from torch import Tensor

from morphlapse.album.stills import put_in_place, write_still
from morphlapse.errors import EncodeError, OptionError
from morphlapse.film.timeline import Moment
from morphlapse.imaging.warp import fit_within, resize
from morphlapse.morphing.transition import Morph
from morphlapse.options import ExtraOptions, MorphOptions
from morphlapse.pipeline.context import Context
from morphlapse.pipeline.film import Film

TILE_PX = 512
"""Long side of a picture in a strip, at most."""
STRIP_PX = 16384
"""Length of a strip, about, at most."""


def check_extras(extras: ExtraOptions, sources: Sequence[str | Path], film: str | Path, options: MorphOptions) -> None:
    """Refuse what cannot be written, before any work.

    Raises
    ------
    OptionError
        If maps of more than two images are asked for, or if two results would be one file.
    EncodeError
        If a result would take the place of an image.
    """
    for name in ("maps", "save_maps"):
        if getattr(extras, name) is not None and len(sources) != 2:
            raise OptionError(f"{name}: maps lie between two images (got {len(sources)})")
    if extras.maps is not None and options.background not in ("auto", "whole"):
        raise OptionError("maps: the picture of them is of a whole picture, so background is auto or whole")
    originals = [Path(os.path.realpath(source)) for source in sources]
    taken = {Path(os.path.realpath(film))}
    for path in (extras.maps, extras.save_maps, extras.strip, extras.stills):
        if path is None:
            continue
        place = Path(os.path.realpath(path))
        if place in originals or (path == extras.stills and place in {original.parent for original in originals}):
            raise EncodeError(f"{path} is or holds one of the images, which are never written; choose another name")
        if place in taken:
            raise OptionError(f"{path}: two results cannot have one name; choose another")
        taken.add(place)


def write_extras(film: Film, extras: ExtraOptions, context: Context) -> None:
    """Write what is asked for besides the film; each file is renamed into its place when it is whole.

    Parameters
    ----------
    film : Film
        A row of images.
    extras : ExtraOptions
        What is written, and where to; a folder for stills must be there.
    context : Context
        Gets a step of progress for each in-between.
    """
    morph = film.transition(0, 1) if extras.maps or extras.save_maps else None
    if extras.maps is not None and isinstance(morph, Morph):
        write_still(morph.maps_picture().cpu(), extras.maps)
    if extras.save_maps is not None and morph is not None:
        put_in_place(morph.pack(), extras.save_maps, None)
    if extras.strip is None and extras.stills is None:
        return
    tiles = list(_write_in_betweens(film, extras, context))
    if extras.strip is not None:
        write_still(torch.cat(tiles, dim=-1)[0], extras.strip)


def _write_in_betweens(film: Film, extras: ExtraOptions, context: Context) -> Iterator[Tensor]:
    """Write the stills, and give each as it stands in the strip."""
    tile = fit_within(film.size, max(1, min(TILE_PX, STRIP_PX // extras.frames)))
    for number, moment in enumerate(spread_moments(len(film.plan.placed), extras.frames), start=1):
        context.tell("write", number - 1, extras.frames)
        frame = film.show(moment).cpu()
        if extras.stills is not None:
            write_still(frame, extras.stills / f"{number:0{len(str(extras.frames))}d}.png")
        if extras.strip is not None:
            yield resize(frame[None], tile)
    context.tell("write", extras.frames, extras.frames)


def spread_moments(photos: int, count: int) -> Iterator[Moment]:
    """`count` moments, at least two, evenly from the first photo to the last, both included."""
    for number in range(count):
        place = Fraction(number * (photos - 1), count - 1)
        first = int(place)
        second = first if place == first else first + 1
        yield Moment(first, second, float(place - first))
