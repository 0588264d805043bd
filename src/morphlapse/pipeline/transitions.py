"""How each photo of a film becomes another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from torch import Tensor

from morphlapse.morphing.apart import ApartMorph, morph_apart
from morphlapse.morphing.background import Masks
from morphlapse.morphing.clear import morph_clear
from morphlapse.morphing.hints import Hints
from morphlapse.morphing.pace import Pace
from morphlapse.morphing.search import Guide, Recall, morph_layers
from morphlapse.morphing.transition import Morph
from morphlapse.pipeline.ahead import Recent
from morphlapse.pipeline.footage import Footage
from morphlapse.pipeline.hinting import find_hints
from morphlapse.pipeline.kept_maps import Pair, recall_maps, recall_pace
from morphlapse.pipeline.prealign import find_framing

KEPT_MORPHS = 2
"""How many transitions are held at once: one that is seen, one that is made ready."""
KEPT_PACES = 64
"""And how many paces, which are a few numbers each."""


class Transitions(Footage):
    """The photos of a film, and the morphs between them; see `Footage`."""

    def _forget(self) -> None:
        super()._forget()
        self._morphs: Recent[tuple[int, int], Morph | ApartMorph] = Recent(KEPT_MORPHS)
        self._paces: Recent[tuple[int, int], Pace] = Recent(KEPT_PACES)

    def _hold(self, ahead: int) -> None:
        """Hold what is needed to make so many transitions ready ahead of the one that is seen."""
        for recent in (self._layers, self._bare, self._stills, self._cuts):
            recent.kept = max(recent.kept, ahead + 2)
        self._morphs.kept = max(self._morphs.kept, ahead + 1)

    def _prepare(self, pairs: Sequence[tuple[int, int]]) -> None:
        """Make the last of some transitions, the others of which are still to be seen."""
        self._morphs.renew(pairs[:-1])
        self.transition(*pairs[-1])
        self._pace(*pairs[-1])

    def transition(self, first: int, second: int) -> Morph | ApartMorph:
        """The morph from one photo to another."""
        return self._make(lambda: self._transition(first, second))

    def _transition(self, first: int, second: int) -> Morph | ApartMorph:
        with self.clock.stage("solve"):
            return self._morphs.get((first, second), lambda: self._solve(first, second))

    def _pace(self, first: int, second: int) -> Pace:
        """How time runs in a transition: a preview takes its film's, and so shows the same at the same time."""
        return self._paces.get((first, second), lambda: self._find_pace(first, second))

    def _find_pace(self, first: int, second: int) -> Pace:
        morph, pair = self._transition(first, second), self.pair(first, second)
        store = self.context.store if morph.even else None
        return recall_pace(store, pair, self.device.type, lambda: morph.pace)

    def _solve(self, first: int, second: int) -> Morph | ApartMorph:
        layers = self.layer(first), self.layer(second)
        hints = self._hints(first, second, layers[0].image)
        # Photos that were aligned share their framing; another look would swing the subject.
        unaligned = self.plan.on == "none" and self.morph.prealign
        b_from_a = find_framing(*layers, hints) if unaligned else None
        guide = Guide(self.morph, hints, b_from_a=b_from_a, recall=self._recall(first, second, layers[0].image))
        if self.morph.background in ("auto", "whole"):
            if self.final and not self.transparent:
                # Once and by this thread, not by each that makes one of the first frames.
                _ = [layer.framed_fine for layer in layers]
            whole = morph_layers(*layers, guide._replace(masks=self._masks(first, second)))
            return morph_clear(whole) if self.transparent else whole
        if self.transparent or self.uncut.isdisjoint((first, second)):
            return morph_apart(self._cut(first), self._cut(second), guide, self._stays)
        # One of them stands as it is, the other perhaps before something else: what stands is morphed.
        shown = [
            replace(layer, image=self._still(k)[None], image_from_canvas=np.eye(3))
            for layer, k in zip(layers, (first, second), strict=True)
        ]
        plain = self.morph.model_copy(update={"background": "auto"})
        guide = guide._replace(options=plain, masks=self._masks(first, second))
        return morph_layers(shown[0], shown[1], guide)

    def _recall(self, first: int, second: int, like: Tensor) -> Recall:
        """Where the maps of a transition are kept."""
        return partial(recall_maps, self.context.store, self.pair(first, second), like)

    def pair(self, first: int, second: int) -> Pair:
        """Two photos and what the maps between them depend on."""
        frames = (self.frame,) if self.frame is self.whole_frame else (self.whole_frame, self.frame)
        stops = None if self.lighting is None else self.lighting.stops
        return Pair(self.plan, self.options, self.morph, frames, first, second, stops)

    def _hints(self, first: int, second: int, like: Tensor) -> Hints | None:
        if self.options.hints == "none":
            return None
        subjects = [self.plan.placed[index].detection.main for index in (first, second)]
        matrices = [self.canvas_from_photo(index) for index in (first, second)]
        return find_hints(subjects[0], subjects[1], matrices[0], matrices[1], like=like)

    def _masks(self, first: int, second: int) -> Masks | None:
        if self.options.hints == "none" or self.plan.on == "scene":
            return None
        a, b = self._mask(first), self._mask(second)
        return None if a is None or b is None else Masks(a, b)
