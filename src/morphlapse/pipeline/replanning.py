"""The album file in a run: what was decided before stays, what is new is added, and all is written anew."""

from __future__ import annotations

import glob
from dataclasses import replace
from pathlib import Path

import numpy as np

import morphlapse
from morphlapse.album.paths import can_name
from morphlapse.album.project import write_album_file
from morphlapse.album.schema import AlbumFile, Correction, FrameEntry, PhotoEntry, as_rows
from morphlapse.options import FilmOptions, SelectOptions
from morphlapse.pipeline import placing, selecting
from morphlapse.pipeline.context import Context
from morphlapse.pipeline.correcting import correct_place, selection_of
from morphlapse.pipeline.framing import frame_plan, leave_out_sparse, list_wishes
from morphlapse.pipeline.project import Project, dump_options
from morphlapse.pipeline.report import list_fates
from morphlapse.records import Album, Choice, Detections, FixedFrame, Placed, Plan, Registration, Size, Skipped
from morphlapse.selection.choice import is_named


def plan_project(project: Project, album: Album, detections: Detections, context: Context) -> Plan | None:
    """Place what is new beside what the file has placed; None where all is to be placed anew."""
    before = project.before
    select = selection_of(project, album)
    kept = {} if before is None or project.options.realign else _list_kept(project, detections, select)
    home = None if before is None or before.reference is None else project.path.parent / before.reference
    reference = next((path for path in kept if home is not None and path.absolute() == home.absolute()), None)
    if before is None or reference is None:
        return None
    align = project.wanted.align.model_copy(update={"on": before.on, "reference": str(reference)})
    # What stays was chosen already: it is not weighed against what is new.
    named = (*select.include, *(glob.escape(path.name) for path in kept))
    staying = select.model_copy(update={"include": named})
    choice = selecting.select(album, detections, staying, on="none" if align.keep_all else before.on)
    fresh, skipped = _sort_out(project, choice, kept, select)
    placed = dict(kept)
    if fresh:
        found = placing.align(album, _beside(choice, fresh, kept, reference, before), align, context=context)
        placed |= {entry.photo.path: entry for entry in found.placed if entry.photo.path in fresh}
        skipped += [each for each in found.skipped if each.path in fresh]
    ordered = tuple(placed[photo.path] for photo in album.photos if photo.path in placed)
    index = [entry.photo.path for entry in ordered].index(reference)
    plan = Plan(ordered, index, before.on, tuple(skipped), album.order, before.level_rad, choice.notes)
    return leave_out_sparse(plan, staying, project.wanted.film)


def _list_kept(project: Project, detections: Detections, select: SelectOptions) -> dict[Path, Placed]:
    """Photos that stay where they were placed."""
    kept: dict[Path, Placed] = {}
    for detection in detections.found:
        photo, entry = detection.photo, project.entry_of(detection.photo.path)
        out = is_named(photo, select.exclude) and not is_named(photo, select.include)
        if entry is None or not entry.used or entry.reference_from_photo is None or entry.correction.keypoints or out:
            continue
        if entry.size == (photo.size.width, photo.size.height) and entry.mirrored == bool(photo.mirrored):
            matrix = np.array(entry.reference_from_photo)
            score = 1.0 if entry.score is None else entry.score
            registration = Registration(matrix, "similarity", entry.status or "placed", entry.placement, score)
            kept[photo.path] = Placed(detection, registration)
    return kept


def _sort_out(
    project: Project, choice: Choice, kept: dict[Path, Placed], select: SelectOptions
) -> tuple[set[Path], list[Skipped]]:
    """Photos that are to be placed, and those that are left out: what the file has left out stays so."""
    fresh: set[Path] = set()
    skipped = [each for each in choice.skipped if each.path not in kept]
    for photo in (detection.photo for detection in choice.used):
        entry = project.entry_of(photo.path)
        if photo.path in kept:
            continue
        if entry is None or entry.used or entry.reason is None or is_named(photo, select.include):
            fresh.add(photo.path)
        else:
            skipped.append(Skipped(photo.path, entry.reason, photo))
    return fresh, skipped


def _beside(choice: Choice, fresh: set[Path], kept: dict[Path, Placed], reference: Path, before: AlbumFile) -> Choice:
    """New photos with the reference, and with their neighbours where these may be needed."""
    known = {detection.photo.path: detection for detection in choice.used}
    known |= {path: entry.detection for path, entry in kept.items()}
    needed = {*fresh, reference}
    paths = list(known)
    if before.on == "scene":
        needed |= {paths[near] for k, path in enumerate(paths) if path in fresh for near in (max(k - 1, 0), k)}
    return Choice(tuple(detection for path, detection in known.items() if path in needed))


def keep_project(project: Project, album: Album, detections: Detections, plan: Plan) -> Plan:
    """Write what was decided into the album file, and apply what was corrected by hand."""
    before = project.before
    frame = None if before is None or project.options.realign else before.frame
    if frame is None:
        frame = _choose_frame(plan, project.wanted.film)
    entries = _list_entries(project, album, detections, plan)
    listed = {entry.path for entry in entries}
    gone = tuple(entry for path, entry in project.entries.items() if path not in listed)
    wanted = project.wanted
    home = project.path_of(plan.placed[plan.reference].photo.path)
    written = AlbumFile(
        made_by=f"morphlapse {morphlapse.__version__}",
        on=plan.on,
        reference=home if can_name(home) else None,
        level_rad=plan.level_rad,
        frame=frame,
        options={name: dump_options(getattr(wanted, name)) for name in ("select", "align", "morph", "film")},
        photos=(*entries, *gone),
    )
    if written != before:
        write_album_file(written, project.path)
    fixed = FixedFrame(Size(frame.size[1], frame.size[0]), np.array(frame.canvas_from_reference), frame.wishes)
    placed = tuple(correct_place(entry, project.correction_of(entry.photo.path), fixed) for entry in plan.placed)
    return replace(plan, placed=placed, frame=fixed)


def _choose_frame(plan: Plan, film: FilmOptions) -> FrameEntry:
    chosen = frame_plan(plan, film)
    return FrameEntry(
        size=(chosen.size.width, chosen.size.height),
        canvas_from_reference=as_rows(chosen.canvas_from_reference),
        wishes=list_wishes(film),
    )


def _list_entries(project: Project, album: Album, detections: Detections, plan: Plan) -> tuple[PhotoEntry, ...]:
    sizes = {photo.path: (photo.size.width, photo.size.height) for photo in album.photos}
    entries = []
    for fate in list_fates(album, detections, plan):
        if not can_name(project.path_of(fate.path)):
            continue
        before = project.entry_of(fate.path)
        correction = Correction() if before is None else before.correction
        dated = before is not None and correction.date is not None
        entry = {
            "path": project.path_of(fate.path),
            "size": sizes.get(fate.path),
            "date": before.date if dated and before is not None else fate.date,
            "date_source": before.date_source if dated and before is not None else fate.date_source,
            "used": fate.used,
            "reason": fate.reason,
            "person": fate.person,
            "mirrored": fate.mirrored,
            "reference_from_photo": fate.reference_from_photo,
            "score": fate.score,
            "status": fate.status,
            "placement": fate.placement or "",
            "correction": correction,
        }
        entries.append(PhotoEntry.model_validate(entry))
    return tuple(entries)
