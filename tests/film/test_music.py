"""A song under a film: as long as the film, faded, no louder than it was."""

import wave
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import torch
from numpy import ndarray
from torch import Tensor

from morphlapse.errors import OptionError
from morphlapse.film.encode import write_frames
from morphlapse.film.formats import choose_encoding
from morphlapse.options import FilmOptions
from morphlapse.pipeline.jobs import make_film
from morphlapse.records import Size

FPS = Fraction(30000, 1001)
PITCH_HZ, LOUD = 441.0, 0.5


def write_song(path: Path, seconds: float, *, rate: int = 22050) -> Path:
    """A tone, in mono."""
    tone = LOUD * np.sin(2.0 * np.pi * PITCH_HZ * np.arange(round(seconds * rate)) / rate)
    with wave.open(str(path), "wb") as song:
        song.setnchannels(1)
        song.setsampwidth(2)
        song.setframerate(rate)
        song.writeframes((tone * 32767).round().astype("<i2").tobytes())
    return path


def frames(count: int = 60) -> Iterator[Tensor]:
    """A film that grows lighter."""
    return (torch.full((3, 48, 64), k / count) for k in range(count))


def write(path: Path, song: Path, *, fps: Fraction = FPS) -> Path:
    """A film with a song."""
    write_frames(
        frames(), path, size=Size(48, 64), fps=fps, encoding=choose_encoding(path, quality="draft"), music=song
    )
    return path


def listen(path: Path) -> tuple[ndarray, int]:
    """All sound of a film, (channels, samples), and its rate."""
    with av.open(str(path)) as film:
        return np.concatenate([frame.to_ndarray() for frame in film.decode(audio=0)], axis=-1), film.streams.audio[
            0
        ].rate


def loudness(sound: ndarray, rate: int, start_s: float, end_s: float) -> float:
    """Root mean square between two times."""
    return float(np.sqrt(np.square(sound[0, round(start_s * rate) : round(end_s * rate)]).mean()))


@pytest.mark.parametrize(("ending", "codec"), [(".mp4", "aac"), (".mov", "aac"), (".mkv", "opus"), (".webm", "opus")])
def test_a_film_with_a_song_has_both_and_they_end_together(tmp_path: Path, ending: str, codec: str):
    path = write(tmp_path / f"film{ending}", write_song(tmp_path / "song.wav", 5.0))
    with av.open(str(path)) as film:
        assert film.streams.audio[0].codec_context.name.removeprefix("lib") == codec
        video = list(film.decode(video=0))
    assert len(video) == 60
    assert [float(each.time) for each in video] == pytest.approx([float(k / FPS) for k in range(60)], abs=1e-3)
    sound, rate = listen(path)
    assert sound.shape[1] / rate == pytest.approx(60 / FPS, abs=float(1 / FPS))


def test_the_song_comes_and_goes_softly_and_is_no_louder_than_it_was(tmp_path: Path):
    sound, rate = listen(write(tmp_path / "film.mp4", write_song(tmp_path / "song.wav", 5.0)))
    full = LOUD / np.sqrt(2.0)
    assert loudness(sound, rate, 0.0, 0.03) < 0.2 * full
    assert loudness(sound, rate, 0.6, 1.3) <= 1.02 * full
    assert loudness(sound, rate, 0.6, 1.3) > 0.6 * full
    assert loudness(sound, rate, 1.95, 2.0) < 0.2 * full
    assert np.abs(sound).max() <= 1.1 * LOUD


def test_a_song_that_is_shorter_begins_anew(tmp_path: Path):
    sound, rate = listen(write(tmp_path / "film.mp4", write_song(tmp_path / "song.wav", 0.5)))
    for start in (0.55, 0.8, 1.1):
        assert loudness(sound, rate, start, start + 0.2) > 0.15
    assert sound.shape[1] / rate == pytest.approx(60 / FPS, abs=float(1 / FPS))


def test_the_pictures_are_the_same_with_a_song_and_without(tmp_path: Path):
    with_song = write(tmp_path / "a.mp4", write_song(tmp_path / "song.wav", 1.0))
    encoding = choose_encoding(tmp_path / "b.mp4", quality="draft")
    write_frames(frames(), tmp_path / "b.mp4", size=Size(48, 64), fps=FPS, encoding=encoding)
    packets = []
    for path in (with_song, tmp_path / "b.mp4"):
        with av.open(str(path)) as film:
            coder = film.streams.video[0].codec_context
            assert (coder.color_primaries, coder.color_trc, coder.colorspace, coder.color_range) == (1, 1, 1, 1)
            assert film.streams.video[0].average_rate == FPS
            packets.append([(bytes(each), each.pts) for each in film.demux(video=0) if each.size])
    assert packets[0] == packets[1]


@pytest.mark.parametrize(("codec", "ending"), [("hevc", ".mp4"), ("av1", ".mp4"), ("prores", ".mov"), ("vp9", ".webm")])
def test_every_codec_can_have_a_song(tmp_path: Path, codec, ending: str):
    path, song = tmp_path / f"film{ending}", write_song(tmp_path / "song.wav", 1.0)
    clear = codec in ("prores", "vp9")
    encoding = choose_encoding(path, codec, "draft", transparent=clear)
    made = [torch.full((4 if clear else 3, 48, 64), 0.0 if clear else 0.5)] * 12
    write_frames(made, path, size=Size(48, 64), fps=Fraction(12), encoding=encoding, music=song)
    with av.open(str(path)) as film:
        stream = film.streams.video[0]
        assert len(film.streams.audio) == 1
        assert encoding.tag is None or stream.codec_context.codec_tag == encoding.tag
        assert stream.metadata.get("alpha_mode", stream.metadata.get("ALPHA_MODE")) == ("1" if codec == "vp9" else None)
        assert len(list(film.decode(video=0))) == 12


def test_a_song_that_is_not_there_is_told_before_any_work(tmp_path: Path):
    options = FilmOptions(music=tmp_path / "nothing.mp3")
    with pytest.raises(OptionError, match=r"music: .*nothing\.mp3 cannot be played \(no such file or directory\)"):
        make_film(tmp_path / "no photos", tmp_path / "film.mp4", film=options)


@pytest.mark.parametrize("content", [b"", b"Dear reader", bytes(5000)])
def test_a_broken_song_is_one_line(tmp_path: Path, content: bytes):
    (tmp_path / "song.mp3").write_bytes(content)
    with pytest.raises(OptionError, match=r"music: .*song\.mp3 (cannot be played|holds no sound)"):
        write(tmp_path / "film.mp4", tmp_path / "song.mp3")
    assert [each.name for each in tmp_path.iterdir()] == ["song.mp3"]


def test_a_film_without_sound_is_no_song(tmp_path: Path):
    write_frames(frames(3), tmp_path / "silent.mp4", size=Size(48, 64), fps=FPS)
    with pytest.raises(OptionError, match="holds no sound"):
        write(tmp_path / "film.mp4", tmp_path / "silent.mp4")


@pytest.mark.parametrize("name", ["film.gif", "film.webp"])
def test_pictures_have_no_sound(tmp_path: Path, name: str):
    with pytest.raises(OptionError, match="has no sound"):
        write(tmp_path / name, write_song(tmp_path / "song.wav", 1.0))
