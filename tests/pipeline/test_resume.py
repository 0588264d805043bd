"""A film that was interrupted goes on where it was, and is the film that it would have been."""

import random
import shutil
import signal
import wave
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import torch
from PIL import Image, ImageSequence

from films import assert_same_film
from morphlapse.album.cache import Cache
from morphlapse.film.formats import choose_encoding
from morphlapse.options import AlignOptions, FilmOptions, MorphOptions
from morphlapse.pipeline.context import Context
from morphlapse.pipeline.film import Film
from morphlapse.pipeline.pieces import name_pieces
from morphlapse.pipeline.planning import plan_photos, prepare_job
from morphlapse.pipeline.storing import Store
from morphlapse.pipeline.writing import write_film
from runs import Run, Runs
from synthetic import draw_photos

QUICK = FilmOptions(
    size=(64, 48), fps=Fraction(2), hold_s=0.5, transition_s=2.5, hints="none", grade=0.0, transition="dissolve"
)
DRAFT = MorphOptions(working_px=64, effort="quick", pace="plain")


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    return draw_photos(tmp_path_factory.mktemp("photos"), "abcdefg")


def film_of(photos, kept, **options):
    context = Context(device="cpu", store=None if kept is None else Store(Cache(kept, 10**9)))
    plan = plan_photos(prepare_job(photos, align=AlignOptions(on="none")), Context()).plan
    morph = DRAFT.model_copy(update={"prealign": False})
    return Film(plan, QUICK.model_copy(update=options), morph, context=context)


def frames_of(path):
    with av.open(str(path)) as opened:
        return [frame.to_ndarray(format="rgb24") for frame in opened.decode(video=0)]


def pieces_of(film):
    store = film.context.store
    found = name_pieces(film, choose_encoding(Path("a.mp4"), quality=film.options.quality), store)
    assert found is not None
    return found


class StoppedError(Exception):
    """Stands for whatever ends a run."""


def test_a_run_that_was_ended_goes_on_where_it_was(photos, tmp_path, monkeypatch):
    film = film_of(photos, tmp_path / "kept")
    pieces = [part for _, part in pieces_of(film)]
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
    rest = list(film.timeline.moments())[pieces[done - 1].stop : facts.frames]
    # A photo that stands is made once.
    assert len(shown) == len(set(rest))
    write_film(film_of(photos, tmp_path / "other"), tmp_path / "whole.mp4")
    assert_same_film(tmp_path / "film.mp4", tmp_path / "whole.mp4")


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


def test_pieces_that_were_dropped_meanwhile_are_made_again(photos, tmp_path, monkeypatch):
    film = film_of(photos, tmp_path / "kept")
    get = Cache.get
    monkeypatch.setattr(Cache, "get", lambda self, kind, key: None if kind == "pieces" else get(self, kind, key))
    facts = write_film(film, tmp_path / "film.mp4")
    assert len(frames_of(tmp_path / "film.mp4")) == facts.frames


KINDS_OF_FILMS = ["film.mp4", "film.webm", "film.gif", "film.webp", "film"]


@pytest.mark.parametrize("name", KINDS_OF_FILMS)
def test_films_of_all_kinds_go_on_where_they_were(photos, tmp_path, monkeypatch, name):
    options = {"fps": Fraction(1), "transition_s": 2.0, "codec": "auto" if "." in name else "png"}
    write_film(film_of(photos, tmp_path / "kept", **options), tmp_path / name)
    pieces = sorted((tmp_path / "kept" / "pieces").glob("*/*"))
    pieces[1].unlink()
    shown = []
    show = Film.show
    monkeypatch.setattr(Film, "show", lambda self, moment: (shown.append(moment), show(self, moment))[1])
    film = film_of(photos, tmp_path / "kept", **options)
    again = write_film(film, tmp_path / f"again-{name}")
    assert 1 <= len(shown) < again.frames / 2
    monkeypatch.undo()
    write_film(film_of(photos, None, **options), tmp_path / f"whole-{name}")
    found = [list(frames_in(tmp_path / f"{which}-{name}")) for which in ("again", "whole")]
    assert len(found[0]) == len(found[1])
    close = 6.0 if name in ("film.mp4", "film.webm") else 0.0
    assert all(np.abs(a.astype(float) - b).mean() <= close for a, b in zip(*found, strict=True))


def frames_in(path):
    if path.is_dir():
        return [np.asarray(Image.open(each)) for each in sorted(path.iterdir())]
    if path.suffix == ".webp":
        with Image.open(path) as film:
            return [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(film)]
    return frames_of(path)


def test_what_would_push_out_all_else_is_not_kept(photos, tmp_path):
    film = film_of(photos, None, codec="png")
    film.context = Context(device="cpu", store=Store(Cache(tmp_path / "kept", 100_000)))
    write_film(film, tmp_path / "film")
    assert len(list((tmp_path / "film").iterdir())) == film.timeline.frames
    assert not (tmp_path / "kept" / "pieces").exists()


END_LATER = """
import os, threading, time
from pathlib import Path
def end():
    while len(list(Path({kept!r}).glob('pieces/*/*'))) < {enough}:
        time.sleep(0.01)
    time.sleep({wait_s})
    os.kill(os.getpid(), {ending})
threading.Thread(target=end, daemon=True).start()
"""
"""Ends the process that runs it once so many pieces are kept, and a moment later than that."""


@pytest.fixture(scope="module")
def runs():
    begun = Runs()
    yield begun
    begun.close()


@pytest.mark.hard
@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGINT])
def test_a_run_that_is_ended_ten_times_goes_on_each_time(runs, tmp_path, ending):
    draw_photos(tmp_path / "photos", (f"{number:02}" for number in range(16)))
    target, kept = tmp_path / "film.mp4", tmp_path / "kept"
    typed = ["film", str(tmp_path / "photos"), "-o", str(target), "--overwrite", "--on", "none", "--no-prealign"]
    typed += ["--size", "160x120", "--fps", "8", "--working-px", "64", "--hints", "none", "--cache"]
    dice = random.Random(0)
    before: set[Path] = set()
    ended = []
    while len(ended) < 10 and 0 not in ended:
        enough = len(before) + dice.randrange(2)
        later = END_LATER.format(kept=str(kept), enough=enough, wait_s=dice.uniform(0.0, 0.5), ending=int(ending))
        ended.append(runs.do(Run([*typed, str(kept)], before=later))[0].code)
        now = {path for path in kept.glob("pieces/*/*") if path.suffix != ".part"}
        assert before <= now
        before = now
        assert ended[-1] in (0, -signal.SIGKILL, 130)
        assert target.exists() == (ended[-1] == 0)
        assert ending == signal.SIGKILL or [path.name for path in tmp_path.iterdir() if path.suffix == ".part"] == []
    assert len(ended) > 3
    assert runs.do(Run([*typed, str(kept)]))[0].code == 0
    assert before <= set(kept.glob("pieces/*/*"))
    shutil.move(target, tmp_path / "ended.mp4")
    assert runs.do(Run([*typed, str(tmp_path / "other")]))[0].code == 0
    assert_same_film(tmp_path / "ended.mp4", target)
    assert len(frames_of(target)) == 16 * 4 + 15 * 8


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
