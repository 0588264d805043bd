"""Frames become a film of any kind, streamed, and renamed into place when it is whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from fractions import Fraction
from functools import partial
from io import BytesIO
from itertools import count as counter
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.container import OutputContainer
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc
from av.video.stream import VideoStream
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from morphlapse.errors import EncodeError, OptionError
from morphlapse.film.animation import write_animation
from morphlapse.film.codecs import KINDS
from morphlapse.film.folder import write_folder
from morphlapse.film.formats import Encoding, choose_encoding
from morphlapse.film.music import check_music, lay_under, silent_encoding
from morphlapse.film.ready import Ready, make_ready
from morphlapse.film.stream import add_pictures, opened_output
from morphlapse.film.target import explained, lent_beside, renamed_into
from morphlapse.film.yuv import Layout
from morphlapse.imaging.warp import size_of
from morphlapse.options import LARGEST_TERM
from morphlapse.records import FilmFacts, Size

SMALL = 640 * 360
"""Frames of fewer pixels are encoded by one thread: x264's others cost more than they do."""
X265_DELAY = 2
"""Frames by which x265 decodes ahead. It says so itself, but of films of one or two frames it says anything."""


def write_frames(
    frames: Iterable[Float[Tensor, "c h w"] | Ready],
    path: Path,
    *,
    size: Size,
    fps: Fraction,
    encoding: Encoding | None = None,
    music: Path | None = None,
) -> FilmFacts:
    """Write frames as a film; as video BT.709 in limited range and tagged so, the index first.

    Frames are pulled one by one, on any device, and memory does not grow with them. The film is written to a temporary
    file (or folder) beside `path` and renamed into place; any failure, also in `frames`, removes it and leaves an old
    film alone.

    Parameters
    ----------
    frames : iterable of Tensor, (3, H, W) or (4, H, W), or of Ready
        RGB, sRGB-encoded, 0 to 1; a fourth channel is alpha, and the colours are not multiplied by it. Or what
        `make_ready` made of them, elsewhere and ahead.
    path : Path
        Replaced if it is there; a folder of pictures only if it holds nothing else than such pictures.
    size : Size
        Of every frame; both sides even where the encoding halves colours.
    fps : Fraction
        Frames a second, kept exactly where the kind of file can (GIF counts in hundredths of a second).
    encoding : Encoding, optional
        From `choose_encoding`; by default what the name's ending says.
    music : Path, optional
        A song under the film; see `lay_under`.

    Raises
    ------
    OptionError
        If the name's ending, the size or the rate cannot be written, or a frame has another size.
    EncodeError
        If the file cannot be written, or if there is no frame.
    """
    encoding = choose_encoding(path) if encoding is None else encoding
    _check_format(size, fps, encoding)
    if music is not None:
        check_music(music, encoding)
    checked = _check_frames(frames, size, path, encoding)
    if encoding.codec == "png":
        count = write_folder(checked, path)
    else:
        with renamed_into(path) as temporary:
            if encoding.codec in ("gif", "webp"):
                count, size = write_animation(checked, temporary, path, encoding, (size, fps))
            else:
                count = _write_with_music(checked, temporary, path, encoding, ((size, fps), music))
    return FilmFacts(path, size, count, timedelta(seconds=float(count / fps)))


def _check_format(size: Size, fps: Fraction, encoding: Encoding) -> None:
    halved = any(encoding.layout.halved) and encoding.layout.name != "bgra"
    if (halved and (size.width % 2 or size.height % 2)) or size.short_side < 1:
        raise OptionError(f"size: {KINDS[encoding.codec].title} needs an even width and height (got {size})")
    if not 0 < fps.numerator <= LARGEST_TERM or fps.denominator > LARGEST_TERM:
        raise OptionError(f"fps: write it as a positive ratio of smaller numbers, for example 30000/1001 (got {fps})")


def _check_frames(frames: Iterable[Tensor | Ready], wanted: Size, path: Path, encoding: Encoding) -> Iterator[Ready]:
    index = -1
    for index, image in enumerate(frames):
        size, clear = (image.size, image.clear) if isinstance(image, Ready) else (size_of(image), len(image) > 3)
        if size != wanted:
            raise OptionError(f"size: frame {index} is {size}, the film is {wanted}")
        if clear and not encoding.layout.alpha:
            raise OptionError(
                f"codec: frame {index} is transparent, which {path.name} cannot be as it is to be written"
            )
        yield image if isinstance(image, Ready) else make_ready(image, encoding)
    if index < 0:
        raise EncodeError(f"{path} is not written: the film has no frame")


def _write_with_music(
    frames: Iterator[Ready],
    temporary: Path,
    path: Path,
    encoding: Encoding,
    wanted: tuple[tuple[Size, Fraction], Path | None],
) -> int:
    shape, music = wanted
    if music is None:
        return write_video(frames, temporary, path, encoding, shape)
    with lent_beside(path) as silent:
        count = write_video(frames, silent, path, silent_encoding(encoding), shape)
        with explained(path):
            lay_under(silent, music, temporary, encoding)
    return count


def write_video(
    frames: Iterator[Ready],
    temporary: Path | BytesIO,
    path: Path,
    encoding: Encoding,
    shape: tuple[Size, Fraction],
) -> int:
    """Write frames into a video file, and count them; `path` is what errors call it."""
    count = 0
    with opened_output(temporary, encoding.container, path=path) as output:
        with explained(path):
            stream = _add_video(output, encoding, shape)
        write = partial(_mux, output, counter(-X265_DELAY) if encoding.codec == "hevc" else None)
        for image in frames:
            with explained(path):
                write(stream.encode(_make_frame(image.parts, encoding.layout, count)))
            count += 1
        with explained(path):
            write(stream.encode(None))
    return count


def _add_video(output: OutputContainer, encoding: Encoding, shape: tuple[Size, Fraction]) -> VideoStream:
    stream = add_pictures(output, encoding.encoder, encoding.layout.name, shape, encoding.settings)
    coder = stream.codec_context
    coder.color_primaries, coder.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
    coder.colorspace, coder.color_range = Colorspace.ITU709, ColorRange.MPEG
    small = encoding.codec == "h264" and shape[0].width * shape[0].height < SMALL
    coder.thread_count = 1 if small else 0
    if encoding.tag is not None:
        coder.codec_tag = encoding.tag
    return stream


def _mux(output: OutputContainer, decoded: Iterator[int] | None, packets: list[av.Packet]) -> None:
    for packet in packets:
        if decoded is not None:
            packet.dts = next(decoded)
        output.mux(packet)


def _make_frame(planes: Sequence[NDArray[Any]], layout: Layout, index: int) -> av.VideoFrame:
    """A frame of its own memory, whose rows may be longer than they are seen; some encoders read the tags from it."""
    frame = av.VideoFrame(planes[0].shape[1], planes[0].shape[0], layout.name)
    for plane, values in zip(frame.planes, planes, strict=True):
        rows = np.frombuffer(memoryview(plane), dtype=values.dtype).reshape(plane.height, -1)
        rows[:, : values.shape[1]] = values
    frame.color_primaries, frame.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
    frame.colorspace, frame.color_range = Colorspace.ITU709, ColorRange.MPEG
    frame.pts = index
    return frame
