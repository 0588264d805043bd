"""Opening the stream of pictures in a file that is written."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from av.container import OutputContainer
from av.video.stream import VideoStream

from morphlapse.records import Size


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
    stream = output.add_stream(encoder, rate=shape[1], options=dict(settings))
    assert isinstance(stream, VideoStream)
    stream.width, stream.height, stream.pix_fmt = shape[0].width, shape[0].height, layout
    return stream
