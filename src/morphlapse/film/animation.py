"""Films that are pictures: GIF with a palette of its own, and WebP; both run for ever."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.filter import Graph
from av.filter.context import FilterContext
from av.video.stream import VideoStream
from jaxtyping import UInt8
from numpy import ndarray

from morphlapse.errors import EncodeError
from morphlapse.film.formats import Encoding
from morphlapse.film.ready import Ready
from morphlapse.film.stream import add_pictures, opened_output
from morphlapse.film.target import explained, lent_beside
from morphlapse.records import Size

SAMPLE_PX = 192
"""Long side at which the colours of a frame are counted for the palette."""
LEAST_PX = 32
"""A bounded animation is made no smaller than this."""
FLAGS, ALPHA_FLAG = 20, 0x10
"""Where a WebP's header has its flags, and the one of transparency (RFC 9649, 2.7.1.1)."""
OPAQUE = 128
"""From this alpha on a pixel of a GIF is seen."""


def write_animation(
    frames: Iterator[Ready],
    temporary: Path,
    path: Path,
    encoding: Encoding,
    shape: tuple[Size, Fraction],
) -> tuple[int, Size]:
    """Write frames as GIF or WebP, smaller than they are if the encoding has a bound.

    The frames are kept on disk without loss meanwhile: a palette is known only when all have been seen, and a bound
    may need several tries.

    Parameters
    ----------
    frames : iterable of Ready
        All of one size.
    temporary : Path
        Where they are written to.
    path : Path
        What errors call it.
    encoding : Encoding
        Of GIF or WebP.
    shape : Size and Fraction
        Of the frames, and how many there are a second.

    Returns
    -------
    int
        How many frames there are.
    Size
        Of the frames as they were written.
    """
    with lent_beside(path) as spool:
        palette = _Palette(clear=encoding.layout.alpha) if encoding.codec == "gif" else None
        size = shape[0]
        count = _spool(frames, spool, path, shape, palette)
        colours = None if palette is None else palette.make()
        scale = 1.0
        while True:
            shrunk = Size(max(1, round(size.height * scale)), max(1, round(size.width * scale)))
            with explained(path):
                _render(spool, temporary, encoding, shrunk, colours)
                if encoding.codec == "webp" and encoding.layout.alpha:
                    _tell_of_alpha(temporary)
            written = temporary.stat().st_size
            if encoding.max_bytes is None or written <= encoding.max_bytes:
                return count, shrunk
            if shrunk.long_side <= LEAST_PX:
                raise EncodeError(
                    f"{path} cannot have {encoding.max_bytes / 1e6:g} MB: at {shrunk} it has {written / 1e6:.2g} MB; "
                    "allow more, or make the film shorter"
                )
            scale *= min(0.9, 0.97 * math.sqrt(encoding.max_bytes / written))
            scale = max(scale, LEAST_PX / size.long_side)


def _spool(
    frames: Iterator[Ready],
    spool: Path,
    path: Path,
    shape: tuple[Size, Fraction],
    palette: _Palette | None,
) -> int:
    """Keep the frames on disk as they are, and let the palette see them."""
    count = 0
    with opened_output(spool, "nut", path=path) as output:
        stream = add_pictures(output, "ffv1", "bgra", shape, {})
        for image in frames:
            levels = image.parts[0]
            if palette is not None:
                palette.see(levels)
            picture = av.VideoFrame.from_ndarray(levels, format="bgra")
            picture.pts = count
            with explained(path):
                output.mux(stream.encode(picture))
            count += 1
        with explained(path):
            output.mux(stream.encode(None))
    return count


class _Palette:
    """Gathers the colours of all frames (FFmpeg's palettegen), in memory that does not grow with them."""

    def __init__(self, *, clear: bool) -> None:
        self._clear = clear
        self._graph: Graph | None = None
        self._source: FilterContext | None = None

    def see(self, levels: UInt8[ndarray, "h w 4"]) -> None:
        step = max(1, max(levels.shape[:2]) // SAMPLE_PX)
        # Colours are counted on a grid of 64 levels, for each colour that is met takes memory.
        sample = levels[::step, ::step]
        sample = np.bitwise_or(sample & np.uint8(0xFC), sample >> np.uint8(6))
        sample[..., 3] = np.where(levels[::step, ::step, 3] < OPAQUE, 0, 255)
        if self._source is None:
            self._open(sample.shape[1], sample.shape[0])
        assert self._source is not None
        self._source.push(av.VideoFrame.from_ndarray(np.ascontiguousarray(sample), format="bgra"))

    def _open(self, width: int, height: int) -> None:
        self._graph = Graph()
        self._source = self._graph.add_buffer(
            width=width, height=height, format=av.VideoFormat("bgra"), time_base=Fraction(1, 100)
        )
        maker = self._graph.add("palettegen", f"reserve_transparent={int(self._clear)}:stats_mode=full")
        self._graph.link_nodes(self._source, maker, self._graph.add("buffersink")).configure()

    def make(self) -> av.VideoFrame:
        """The palette of what was seen."""
        assert self._graph is not None
        assert self._source is not None
        self._source.push(None)
        made = self._graph.pull()
        assert isinstance(made, av.VideoFrame)
        return made


@dataclass(frozen=True, eq=False)
class _Pipe:
    """Filters between the kept frames and the encoder."""

    graph: Graph
    source: FilterContext

    def pull(self) -> Iterator[av.VideoFrame]:
        """What is ready."""
        with suppress(BlockingIOError, EOFError):
            while True:
                frame = self.graph.pull()
                assert isinstance(frame, av.VideoFrame)
                yield frame


def _render(spool: Path, target: Path, encoding: Encoding, size: Size, colours: av.VideoFrame | None) -> None:
    """Make the animation from the kept frames at a size."""
    with (
        av.open(f"file:{spool}") as kept,
        opened_output(target, encoding.container, options={"loop": "0"}) as output,
    ):
        video = kept.streams.video[0]
        settings = {key: value for key, value in encoding.settings.items() if key != "dither"}
        layout = "bgra" if colours is None else "pal8"
        stream = add_pictures(output, encoding.encoder, layout, (size, video.average_rate or Fraction(25)), settings)
        pipe = _lay_pipe(video, size, colours, encoding.settings.get("dither", ""))
        frames = kept.decode(video)
        for frame in frames if colours is not None else _leave_out_same(frames):
            pipe.source.push(frame)
            for made in pipe.pull():
                output.mux(stream.encode(made))
        pipe.source.push(None)
        for made in pipe.pull():
            output.mux(stream.encode(made))
        output.mux(stream.encode(None))


def _leave_out_same(frames: Iterator[av.VideoFrame]) -> Iterator[av.VideoFrame]:
    """Frames that differ from the one before, which lasts until then; and the last one, by which the film ends."""
    shown, left = None, None
    for frame in frames:
        content = bytes(frame.planes[0])
        left = frame if content == shown else None
        if left is None:
            shown = content
            yield frame
    if left is not None:
        yield left


def _tell_of_alpha(file: Path) -> None:
    """Say in a WebP's header that it is transparent: its encoder does not where all it has drawn is opaque."""
    with file.open("r+b") as content:
        head = bytearray(content.read(FLAGS + 1))
        if head[12:16] == b"VP8X":
            content.seek(FLAGS)
            content.write(bytes([head[FLAGS] | ALPHA_FLAG]))


def _lay_pipe(video: VideoStream, size: Size, colours: av.VideoFrame | None, dither: str) -> _Pipe:
    graph = Graph()
    source = last = graph.add_buffer(template=video, time_base=video.time_base)
    if size != Size(video.height, video.width):
        last = graph.add("scale", f"{size.width}:{size.height}:flags=area")
        source.link_to(last)
    palette = None
    if colours is not None:
        palette = graph.add_buffer(
            width=colours.width, height=colours.height, format=colours.format, time_base=Fraction(1, 100)
        )
        user = graph.add("paletteuse", f"dither={dither}:diff_mode=rectangle:alpha_threshold={OPAQUE}")
        last.link_to(user, 0, 0)
        palette.link_to(user, 0, 1)
        last = user
    last.link_to(graph.add("buffersink"))
    graph.configure()
    if palette is not None:
        palette.push(colours)
        palette.push(None)
    return _Pipe(graph, source)
