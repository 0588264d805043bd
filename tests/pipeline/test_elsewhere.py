"""Photos and pieces of films made by others: threads, processes, the workers of a scheduler. It is the same film."""

import json
import multiprocessing
import pickle
import subprocess
import sys
import time
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction
from functools import partial

import numpy as np
import pytest
import torch

import morphlapse as ml
from films import assert_same_film
from morphlapse.album.cache import Cache
from morphlapse.album.faults import UnreadablePhotoError
from morphlapse.album.sample import write_sample_album
from morphlapse.errors import BackendMissing, OptionError
from morphlapse.pipeline.cluster import open_cluster
from morphlapse.pipeline.context import Context
from morphlapse.pipeline.elsewhere import do_all
from morphlapse.pipeline.film import Film
from morphlapse.pipeline.planning import plan_photos, prepare_job
from morphlapse.pipeline.storing import Store
from morphlapse.pipeline.writing import write_film
from synthetic import draw_photos

QUICK = ml.FilmOptions(size=(64, 48), fps=Fraction(1), hold_s=1.0, transition_s=3.0)
DRAFT = ml.MorphOptions(working_px=64, effort="quick", pace="plain", prealign=False)


class Sending(Executor):
    """Does tasks at once, as another process would get and give them: pickled."""

    def __init__(self):
        self.done = []

    def submit(self, fn, /, *args, **kwargs):
        future = Future()
        self.done.append(fn)
        try:
            future.set_result(pickle.loads(pickle.dumps(pickle.loads(pickle.dumps(fn))(*args, **kwargs))))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is sent back
            future.set_exception(pickle.loads(pickle.dumps(error)))
        return future


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    return draw_photos(tmp_path_factory.mktemp("photos"), "abc")


def film_of(photos, *, executor=None, store=None, morph=DRAFT, **options):
    job = prepare_job(photos, align=ml.AlignOptions(on="none"))
    plan = plan_photos(job, Context()).plan
    context = Context(device="cpu", executor=executor, store=store)
    return Film(plan, QUICK.model_copy(update=options), morph, context=context)


@pytest.mark.parametrize(
    ("options", "morph"),
    [
        ({"loop": True, "fill": "neighbour", "zoom": 0.6, "caption": "{number} of {total}"}, DRAFT),
        pytest.param({"grade": 1.0}, DRAFT, marks=pytest.mark.hard),
        pytest.param(
            {"transition": "dissolve"}, DRAFT.model_copy(update={"background": "stay"}), marks=pytest.mark.hard
        ),
        pytest.param(
            {"preview": True, "hold_s": 0.0, "easing": "linear", "size": (640, 480)}, DRAFT, marks=pytest.mark.hard
        ),
    ],
)
def test_pieces_that_others_make_are_the_same(photos, tmp_path, options, morph):
    other = Sending()
    write_film(film_of(photos, executor=other, morph=morph, **options), tmp_path / "others.mp4")
    store = Store(Cache(tmp_path / "kept", 10**9))
    write_film(film_of(photos, store=store, morph=morph, **options), tmp_path / "own.mp4")
    assert len(other.done) >= 3
    assert_same_film(tmp_path / "others.mp4", tmp_path / "own.mp4")


@pytest.mark.parametrize("detector", [None, pytest.param("mediapipe", marks=pytest.mark.hard)])
def test_photos_that_others_look_at_are_told_the_same(photos, tmp_path, detector):
    paths = sorted(photos.iterdir())[:2] if detector is None else write_sample_album(tmp_path)[:2]
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    album = ml.read_album(paths)
    gone = replace(album.photos[0], path=tmp_path / "gone.jpg")
    album = replace(album, photos=(*album.photos, gone))
    other = Sending()
    seen = [ml.detect(album, detector, context=Context(executor=executor)) for executor in (other, None)]
    assert len(other.done) == 3
    assert [skipped.path.name for skipped in seen[0].skipped] == ["gone.jpg"]
    for one, two in zip(seen[0].found, seen[1].found, strict=True):
        assert one.photo == two.photo
        assert (one.lightness, one.sharpness) == (two.lightness, two.sharpness)
        assert np.array_equal(one.thumbnail, two.thumbnail)
        assert (one.main is None) == (detector is None)
        for mine, other in zip(one.subjects, two.subjects, strict=True):
            assert mine.face is not None
            assert other.face is not None
            assert np.array_equal(mine.face.keypoints.xy, other.face.keypoints.xy)


def test_maps_that_others_find_are_kept_and_those_that_are_known_are_told(photos, tmp_path, monkeypatch):
    store = Store(Cache(tmp_path / "kept", 10**9))
    write_film(film_of(photos, executor=Sending(), store=store), tmp_path / "film.mp4")
    assert len(list((tmp_path / "kept" / "maps").glob("*/*"))) == 2

    def refuse(*_given):
        raise AssertionError("a transition was found again")

    monkeypatch.setattr("morphlapse.morphing.search.find_maps", refuse)
    write_film(film_of(photos, executor=Sending(), store=store, easing="gentle"), tmp_path / "other.mp4")


def test_threads_may_do_it_too_and_keep_their_number(photos, tmp_path):
    before = torch.get_num_threads()
    quick = {"transition": "dissolve"}
    with ThreadPoolExecutor(2) as pool:
        write_film(film_of(photos, executor=pool, **quick), tmp_path / "threads.mp4")
    write_film(film_of(photos, executor=Sending(), **quick), tmp_path / "sent.mp4")
    assert torch.get_num_threads() == before
    assert_same_film(tmp_path / "threads.mp4", tmp_path / "sent.mp4")


def test_what_fails_elsewhere_fails_here(photos, tmp_path):
    film = film_of(photos, executor=Sending(), transition="dissolve")
    lost = replace(
        film.plan.placed[2],
        detection=replace(
            film.plan.placed[2].detection, photo=replace(film.plan.placed[2].photo, path=tmp_path / "lost.png")
        ),
    )
    film.plan = replace(film.plan, placed=(*film.plan.placed[:2], lost, *film.plan.placed[3:]))
    with pytest.raises(UnreadablePhotoError, match=r"lost\.png"):
        write_film(film, tmp_path / "film.mp4")
    assert not (tmp_path / "film.mp4").exists()


def test_no_more_tasks_are_taken_than_may_wait():
    taken = []

    def tasks():
        for number in range(1000):
            taken.append(number)
            yield partial(int, number)

    results = do_all(Sending(), tasks())
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    assert len(taken) < 100
    results.close()


def test_a_scheduler_that_does_not_answer_is_told(monkeypatch):
    monkeypatch.setattr("morphlapse.pipeline.cluster.PATIENCE_S", 0.2)
    pytest.importorskip("distributed")
    with (
        pytest.raises(OptionError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9"),
        open_cluster("tcp://127.0.0.1:9"),
    ):
        pass


def test_dask_that_is_missing_is_named_with_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(BackendMissing, match=r"morphlapse\[cluster\]"), open_cluster("tcp://127.0.0.1:8786"):
        pass


@pytest.mark.hard
def test_processes_make_the_same_film(photos, tmp_path):
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        write_film(film_of(photos, executor=pool), tmp_path / "processes.mp4")
    write_film(film_of(photos, store=Store(Cache(tmp_path / "kept", 10**9))), tmp_path / "own.mp4")
    assert_same_film(tmp_path / "processes.mp4", tmp_path / "own.mp4")


@pytest.mark.hard
def test_two_workers_of_a_scheduler_make_the_same_film(photos, tmp_path):
    distributed = pytest.importorskip("distributed")
    place = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(tmp_path / "where.json")]
    running = [subprocess.Popen([*dask_words("scheduler"), *place], stderr=subprocess.DEVNULL)]
    try:
        while not (tmp_path / "where.json").exists():
            time.sleep(0.05)
        worker = [*dask_words("worker"), "--scheduler-file", str(tmp_path / "where.json"), "--nthreads", "1"]
        worker += ["--no-nanny", "--no-dashboard"]
        running += [subprocess.Popen(worker, stderr=subprocess.DEVNULL, cwd=tmp_path) for _ in range(2)]
        address = json.loads((tmp_path / "where.json").read_text())["address"]
        with distributed.Client(address) as client:
            client.wait_for_workers(2, timeout=120)
        command = [sys.executable, "-c", "import sys; from morphlapse.cli import main; sys.exit(main())", "film"]
        command += [str(photos), "--on", "none", "--no-prealign", "--size", "128x96", "--fps", "5", "--cache"]
        for name, more in (("own", []), ("cluster", ["--cluster", address])):
            typed = [*command, str(tmp_path / f"kept-{name}"), "-o", str(tmp_path / f"{name}.mp4"), *more]
            assert subprocess.run(typed, check=False).returncode == 0
    finally:
        for each in running:
            each.terminate()
            each.wait()
    assert_same_film(tmp_path / "cluster.mp4", tmp_path / "own.mp4")


def dask_words(what):
    """How a scheduler or a worker is started."""
    return [sys.executable, "-m", "dask", what]
