"""Pictures that are too large to be read."""

from __future__ import annotations

from morphlapse.options import SelectOptions

MAX_MEGAPIXELS = SelectOptions.model_fields["max_megapixels"].default
"""Larger pictures are refused unless more is allowed: no phone has more, and a small file may claim any size."""

MOST_SIDE = 100_000
"""Pictures with a longer side are refused: laid on a film's frame, a row of so many pixels would fill the memory."""


def find_excess(width: int, height: int, max_megapixels: float) -> str | None:
    """Why a picture of that size is not read; None where it is small enough."""
    if width * height > max_megapixels * 1_000_000:
        return f"{width}x{height} is more than {max_megapixels:g} megapixels: make it smaller, or raise max_megapixels"
    if max(width, height) > MOST_SIDE:
        return f"{width}x{height} has a side of more than {MOST_SIDE} pixels, as no photo has: cut a part out"
    return None
