"""Frames become a file: H.264 through PyAV, streamed, and renamed into place when whole."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Literal

import av
from av.container import OutputContainer
from av.error import FFmpegError
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc
from av.video.stream import VideoStream
from jaxtyping import Float
from torch import Tensor

from morphlapse.errors import EncodeError, OptionError
from morphlapse.film.target import container_of, explained, renamed_into
from morphlapse.film.yuv import yuv420_from_rgb
from morphlapse.options import LARGEST_TERM
from morphlapse.records import FilmFacts, Size

Quality = Literal["draft", "good", "best"]

ENCODERS: dict[Quality, dict[str, str]] = {
    "draft": {"preset": "superfast", "crf": "26"},
    "good": {"preset": "veryfast", "crf": "18"},
    "best": {"preset": "slow", "crf": "16"},
}
"""x264 by quality. On morphs of sharp photos, 1080p and 30 frames a second: 13, 25 and 115 ms of one core a frame, 4, 7
and 9 Mbit/s, 40, 44 and 48 dB. Presets between `veryfast` and `slow` double the time for 1.5 dB."""


def write_frames(
    frames: Iterable[Float[Tensor, "3 h w"]], path: Path, *, size: Size, fps: Fraction, quality: Quality = "good"
) -> FilmFacts:
    """Write frames as a film that plays everywhere: H.264, yuv420p, BT.709 and tagged so, the index first.

    Frames are pulled one by one, on any device, and memory does not grow with them. The film is written to a temporary
    file beside `path` and renamed into place; any failure, also in `frames`, removes it and leaves an old film alone.

    Parameters
    ----------
    frames : iterable of Tensor, (3, H, W)
        RGB, sRGB-encoded, 0 to 1.
    path : Path
        Ends in .mp4, .m4v, .mov or .mkv; replaced if it is there.
    size : Size
        Of every frame; both sides even.
    fps : Fraction
        Frames a second, kept exactly.
    quality : {"draft", "good", "best"}
        Picture quality against file size and time.

    Raises
    ------
    OptionError
        If the name's ending, the size or the rate cannot be written, or a frame has another size.
    EncodeError
        If the file cannot be written, or if there is no frame.
    """
    container = container_of(path)
    _check_format(size, fps)
    with renamed_into(path) as temporary:
        with explained(path):
            output, stream = _open(temporary, container, size, fps, quality)
        try:
            count = _encode(frames, output, stream, path)
        except BaseException:
            with suppress(OSError, FFmpegError):
                output.close()
            raise
    return FilmFacts(path, size, count, timedelta(seconds=float(count / fps)))


def _check_format(size: Size, fps: Fraction) -> None:
    if size.width % 2 or size.height % 2 or size.short_side < 2:
        raise OptionError(f"size: H.264 needs an even width and height (got {size})")
    if not 0 < fps.numerator <= LARGEST_TERM or fps.denominator > LARGEST_TERM:
        raise OptionError(f"fps: write it as a positive ratio of smaller numbers, for example 30000/1001 (got {fps})")


def _open(
    temporary: Path, container: str, size: Size, fps: Fraction, quality: Quality
) -> tuple[OutputContainer, VideoStream]:
    # The protocol is named, for FFmpeg would take "a:b.mp4" for one.
    options = {"movflags": "+faststart"} if container in ("mp4", "mov") else {}
    output = av.open(f"file:{temporary}", "w", format=container, options=options)
    stream = output.add_stream("libx264", rate=fps, options=dict(ENCODERS[quality]))
    stream.width, stream.height, stream.pix_fmt = size.width, size.height, "yuv420p"
    coder = stream.codec_context
    coder.color_primaries, coder.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
    coder.colorspace, coder.color_range = Colorspace.ITU709, ColorRange.MPEG
    coder.thread_count = 0
    return output, stream


def _encode(frames: Iterable[Float[Tensor, "3 h w"]], output: OutputContainer, stream: VideoStream, path: Path) -> int:
    count = 0
    for image in frames:
        _check_size(image, stream, count)
        planes = yuv420_from_rgb(image).cpu().numpy()
        with explained(path):
            picture = av.VideoFrame.from_ndarray(planes, format="yuv420p")
            picture.pts = count
            output.mux(stream.encode(picture))
        count += 1
    if count == 0:
        raise EncodeError(f"{path} is not written: the film has no frame")
    with explained(path):
        output.mux(stream.encode(None))
        output.close()
    return count


def _check_size(image: Float[Tensor, "3 h w"], stream: VideoStream, index: int) -> None:
    size, wanted = Size(*image.shape[-2:]), Size(stream.height, stream.width)
    if size != wanted:
        raise OptionError(f"size: frame {index} is {size}, the film is {wanted}")
