"""A folder of photos taken over weeks or years becomes one film in which the subject stays put.

Three tiers: `make_film` does the whole job; `read_album`, `detect`, `mark`, `select`, `align`, `Film` and `write_film`
are its steps, with `morph`, `register`, `sequence` and `warp` for single pictures; and every part is importable from
its room, for example `from morphlapse.geometry.similarity import fit_similarity`.

Importing morphlapse loads no torch: a name is loaded when it is first used.
"""

# Nothing is imported up here: the command line is loaded through this file, and begins to hear Ctrl-C only then.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "make_film": "pipeline.jobs",
    "morph_images": "pipeline.row",
    "align_photos": "pipeline.jobs",
    "inspect_photos": "pipeline.jobs",
    "read_album": "album.folder",
    "detect": "pipeline.detecting",
    "identify": "pipeline.identifying",
    "mark": "pipeline.marking",
    "select": "pipeline.selecting",
    "align": "pipeline.placing",
    "Film": "pipeline.film",
    "write_film": "pipeline.writing",
    "morph": "pipeline.pair",
    "sequence": "pipeline.sequence",
    "blend": "pipeline.blending",
    "blend_of": "pipeline.blending",
    "register": "pipeline.registering",
    "warp": "pipeline.registering",
    "leave_out_sparse": "pipeline.framing",
    "show_subject": "pipeline.drawing",
    "show_targets": "pipeline.drawing",
    "show_matches": "pipeline.comparing",
    "show_overlay": "pipeline.comparing",
    "show_residual": "pipeline.comparing",
    "mean_picture": "pipeline.comparing",
    "write_sample_album": "album.sample",
    "write_sample_pair": "album.sample",
    "diagnose": "pipeline.doctor",
    "Morph": "morphing.transition",
    "ApartMorph": "morphing.apart",
    "Aligned": "pipeline.sequence",
    "Blend": "morphing.blend",
    "Context": "pipeline.context",
    "open_store": "pipeline.storing",
    "check_album": "pipeline.project",
    "album_schema": "pipeline.project",
    "Album": "records",
    "Photo": "records",
    "Subject": "records",
    "Registration": "records",
    "Skipped": "records",
    "Plan": "records",
    "Size": "records",
    "SelectOptions": "options",
    "AlignOptions": "options",
    "MorphOptions": "options",
    "FilmOptions": "options",
    "ExtraOptions": "options",
    "OverviewOptions": "options",
    "AlbumOptions": "options",
    "CacheOptions": "options",
    "MorphlapseError": "errors",
    "PhotoError": "errors",
    "BackendMissing": "errors",
    "OptionError": "errors",
    "AlignmentError": "errors",
    "EncodeError": "errors",
}

__all__ = ["__version__", *sorted(_HOMES)]  # noqa: PLE0604


def __getattr__(name: str) -> "Any":
    if name not in _HOMES:
        raise AttributeError(f"module 'morphlapse' has no name {name!r}")
    from importlib import import_module

    return getattr(import_module(f"morphlapse.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return list(__all__)
