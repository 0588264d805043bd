"""Measure the primitives of a CPU, on one thread: `python benchmarks/primitives.py`.

Each is run as the project runs it and as torch alone does; medians in ms are printed and written to
benchmarks/results/primitives.json.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from measures import median_time
from report import describe_machine, print_table, write_results
from torch import Tensor
from worlds import pair_of, smooth_velocity, square_picture

from morphlapse.cli.process import keep_freed_memory
from morphlapse.imaging.bent import interleave, interleave_levels, sample_bent
from morphlapse.imaging.filters import gaussian_blur
from morphlapse.imaging.spectral import cosine_basis, to_cosine
from morphlapse.imaging.warp import enlarge, resize
from morphlapse.morphing.search import morph_layers
from morphlapse.pipeline.context import limited_threads
from morphlapse.records import Size

RUNS = 7
FRAME = Size(1080, 1920)
FIELD = Size(216, 384)


def time_both(what: str, work: Callable[[Tensor], object], image: Tensor) -> dict[str, Any]:
    """Seconds as the project does it, and as torch does, which is taken for a tensor that carries a gradient."""
    tracked = image.clone().requires_grad_()
    ours, alone = median_time(lambda: work(image), RUNS)[0], median_time(lambda: work(tracked), RUNS)[0]
    return {"what": what, "torch, ms": 1e3 * alone, "ours, ms": 1e3 * ours, "times faster": alone / ours}


def time_bytes(fine: Tensor, levels: Tensor, bend: Tensor) -> dict[str, Any]:
    """A frame read from bytes, beside one read from floats by the same function."""
    floats, ours = (
        median_time(lambda image=image: sample_bent(image, torch.eye(3), bend, FRAME, pitch=2), RUNS)[0]
        for image in (fine, levels)
    )
    what = "the same from bytes, beside our own from floats"
    return {"what": what, "torch, ms": 1e3 * floats, "ours, ms": 1e3 * ours, "times faster": floats / ours}


def measure_primitives() -> list[dict[str, Any]]:
    """One row a primitive."""
    picture = resize(square_picture("astronaut", 512)[..., 112:400, :], FRAME)
    bend = resize(smooth_velocity(40, 1, 384)[..., :216, :], FIELD)
    cells = torch.rand(1, 2, 256, 256)
    basis = cosine_basis(Size(256, 256), like=cells)
    fine = interleave(picture)
    return [
        time_both("enlarge a field of 384 x 216 to 1920 x 1080", lambda x: enlarge(x, FRAME), bend),
        time_both(
            "read a frame of 1920 x 1080, final",
            lambda x: sample_bent(x, torch.eye(3), bend, FRAME, pitch=2),
            fine,
        ),
        time_bytes(fine, interleave_levels(picture), bend),
        time_both("cosine transform of 2 x 256 x 256 cells", lambda x: to_cosine(x, basis), cells),
        time_both("blur 5 x 512 x 512 by 1.8 pixels", lambda x: gaussian_blur(x, 1.8), torch.rand(1, 5, 512, 512)),
    ]


def measure_memory() -> dict[str, Any]:
    """A whole frame as glibc gives memory by itself, then as the program asks it to; there is no way back."""
    images = [resize(square_picture(name, 512)[..., 112:400, :], FRAME) for name in ("astronaut", "chelsea")]
    pair = pair_of("1080p", *images)
    morph = morph_layers(pair.a, pair.b)
    before = median_time(lambda: morph.frame_at(0.3), RUNS)[0]
    keep_freed_memory()
    after = median_time(lambda: morph.frame_at(0.3), RUNS)[0]
    what = "a whole frame, before and after freed memory is kept"
    return {"what": what, "torch, ms": 1e3 * before, "ours, ms": 1e3 * after, "times faster": before / after}


def main() -> None:
    """Measure, print, write."""
    with limited_threads(1):
        rows = [*measure_primitives(), measure_memory()]
    print("\n".join(f"{key}: {value}" for key, value in describe_machine().items()))
    print_table("Primitives, one thread", [{k: v if k == "what" else f"{v:.1f}" for k, v in r.items()} for r in rows])
    print(f"written to {write_results('primitives', rows)}")


if __name__ == "__main__":
    main()
