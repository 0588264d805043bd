"""What was found once is not sought again, and nothing stale is taken for it."""

import os
from dataclasses import fields, replace
from fractions import Fraction

import numpy as np
import pytest
import torch

from morphlapse.album.cache import Cache
from morphlapse.album.folder import read_album
from morphlapse.album.packing import PackingError, name_of
from morphlapse.imaging.warp import size_of
from morphlapse.morphing.maps import Maps
from morphlapse.morphing.tint import Tint
from morphlapse.options import AlignOptions, CacheOptions, FilmOptions, MorphOptions
from morphlapse.pipeline import detecting, kept_maps, marking, placing, selecting
from morphlapse.pipeline.context import Context
from morphlapse.pipeline.film import Film
from morphlapse.pipeline.kept_maps import pack_maps, unpack_maps
from morphlapse.pipeline.storing import Store, open_store, survey
from morphlapse.records import Album, Detection, Detections, Photo, Size
from synthetic import copy_files

QUICK = FilmOptions(size=(160, 200), fps=Fraction(4), hold_s=0.25, transition_s=0.5)
SMALL = MorphOptions(working_px=96)


@pytest.fixture
def folder(sample, tmp_path):
    copy_files(sample[:3], tmp_path / "photos")
    return tmp_path / "photos"


@pytest.fixture
def context(tmp_path):
    """With what is kept on disk, and nothing known of it yet."""
    return lambda: Context(device="cpu", store=Store(Cache(tmp_path / "kept", 10**9)))


def look(context, album, monkeypatch=None):
    if monkeypatch is not None:
        monkeypatch.setattr(detecting, "open_detector", refuse)
    return detecting.detect(album, "mediapipe", context=context())


def refuse(*_args, **_more):
    raise AssertionError("it was sought again")


def points_of(detections):
    found = [detection.main for detection in detections.found]
    return [None if main is None or main.keypoints is None else main.keypoints.xy for main in found]


def test_photos_are_not_looked_at_again_wherever_they_are_moved(folder, context, monkeypatch):
    first = look(context, read_album(folder))
    moved = read_album(folder.rename(folder.with_name("elsewhere")))
    second = look(context, moved, monkeypatch)
    assert [each.photo for each in second.found] == list(moved.photos)
    for a, b in zip(points_of(first), points_of(second), strict=True):
        assert a is not None
        assert b is not None
        assert np.array_equal(a, b)


def test_only_a_photo_that_was_changed_is_looked_at_again(folder, context, monkeypatch):
    seen = []

    def note(photo, *who):
        del who
        seen.append(photo.path)
        return Detection(photo)

    monkeypatch.setattr(detecting, "look_at", note)
    album = read_album(folder)
    look(context, album)
    changed = album.photos[1].path
    changed.write_bytes(changed.read_bytes() + b"\0")
    look(context, read_album(folder))
    assert sorted(seen[:-1]) == sorted(photo.path for photo in album.photos)
    assert seen[-1] == changed


def test_a_file_of_the_same_time_and_size_is_not_read_again(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"first")
    photo = Photo(tmp_path / "a.jpg", Size(1, 1))
    names = []
    for content, time in ((b"first", 1000), (b"other", 1000), (b"other", 2000)):
        photo.path.write_bytes(content)
        os.utime(photo.path, (time, time))
        names.append(Store(Cache(tmp_path / "kept", 10**6)).content_of(photo))
    assert names[0] == names[1] != names[2]


def test_a_photo_that_is_gone_has_no_content(tmp_path):
    store = Store(Cache(tmp_path / "kept", 10**6))
    gone = Photo(tmp_path / "gone.jpg", Size(1, 1))
    assert store.content_of(gone) is None
    assert store.contents_of([gone]) is None
    assert store.find_detection(gone) is None


def test_an_entry_that_holds_something_else_goes(tmp_path):
    store = Store(Cache(tmp_path, 10**6))
    store.cache.put("maps", "0" * 40, b"checked, but no record")

    def read(_content):
        raise PackingError

    assert store.find("maps", "0" * 40, read) is None
    assert store.cache.entries() == []


@pytest.fixture(scope="module")
def kept(sample, tmp_path_factory):
    """A folder in which the places of three photos and one transition of their film are kept."""
    home = tmp_path_factory.mktemp("kept")
    context = Context(device="cpu", store=Store(Cache(home, 10**9)))
    plan = plan_of(sample[:3], context)
    Film(plan, QUICK, SMALL, context=context).transition(0, 1)
    return home, plan


def reopened(home):
    return Context(device="cpu", store=Store(Cache(home, 10**9)))


def plan_of(folder, context, options=None):
    album = read_album(folder)
    detections = detecting.detect(album, "mediapipe", context=context)
    choice = selecting.select(album, detections, on="face")
    return placing.align(album, choice, options or AlignOptions(on="face"), context=context)


def test_places_are_kept_by_their_options(kept, sample, monkeypatch):
    home, first = kept
    monkeypatch.setattr(placing, "place", refuse)
    monkeypatch.setattr(detecting, "open_detector", refuse)
    again = plan_of(sample[:3], reopened(home))
    assert (again.reference, again.on, again.level_rad) == (first.reference, first.on, first.level_rad)
    for a, b in zip(first.placed, again.placed, strict=True):
        assert np.array_equal(a.registration.matrix, b.registration.matrix)
    with pytest.raises(AssertionError, match="sought again"):
        plan_of(sample[:3], reopened(home), AlignOptions(on="body"))


@pytest.mark.parametrize("background", ["auto", "morph"])
def test_the_same_film_comes_of_kept_maps(kept, tmp_path, monkeypatch, background):
    plan, morph = kept[1], SMALL.model_copy(update={"background": background})
    first = Film(plan, QUICK, morph, context=reopened(tmp_path)).frame_at(0.5)
    for home in ("morphing.search", "morphing.apart"):
        monkeypatch.setattr(f"morphlapse.{home}.find_maps", refuse)
    assert torch.equal(first, Film(plan, QUICK, morph, context=reopened(tmp_path)).frame_at(0.5))


@pytest.mark.parametrize("changed", [{"size": (320, 400)}, {"hold_s": 1.0}, {"quality": "best"}])
def test_a_film_of_another_size_or_pace_takes_the_same_maps(kept, monkeypatch, changed):
    home, plan = kept
    monkeypatch.setattr("morphlapse.morphing.search.find_maps", refuse)
    film = Film(plan, QUICK.model_copy(update=changed), SMALL, context=reopened(home))
    assert film.transition(0, 1).size == film.size


@pytest.mark.parametrize("background", ["auto", "morph"])
def test_in_another_light_the_motion_is_kept_and_the_tint_found_anew(kept, tmp_path, monkeypatch, background):
    plan, morph = kept[1], SMALL.model_copy(update={"background": background})
    lit = Film(plan, QUICK, morph, context=reopened(tmp_path))
    assert lit.lighting is not None
    dark = replace(lit.lighting, stops=lit.lighting.stops - [[0.5], [0.0], [0.0]])
    first = lit.transition(0, 1).maps
    monkeypatch.setattr("morphlapse.morphing.search.find_motion", refuse)
    for _ in range(2):
        film = Film(plan, QUICK, morph, context=reopened(tmp_path))
        film.__dict__["lighting"] = dark
        again = film.transition(0, 1).maps
        assert torch.equal(first.velocity, again.velocity)
        assert float((again.tint.mult - first.tint.mult).abs().max()) > 0.01
        # The second time nothing at all is found anew.
        monkeypatch.setattr("morphlapse.morphing.search.compare_layers", refuse)


def test_a_pace_is_kept_and_a_preview_takes_that_of_its_film(kept, tmp_path, monkeypatch):
    plan = kept[1]
    film = Film(plan, QUICK, SMALL, context=reopened(tmp_path))
    moment = next(each for each in film.timeline.moments() if 0.0 < each.progress < 1.0)
    shown = film.show(moment)
    monkeypatch.setattr("morphlapse.morphing.transition.find_pace", refuse)
    assert torch.equal(Film(plan, QUICK, SMALL, context=reopened(tmp_path)).show(moment), shown)
    preview = QUICK.model_copy(update={"preview": True})
    assert Film(plan, preview, SMALL, context=reopened(tmp_path)).show(moment).isfinite().all()
    with pytest.raises(AssertionError):
        Film(plan, QUICK, SMALL.model_copy(update={"blend": "plain"}), context=reopened(tmp_path)).show(moment)


def names_of(home, plan, film, morph):
    made = Film(plan, film, morph, context=reopened(home))
    store = made.context.store
    assert store is not None
    pair = made.pair(0, 1)
    return [name_of(pair.parts(store, frame)) for frame in pair.frames]


@pytest.fixture(scope="module")
def names(kept):
    """Under what the maps of that film are kept."""
    home, plan = kept
    return names_of(home, plan, QUICK, SMALL)


def test_a_preview_takes_the_maps_of_the_film_before_it_makes_its_own(kept):
    home, plan = kept
    large = QUICK.model_copy(update={"size": (960, 1200)})
    preview = large.model_copy(update={"preview": True})
    deep = SMALL.model_copy(update={"working_px": 700})
    assert names_of(home, plan, preview, deep)[0] == names_of(home, plan, large, deep)[0]
    assert len(set(names_of(home, plan, preview, deep))) == 2


@pytest.mark.parametrize(
    ("film", "morph"),
    [
        ({}, {"smoothness": 2.0}),
        ({}, {"tint": 0.5}),
        ({}, {"background": "whole"}),
        ({}, {"working_px": 80}),
        ({"hints": "none"}, {}),
        ({"fill": "#000000"}, {}),
        ({"zoom": 1.2}, {}),
        ({"size": (160, 160)}, {}),
    ],
)
def test_whatever_changes_the_maps_changes_their_name(kept, names, film, morph):
    home, plan = kept
    assert names_of(home, plan, QUICK.model_copy(update=film), SMALL.model_copy(update=morph)) != names


def test_a_point_that_is_given_changes_the_name_of_the_maps(kept, names):
    home, plan = kept
    album = Detections(tuple(entry.detection for entry in plan.placed))
    marked = marking.mark(album, {plan.placed[1].photo.path.name: np.array([[5.0, 6.0]])}).found
    entries = [replace(entry, detection=found) for entry, found in zip(plan.placed, marked, strict=True)]
    assert names_of(home, replace(plan, placed=tuple(entries)), QUICK, SMALL) != names


def make_maps(b_from_a):
    draw = np.random.default_rng(0)
    one = [torch.from_numpy(draw.random((1, 3, 4, 5), dtype=np.float32)) for _ in range(7)]
    return Maps(one[0][:, :2], Tint(*one[1:3]), Tint(*one[3:5]), one[5][:, :1], one[6][:, :1], b_from_a, "source", True)


def test_every_map_comes_back():
    maps = make_maps(np.array([[1.1, 0.0, 3.0], [0.0, 1.1, -2.0], [0.0, 0.0, 1.0]]))
    light = np.array([[0.0, 1.0, -2.0]])
    back, lit = unpack_maps(pack_maps(maps, Size(40, 50), light), canvas=Size(40, 50), like=torch.zeros(1))
    assert lit is not None
    assert np.array_equal(lit, light)
    for each in fields(Maps):
        a, b = getattr(maps, each.name), getattr(back, each.name)
        rows = zip(a, b, strict=True) if isinstance(a, Tint) else [(a, b)]
        assert all(x.equal(y) if isinstance(x, torch.Tensor) else np.array_equal(x, y) for x, y in rows)
    assert isinstance(back.tint, Tint)


def test_a_similarity_is_told_in_pixels_of_the_canvas_it_is_on():
    maps = make_maps(np.array([[1.0, 0.0, 10.0], [0.0, 1.0, 20.0], [0.0, 0.0, 1.0]]))
    back, _ = unpack_maps(pack_maps(maps, Size(40, 50)), canvas=Size(20, 25), like=torch.zeros(1))
    assert np.allclose(back.b_from_a[:2, 2], (5.0, 10.0))


def test_other_bytes_hold_no_maps():
    with pytest.raises(PackingError):
        unpack_maps(kept_maps.pack({"canvas": Size(2, 2)}), canvas=Size(2, 2), like=torch.zeros(1))


def test_nothing_is_kept_where_that_is_asked(monkeypatch, tmp_path):
    assert open_store() is None
    assert survey(None).folder is None
    monkeypatch.setenv("MORPHLAPSE_CACHE", str(tmp_path / "kept"))
    assert open_store(CacheOptions(cache="off")) is None
    opened = open_store(CacheOptions(cache_gb=0.5))
    assert opened is not None
    assert (opened.cache.folder, opened.cache.limit_bytes) == (tmp_path / "kept", 5 * 10**8)


def test_what_is_kept_is_counted_and_removed(tmp_path):
    store = Store(Cache(tmp_path / "kept", 10**6))
    store.cache.put("maps", "0" * 40, bytes(84))
    store.cache.put("maps", "1" * 40, bytes(84))
    assert survey(store).kinds == (("maps", 2, 200),)
    assert survey(store, clear=True).removed == 200
    assert survey(store).kinds == ()


def test_an_album_without_photos_needs_no_detector(context, monkeypatch):
    assert look(context, Album(()), monkeypatch).found == ()


def test_what_an_own_detector_finds_is_not_kept(folder, context):
    class Nobody:
        keypoint_names = ()

        def detect(self, image):
            del image
            return ()

    album = replace(read_album(folder), skipped=())
    detecting.detect(album, Nobody(), context=context())
    assert survey(context().store).kinds == ()


def test_a_preview_moves_as_its_film_in_cells_that_cost_less(kept, tmp_path):
    plan = kept[1]
    large = QUICK.model_copy(update={"size": (640, 800)})
    deep = SMALL.model_copy(update={"working_px": 400})
    film = Film(plan, large, deep, context=reopened(tmp_path))
    preview = Film(plan, large.model_copy(update={"preview": True}), deep, context=reopened(tmp_path))
    points = torch.tensor([[200.0, 267.0], [320.0, 400.0], [467.0, 533.0]])
    ratio = preview.size.width / film.size.width
    moved = film.transition(0, 1).carry(points, 1.0) - points
    seen = preview.transition(0, 1)
    assert size_of(seen.maps.velocity).long_side < size_of(film.transition(0, 1).maps.velocity).long_side
    assert torch.allclose(seen.carry(points * ratio, 1.0) - points * ratio, moved * ratio, atol=0.25)
