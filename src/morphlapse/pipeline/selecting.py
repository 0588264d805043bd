"""The choice of the photos that make the film: `select`."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from morphlapse.alignment.evidence import choose_basis
from morphlapse.options import SelectOptions
from morphlapse.records import Album, Basis, Choice, Detections
from morphlapse.selection.choice import choose


def select(
    album: Album,
    detections: Detections,
    options: SelectOptions | None = None,
    *,
    on: Basis | Literal["auto"] = "auto",
) -> Choice:
    """Choose the photos that make the film.

    Parameters
    ----------
    album : Album
        The photos, in the order of the film.
    detections : Detections
        Who is where in them.
    options : SelectOptions, optional
        What is asked of a photo.
    on : Basis or "auto"
        What the album will be aligned on: photos without it are left out.
    """
    known = {detection.photo.path: detection for detection in detections.found}
    ordered = tuple(known[photo.path] for photo in album.photos if photo.path in known)
    options = SelectOptions() if options is None else options
    basis = choose_basis([each.main for each in ordered]) if on == "auto" else on
    return choose(replace(detections, found=ordered), options, on=on, basis=basis)
