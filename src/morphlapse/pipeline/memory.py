"""What is done where a GPU has no memory left: all that can be made again goes, and then the CPU takes over."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import torch

Value = TypeVar("Value")

NOTE = "the GPU has too little memory, so that from there on the CPU did the work, which takes longer"
"""What is told then; a smaller film, or a smaller working_px, fits."""


def make_in_room(make: Callable[[], Value], device: torch.device, forget: Callable[[], object]) -> Value | None:
    """Make something on a GPU; once more when all else is forgotten, and None where even then there is no room.

    Parameters
    ----------
    make : callable
        Makes it.
    device : torch.device
        On which; on a CPU what `make` raises is raised.
    forget : callable
        Drops what is kept on the device.
    """
    for _ in range(2):
        try:
            return make()
        except torch.OutOfMemoryError:
            if device.type == "cpu":
                raise
        # Not within the block above, whose error would still hold the tensors.
        forget()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
    return None
