"""What a transition's maps depend on, and how they are kept: they are found once, for films of any size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, from_numpy

from morphlapse.album.packing import PackingError, pack, unpack
from morphlapse.geometry.frame import Frame
from morphlapse.geometry.polygon import corners_of
from morphlapse.geometry.similarity import invert, map_points
from morphlapse.imaging.warp import fit_within, resized_from_full, shrink_field, size_of
from morphlapse.morphing.effort import working_size
from morphlapse.morphing.extend import NEIGHBOURS
from morphlapse.morphing.maps import Maps
from morphlapse.morphing.pace import Pace
from morphlapse.morphing.tint import Tint
from morphlapse.options import FilmOptions, MorphOptions
from morphlapse.pipeline.storing import Store
from morphlapse.records import Placed, Plan, Size

SAME_LIGHT = 0.05
"""Stops within which photos are lit alike: 3.5 % of their light, at the ends of a transition none of it."""
PREVIEW_CELL_PX = 3
"""Of a preview motion is told in cells of so many pixels."""
LABELS = ("whole", "front", "behind")
"""Which maps a pair may have: of the whole picture, of the subject, and of what is behind it."""
FINEST = 1e-5
"""Photos whose corners lie on the canvas within this share of its width of each other lie alike."""


@dataclass(frozen=True, eq=False)
class Pair:
    """Two photos of a film, and all that the maps between them depend on."""

    plan: Plan
    """Of the film."""
    film: FilmOptions
    """Of the film."""
    morph: MorphOptions
    """How one becomes the next."""
    frames: tuple[Frame, ...]
    """The frame of the film, and that of its preview."""
    first: int
    """Index of the first photo."""
    second: int
    """Of the second."""
    stops: NDArray[np.float64] | None = None
    """By how much each photo of the film is brightened, see `pipeline.lighting`."""

    def parts(self, store: Store, frame: Frame) -> tuple[object, ...] | None:
        """Whatever the maps depend on but the code; None where a photo cannot be read."""
        seen = [self.plan.placed[index] for index in (self.first, self.second)]
        # What stays behind the subject is of other photos.
        stays = self.morph.background == "stay"
        others = self.plan.placed[self.plan.reference :] if stays else ()
        near = [self.plan.placed[index] for index in self._near]
        contents = store.contents_of([entry.photo for entry in (*near, *others)])
        if contents is None:
            return None
        return (
            contents,
            [entry.detection.main for entry in seen] if self.film.hints == "auto" or self._apart else None,
            [_place(entry, frame) for entry in near],
            round(frame.size.aspect, 4),
            working_size(frame.size, self.morph).long_side,
            self.morph.model_copy(update={"pace": "even", "blend": "plain"}),
            (self.film.fill, self.film.hints, self.plan.on),
        )

    @property
    def light(self) -> NDArray[np.float64] | None:
        """How the photos are brightened, to a step that nobody sees in a transition; None where none is.

        The motion is the same in any light (each new photo shifts that of its neighbours): only tints depend on it.
        """
        if self.stops is None:
            return None
        seen = self.stops if self.morph.background == "stay" else self.stops[self._near]
        return np.round(seen / SAME_LIGHT) + 0.0

    @property
    def _near(self) -> list[int]:
        """The two photos, and those that continue them beyond their edges, where that is asked for."""
        pair = [self.first, self.second]
        if self.film.fill != "neighbour":
            return pair
        near = {index + step for index in pair for step in range(-NEIGHBOURS, NEIGHBOURS + 1)}
        return pair + sorted(near.intersection(range(len(self.plan.placed))).difference(pair))

    @property
    def _apart(self) -> bool:
        return self.morph.background not in ("auto", "whole")


def _place(entry: Placed, frame: Frame) -> NDArray[np.float64]:
    """Where the corners of a photo lie, over the width of the frame: the same at every size of a film."""
    canvas_from_photo = frame.canvas_from_reference @ entry.registration.matrix
    corners = map_points(canvas_from_photo, corners_of(entry.photo.size))
    return np.round((corners + 0.5) / frame.size.width / FINEST) + 0.0


def recall_maps(store: Store | None, pair: Pair, like: Tensor, label: str, make: Callable[[Maps | None], Maps]) -> Maps:
    """Maps as they were kept, or made anew and kept; of those kept in another light only the motion is taken.

    A preview takes those of the film where there are some; else it makes its own, which are coarser.

    Parameters
    ----------
    store : Store or None
        None keeps nothing.
    pair : Pair
        Whose maps they are.
    like : Tensor
        Whose device they are on.
    label : str
        Which of the pair's maps: of the whole, of the subject, of what is behind it.
    make : callable
        Finds them, or their tints alone where it is given maps whose motion is right.
    """
    parts = [] if store is None else [pair.parts(store, frame) for frame in pair.frames]
    if store is None or None in parts:
        return make(None)
    names = [store.name_record("maps", (label, like.device.type, *each)) for each in parts if each is not None]
    canvas, known = pair.frames[-1].size, None
    for name in names:
        found = store.find("maps", name, partial(unpack_maps, canvas=canvas, like=like))
        if found is not None:
            maps = coarsen_maps(found[0], canvas) if len(names) > 1 else found[0]
            if _are_equal(found[1], pair.light):
                return maps
            known = maps if known is None else known
    content = pack_maps(make(known), canvas, pair.light)
    store.cache.put("maps", names[-1], content)
    # As the next run will read them: the same bits, and the same order in memory.
    return unpack_maps(content, canvas=canvas, like=like)[0]


def _are_equal(a: NDArray[np.float64] | None, b: NDArray[np.float64] | None) -> bool:
    return a is b if a is None or b is None else np.array_equal(a, b)


def recall_pace(store: Store | None, pair: Pair, device: str, make: Callable[[], Pace]) -> Pace:
    """How time runs between the photos, as it was kept, or found by `make` and kept; a preview takes its film's."""
    parts = None if store is None else _parts_of_pace(store, pair, device)
    return make() if store is None or parts is None else store.recall("maps", parts, make, Pace)


def _parts_of_pace(store: Store, pair: Pair, device: str) -> tuple[object, ...] | None:
    parts = pair.parts(store, pair.frames[0])
    return None if parts is None else ("pace", device, parts, pair.light, pair.morph.blend)


def name_maps(store: Store, pair: Pair, device: str) -> list[str]:
    """The names under which any maps of a pair, and its pace, are kept."""
    parts = [pair.parts(store, frame) for frame in pair.frames]
    kept = [(label, device, *each) for each in parts if each is not None for label in LABELS]
    pace = _parts_of_pace(store, pair, device)
    return [store.name_record("maps", each) for each in (kept if pace is None else [*kept, pace])]


def coarsen_maps(maps: Maps, canvas: Size) -> Maps:
    """A film's maps for its preview: a motion that is finer than what a preview shows costs as much as its frames."""
    cells = fit_within(size_of(maps.velocity), canvas.long_side // PREVIEW_CELL_PX)
    return replace(maps, velocity=shrink_field(maps.velocity, cells))


def pack_maps(maps: Maps, canvas: Size, light: NDArray[np.float64] | None = None) -> bytes:
    """Maps on a canvas, found in a light (`Pair.light`), as bytes."""
    found = {each.name: _kept(getattr(maps, each.name)) for each in fields(maps)}
    return pack({"canvas": canvas, "light": light, **found})


def unpack_maps(content: bytes, *, canvas: Size, like: Tensor) -> tuple[Maps, NDArray[np.float64] | None]:
    """The maps of `pack_maps`, on a canvas that may have another size, and their light.

    Raises
    ------
    PackingError
        If the bytes hold no maps.
    """
    kept: dict[str, Any] = unpack(content)
    try:
        maps = Maps(**{each.name: _taken(each.name, kept[each.name], like) for each in fields(Maps)})
        here_from_there, light = resized_from_full(kept["canvas"], canvas).numpy(), kept["light"]
    except (KeyError, TypeError, AttributeError, ValueError, RuntimeError) as error:
        raise PackingError(f"these are no maps ({error})") from error
    if canvas == kept["canvas"] or np.array_equal(maps.b_from_a, np.eye(3)):
        return maps, light
    return replace(maps, b_from_a=here_from_there @ maps.b_from_a @ invert(here_from_there)), light


def _kept(value: object) -> object:
    if isinstance(value, Tensor):
        return value.detach().cpu().numpy()
    return tuple(_kept(each) for each in value) if isinstance(value, Sequence) and not isinstance(value, str) else value


def _taken(name: str, value: Any, like: Tensor) -> Any:
    if isinstance(value, tuple):
        return Tint(*(from_numpy(each).to(like) for each in value))
    return from_numpy(value).to(like) if isinstance(value, np.ndarray) and name != "b_from_a" else value
