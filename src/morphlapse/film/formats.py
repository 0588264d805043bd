"""Kinds of films: which codec a film of a name is written with, and whether it can be transparent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from av.codec import Codec as Coder
from av.codec.codec import UnknownCodecError

from morphlapse.errors import BackendMissing, OptionError
from morphlapse.film.codecs import KINDS, Kind, Quality
from morphlapse.film.yuv import Layout
from morphlapse.options import FILM_SUFFIXES, PICTURE_SUFFIXES, CodecName

CONTAINERS = {
    ".mp4": "mp4",
    ".m4v": "mp4",
    ".mov": "mov",
    ".mkv": "matroska",
    ".webm": "webm",
    ".gif": "gif",
    ".webp": "webp",
}
"""The container of each file name's ending, by FFmpeg's name."""

DEFAULTS: dict[str, CodecName] = {".webm": "vp9", ".gif": "gif", ".webp": "webp"}
"""What `auto` takes for an ending, else H.264."""
CLEAR_DEFAULTS: dict[str, CodecName] = {".mov": "prores", ".mkv": "vp9"}
"""And where the film is transparent."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """How frames become a file."""

    codec: CodecName
    """Never auto."""
    container: str
    """FFmpeg's name; empty for a folder of pictures."""
    encoder: str
    """FFmpeg's name."""
    layout: Layout
    """What the encoder is given."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Of the encoder."""
    tag: str | None = None
    """Of the stream, where one is wanted."""
    max_bytes: int | None = None
    """How large the file may be, where that is bounded: an animation is made smaller until it fits."""


def choose_encoding(
    path: Path,
    codec: CodecName = "auto",
    quality: Quality = "good",
    *,
    transparent: bool = False,
    max_mb: float | None = None,
) -> Encoding:
    """Choose how a film of that name is written.

    Parameters
    ----------
    path : Path
        Its ending says the kind of file; a folder of PNGs has none.
    codec : str
        A name in KINDS; auto takes what plays in most places, or where the film is transparent what can be that.
    quality : {"draft", "good", "best"}
        Picture quality against file size and time.
    transparent : bool
        Whether the film has an alpha channel.
    max_mb : float, optional
        The most that an animation's file may have, in MB of a million bytes.

    Raises
    ------
    OptionError
        If the ending, the codec, transparency and the bound do not go together.
    BackendMissing
        If this build of FFmpeg lacks the encoder.
    """
    ending = path.suffix.lower()
    chosen = _choose_codec(path, ending, codec, transparent=transparent)
    kind = KINDS[chosen]
    if transparent and kind.clear is None:
        raise OptionError(
            f"codec: {kind.title} cannot be transparent; name the film .mov (ProRes), .webm (VP9), .webp or .gif, or "
            "write a folder of PNGs (png)"
        )
    if max_mb is not None and chosen not in ("gif", "webp"):
        raise OptionError(f"max_mb: only GIF and WebP are made smaller until they fit (got {max_mb:g} for {path.name})")
    if not has_encoder(kind.encoder):
        raise BackendMissing(_say_missing(chosen, kind, ending))
    layout, more = kind.clear if transparent and kind.clear else (kind.layouts[quality], {})
    return Encoding(
        chosen,
        CONTAINERS.get(ending, "") if chosen != "png" else "",
        kind.encoder,
        layout,
        {**kind.settings[quality], **more},
        kind.tag if CONTAINERS.get(ending) in ("mp4", "mov") else None,
        None if max_mb is None else round(max_mb * 1e6),
    )


def _choose_codec(path: Path, ending: str, codec: CodecName, *, transparent: bool) -> CodecName:
    if codec == "png":
        if ending in (*FILM_SUFFIXES, *PICTURE_SUFFIXES):
            raise OptionError(
                f"codec: png writes a folder of pictures, which needs a name without {ending} (got {path})"
            )
        return codec
    if ending not in CONTAINERS:
        said = f"in {path.suffix}" if path.suffix else "without an ending"
        raise OptionError(
            f"{path}: a film cannot have a name {said}; use {', '.join(FILM_SUFFIXES)} (or codec png for a folder of "
            "pictures)"
        )
    if codec == "auto":
        first = CLEAR_DEFAULTS.get(ending) if transparent else None
        return first or DEFAULTS.get(ending, "h264")
    if ending not in KINDS[codec].endings:
        others = ", ".join(name for name, kind in KINDS.items() if ending in kind.endings)
        raise OptionError(
            f"codec: {KINDS[codec].title} goes into {', '.join(KINDS[codec].endings)}, not into {ending}, which takes "
            f"{others}"
        )
    return codec


def has_encoder(name: str) -> bool:
    """Whether this build of FFmpeg has an encoder."""
    try:
        Coder(name, "w")
    except UnknownCodecError:
        return False
    return True


def _say_missing(codec: CodecName, kind: Kind, ending: str) -> str:
    there = [
        name for name, each in KINDS.items() if name != codec and ending in each.endings and has_encoder(each.encoder)
    ]
    instead = f"use codec {' or '.join(there)}" if there else "use another ending"
    return (
        f"codec: this FFmpeg has no {kind.encoder}, which writes {kind.title}; {instead}, or install PyAV from PyPI "
        "(pip install av), which brings it"
    )
