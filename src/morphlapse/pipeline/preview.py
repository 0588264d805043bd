"""A film at a small size, for pictures of its photos as they stand in it."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from morphlapse.alignment.cast import Cast, gather_cast
from morphlapse.imaging.warp import coverage, map_positions, pixel_positions
from morphlapse.pipeline.context import Context
from morphlapse.pipeline.film import Film
from morphlapse.records import Plan


class Preview:
    """A film at a small size, with its reference at hand."""

    def __init__(self, film: Film) -> None:
        small = film.options.model_copy(update={"preview": True})
        self.film = Film(film.plan, small, context=Context(film.context.device))
        self.plan: Plan = film.plan
        self.at = {entry.photo.path: k for k, entry in enumerate(film.plan.placed)}

    @cached_property
    def cast(self) -> Cast | None:
        """Who is registered, where the photos are aligned on a person."""
        if self.plan.on in ("scene", "none"):
            return None
        placed = self.plan.placed
        return gather_cast(
            [entry.detection.main for entry in placed], [entry.photo.size for entry in placed], self.plan.on
        )

    @cached_property
    def reference(self) -> Tensor:
        """The reference as it stands in the film."""
        return self.still(self.plan.reference)

    def still(self, k: int) -> Float[Tensor, "3 h w"]:
        """A photo as it stands in the film."""
        return self.film.still(k).cpu()

    def seen(self, k: int) -> Float[Tensor, "1 h w"]:
        """Where the film shows pixels of a photo."""
        back = torch.from_numpy(np.linalg.inv(self.film.canvas_from_photo(k)))
        positions = pixel_positions(self.film.size, like=back)
        return coverage(map_positions(back[None], positions), self.plan.placed[k].photo.size)[0].float()
