"""Photos that seem to be mirrored, as some phones write selfies: told by what the album's other photos show."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from morphlapse.records import Detection

AGREES = 0.85
"""Correlation of thumbnails of one place; of real photos that were not mirrored none has more than 0.6 with a mirror
image."""

RESEMBLES = 0.55
"""From this on they may be of one place."""

LEAST_VOTES, CLEARLY = 3, 2.0
"""So many others must agree with the mirror image, and so many times as many as resemble the photo as it is."""

MOST_WITNESSES = 400
"""Every photo is compared with so many others at most, spread over the album."""

MOST_NAMES = 5


def tell_mirrored(detections: Sequence[Detection]) -> tuple[str, ...]:
    """A note on photos that seem to be mirrored, where others of the same place say so; they are used as they are."""
    found = [k for k in find_mirrored(detections) if detections[k].photo.mirrored is None]
    if not found:
        return ()
    names = ", ".join(detections[k].photo.path.name for k in found[:MOST_NAMES])
    more = f" and {len(found) - MOST_NAMES} more" if len(found) > MOST_NAMES else ""
    ways = "it seems" if len(found) == 1 else "they seem"
    return (f"{names}{more}: {ways} to be mirrored beside the other photos of the place (mirror)",)


def find_mirrored(detections: Sequence[Detection]) -> list[int]:
    """Photos whose mirror image clearly agrees with several others, and which themselves do not.

    Faces are too symmetric for that; it is the place around them that tells. Where as many photos of a place are
    mirrored as not, nobody can say which are right, and none is told.
    """
    known = [k for k, each in enumerate(detections) if each.thumbnail is not None]
    if len(known) <= LEAST_VOTES:
        return []
    gray = np.stack([each.thumbnail for each in detections if each.thumbnail is not None]).mean(
        axis=-1, dtype=np.float32
    )
    gray -= gray.mean(axis=(1, 2), keepdims=True)
    gray /= np.maximum(np.linalg.norm(gray, axis=(1, 2), keepdims=True), 1e-6)
    as_is, mirrored = gray.reshape(len(known), -1), gray[:, :, ::-1].reshape(len(known), -1)
    witnesses = np.arange(0, len(known), -(-len(known) // MOST_WITNESSES))
    itself = np.arange(len(known))[:, None] == witnesses
    agree = ((mirrored @ as_is[witnesses].T >= AGREES) & ~itself).sum(axis=1)
    resemble = ((as_is @ as_is[witnesses].T >= RESEMBLES) & ~itself).sum(axis=1)
    return [known[k] for k in np.flatnonzero((agree >= LEAST_VOTES) & (agree > CLEARLY * resemble))]
