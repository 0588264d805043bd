"""A film from pieces: each is encoded by itself, and they are joined without encoding anything again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import av
from av.container import InputContainer
from torch import Tensor

from morphlapse.film.encode import write_video
from morphlapse.film.formats import Encoding
from morphlapse.film.music import lay_under, silent_encoding
from morphlapse.film.ready import Ready, all_ready
from morphlapse.film.stream import opened_output
from morphlapse.film.target import explained, lent_beside, renamed_into
from morphlapse.options import CodecName
from morphlapse.records import FilmFacts, Size

JOINED = ("h264", "hevc", "av1", "vp9", "prores")
"""Codecs whose pieces are joined; each piece begins with a picture of its own."""
PIECES: dict[CodecName, str] = {"prores": "mov", "vp9": "webm"}
"""What holds a piece where it is not MP4; all keep which frame is shown when."""

Load = Callable[[int], bytes]
"""Gives a piece by its number."""


def can_join(encoding: Encoding) -> bool:
    """Whether a film that is written so can be made of pieces."""
    return encoding.codec in JOINED


def piece_container(encoding: Encoding) -> str:
    """FFmpeg's name of what holds a piece."""
    return PIECES.get(encoding.codec, "mp4")


def encode_piece(
    frames: Iterable[Tensor | Ready], path: Path, encoding: Encoding, shape: tuple[Size, Fraction]
) -> bytes:
    """Encode some frames of a film; `path` is what errors call it."""
    buffer = BytesIO()
    write_video(
        all_ready(frames, encoding), buffer, path, replace(encoding, container=piece_container(encoding)), shape
    )
    return buffer.getvalue()


def join_pieces(
    load: Load,
    count: int,
    path: Path,
    encoding: Encoding,
    shape: tuple[Size, Fraction],
    *,
    music: Path | None = None,
) -> FilmFacts:
    """Join pieces into a film, renamed into place when it is whole.

    Parameters
    ----------
    load : callable
        Gives a piece of `encode_piece` by its number; each is asked for twice, and one is in memory at a time.
    count : int
        How many there are.
    path : Path
        The film; replaced if it is there.
    encoding : Encoding
        Of the pieces, and the film's container.
    shape : Size and Fraction
        Of the frames, and how many there are a second.
    music : Path, optional
        A song under the film; see `lay_under`.

    Raises
    ------
    EncodeError
        If it cannot be written.
    """
    with explained(path):
        delay = max(_measure_delay(load(k), shape[1]) for k in range(count))
    clock = (shape[1], delay)
    with renamed_into(path) as temporary, explained(path):
        if music is None:
            frames = _join(load, count, temporary, encoding, clock)
        else:
            with lent_beside(path) as silent:
                frames = _join(load, count, silent, silent_encoding(encoding), clock)
                lay_under(silent, music, temporary, encoding)
    return FilmFacts(path, shape[0], frames, timedelta(seconds=float(frames / shape[1])))


def _measure_delay(piece: bytes, fps: Fraction) -> int:
    """By how many frames a piece must be decoded ahead of what is shown."""
    with av.open(BytesIO(piece), "r") as opened:
        return max(index - _frame_of(packet, fps) for index, packet in enumerate(_packets(opened)))


def _packets(opened: InputContainer) -> Iterator[av.Packet]:
    return (packet for packet in opened.demux(opened.streams.video[0]) if packet.size)


def _frame_of(packet: av.Packet, fps: Fraction) -> int:
    """Which frame of its piece a packet shows."""
    assert packet.pts is not None
    return round(packet.pts * packet.time_base * fps)


def _join(load: Load, count: int, temporary: Path, encoding: Encoding, clock: tuple[Fraction, int]) -> int:
    fps, delay = clock
    stream = None
    before = 0
    with opened_output(temporary, encoding.container) as output:
        for number in range(count):
            with av.open(BytesIO(load(number)), "r") as opened:
                if stream is None:
                    stream = output.add_stream_from_template(opened.streams.video[0], opaque=True)
                    if encoding.codec == "vp9" and encoding.layout.alpha:
                        stream.metadata["alpha_mode"] = "1"
                within = 0
                for packet in _packets(opened):
                    # Counted in frames of the whole film, whatever its piece counted in.
                    shown = before + _frame_of(packet, fps)
                    packet.time_base = 1 / fps
                    packet.pts, packet.dts, packet.duration = shown, before + within - delay, 1
                    packet.stream = stream
                    output.mux(packet)
                    within += 1
            before += within
    return before
