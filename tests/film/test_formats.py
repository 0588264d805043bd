"""Each kind of film is written and opened again: size, rate, times, transparency and colours by the file's own tags."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import torch
from numpy import ndarray
from PIL import Image
from torch import Tensor

from morphlapse.errors import BackendMissing, EncodeError, OptionError
from morphlapse.film import formats
from morphlapse.film.codecs import KINDS, Quality
from morphlapse.film.encode import write_frames
from morphlapse.film.formats import Encoding, choose_encoding
from morphlapse.options import CodecName
from morphlapse.records import Size

SIZE, FPS, COUNT = Size(48, 64), Fraction(25), 10
VIDEOS = [(name, ending) for name, kind in KINDS.items() for ending in kind.endings if name not in ("gif", "webp")]
CLEAR = [("prores", ".mov"), ("vp9", ".webm"), ("gif", ".gif"), ("webp", ".webp"), ("png", "")]
BARS = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (0.5, 0.5, 0.5))


def bars(*, clear: bool = False) -> Iterator[Tensor]:
    """Red, green, blue and grey, and below them a white square that moves right; above, perhaps, nothing."""
    for number in range(COUNT):
        image = torch.tensor(BARS).T[:, None, :].repeat_interleave(16, dim=2).repeat(1, SIZE.height, 1)
        image[:, 32:] = 0.0
        image[:, 32:, 6 * number : 6 * number + 10] = 1.0
        alpha = torch.ones(1, SIZE.height, SIZE.width)
        alpha[:, :16] = 0.0
        yield torch.cat((image, alpha)) if clear else image


def write(folder: Path, codec: CodecName, ending: str, quality: Quality = "good", *, clear: bool = False) -> Path:
    """A film of bars."""
    path = folder / f"film{ending}"
    encoding = choose_encoding(path, codec, quality, transparent=clear)
    facts = write_frames(bars(clear=clear), path, size=SIZE, fps=FPS, encoding=encoding)
    assert (facts.size, facts.frames) == (SIZE, COUNT)
    return path


def rgb_from_frame(frame: av.VideoFrame) -> ndarray:
    """A frame as red, green and blue from 0 to 255, worked out by its own tags from its own values."""
    assert (int(frame.colorspace), int(frame.color_range)) == (1, 1)
    bits = frame.format.components[0].bits
    kind = np.uint8 if bits == 8 else np.uint16
    planes = [
        np.frombuffer(memoryview(plane), kind).reshape(plane.height, -1)[:, : plane.width] / 2.0 ** (bits - 8)
        for plane in frame.planes[:3]
    ]
    luma, blueness, redness = (
        plane.repeat(frame.height // len(plane), 0).repeat(frame.width // plane.shape[1], 1) for plane in planes
    )
    light = 255.0 / 219.0 * (luma - 16.0)
    red, blue = light + 1.5748 * 255.0 / 224.0 * (redness - 128.0), light + 1.8556 * 255.0 / 224.0 * (blueness - 128.0)
    return np.stack((red, (light - 0.2126 * red - 0.0722 * blue) / 0.7152, blue), axis=-1)


def decode(path: Path, decoder: str | None = None) -> list[av.VideoFrame]:
    """All frames of a video, decoded by name where FFmpeg's own decoder would leave alpha out."""
    with av.open(str(path)) as film:
        if decoder is None:
            return list(film.decode(video=0))
        coder = av.CodecContext.create(decoder, "r")
        return [frame for packet in film.demux(video=0) for frame in coder.decode(packet)]  # type: ignore[attr-defined]


def pictures_of(path: Path) -> tuple[list[ndarray], list[int], object]:
    """Frames of an animation or a folder with their milliseconds, and how often it runs (0 is for ever)."""
    if path.is_dir():
        return [np.asarray(Image.open(each).convert("RGBA")) for each in sorted(path.iterdir())], [40] * COUNT, 0
    frames, lasting = [], []
    with Image.open(path) as film:
        for number in range(film.n_frames):  # type: ignore[attr-defined]
            film.seek(number)
            film.load()
            frames.append(np.asarray(film.convert("RGBA")))
            lasting.append(film.info["duration"])
        return frames, lasting, film.info["loop"]


def assert_bars(image: ndarray, number: int, *, within: float) -> None:
    """The four bars have their colours in their middles, and the square is where it was at that frame."""
    for k, wanted in enumerate(BARS):
        patch = image[22:26, 16 * k + 6 : 16 * k + 10, :3].reshape(-1, 3).astype(float)
        assert np.abs(patch.mean(axis=0) - 255.0 * np.array(wanted)).max() <= within
    row = image[38:44, :, :3].astype(float).mean(axis=(0, 2))
    assert abs((row * np.arange(SIZE.width)).sum() / row.sum() - (6 * number + 4.5)) < 1.5


@pytest.mark.parametrize(("codec", "ending"), VIDEOS)
def test_each_video_has_its_frames_at_their_times_and_its_colours(tmp_path: Path, codec: CodecName, ending: str):
    path = write(tmp_path, codec, ending)
    frames = decode(path)
    assert [float(frame.time) for frame in frames] == pytest.approx([k / 25 for k in range(COUNT)], abs=1e-3)
    assert {(frame.width, frame.height) for frame in frames} == {(64, 48)}
    for number in (0, COUNT - 1):
        assert_bars(rgb_from_frame(frames[number]), number, within=3.0)
    with av.open(str(path)) as film:
        coder = film.streams.video[0].codec_context
        assert film.streams.video[0].average_rate == FPS
        assert (coder.color_primaries, coder.color_trc, coder.colorspace, coder.color_range) == (1, 1, 1, 1)
        assert KINDS[codec].tag is None or ending == ".mkv" or coder.codec_tag == KINDS[codec].tag


@pytest.mark.parametrize("quality", ["draft", "best"])
@pytest.mark.parametrize("codec", ["hevc", "av1", "vp9", "prores"])
def test_flat_colours_are_right_at_every_quality(tmp_path: Path, codec: CodecName, quality: Quality):
    path = tmp_path / f"film{KINDS[codec].endings[0]}"
    for colour in BARS:
        flat = torch.tensor(colour)[:, None, None].expand(3, SIZE.height, SIZE.width)
        write_frames([flat] * 2, path, size=SIZE, fps=FPS, encoding=choose_encoding(path, codec, quality))
        shown = rgb_from_frame(decode(path)[0])[8:-8, 8:-8]
        assert np.abs(shown - 255.0 * np.array(colour)).max() <= 2.0


@pytest.mark.parametrize(("codec", "ending", "within"), [("gif", ".gif", 3), ("webp", ".webp", 3), ("png", "", 0.5)])
def test_each_animation_runs_for_ever_with_its_frames_and_colours(
    tmp_path: Path, codec: CodecName, ending: str, within: float
):
    frames, lasting, loop = pictures_of(write(tmp_path, codec, ending))
    assert (len(frames), lasting, loop) == (COUNT, [40] * COUNT, 0)
    for number in (0, COUNT - 1):
        assert_bars(frames[number], number, within=within)
        assert (frames[number][..., 3] == 255).all()


@pytest.mark.parametrize(("codec", "ending"), CLEAR)
def test_each_kind_that_can_be_transparent_is(tmp_path: Path, codec: CodecName, ending: str):
    path = write(tmp_path, codec, ending, clear=True)
    if codec in ("gif", "webp", "png"):
        frames = pictures_of(path)[0]
        first, last = frames[0], frames[-1]
        alpha = [image[..., 3] / 255.0 for image in (first, last)]
    else:
        decoded = decode(path, "libvpx-vp9" if codec == "vp9" else None)
        first, last = (rgb_from_frame(decoded[k]) for k in (0, -1))
        alpha = [alpha_of(decoded[k]) for k in (0, -1)]
    for each in alpha:
        assert each[:12].max() <= 0.02
        assert each[20:].min() >= 0.98
    assert_bars(first, 0, within=3.0)
    assert_bars(last, COUNT - 1, within=3.0)


def alpha_of(frame: av.VideoFrame) -> ndarray:
    """The fourth plane from 0 to 1."""
    bits, plane = frame.format.components[3].bits, frame.planes[3]
    values = np.frombuffer(memoryview(plane), np.uint8 if bits == 8 else np.uint16).reshape(plane.height, -1)[
        :, : plane.width
    ]
    return values / (2.0**bits - 1.0)


def test_best_is_ten_bits_where_that_helps():
    assert [choose_encoding(Path("x.mp4"), codec, "best").layout.bits for codec in ("h264", "hevc", "av1")] == [
        8,
        10,
        10,
    ]


@pytest.mark.parametrize(
    ("name", "clear", "codec"),
    [
        ("x.mp4", False, "h264"), ("x.MOV", False, "h264"), ("x.mov", True, "prores"), ("x.webm", True, "vp9"),
        ("x.mkv", True, "vp9"), ("x.gif", True, "gif"), ("x.webp", False, "webp"),
    ],
)  # fmt: skip
def test_auto_takes_what_the_ending_says(name: str, *, clear: bool, codec: str):
    assert choose_encoding(Path(name), transparent=clear).codec == codec


@pytest.mark.parametrize(
    ("name", "codec", "said"),
    [
        ("x.webm", "hevc", r"HEVC goes into \.mp4, \.m4v, \.mov, \.mkv, not into \.webm, which takes av1, vp9"),
        ("x.avi", "av1", r"a film cannot have a name in \.avi; use \.mp4"),
        ("x", "auto", r"without an ending; use .* codec png for a folder"),
        ("x.png", "png", r"png writes a folder of pictures, which needs a name without \.png"),
    ],
)
def test_what_does_not_go_together_is_told(name: str, codec: CodecName, said: str):
    with pytest.raises(OptionError, match=said):
        choose_encoding(Path(name), codec)


@pytest.mark.parametrize("codec", ["auto", "hevc", "av1"])
def test_what_cannot_be_transparent_says_what_can(codec: CodecName):
    with pytest.raises(OptionError, match=r"cannot be transparent; name the film \.mov"):
        choose_encoding(Path("x.mp4"), codec, transparent=True)


def test_transparent_frames_are_not_flattened_unasked(tmp_path: Path):
    with pytest.raises(OptionError, match="frame 0 is transparent"):
        write_frames(bars(clear=True), tmp_path / "x.mp4", size=SIZE, fps=FPS)


def test_an_encoder_that_is_not_in_the_build_is_named_with_what_is(monkeypatch: pytest.MonkeyPatch):
    real = formats.has_encoder
    monkeypatch.setattr(formats, "has_encoder", lambda name: name != "libsvtav1" and real(name))
    with pytest.raises(BackendMissing, match="no libsvtav1, which writes AV1; use codec h264 or hevc"):
        choose_encoding(Path("x.mp4"), "av1")


def test_a_name_that_ffmpeg_does_not_know_is_no_encoder():
    assert not formats.has_encoder("libnothing")


@pytest.mark.parametrize("ending", [".gif", ".webp"])
def test_a_photo_that_stands_lasts_as_long_as_its_frames(tmp_path: Path, ending: str):
    first, second = torch.full((3, 48, 64), 0.2), torch.full((3, 48, 64), 0.8)
    write_frames([first] * 5 + [second] * 7, tmp_path / f"film{ending}", size=SIZE, fps=FPS)
    frames, lasting, _ = pictures_of(tmp_path / f"film{ending}")
    lit = [time for frame, time in zip(frames, lasting, strict=True) if frame[24, 32, 0] > 128]
    assert (sum(lasting), sum(lit)) == (12 * 40, 7 * 40)


def noisy(count: int) -> Iterator[Tensor]:
    """Frames that compress badly."""
    dice = torch.Generator().manual_seed(0)
    return (torch.rand(3, 96, 128, generator=dice) for _ in range(count))


@pytest.mark.parametrize("ending", [".gif", ".webp"])
def test_a_bounded_animation_is_made_smaller_until_it_fits(tmp_path: Path, ending: str):
    path = tmp_path / f"film{ending}"
    whole = write_frames(noisy(4), path, size=Size(96, 128), fps=FPS)
    most = path.stat().st_size / 3
    encoding = choose_encoding(path, max_mb=most / 1e6)
    facts = write_frames(noisy(4), path, size=Size(96, 128), fps=FPS, encoding=encoding)
    assert path.stat().st_size <= most
    assert facts.size.width < whole.size.width
    with Image.open(path) as picture:
        assert picture.size == (facts.size.width, facts.size.height)
    assert facts.size.aspect == pytest.approx(4 / 3, abs=0.05)


def test_a_bound_that_no_animation_can_hold_is_told_and_leaves_nothing(tmp_path: Path):
    encoding = choose_encoding(tmp_path / "film.gif", max_mb=1e-4)
    with pytest.raises(EncodeError, match=r"cannot have 0\.0001 MB"):
        write_frames(noisy(4), tmp_path / "film.gif", size=Size(96, 128), fps=FPS, encoding=encoding)
    assert list(tmp_path.iterdir()) == []


def test_video_has_no_bound():
    with pytest.raises(OptionError, match="max_mb: only GIF and WebP"):
        choose_encoding(Path("x.mp4"), max_mb=3.0)


def failing() -> Iterator[Tensor]:
    """A film that breaks off."""
    yield from (image for image, _ in zip(bars(), range(3), strict=False))
    raise KeyboardInterrupt


@pytest.mark.parametrize(("codec", "ending"), [("gif", ".gif"), ("webp", ".webp"), ("av1", ".mp4"), ("png", "")])
def test_a_film_that_breaks_off_leaves_the_old_one_and_nothing_else(tmp_path: Path, codec: CodecName, ending: str):
    path = write(tmp_path, codec, ending)
    old = sorted((each.name, each.stat().st_size) for each in (path, *path.parent.rglob("*.png")))
    with pytest.raises(KeyboardInterrupt):
        write_frames(failing(), path, size=SIZE, fps=FPS, encoding=choose_encoding(path, codec))
    assert list(tmp_path.iterdir()) == [path]
    assert sorted((each.name, each.stat().st_size) for each in (path, *path.parent.rglob("*.png"))) == old


def png(folder: Path) -> Encoding:
    """How a folder is written."""
    return choose_encoding(folder, "png")


def test_a_folder_of_another_film_is_replaced_whole(tmp_path: Path):
    folder = write(tmp_path, "png", "")
    write_frames(list(bars())[:2], folder, size=SIZE, fps=FPS, encoding=png(folder))
    assert sorted(each.name for each in folder.iterdir()) == ["00001.png", "00002.png"]
    assert list(tmp_path.iterdir()) == [folder]


def test_a_folder_that_holds_anything_else_is_left_alone(tmp_path: Path):
    (tmp_path / "film").mkdir()
    (tmp_path / "film" / "letter.txt").write_text("Dear reader")
    with pytest.raises(EncodeError, match=r"holds letter\.txt, which is no picture of a film"):
        write_frames(bars(), tmp_path / "film", size=SIZE, fps=FPS, encoding=png(tmp_path / "film"))
    assert [each.name for each in (tmp_path / "film").iterdir()] == ["letter.txt"]


def test_a_file_in_place_of_the_folder_is_told(tmp_path: Path):
    (tmp_path / "film").touch()
    with pytest.raises(EncodeError, match="not a directory"):
        write_frames(bars(), tmp_path / "film", size=SIZE, fps=FPS, encoding=png(tmp_path / "film"))


def test_parts_of_a_film_can_be_put_together_as_they_are(tmp_path: Path):
    """Each part begins with a frame that needs no other, and says the same of itself as the others."""
    kinds: list[tuple[CodecName, str]] = [
        ("h264", ".mp4"),
        ("hevc", ".mp4"),
        ("av1", ".mp4"),
        ("vp9", ".webm"),
        ("prores", ".mov"),
    ]
    for codec, ending in kinds:
        first, second = tmp_path / f"a{ending}", tmp_path / f"b{ending}"
        frames = list(bars())
        for path, part in ((first, frames[:4]), (second, frames[4:])):
            write_frames(part, path, size=SIZE, fps=FPS, encoding=choose_encoding(path, codec, "draft"))
        whole = tmp_path / f"whole{ending}"
        join(first, second, whole)
        shown = decode(whole)
        assert [round(float(frame.time) * 25) for frame in shown] == list(range(COUNT)), codec
        assert_bars(rgb_from_frame(shown[-1]), COUNT - 1, within=8.0)


def join(first: Path, second: Path, whole: Path) -> None:
    """Put two parts behind each other without decoding them."""
    with av.open(str(first)) as a, av.open(str(second)) as b, av.open(str(whole), "w") as output:
        assert a.streams.video[0].codec_context.extradata == b.streams.video[0].codec_context.extradata
        stream = output.add_stream_from_template(a.streams.video[0], opaque=True)
        for part, start in ((a, Fraction(0)), (b, Fraction(4, 25))):
            for packet in part.demux(video=0):
                if packet.dts is not None:
                    assert packet.pts is not None
                    base = packet.time_base
                    packet.pts, packet.dts = packet.pts + round(start / base), packet.dts + round(start / base)
                    packet.stream = stream
                    output.mux(packet)
