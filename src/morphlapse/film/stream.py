"""Files of FFmpeg's kinds that are written: closed whatever happens, and the stream of pictures in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from fractions import Fraction
from functools import partial
from io import BytesIO
from pathlib import Path

import av
import torch
from av.container import OutputContainer
from av.error import FFmpegError
from av.video.stream import VideoStream

from morphlapse.film.target import explained
from morphlapse.records import Size


@contextmanager
def opened_output(
    target: Path | BytesIO, container: str, *, path: Path | None = None, options: Mapping[str, str] | None = None
) -> Iterator[OutputContainer]:
    """Lend a file to write into; it is closed at the end, and also where that fails.

    Parameters
    ----------
    target : Path or BytesIO
        Where it lies.
    container : str
        FFmpeg's name of its kind.
    path : Path, optional
        What errors of opening and closing call it; by default they are left to whoever asks.
    options : mapping of str to str, optional
        Of its kind; an MP4 on disk has its index first whatever they are.
    """
    told = nullcontext if path is None else partial(explained, path)
    chosen = dict(options or {})
    if container in ("mp4", "mov") and isinstance(target, Path):
        # Moving the index to the front reads the file again, by its name.
        chosen["movflags"] = "+faststart"
    with told():
        # The protocol is named, for FFmpeg would take "a:b.mp4" for one.
        place = f"file:{target}" if isinstance(target, Path) else target
        output = av.open(place, "w", format=container, options=chosen)
    try:
        yield output
        with told():
            output.close()
    except BaseException:
        with suppress(OSError, FFmpegError):
            output.close()
        raise


def add_pictures(
    output: OutputContainer, encoder: str, layout: str, shape: tuple[Size, Fraction], settings: Mapping[str, str]
) -> VideoStream:
    """Add a stream of pictures to a file.

    Parameters
    ----------
    output : OutputContainer
        The file.
    encoder, layout : str
        FFmpeg's names of the encoder and of what it is given.
    shape : Size and Fraction
        Of the pictures, and how many there are a second.
    settings : mapping of str to str
        Of the encoder.
    """
    stream = output.add_stream(encoder, rate=shape[1], options=_steadied(encoder, settings))
    assert isinstance(stream, VideoStream)
    stream.width, stream.height, stream.pix_fmt = shape[0].width, shape[0].height, layout
    return stream


def _steadied(encoder: str, settings: Mapping[str, str]) -> dict[str, str]:
    """Settings by which the same pictures make the same film each time.

    With AVX-512, x264 (core 165) reads beyond the rows of a picture where it weighs blocks by what is seen of them
    later, unless its width is a multiple of 128 pixels, so that what lies there in memory changes the film: seen up to
    854 x 480. Without, it is as quick.
    """
    if encoder != "libx264" or torch.backends.cpu.get_cpu_capability() != "AVX512":
        return dict(settings)
    told = settings.get("x264-params")
    return {**settings, "x264-params": "asm=avx2" if told is None else f"{told}:asm=avx2"}
