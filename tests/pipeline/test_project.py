"""What an album file says holds in every run: places, choices, dates and corrections by hand."""

import json
import os
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from films import assert_same_film
from morphlapse.album.sample import write_sample_pair
from morphlapse.errors import OptionError, PhotoError
from morphlapse.options import AlbumOptions, AlignOptions, FilmOptions, MorphOptions, SelectOptions
from morphlapse.pipeline import placing
from morphlapse.pipeline.context import Context
from morphlapse.pipeline.film import Film
from morphlapse.pipeline.jobs import inspect_photos, make_film
from morphlapse.pipeline.planning import plan_photos, prepare_job
from morphlapse.pipeline.project import check_album

ON_POINTS = AlignOptions(on="points", reference="b.png")
QUICK = FilmOptions(size=(96, 72), fps=Fraction(4), hold_s=0.25, transition_s=0.5, hints="none")
SHIFTS = {"a": (0, 0), "b": (4, 2), "c": (-3, 5), "d": (2, -4), "e": (7, 1)}


@pytest.fixture
def house(tmp_path, monkeypatch):
    """Four pictures of one chart, each shifted, with points beside them; a fifth is still elsewhere."""
    monkeypatch.chdir(tmp_path)
    chart = np.random.default_rng(0).integers(0, 255, (12, 16, 3), dtype=np.uint8)
    for place, names in (("photos", "abcd"), ("later", "e")):
        (tmp_path / place).mkdir()
        for name in names:
            right, down = SHIFTS[name]
            picture = (
                Image.fromarray(chart)
                .resize((160, 120))
                .transform((160, 120), Image.Transform.AFFINE, (1, 0, -right, 0, 1, -down))
            )
            picture.save(tmp_path / place / f"{name}.png")
            os.utime(tmp_path / place / f"{name}.png", (1e9 + ord(name), 1e9 + ord(name)))
            marks = {"door": [40.0 + right, 80.0 + down], "roof": [120.0 + right, 30.0 + down]}
            (tmp_path / place / f"{name}.points.json").write_text(json.dumps(marks))
    return tmp_path


BOOK = Path("album.morphlapse.json")


def plan(source="photos", *, film=QUICK, **how):
    album = AlbumOptions(album=BOOK, **{name: how.pop(name) for name in ("realign",) if name in how})
    return plan_photos(prepare_job(source, album, align=ON_POINTS, film=film, **how), Context())


def read():
    return json.loads(BOOK.read_text())


def correct(name, **by_hand):
    """Edit the file by hand."""
    written = read()
    entry = next(entry for entry in written["photos"] if entry["path"] == f"photos/{name}.png")
    entry["correction"].update(by_hand)
    BOOK.write_text(json.dumps(written))


def bring_the_last():
    for file in Path("later").iterdir():
        file.rename(Path("photos") / file.name)


def shifts_of(plan):
    return {entry.photo.path.stem: tuple(entry.registration.matrix[:2, 2].round(6)) for entry in plan.placed}


@pytest.mark.usefixtures("house")
def test_the_file_holds_what_was_decided():
    found = plan(select=SelectOptions(exclude=("c*",)))
    written = read()
    assert written["version"] == 1
    assert (written["on"], written["reference"]) == ("points", "photos/b.png")
    assert [entry["path"] for entry in written["photos"]] == [f"photos/{name}.png" for name in "abcd"]
    assert [entry["used"] for entry in written["photos"]] == [True, True, False, True]
    assert written["photos"][2]["reason"] == "left out by hand (exclude)"
    assert np.allclose(written["photos"][0]["reference_from_photo"], found.plan.placed[0].registration.matrix)
    assert written["options"]["film"]["size"] == "96x72"


@pytest.mark.usefixtures("house")
def test_places_and_frame_are_frozen_and_new_photos_are_added(monkeypatch):
    first = plan().plan
    asked = []
    place = placing.place

    def note(shots, *more):
        asked.append(len(shots.subjects))
        return place(shots, *more)

    monkeypatch.setattr(placing, "place", note)
    before = read()
    again = plan().plan
    assert asked == []
    assert shifts_of(again) == shifts_of(first)
    assert read() == before
    bring_the_last()
    more = plan().plan
    assert asked == [2]
    assert shifts_of(more) == {**shifts_of(first), "e": (-3.0, 1.0)}
    assert more.frame is not None
    assert first.frame is not None
    assert np.array_equal(more.frame.canvas_from_reference, first.frame.canvas_from_reference)
    assert read()["photos"][:4] == before["photos"]


@pytest.mark.usefixtures("house")
def test_realign_places_all_anew_and_keeps_corrections():
    plan()
    correct("a", rotate_deg=5.0)
    written = read()
    written["photos"][2]["reference_from_photo"] = [[1, 0, 50], [0, 1, 50], [0, 0, 1]]
    BOOK.write_text(json.dumps(written))
    assert shifts_of(plan().plan)["c"] == (50.0, 50.0)
    assert shifts_of(plan(realign=True).plan)["c"] == (7.0, -3.0)
    assert read()["photos"][0]["correction"]["rotate_deg"] == 5.0


@pytest.mark.usefixtures("house")
def test_the_album_file_alone_makes_the_same_film():
    options = {"align": ON_POINTS, "film": QUICK, "morph": MorphOptions(working_px=64)}
    make_film("photos", "first.mp4", album=AlbumOptions(album=BOOK), **options)
    bring_the_last()
    report = make_film(BOOK, "second.mp4")
    assert_same_film(Path("first.mp4"), Path("second.mp4"))
    assert [fate.path.name for fate in report.fates] == [f"{name}.png" for name in "abcd"]


@pytest.mark.parametrize("size", [(96, 72), (192, 144)])
@pytest.mark.usefixtures("house")
def test_a_nudge_is_a_share_of_the_frame_at_any_size(size):
    film = FilmOptions(size=size)
    before = Film(plan(film=QUICK).plan, film)
    correct("a", nudge=[0.25, -0.5])
    after = Film(plan(film=film).plan, film)
    assert np.allclose(before.frame.canvas_from_reference, after.frame.canvas_from_reference)
    moved = after.canvas_from_photo(0) @ np.linalg.inv(before.canvas_from_photo(0))
    assert np.allclose(moved, [[1, 0, 0.25 * size[0]], [0, 1, -0.5 * size[1]], [0, 0, 1]])
    assert np.allclose(after.canvas_from_photo(1), before.canvas_from_photo(1))


@pytest.mark.usefixtures("house")
def test_a_turn_is_clockwise_and_a_scale_enlarges_about_the_middle():
    before = Film(plan().plan, QUICK)
    correct("a", rotate_deg=90.0, scale=2.0)
    after = Film(plan().plan, QUICK)
    moved = after.canvas_from_photo(0) @ np.linalg.inv(before.canvas_from_photo(0))
    middle = np.array([(96 - 1) / 2, (72 - 1) / 2, 1.0])
    assert np.allclose(moved @ middle, middle)
    assert np.allclose(moved @ (middle + np.array([10.0, 0.0, 0.0])), middle + np.array([0.0, 20.0, 0.0]))


@pytest.mark.usefixtures("house")
def test_points_by_hand_place_their_photo_and_no_other():
    before = shifts_of(plan().plan)
    correct("c", keypoints={"door": [41.0, 80.0], "roof": [121.0, 30.0]})
    assert shifts_of(plan().plan) == {**before, "c": (3.0, 2.0)}


@pytest.mark.usefixtures("house")
def test_a_date_by_hand_moves_a_photo_in_the_film_and_is_kept():
    plan()
    for day, name in enumerate("dcba", start=1):
        correct(name, date=f"2024-03-0{day}T10:00:00")
    for _ in range(2):
        assert [entry.photo.path.stem for entry in plan().plan.placed] == ["d", "c", "b", "a"]
    assert read()["photos"][0]["correction"]["date"] == "2024-03-01T10:00:00"
    assert read()["photos"][0]["date"] != "2024-03-01T10:00:00"


@pytest.mark.usefixtures("house")
def test_photos_are_left_out_and_taken_in_by_hand():
    plan(select=SelectOptions(exclude=("c*",)))
    assert set(shifts_of(plan().plan)) == set("abd")
    correct("a", include=False)
    correct("c", include=True)
    assert set(shifts_of(plan().plan)) == set("bcd")
    assert set(shifts_of(plan(realign=True).plan)) == set("bcd")


@pytest.mark.usefixtures("house")
def test_names_that_were_excluded_stay_so_even_when_their_photo_is_gone():
    plan(select=SelectOptions(exclude=("c*",)))
    Path("photos/c.png").unlink()
    assert set(shifts_of(plan(select=SelectOptions(exclude=("d*",))).plan)) == set("ab")
    assert read()["options"]["select"]["exclude"] == ["c*", "d*"]
    assert [entry["path"] for entry in read()["photos"]][-1] == "photos/c.png"
    with pytest.raises(OptionError, match="exclude: 'x\\*' matches none"):
        plan(select=SelectOptions(exclude=("x*",)))


@pytest.mark.usefixtures("house")
def test_what_is_typed_takes_the_place_of_what_the_file_says():
    plan()
    job = prepare_job("photos", AlbumOptions(album=BOOK), film=FilmOptions(fps=Fraction(8)))
    assert job.wanted.film == QUICK.model_copy(update={"fps": Fraction(8)})
    assert job.wanted.align == ON_POINTS
    plan(film=FilmOptions(loop=True))
    assert prepare_job("photos", AlbumOptions(album=BOOK)).wanted.film.loop
    assert not prepare_job("photos", AlbumOptions(album=BOOK), film=FilmOptions(loop=False)).wanted.film.loop


@pytest.mark.usefixtures("house")
def test_a_film_that_was_looked_at_first_is_made_whole_by_the_next_run():
    job = prepare_job("photos", AlbumOptions(album=BOOK), film=FilmOptions(preview=True, loop=True))
    assert job.wanted.film.preview
    plan(film=FilmOptions(preview=True, loop=True))
    assert read()["options"]["film"] == {"loop": True}
    assert not prepare_job("photos", AlbumOptions(album=BOOK)).wanted.film.preview


@pytest.mark.usefixtures("house")
def test_another_aspect_or_fit_has_its_own_frame():
    plan()
    wide = FilmOptions(size=(160, 60))
    assert Film(plan(film=wide).plan, wide).size.width == 160
    assert read()["frame"]["size"] == [96, 72]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"options": {"film": {"fps": -1}}}, "options.film.fps: "),
        ({"options": {"film": {"colour": 1}}}, "options.film.colour: "),
        ({"photos": [{"path": "../x.png"}]}, "photos[0].path: "),
    ],
)
@pytest.mark.usefixtures("house")
def test_a_wrong_file_stops_the_run_in_one_line_and_is_left_alone(change, said):
    plan()
    BOOK.write_text(json.dumps({**read(), **change}))
    before = BOOK.read_bytes()
    with pytest.raises(PhotoError) as caught:
        plan()
    assert f"{BOOK}: {said}" in str(caught.value)
    assert BOOK.read_bytes() == before


@pytest.mark.usefixtures("house")
def test_wrong_points_are_told_with_their_place():
    plan()
    correct("c", keypoints={"door": [500, 1]})
    with pytest.raises(PhotoError, match=r"photos\[2\].correction.keypoints: of c.png, the point 'door' at .* outside"):
        plan()


def test_photos_outside_the_files_folder_need_a_word(house):
    inner = house / "inner"
    inner.mkdir()
    options = AlbumOptions(album=inner / "album.json")
    with pytest.raises(OptionError, match=r"album: .*a\.png lies outside the folder of .*album\.json; put the album"):
        inspect_photos(house / "photos", align=ON_POINTS, album=options)
    report = inspect_photos(house / "photos", align=ON_POINTS, album=options.model_copy(update={"allow_outside": True}))
    assert sum(fate.used for fate in report.fates) == 4


@pytest.mark.usefixtures("house")
def test_a_file_is_checked_and_told():
    plan()
    correct("a", scale=1.5)
    Path("photos/d.png").unlink()
    told = check_album(BOOK)
    assert (told["photos"], told["used"]) == (4, 4)
    assert (told["corrected"], told["missing"]) == (["photos/a.png"], ["photos/d.png"])


def test_an_album_file_without_photos_is_told(tmp_path):
    (tmp_path / "album.json").write_text('{"version": 1, "photos": [{"path": "gone.jpg"}]}')
    with pytest.raises(PhotoError, match="none of its 1 photos is there"):
        inspect_photos(tmp_path / "album.json")


def test_two_album_files_are_one_too_many(tmp_path):
    with pytest.raises(OptionError, match="is not the album file"):
        inspect_photos(tmp_path / "a.json", album=AlbumOptions(album=tmp_path / "b.json"))


def test_photos_whose_reference_is_gone_are_placed_anew(house):
    plan()
    (house / "photos" / "b.png").unlink()
    job = prepare_job("photos", AlbumOptions(album=BOOK), align=AlignOptions(on="points", reference="c.png"))
    assert shifts_of(plan_photos(job, Context()).plan)["c"] == (0.0, 0.0)


def test_a_folder_without_an_album_file_has_none(tmp_path):
    write_sample_pair(tmp_path)
    inspect_photos(tmp_path, align=AlignOptions(on="none"))
    assert not list(tmp_path.glob("*.json"))


@pytest.mark.usefixtures("house")
def test_a_caption_by_hand_takes_the_place_of_the_films():
    plan()
    correct("a", caption="our first day")
    correct("c", caption="")
    said = Film(plan().plan, QUICK.model_copy(update={"caption": "{name}"})).captions
    assert said is not None
    assert said.texts == ("our first day", "b", None, "d")
    alone = Film(plan().plan, QUICK).captions
    assert alone is not None
    assert alone.texts == ("our first day", None, None, None)
    assert alone.note is None


@pytest.mark.usefixtures("house")
def test_corrections_survive_every_run_at_every_size():
    plan()
    by_hand = {
        "nudge": [0.1, -0.2],
        "rotate_deg": 5.0,
        "scale": 1.2,
        "date": "2001-09-09T00:00:00",
        "caption": "moved",
        "keypoints": {"door": [41.0, 82.0], "roof": [120.0, 30.0]},
    }
    correct("b", **by_hand)
    first = plan()
    shares = []
    bring_the_last()
    for size, realign in (((96, 72), False), ((192, 144), False), ((192, 144), True), ((96, 72), True)):
        found = plan(film=QUICK.model_copy(update={"size": size}), realign=realign)
        kept = next(each for each in read()["photos"] if each["path"].endswith("b.png"))["correction"]
        assert {name: kept[name] for name in by_hand} == by_hand
        entry = next(each for each in found.plan.placed if each.photo.path.name == "b.png")
        assert entry.caption == "moved"
        assert entry.photo.date is not None
        film = Film(found.plan, QUICK.model_copy(update={"size": size}))
        at = film.canvas_from_photo(found.plan.placed.index(entry))
        shares.append((at @ [80.0, 60.0, 1.0])[:2] / size[0])
    assert len(first.plan.placed) == 4
    assert np.abs(np.diff(shares[:2], axis=0)).max() < 0.01
    assert np.abs(np.diff(shares[2:], axis=0)).max() < 0.05
