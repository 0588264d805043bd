"""Films are read back with the decoder: what they say of themselves, and what they show."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import pytest
import skimage.data
import torch
from torch import Tensor

from full_disk import largest_file
from morphlapse.errors import EncodeError, OptionError, PhotoError
from morphlapse.film.codecs import KINDS, Quality
from morphlapse.film.encode import write_frames
from morphlapse.film.formats import choose_encoding
from morphlapse.film.target import explained
from morphlapse.options import FilmOptions
from morphlapse.records import Size

SIZE = Size(64, 96)
FPS = Fraction(30000, 1001)
QUALITIES: list[Quality] = ["draft", "good", "best"]
PATCHES = {"red": (1.0, 0.0, 0.0), "green": (0.0, 1.0, 0.0), "blue": (0.0, 0.0, 1.0), "grey": (0.5, 0.5, 0.5)}


def flat(red: float, green: float, blue: float) -> Tensor:
    """A frame of one colour."""
    return torch.tensor([red, green, blue])[:, None, None].expand(3, SIZE.height, SIZE.width)


def noise(count: int) -> Iterator[Tensor]:
    """Frames that no encoder can make small."""
    generator = torch.Generator().manual_seed(0)
    return (torch.rand(3, SIZE.height, SIZE.width, generator=generator) for _ in range(count))


def write(path: Path, frames: Iterator[Tensor] | list[Tensor] | None = None, *, quality: Quality = "good"):
    """A film with what this file's tests mostly want."""
    return write_frames(
        frames or [flat(0.5, 0.5, 0.5)] * 5, path, size=SIZE, fps=FPS, encoding=choose_encoding(path, quality=quality)
    )


@pytest.mark.parametrize("suffix", [".mp4", ".m4v", ".mov", ".mkv", ".webm"])
def test_each_kind_of_file_is_written_and_read_back(tmp_path: Path, suffix: str):
    write(tmp_path / f"film{suffix}")
    with av.open(tmp_path / f"film{suffix}") as film:
        assert len(list(film.decode(video=0))) == 5


def test_capitals_in_the_ending_do_not_matter(tmp_path: Path):
    assert write(tmp_path / "FILM.MP4").path.is_file()


def test_facts_say_what_was_written(tmp_path: Path):
    facts = write(tmp_path / "film.mp4")
    assert (facts.path, facts.size, facts.frames) == (tmp_path / "film.mp4", SIZE, 5)
    assert facts.duration.total_seconds() == pytest.approx(5 * 1001 / 30000, abs=1e-6)


def test_rate_and_length_are_exact(tmp_path: Path):
    write(tmp_path / "film.mp4")
    with av.open(tmp_path / "film.mp4") as film:
        video = film.streams.video[0]
        assert (video.average_rate, (video.duration or 0) * (video.time_base or 0)) == (FPS, 5 / FPS)


def test_frames_are_shown_at_whole_multiples_of_their_time(tmp_path: Path):
    write(tmp_path / "film.mp4", noise(20))
    with av.open(tmp_path / "film.mp4") as film:
        times = [(frame.pts or 0) * (frame.time_base or 0) for frame in film.decode(video=0)]
    assert times == [k / FPS for k in range(20)]


def test_film_says_that_it_is_bt709_in_limited_range(tmp_path: Path):
    write(tmp_path / "film.mp4")
    with av.open(tmp_path / "film.mp4") as film:
        coder = film.streams.video[0].codec_context
        tags = (coder.color_primaries, coder.color_trc, coder.colorspace, coder.color_range)
    assert tags == (1, 1, 1, 1)


def test_film_is_h264_in_yuv420p(tmp_path: Path):
    write(tmp_path / "film.mp4")
    with av.open(tmp_path / "film.mp4") as film:
        coder = film.streams.video[0].codec_context
        assert (coder.name, coder.pix_fmt) == ("h264", "yuv420p")


@pytest.mark.parametrize("colour", sorted(PATCHES))
@pytest.mark.parametrize("quality", QUALITIES)
def test_colour_comes_back_when_decoded_by_the_tags(tmp_path: Path, colour: str, quality: Quality):
    write(tmp_path / "film.mp4", [flat(*PATCHES[colour])] * 3, quality=quality)
    with av.open(tmp_path / "film.mp4") as film:
        shown = torch.from_numpy(next(film.decode(video=0)).to_ndarray(format="rgb24")).float()
    wanted = 255 * torch.tensor(PATCHES[colour])
    assert (shown - wanted).abs().max() <= 2


def test_index_stands_before_the_pictures(tmp_path: Path):
    write(tmp_path / "film.mp4")
    content = (tmp_path / "film.mp4").read_bytes()
    assert 0 < content.index(b"moov") < content.index(b"mdat")


def test_better_quality_shows_more(tmp_path: Path):
    photo = torch.from_numpy(skimage.data.astronaut()[:64, 200:296].copy()).permute(2, 0, 1) / 255
    errors = []
    for quality in QUALITIES:
        write(tmp_path / "film.mp4", [photo] * 3, quality=quality)
        with av.open(tmp_path / "film.mp4") as film:
            shown = torch.from_numpy(next(film.decode(video=0)).to_ndarray(format="rgb24")).permute(2, 0, 1)
        errors.append(float((shown / 255 - photo).square().mean()))
    assert errors == sorted(errors, reverse=True)


def test_every_quality_of_the_options_has_an_encoder():
    choices = FilmOptions.model_json_schema()["properties"]["quality"]["enum"]
    for kind in KINDS.values():
        assert sorted(kind.settings) == sorted(kind.layouts) == sorted(choices)


def test_odd_bytes_in_the_name_are_kept(tmp_path: Path):
    path = tmp_path / "a:b \udce9%d.mp4"
    assert write(path).path.is_file()
    assert list(tmp_path.iterdir()) == [path]


def test_frames_drawn_into_one_tensor_are_all_written(tmp_path: Path):
    canvas = torch.zeros(3, SIZE.height, SIZE.width)
    path = tmp_path / "film.mp4"
    write(path, (canvas.fill_(level) for level in (0.2, 0.5, 0.8)))
    with av.open(str(path)) as container:
        means = [float(frame.to_ndarray(format="rgb24").mean()) / 255.0 for frame in container.decode(video=0)]
    assert means == pytest.approx([0.2, 0.5, 0.8], abs=0.02)


def test_frames_are_pulled_one_by_one(tmp_path: Path):
    alive = 0
    most = 0

    def frames() -> Iterator[Tensor]:
        nonlocal alive, most
        for _ in range(10):
            alive += 1
            most = max(most, alive)
            yield flat(0.5, 0.5, 0.5)
            alive -= 1

    write(tmp_path / "film.mp4", frames())
    assert most == 1


@pytest.mark.parametrize("name", ["film.avi", "film", "film.mp4.txt"])
def test_unknown_ending_lists_what_works(tmp_path: Path, name: str):
    with pytest.raises(OptionError, match=r"use \.mp4, \.m4v, \.mov, \.mkv"):
        write(tmp_path / name)


@pytest.mark.parametrize("size", [Size(63, 96), Size(64, 95), Size(0, 0)])
def test_odd_size_is_refused(tmp_path: Path, size: Size):
    with pytest.raises(OptionError, match="even width and height"):
        write_frames([], tmp_path / "film.mp4", size=size, fps=FPS)


@pytest.mark.parametrize("fps", [Fraction(0), Fraction(-1), Fraction(1, 2**40)])
def test_rate_that_cannot_be_kept_is_refused(tmp_path: Path, fps: Fraction):
    with pytest.raises(OptionError, match="ratio of smaller numbers"):
        write_frames([], tmp_path / "film.mp4", size=SIZE, fps=fps)


def test_frame_of_another_size_is_refused(tmp_path: Path):
    with pytest.raises(OptionError, match="frame 1 is 32x32, the film is 96x64"):
        write(tmp_path / "film.mp4", [flat(0.0, 0.0, 0.0), torch.zeros(3, 32, 32)])


def test_film_without_frames_is_refused_and_leaves_nothing(tmp_path: Path):
    with pytest.raises(EncodeError, match="no frame"):
        write(tmp_path / "film.mp4", iter(()))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("error", [KeyboardInterrupt, PhotoError("gone"), SystemExit(143)])
def test_failure_among_the_frames_leaves_the_old_film_and_nothing_else(tmp_path: Path, error: BaseException):
    def frames() -> Iterator[Tensor]:
        yield from noise(40)
        raise error

    (tmp_path / "film.mp4").write_bytes(b"old")
    with pytest.raises(error if isinstance(error, type) else type(error)):
        write(tmp_path / "film.mp4", frames())
    assert [path.name for path in tmp_path.iterdir()] == ["film.mp4"]
    assert (tmp_path / "film.mp4").read_bytes() == b"old"


@pytest.mark.parametrize("limit", [1000, 200_000])
def test_full_disk_is_one_line_and_leaves_nothing(tmp_path: Path, limit: int):
    with largest_file(limit), pytest.raises(EncodeError, match=r"film\.mp4 cannot be written: file too large; .+"):
        write(tmp_path / "film.mp4", noise(60))
    assert list(tmp_path.iterdir()) == []


def test_disk_that_fills_up_with_the_last_bytes_leaves_nothing(tmp_path: Path):
    write(tmp_path / "film.mp4", noise(10))
    whole = (tmp_path / "film.mp4").stat().st_size
    with largest_file(whole - 1), pytest.raises(EncodeError):
        write(tmp_path / "next.mp4", noise(10))
    assert [path.name for path in tmp_path.iterdir()] == ["film.mp4"]


def test_missing_folder_is_told(tmp_path: Path):
    with pytest.raises(EncodeError, match="no such file or directory; make the folder first"):
        write(tmp_path / "nowhere" / "film.mp4")


def test_file_in_place_of_the_folder_is_told(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(EncodeError, match="not a directory"):
        write(tmp_path / "file" / "film.mp4")


def test_folder_in_place_of_the_film_is_told_and_left(tmp_path: Path):
    (tmp_path / "film.mp4").mkdir()
    with pytest.raises(EncodeError, match="is a directory; choose the name of a file"):
        write(tmp_path / "film.mp4")
    assert [path.name for path in tmp_path.iterdir()] == ["film.mp4"]


def test_what_ffmpeg_alone_understands_is_told_in_its_words(tmp_path: Path):
    with (
        pytest.raises(EncodeError, match=r"film\.mp4 cannot be written: .*invalid data"),
        explained(tmp_path / "film.mp4"),
    ):
        av.open(__file__)


def test_link_keeps_pointing_at_the_film(tmp_path: Path):
    (tmp_path / "real.mp4").write_bytes(b"old")
    (tmp_path / "film.mp4").symlink_to("real.mp4")
    write(tmp_path / "film.mp4")
    assert (tmp_path / "film.mp4").is_symlink()
    assert (tmp_path / "real.mp4").stat().st_size > 100
