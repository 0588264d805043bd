"""A film that was interrupted goes on where it was, and is the film that it would have been."""

import shutil
import subprocess
import sys
import time
import wave
from dataclasses import replace
from fractions import Fraction

import av
import numpy as np
import pytest
import torch
from PIL import Image

from morphlapse.album.cache import Cache
from morphlapse.film.formats import choose_encoding
from morphlapse.options import AlignOptions, FilmOptions, MorphOptions
from morphlapse.pipeline.context import Context
from morphlapse.pipeline.film import Film, write_film
from morphlapse.pipeline.jobs import plan_photos, prepare_job
from morphlapse.pipeline.resume import cut_timeline, name_pieces
from morphlapse.pipeline.storing import Store
from morphlapse.records import Registration

QUICK = FilmOptions(
    size=(64, 48), fps=Fraction(2), hold_s=0.5, transition_s=2.5, hints="none", grade=0.0, transition="dissolve"
)
DRAFT = MorphOptions(working_px=64, effort="quick", pace="plain")
TYPED = ["--size", "64x48", "--fps", "2", "--hold-s", "0.5", "--transition-s", "2.5", "--hints", "none", "--grade", "0"]
TYPED += ["--transition", "dissolve"]
TYPED += ["--working-px", "64", "--effort", "quick", "--pace", "plain", "--on", "none", "--no-prealign"]


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("photos")
    draw = np.random.default_rng(0)
    for name in "abcdefg":
        coarse = Image.fromarray(draw.integers(0, 255, (6, 8, 3), dtype=np.uint8))
        coarse.resize((96, 72), Image.Resampling.BICUBIC).save(folder / f"{name}.png")
    return folder


def film_of(photos, kept, **options):
    context = Context(device="cpu", store=None if kept is None else Store(Cache(kept, 10**9)))
    plan = plan_photos(prepare_job(photos, align=AlignOptions(on="none")), Context()).plan
    morph = DRAFT.model_copy(update={"prealign": False})
    return Film(plan, QUICK.model_copy(update=options), morph, context=context)


def frames_of(path):
    with av.open(str(path)) as opened:
        return [frame.to_ndarray(format="rgb24") for frame in opened.decode(video=0)]


def test_pieces_are_all_frames_once_and_begin_at_photos(photos):
    timeline = film_of(photos, None).timeline
    pieces = cut_timeline(timeline)
    assert len(pieces) > 2
    assert [number for piece in pieces for number in piece] == list(range(timeline.frames))
    moments = list(timeline.moments())
    for piece in pieces[1:]:
        assert moments[piece.start].first != moments[piece.start - 1].first
        assert piece.start >= 5 * QUICK.fps


class StoppedError(Exception):
    """Stands for whatever ends a run."""


def test_a_run_that_was_ended_goes_on_where_it_was(photos, tmp_path, monkeypatch):
    film = film_of(photos, tmp_path / "kept")
    pieces = cut_timeline(film.timeline)
    shown = []
    show = Film.show

    def stop(self, moment):
        shown.append(moment)
        if len(shown) == pieces[1].stop + 3:
            raise StoppedError
        return show(self, moment)

    monkeypatch.setattr(Film, "show", stop)
    with torch.no_grad(), pytest.raises(StoppedError):
        write_film(film, tmp_path / "film.mp4")
    assert not (tmp_path / "film.mp4").exists()
    done = len(list((tmp_path / "kept" / "pieces").rglob("*/*")))
    assert 1 <= done <= 2
    shown.clear()
    monkeypatch.setattr(Film, "show", lambda self, moment: (shown.append(moment), show(self, moment))[1])
    facts = write_film(film_of(photos, tmp_path / "kept"), tmp_path / "film.mp4")
    assert len(shown) == facts.frames - pieces[done - 1].stop
    write_film(film_of(photos, tmp_path / "other"), tmp_path / "whole.mp4")
    assert (tmp_path / "film.mp4").read_bytes() == (tmp_path / "whole.mp4").read_bytes()


def test_a_film_in_pieces_shows_what_one_that_is_written_at_once_shows(photos, tmp_path):
    for kept, name in ((tmp_path / "kept", "pieced.mp4"), (None, "whole.mp4")):
        write_film(film_of(photos, kept), tmp_path / name)
    pieced, whole = frames_of(tmp_path / "pieced.mp4"), frames_of(tmp_path / "whole.mp4")
    assert len(pieced) == len(whole)
    for a, b in zip(pieced, whole, strict=True):
        assert np.abs(a.astype(float) - b).mean() < 4.0


def test_a_film_that_is_made_again_shows_no_frame_again(photos, tmp_path, monkeypatch):
    write_film(film_of(photos, tmp_path / "kept"), tmp_path / "film.mp4")

    def refuse(*_given):
        raise AssertionError("a frame was made again")

    monkeypatch.setattr(Film, "show", refuse)
    write_film(film_of(photos, tmp_path / "kept"), tmp_path / "film.mkv")
    first, second = frames_of(tmp_path / "film.mp4"), frames_of(tmp_path / "film.mkv")
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def test_a_film_is_made_where_its_pieces_cannot_be_kept(photos, tmp_path):
    (tmp_path / "file").touch()
    film = film_of(photos, tmp_path / "file" / "kept")
    facts = write_film(film, tmp_path / "film.mp4")
    assert len(frames_of(tmp_path / "film.mp4")) == facts.frames
    assert film.context.store is not None
    assert film.context.store.cache.trouble is not None


def test_pieces_that_were_dropped_meanwhile_are_made_again(photos, tmp_path):
    film = film_of(photos, None)
    film.context = Context(device="cpu", store=Store(Cache(tmp_path / "kept", 3000)))
    facts = write_film(film, tmp_path / "film.mp4")
    assert len(frames_of(tmp_path / "film.mp4")) == facts.frames


@pytest.mark.parametrize("changed", [{"easing": "linear"}, {"fill": "#000000"}, {"zoom": 1.5}, {"quality": "best"}])
def test_pieces_are_named_by_all_that_is_asked_for(photos, tmp_path, changed):
    names = []
    for options in ({}, changed):
        film = film_of(photos, tmp_path / "kept", **options)
        assert film.context.store is not None
        quality = film.options.quality
        found = name_pieces(film, choose_encoding(tmp_path / "a.mp4", quality=quality), film.context.store)
        assert found is not None
        names.append(found)
    assert not set(names[0]) & set(names[1])


def test_pieces_are_named_by_where_every_photo_lies(photos, tmp_path):
    film = film_of(photos, tmp_path / "kept")
    store, encoding = film.context.store, choose_encoding(tmp_path / "a.mp4")
    assert store is not None
    before = name_pieces(film, encoding, store)
    last = film.plan.placed[-1]
    matrix = last.registration.matrix + np.array([[0.0, 0.0, 1e-3], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    moved = replace(last, registration=Registration(matrix))
    film.plan = replace(film.plan, placed=(*film.plan.placed[:-1], moved))
    assert before is not None
    assert name_pieces(film, encoding, store) != before


def test_pieces_are_named_by_what_the_picture_behind_the_subject_shows(photos, tmp_path):
    film = film_of(photos, tmp_path / "kept")
    encoding = choose_encoding(tmp_path / "a.mp4")
    film.morph = MorphOptions(background=str(tmp_path / "beach.png"))
    names = []
    for colour in ("blue", "sienna"):
        Image.new("RGB", (64, 48), colour).save(tmp_path / "beach.png")
        # A run knows what it has read; the next one looks again.
        names.append(name_pieces(film, encoding, Store(Cache(tmp_path / "kept", 10**9))))
    assert None not in names
    assert names[0] != names[1]


@pytest.mark.slow
def test_a_run_that_is_killed_goes_on_where_it_was(photos, tmp_path):
    shutil.copytree(photos, tmp_path / "photos")
    code = "import sys; from morphlapse.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", code, "film", str(tmp_path / "photos"), *TYPED]
    target, kept = tmp_path / "film.mp4", tmp_path / "kept"
    run = subprocess.Popen([*command, "-o", str(target), "--cache", str(kept)], stderr=subprocess.DEVNULL)
    while run.poll() is None and not list(kept.glob("pieces/*/*")):
        time.sleep(0.01)
    run.kill()
    run.wait()
    assert (
        subprocess.run([*command, "-o", str(target), "--cache", str(kept), "--overwrite"], check=False).returncode == 0
    )
    write_film(film_of(tmp_path / "photos", tmp_path / "other"), tmp_path / "whole.mp4")
    first, second = frames_of(target), frames_of(tmp_path / "whole.mp4")
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def test_a_caption_is_part_of_a_piece_and_a_song_is_laid_under_all(photos, tmp_path):
    song = tmp_path / "song.wav"
    with wave.open(str(song), "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(8000)
        written.writeframes((8000 * np.sin(np.arange(16000))).astype(np.int16).tobytes())
    kept = tmp_path / "kept"
    write_film(film_of(photos, kept), tmp_path / "plain.mp4")
    write_film(film_of(photos, kept, music=song), tmp_path / "song.mp4")
    with av.open(str(tmp_path / "song.mp4")) as opened:
        assert opened.streams.audio
    plain, sung = frames_of(tmp_path / "plain.mp4"), frames_of(tmp_path / "song.mp4")
    assert all(np.array_equal(a, b) for a, b in zip(plain, sung, strict=True))
    write_film(film_of(photos, kept, caption="{name}", caption_size=0.5), tmp_path / "named.mp4")
    assert not np.array_equal(frames_of(tmp_path / "named.mp4")[0], plain[0])
