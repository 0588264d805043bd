"""Pictures of a series: which files, what they say, and how much is held while they are made."""

import weakref
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
import skimage.data
import torch
from PIL import Image

from morphlapse.album.decode import decode as decode_photo
from morphlapse.geometry.similarity import similarity
from morphlapse.options import AlignOptions, FilmOptions
from morphlapse.pipeline.comparing import mean_picture
from morphlapse.pipeline.film import Film
from morphlapse.pipeline.inspection import name_picture, write_pictures
from morphlapse.pipeline.jobs import inspect_photos
from morphlapse.pipeline.placing import fit_centre
from morphlapse.pipeline.report import Fate, list_fates
from morphlapse.records import Album, Detection, Detections, Photo, Placed, Plan, Registration, Size
from synthetic import copy_files


@pytest.fixture(scope="module")
def looked(sample, tmp_path_factory, recalling) -> Path:
    """Pictures of two photos of a person and of a text that calls itself a photo; beside them the album."""
    folder = tmp_path_factory.mktemp("look")
    copy_files(sample[:2], folder / "album")
    (folder / "album" / "letter.jpg").write_text("Dear reader")
    report = inspect_photos(folder / "album", folder / "pictures", align=AlignOptions(on="face"), context=recalling)
    assert report.output == folder / "pictures"
    return folder / "pictures"


def read(path):
    """The pixels of a picture."""
    with Image.open(path) as opened:
        return np.asarray(opened.convert("RGB"), dtype=float)


def plain_series(folder, count):
    """Small photos of one colour each, centre on centre."""
    photos = []
    for k in range(count):
        path = folder / f"{k}.png"
        Image.new("RGB", (24, 16), (5 * k % 256, 100, 100)).save(path)
        photos.append(Photo(path, Size(16, 24)))
    found = tuple(Detection(photo) for photo in photos)
    plan = Plan(tuple(Placed(each, fit_centre(Size(16, 24), Size(16, 24))) for each in found), 0, "none")
    fates = list_fates(Album(tuple(photos)), Detections(found), plan)
    return Film(plan, FilmOptions()), fates, Detections(found)


def test_each_file_of_the_album_has_its_picture_in_order_with_its_reason(looked):
    names = sorted(path.name for path in looked.iterdir())
    assert names[:4] == ["contact-01.jpg", "mean.jpg", "photo-0001 sample_01.jpg", "photo-0002 sample_02.jpg"]
    assert len(names) == 5
    assert names[4].startswith("photo-0003 letter (left out, ")
    assert sorted(path.name for path in (looked.parent / "album").iterdir()) == [
        "letter.jpg",
        "sample_01.jpg",
        "sample_02.jpg",
    ]


def test_a_photo_of_a_person_has_four_pictures_beside_each_other_and_one_left_out_has_one(looked):
    assert read(looked / "photo-0002 sample_02.jpg").shape[1] > 4 * 320
    assert read(next(looked.glob("*letter*"))).shape[1] == 480


def test_the_means_are_the_photos_as_they_lay_and_as_they_lie(tmp_path):
    placed = []
    for k, left in enumerate((20, 60)):
        image = Image.new("RGB", (120, 80), "black")
        image.paste("white", (left, 20, left + 20, 60))
        image.save(tmp_path / f"{k}.png")
        detection = Detection(Photo(tmp_path / f"{k}.png", Size(80, 120)))
        placed.append(Placed(detection, Registration(similarity(shift=(20.0 - left, 0.0)))))
    plan = Plan(tuple(placed), 0, "scene")
    photos = tuple(entry.photo for entry in placed)
    found = Detections(tuple(entry.detection for entry in placed))
    film = Film(plan, FilmOptions(size=(120, 80), fit="contain", fill="#000000"))
    (tmp_path / "out").mkdir()
    write_pictures(tmp_path / "out", list_fates(Album(photos), found, plan), found, film)
    means = read(tmp_path / "out" / "mean.jpg").mean(axis=2)
    before, after = means[-80:, : means.shape[1] // 2], means[-80:, means.shape[1] // 2 :]
    assert before.max() < 160.0 < 240.0 < after.max()


def test_scenes_show_matches_and_nobody(tmp_path):
    scene = Image.fromarray(skimage.data.rocket()).resize((320, 214))
    (tmp_path / "in").mkdir()
    for k, left in enumerate((0, 9, 20)):
        scene.crop((left, 5, left + 290, 205)).save(tmp_path / "in" / f"{k}.png")
    report = inspect_photos(tmp_path / "in", tmp_path / "out", align=AlignOptions(on="scene"))
    assert sum(fate.used for fate in report.fates) == 3
    pictures = sorted((tmp_path / "out").glob("photo-*"))
    green = [share_of_green(read(path)) for path in pictures]
    assert sum(share > 0.002 for share in green) == 2, "all but the reference"


def share_of_green(array):
    return ((array[..., 1] - array[..., 0] > 60) & (array[..., 1] - array[..., 2] > 60)).mean()


def test_an_album_of_which_nothing_can_be_used_is_shown_all_the_same(tmp_path):
    (tmp_path / "in").mkdir()
    Image.new("RGB", (200, 150), "teal").save(tmp_path / "in" / "sea.jpg")
    inspect_photos(tmp_path / "in", tmp_path / "out", align=AlignOptions(on="body"))
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"contact-01.jpg", "photo-0001 sea (left out, no person found).jpg"}


def test_sheets_have_36_photos_each_and_one_photo_is_held_at_a_time(tmp_path, monkeypatch):
    film, fates, detections = plain_series(tmp_path, 37)
    alive: list[weakref.ref] = []

    def decode(*given, **more):
        image = real(*given, **more)
        assert sum(ref() is not None for ref in alive) <= 2
        alive.append(weakref.ref(image))
        return image

    real = decode_photo
    monkeypatch.setattr("morphlapse.pipeline.views.decode", decode)
    (tmp_path / "out").mkdir()
    write_pictures(tmp_path / "out", fates, detections, film)
    assert sorted(path.name for path in (tmp_path / "out").glob("contact*")) == ["contact-01.jpg", "contact-02.jpg"]
    assert len(list((tmp_path / "out").glob("photo-*"))) == len(alive) == 37


def test_the_mean_picture_is_the_mean_of_the_stills(tmp_path):
    film, _, _ = plain_series(tmp_path, 5)
    stills = torch.stack([film.still(k) for k in range(5)])
    assert torch.allclose(mean_picture(film), stills.mean(dim=0), atol=1e-5)


def test_a_photo_that_has_gone_since_is_shown_as_missing(tmp_path):
    film, fates, detections = plain_series(tmp_path, 2)
    gone = Fate(tmp_path / "1.png", None, "none", False, "excluded", None, None, None)
    (tmp_path / "1.png").unlink()
    (tmp_path / "out").mkdir()
    one = Plan(film.plan.placed[:1], 0, "none")
    write_pictures(tmp_path / "out", (fates[0], gone), detections, Film(one))
    assert (tmp_path / "out" / "photo-0002 1 (left out, excluded).jpg").exists()


@pytest.mark.parametrize("name", ["../a:b?.jpg", "\x1b[2J\n\udcff.jpg", 300 * "long" + ".jpg", "日本.jpg"])
def test_hostile_names_become_names_that_any_file_system_takes(name):
    reason = 'posed too differently: "3/4" ' + 100 * "!"
    made = name_picture(7, Fate(Path(name), datetime(2024, 3, 2), "exif", False, reason, None, None, None))
    assert made.startswith("photo-0007 ")
    assert made.endswith(").jpg")
    assert len(made) < 200
    assert made.isascii()
    assert not set(made) & set('/\\:*?"<>|\n\x1b')
