"""Photos that cannot be placed by what they show, placed between their neighbours in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from morphlapse.alignment.series import Series
from morphlapse.alignment.starts import start_plainly
from morphlapse.geometry.similarity import Matrix, invert, power
from morphlapse.records import Registration, Size


def fill_gaps(series: Series, sizes: Sequence[Size]) -> Series:
    """Place what has a reason instead of a place by the nearest placed photos before and after it.

    Between two, the similarity goes from one to the other at a constant rate of turn and growth; before the first and
    after the last it stays. Photos of other sizes are taken as copies of equal area, middle on middle.

    Parameters
    ----------
    series : Series
        In the order of time.
    sizes : sequence of Size
        Of the full-size photos.

    Returns
    -------
    Series
        All placed, if any was; those that were filled in have the status "interpolated" and a score of 0.
    """
    known = [k for k, found in enumerate(series.results) if isinstance(found, Registration)]
    if not known:
        return series
    results = [
        _fill(series, sizes, k, known) if isinstance(found, str) else found for k, found in enumerate(series.results)
    ]
    return replace(series, results=tuple(results))


def _fill(series: Series, sizes: Sequence[Size], k: int, known: Sequence[int]) -> Registration:
    before = max((j for j in known if j < k), default=None)
    after = min((j for j in known if j > k), default=None)
    why = series.results[k]
    if before is None or after is None:
        near = after if before is None else before
        assert near is not None
        return _guess(_copy_place(series, sizes, near, k), f"placed as photo {near + 1} is, for {why}")
    first, last = (_copy_place(series, sizes, j, k) for j in (before, after))
    part = (k - before) / (after - before)
    matrix = first @ power(invert(first) @ last, part) if _is_similarity(first, last) else first if part < 0.5 else last
    return _guess(matrix, f"placed between photos {before + 1} and {after + 1}, for {why}")


def _copy_place(series: Series, sizes: Sequence[Size], known: int, k: int) -> Matrix:
    """Where photo k would lie if it were a copy of a known one."""
    found = series.results[known]
    assert isinstance(found, Registration)
    return found.matrix @ start_plainly(sizes[k], sizes[known], "similarity")[0].numpy()


def _is_similarity(*matrices: Matrix) -> bool:
    return all(abs(m[2, 0]) + abs(m[2, 1]) == 0.0 for m in matrices)


def _guess(matrix: Matrix, reason: str) -> Registration:
    return Registration(matrix / matrix[2, 2], "similarity", "interpolated", reason, score=0.0)
