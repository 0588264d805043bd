"""A song under a film: cut to its length, faded in and out, never louder than it was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.error import FFmpegError
from jaxtyping import Float32
from numpy import ndarray

from morphlapse.errors import OptionError
from morphlapse.film.codecs import KINDS
from morphlapse.film.formats import Encoding
from morphlapse.film.stream import opened_output

RATE = 48_000
"""Samples a second."""
FADE_IN_S, FADE_OUT_S = 0.3, 3.0
"""How long the song takes to come and to go; in a short film a quarter of it at most."""
BIT_RATE = 192_000
SOUNDS = {"mp4": "aac", "mov": "aac", "matroska": "libopus", "webm": "libopus"}
"""The encoder of sound for each container."""

Samples = Float32[ndarray, "2 n"]


def check_music(song: Path, encoding: Encoding) -> None:
    """Refuse a song that cannot be played, or a film that has no sound, before any work begins.

    Raises
    ------
    OptionError
        In one line.
    """
    if encoding.container not in SOUNDS:
        raise OptionError(f"music: {KINDS[encoding.codec].title} has no sound; name the film .mp4, .mov, .mkv or .webm")
    if next(_decode(song), None) is None:
        raise OptionError(f"music: {song} holds no sound; take another file")


def lay_under(film: Path, song: Path, target: Path, encoding: Encoding) -> None:
    """Copy a film as it is, and put a song under it; one that is shorter begins anew until the film ends.

    Parameters
    ----------
    film : Path
        A video without sound, in a container that keeps the times of decoding (`silent_encoding`); its pictures are
        not encoded again.
    song : Path
        Any file with sound.
    target : Path
        Where the film with sound goes.
    encoding : Encoding
        Of the target.
    """
    with av.open(f"file:{film}") as kept, opened_output(target, encoding.container) as output:
        video = kept.streams.video[0]
        pictures = output.add_stream_from_template(video, opaque=True)
        pictures.metadata.update(video.metadata)
        if encoding.tag is not None:
            pictures.codec_context.codec_tag = encoding.tag
        sound = output.add_stream(SOUNDS[encoding.container], rate=RATE)
        assert isinstance(sound, AudioStream)
        sound.layout, sound.bit_rate = "stereo", BIT_RATE
        length = _measure_s(film)
        pieces = _shape(song, round(length * RATE))
        played = 0
        for packet in kept.demux(video):
            if packet.dts is None or packet.time_base is None:
                continue
            due = float(packet.dts * packet.time_base)
            while played <= due * RATE and (piece := next(pieces, None)) is not None:
                played += _play(output, sound, piece, played)
            packet.stream = pictures
            output.mux(packet)
        for piece in pieces:
            played += _play(output, sound, piece, played)
        output.mux(sound.encode(None))


def silent_encoding(encoding: Encoding) -> Encoding:
    """How pictures are kept until the song is laid under them: Matroska would forget when each is to be decoded."""
    if encoding.container != "matroska":
        return encoding
    kept = {"vp9": "webm", "prores": "mov"}.get(encoding.codec, "mp4")
    return replace(encoding, container=kept)


def _measure_s(film: Path) -> float:
    """How long a film's pictures last: to the end of the one that is shown last."""
    end = 0.0
    with av.open(f"file:{film}") as kept:
        video = kept.streams.video[0]
        rate = video.average_rate
        for packet in kept.demux(video):
            if packet.pts is not None and packet.time_base is not None:
                end = max(end, float(packet.pts * packet.time_base))
    return end + (float(1 / rate) if rate else 0.0)


def _play(output: OutputContainer, sound: AudioStream, piece: Samples, played: int) -> int:
    """Encode a piece of sound that begins after so many samples, and tell how long it is."""
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(piece), format="fltp", layout="stereo")
    frame.sample_rate, frame.pts = RATE, played
    output.mux(sound.encode(frame))
    return piece.shape[1]


def _shape(song: Path, total: int) -> Iterator[Samples]:
    """The song over so many samples, faded at both ends."""
    fades = [max(1, min(round(seconds * RATE), total // 4)) for seconds in (FADE_IN_S, FADE_OUT_S)]
    done = 0
    for piece in _repeat(song):
        piece = piece[:, : total - done]
        if piece.shape[1] == 0:
            return
        at = done + np.arange(piece.shape[1])
        gain = np.minimum(1.0, np.minimum((at + 1) / fades[0], (total - at) / fades[1]))
        done += piece.shape[1]
        yield (piece * gain).astype(np.float32)


def _repeat(song: Path) -> Iterator[Samples]:
    """The song again and again."""
    while True:
        first, rest = None, _decode(song)
        first = next(rest, None)
        if first is None:
            return
        yield from chain([first], rest)


def _decode(song: Path) -> Iterator[Samples]:
    """The sound of a file in stereo, piece by piece."""
    try:
        with av.open(f"file:{song}") as source:
            if not source.streams.audio:
                return
            resampler = av.AudioResampler("fltp", "stereo", RATE)
            for frame in chain(source.decode(source.streams.audio[0]), [None]):
                for made in resampler.resample(frame):
                    if made.samples:
                        yield made.to_ndarray()
    except (OSError, FFmpegError) as error:
        said = (error.strerror or str(error)).lower()
        raise OptionError(f"music: {song} cannot be played ({said}); take another file") from error
