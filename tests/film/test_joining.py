"""Pieces that are encoded by themselves make one film: each frame once, at its time."""

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
import torch

from morphlapse.errors import EncodeError
from morphlapse.film.codecs import Quality
from morphlapse.film.encode import write_frames
from morphlapse.film.formats import choose_encoding
from morphlapse.film.joining import can_join, encode_piece, join_pieces
from morphlapse.records import Size

SIZE = Size(48, 64)


def frames_of(start, stop):
    """Each frame tells its number by its columns, in binary."""
    for number in range(start, stop):
        bits = torch.tensor([(number >> bit) & 1 for bit in range(8)], dtype=torch.float32)
        yield (0.2 + 0.6 * bits.repeat_interleave(8)).expand(3, SIZE.height, SIZE.width)


def read_film(path):
    """The number and the time of each frame."""
    with av.open(str(path)) as opened:
        stream = opened.streams.video[0]
        found = []
        for frame in opened.decode(stream):
            light = frame.to_ndarray(format="gray")[:, 4::8].mean(axis=0)
            assert frame.pts is not None
            assert frame.time_base is not None
            found.append((sum(1 << bit for bit in range(8) if light[bit] > 128), frame.pts * frame.time_base))
    return found


def join(path: Path, lengths: list[int], fps: Fraction, *, quality: Quality = "good"):
    encoding = choose_encoding(path, quality=quality)
    starts = np.concatenate(([0], np.cumsum(lengths))).tolist()
    pieces = [encode_piece(frames_of(first, last), path, encoding, (SIZE, fps)) for first, last in pairwise(starts)]
    return join_pieces(lambda k: pieces[k], len(pieces), path, encoding, (SIZE, fps))


@pytest.mark.parametrize("name", ["film.mp4", "film.mov", "film.mkv"])
@pytest.mark.parametrize("fps", [Fraction(30), Fraction(30000, 1001), Fraction(25, 2)])
def test_no_frame_is_lost_or_doubled_or_late(tmp_path, name, fps):
    lengths = [7, 1, 2, 40, 3, 1, 1, 25]
    facts = join(tmp_path / name, lengths, fps)
    assert facts.frames == sum(lengths)
    found = read_film(tmp_path / name)
    assert [number for number, _ in found] == list(range(sum(lengths)))
    grain = Fraction(1, 1000) if name.endswith("mkv") else 0
    assert all(abs(time - number / fps) <= grain for number, time in found)


@pytest.mark.parametrize("quality", ["draft", "good", "best"])
def test_the_film_is_described_as_one_that_is_written_at_once(tmp_path, quality):
    fps = Fraction(30000, 1001)
    join(tmp_path / "joined.mp4", [20, 20], fps, quality=quality)
    whole = choose_encoding(tmp_path / "whole.mp4", quality=quality)
    write_frames(frames_of(0, 40), tmp_path / "whole.mp4", size=SIZE, fps=fps, encoding=whole)
    told = []
    for name in ("joined.mp4", "whole.mp4"):
        with av.open(str(tmp_path / name)) as opened:
            stream = opened.streams.video[0]
            coder = stream.codec_context
            assert stream.duration is not None
            assert stream.time_base is not None
            length = (stream.frames, stream.average_rate, stream.duration * stream.time_base)
            colours = (coder.colorspace, coder.color_range, coder.color_primaries, coder.color_trc)
            told.append((*length, *colours, coder.name, coder.pix_fmt, coder.width, coder.height))
        assert (tmp_path / name).read_bytes().index(b"moov") < (tmp_path / name).read_bytes().index(b"mdat")
    assert told[0] == told[1]


def test_a_piece_is_decoded_as_it_was_alone(tmp_path):
    encoding = choose_encoding(tmp_path / "film.mp4")
    pieces = [encode_piece(frames_of(k, k + 30), tmp_path, encoding, (SIZE, Fraction(30))) for k in (0, 30)]
    join_pieces(lambda k: pieces[k], 2, tmp_path / "film.mp4", encoding, (SIZE, Fraction(30)))
    (tmp_path / "second.mp4").write_bytes(pieces[1])
    with av.open(str(tmp_path / "film.mp4")) as film, av.open(str(tmp_path / "second.mp4")) as alone:
        joined = [frame.to_ndarray() for frame in film.decode(video=0)][30:]
        assert all(np.array_equal(a, b.to_ndarray()) for a, b in zip(joined, alone.decode(video=0), strict=True))


@pytest.mark.parametrize(
    ("name", "codec", "clear"),
    [
        ("film.mp4", "hevc", False),
        ("film.mkv", "av1", False),
        ("film.webm", "vp9", False),
        ("film.webm", "vp9", True),
        ("film.mov", "prores", True),
    ],
)
def test_films_of_every_codec_are_joined(tmp_path, name, codec, clear):
    encoding = choose_encoding(tmp_path / name, codec, "draft", transparent=clear)
    fps, starts = Fraction(30), [0, 3, 4, 24]
    large = [
        [frame.repeat_interleave(2, 1).repeat_interleave(2, 2) for frame in frames_of(first, last)]
        for first, last in pairwise(starts)
    ]
    if clear:
        large = [[torch.cat((frame, torch.full_like(frame[:1], 0.5))) for frame in piece] for piece in large]
    size = Size(2 * SIZE.height, 2 * SIZE.width)
    pieces = [encode_piece(piece, tmp_path, encoding, (size, fps)) for piece in large]
    facts = join_pieces(lambda k: pieces[k], len(pieces), tmp_path / name, encoding, (size, fps))
    assert facts.frames == 24
    with av.open(str(tmp_path / name)) as opened:
        stream = opened.streams.video[0]
        decoder = av.CodecContext.create("libvpx-vp9", "r") if codec == "vp9" else None
        packets = opened.demux(stream)
        shown = [f for packet in packets for f in (decoder.decode(packet) if decoder else packet.decode())]
        lights = [
            np.frombuffer(memoryview(frame.planes[0]), np.uint8 if codec in ("hevc", "vp9", "av1") else np.uint16)
            for frame in shown
        ]
        rows = [light.reshape(size.height, -1)[:, 8 : 2 * SIZE.width : 16].mean(axis=0) for light in lights]
    assert [sum(1 << bit for bit in range(8) if row[bit] > (row.max() + row.min()) / 2) for row in rows[1:]] == list(
        range(1, 24)
    )
    if clear:
        assert all(frame.format.name.startswith("yuva") for frame in shown)
    assert (b"\x53\xc0\x81\x01" in (tmp_path / name).read_bytes()) == (clear and codec == "vp9")


def test_only_what_begins_anew_can_be_joined(tmp_path):
    assert can_join(choose_encoding(tmp_path / "a.mp4"))
    assert not can_join(choose_encoding(tmp_path / "a.gif"))


def test_pieces_that_cannot_be_written_leave_the_old_film(tmp_path):
    (tmp_path / "film.mp4").write_bytes(b"old")

    def fail(_number):
        raise OSError(28, "No space left on device")

    with pytest.raises(EncodeError, match="no space left on device; free some space"):
        join_pieces(fail, 1, tmp_path / "film.mp4", choose_encoding(tmp_path / "film.mp4"), (SIZE, Fraction(30)))
    assert (tmp_path / "film.mp4").read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 1
