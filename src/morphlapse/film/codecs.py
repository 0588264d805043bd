"""Every codec: its encoder and settings at each quality, what it is given, and which files may hold it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from morphlapse.film.yuv import Layout
from morphlapse.options import CodecName

Quality = Literal["draft", "good", "best"]

YUV420, YUV420_10 = Layout("yuv420p"), Layout("yuv420p10le", 10)
PACKED, PACKED_CLEAR = Layout("bgra"), Layout("bgra", alpha=True)
"""Animations and pictures keep red, green and blue as they are."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One codec."""

    encoder: str
    """FFmpeg's name."""
    title: str
    """Its name for people."""
    endings: tuple[str, ...]
    """Files that may hold it."""
    settings: Mapping[Quality, Mapping[str, str]]
    """Of the encoder, by quality."""
    layouts: Mapping[Quality, Layout]
    """What it is given, by quality."""
    clear: tuple[Layout, Mapping[str, str]] | None = None
    """What it is given where the film is transparent, and the settings that then take the place of others."""
    tag: str | None = None
    """What players of Apple want to read in MP4 and MOV."""


def _same(layout: Layout) -> dict[Quality, Layout]:
    return {"draft": layout, "good": layout, "best": layout}


KINDS: dict[CodecName, Kind] = {
    "h264": Kind(
        "libx264",
        "H.264",
        (".mp4", ".m4v", ".mov", ".mkv"),
        {
            "draft": {"preset": "superfast", "crf": "26"},
            # As good as veryfast to a tenth of a dB, 7 % larger, in 0.6 of the time.
            "good": {"preset": "superfast", "crf": "18", "x264-params": "mbtree=1:rc-lookahead=10:weightp=1"},
            "best": {"preset": "slow", "crf": "16"},
        },
        _same(YUV420),
    ),
    "hevc": Kind(
        "libx265",
        "HEVC",
        (".mp4", ".m4v", ".mov", ".mkv"),
        {
            "draft": {"preset": "ultrafast", "crf": "28", "x265-params": "log-level=none:open-gop=0"},
            "good": {"preset": "veryfast", "crf": "21", "x265-params": "log-level=none:open-gop=0"},
            "best": {"preset": "medium", "crf": "18", "x265-params": "log-level=none:open-gop=0"},
        },
        {"draft": YUV420, "good": YUV420, "best": YUV420_10},
        tag="hvc1",
    ),
    "av1": Kind(
        "libsvtav1",
        "AV1",
        (".mp4", ".mkv", ".webm"),
        {
            "draft": {"preset": "11", "crf": "40"},
            "good": {"preset": "9", "crf": "28"},
            "best": {"preset": "6", "crf": "20"},
        },
        {"draft": YUV420, "good": YUV420, "best": YUV420_10},
    ),
    "vp9": Kind(
        "libvpx-vp9",
        "VP9",
        (".webm", ".mkv"),
        {
            "draft": {"crf": "36", "b": "0", "deadline": "realtime", "cpu-used": "8", "row-mt": "1"},
            "good": {"crf": "28", "b": "0", "deadline": "good", "cpu-used": "4", "row-mt": "1"},
            "best": {"crf": "20", "b": "0", "deadline": "good", "cpu-used": "2", "row-mt": "1"},
        },
        _same(YUV420),
        clear=(Layout("yuva420p", alpha=True), {"auto-alt-ref": "0"}),
    ),
    "prores": Kind(
        "prores_ks",
        "ProRes",
        (".mov", ".mkv"),
        {"draft": {"profile": "lt"}, "good": {"profile": "hq"}, "best": {"profile": "4444"}},
        {
            "draft": Layout("yuv422p10le", 10, (False, True)),
            "good": Layout("yuv422p10le", 10, (False, True)),
            "best": Layout("yuv444p10le", 10, (False, False)),
        },
        clear=(Layout("yuva444p10le", 10, (False, False), alpha=True), {"profile": "4444"}),
    ),
    "gif": Kind(
        "gif",
        "GIF",
        (".gif",),
        {
            "draft": {"dither": "bayer:bayer_scale=3"},
            "good": {"dither": "sierra2_4a"},
            "best": {"dither": "sierra2_4a"},
        },
        _same(PACKED),
        clear=(PACKED_CLEAR, {}),
    ),
    "webp": Kind(
        "libwebp",
        "animated WebP",
        (".webp",),
        {
            # Whole frames: what writes changes alone (libwebp_anim) leaves out those that are slow, half of a morph.
            "draft": {"quality": "70", "compression_level": "2"},
            "good": {"quality": "85", "compression_level": "2"},
            "best": {"quality": "95", "compression_level": "4"},
        },
        _same(PACKED),
        clear=(PACKED_CLEAR, {}),
    ),
    "png": Kind(
        "png",
        "a folder of PNGs",
        (),
        {"draft": {"level": "1"}, "good": {"level": "4"}, "best": {"level": "9"}},
        _same(PACKED),
        clear=(PACKED_CLEAR, {}),
    ),
}
"""All codecs. Settings were chosen by `benchmarks/outputs.py`; groups of pictures are closed, so that parts of a film
can be put together as they are."""
