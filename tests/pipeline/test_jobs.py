import json
from fractions import Fraction

import numpy as np
import pytest
import skimage.data
import torch
from PIL import Image

from morphlapse.errors import AlignmentError, PhotoError
from morphlapse.geometry.similarity import invert, similarity, split_similarity
from morphlapse.imaging.warp import warp_by_matrix
from morphlapse.options import AlignOptions, FilmOptions, MorphOptions
from morphlapse.pipeline.jobs import align_photos, inspect_photos, make_film
from morphlapse.pipeline.report_json import report_as_dict
from morphlapse.records import Size
from synthetic import copy_files

QUICK = FilmOptions(size=(160, 200), fps=Fraction(4), hold_s=0.25, transition_s=0.5)
COARSE = MorphOptions(working_px=96)


@pytest.fixture
def folder(sample, tmp_path):
    """Three photos of a person, a scribble without one, a text that calls itself a photo."""
    copy_files(sample[:3], tmp_path / "photos")
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (90, 120, 3), dtype=np.uint8)).save(
        tmp_path / "photos" / "scribble.png"
    )
    (tmp_path / "photos" / "letter.jpg").write_text("Dear reader")
    return tmp_path / "photos"


def test_each_file_has_one_fate_and_its_reason(folder, tmp_path, recalling):
    report = make_film(
        folder, tmp_path / "film.mp4", align=AlignOptions(on="face"), morph=COARSE, film=QUICK, context=recalling
    )
    assert (tmp_path / "film.mp4").exists()
    fates = {fate.path.name: fate for fate in report.fates}
    assert len(fates) == len(report.fates) == 5
    assert [fate.used for fate in fates.values()].count(True) == 3
    assert all((fate.reason is None) == fate.used for fate in report.fates)
    assert fates["scribble.png"].reason == "no person found"
    assert fates["letter.jpg"].reason


def test_what_cannot_be_aligned_is_kept_between_its_neighbours_where_that_is_asked(folder, recalling):
    report = inspect_photos(folder, align=AlignOptions(on="face", keep_all=True), context=recalling)
    fates = {fate.path.name: fate for fate in report.fates}
    assert fates["scribble.png"].status == "interpolated"
    assert fates["scribble.png"].remark == "placed as photo 3 is, for no person was found"
    assert fates["letter.jpg"].reason
    assert [fate.used for fate in report.fates].count(True) == 4


def test_a_report_is_json(folder, recalling):
    report = inspect_photos(folder, align=AlignOptions(on="face"), context=recalling)
    again = json.loads(json.dumps(report_as_dict(report)))
    assert again["output"] is None
    assert again["on"] == "face"
    told = {"path", "date", "date_source", "used", "reason", "person", "score", "status", "placement", "fill_share"}
    measured = {"lightness", "sharpness", "face_lightness", "eyes_open", "pose"}
    told |= {"behind", "likeness", "light", "mirrored", "reference_from_photo", "residual_px"}
    assert told | measured == set(again["photos"][0])
    first = again["photos"][0]
    assert set(first["pose"]) == {"yaw_deg", "pitch_deg", "roll_deg"}
    assert all(0.0 <= first[name] <= 1.0 for name in measured - {"pose"})
    assert np.shape(again["photos"][0]["reference_from_photo"]) == (3, 3)
    assert again["seconds"]["look"] > 0.0


def test_originals_are_left_as_they_were(folder, tmp_path, recalling):
    before = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}
    align_photos(folder, tmp_path / "aligned", align=AlignOptions(on="face"), film=QUICK, context=recalling)
    assert before == {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}


def test_aligned_stills_have_the_frame_and_their_date(folder, tmp_path, recalling):
    report = align_photos(folder, tmp_path / "aligned", align=AlignOptions(on="face"), film=QUICK, context=recalling)
    used = [fate for fate in report.fates if fate.used]
    stills = sorted((tmp_path / "aligned").iterdir())
    assert len(stills) == 3
    with Image.open(stills[0]) as still:
        assert still.size == (160, 200)
        assert still.getexif().get_ifd(0x8769)[0x9003] == f"{used[0].date:%Y:%m:%d %H:%M:%S}"


@pytest.fixture
def house(tmp_path):
    """Three pictures of which the second is turned by a quarter, with points beside them, and one without points."""
    chart = Image.fromarray(np.random.default_rng(0).integers(0, 255, (90, 120, 3), dtype=np.uint8))
    marks = {"door": [20.0, 60.0], "roof": [90.0, 15.0]}
    for name in "abcd":
        (chart.rotate(90, expand=True) if name == "b" else chart).save(tmp_path / f"{name}.png")
    for name in "ac":
        (tmp_path / f"{name}.points.json").write_text(json.dumps(marks))
    turned = {each: [y, 119.0 - x] for each, (x, y) in marks.items()}
    (tmp_path / "b.points.json").write_text(json.dumps(turned))
    return tmp_path


def test_photos_are_aligned_on_points_beside_them(house):
    report = inspect_photos(house, align=AlignOptions(on="points", reference="a.png"))
    fates = {fate.path.name: fate for fate in report.fates}
    assert fates["d.png"].reason == "no points and no mask are given for it"
    found = fates["b.png"].reference_from_photo
    assert found is not None
    assert np.allclose(found, [[0, -1, 119], [1, 0, 0], [0, 0, 1]], atol=1e-6)


def test_wrong_points_beside_a_photo_stop_the_job_in_one_line(house):
    (house / "c.points.json").write_text('{"door": [500, 3]}')
    with pytest.raises(PhotoError, match=r"c\.points\.json: the point 'door' at \(500, 3\) is outside"):
        inspect_photos(house, align=AlignOptions(on="points"))


def test_an_album_without_the_person_asked_for_is_told(tmp_path):
    Image.new("RGB", (200, 150), "teal").save(tmp_path / "sea.jpg")
    with pytest.raises(AlignmentError, match="the only photo cannot be used: no person found"):
        make_film(tmp_path, tmp_path / "film.mp4", align=AlignOptions(on="body"), film=QUICK)
    assert not (tmp_path / "film.mp4").exists()


def test_an_album_that_cannot_be_used_is_inspected_all_the_same(tmp_path):
    Image.new("RGB", (200, 150), "teal").save(tmp_path / "sea.jpg")
    report = inspect_photos(tmp_path, align=AlignOptions(on="body"))
    assert [fate.reason for fate in report.fates] == ["no person found"]


def test_a_scene_seen_from_aside_is_shown_straight(tmp_path):
    tilt = np.array([[1.0, 0.03, -8.0], [0.0, 1.02, -4.0], [5e-4, 2e-4, 1.0]])
    home = similarity(0.5, shift=(-60.0, -25.0))
    coffee = torch.from_numpy(skimage.data.coffee().copy()).permute(2, 0, 1)[None].float() / 255.0
    (tmp_path / "photos").mkdir()
    for name, view_from_coffee in (("a", home), ("b", tilt @ home)):
        view = warp_by_matrix(coffee, torch.from_numpy(invert(view_from_coffee))[None], Size(120, 160))[0]
        pixels = (view.permute(1, 2, 0).clamp(0.0, 1.0) * 255.0).round().byte().numpy()
        Image.fromarray(pixels).save(tmp_path / "photos" / f"{name}.png")
    apart = {}
    for model in ("similarity", "homography"):
        options = AlignOptions(on="scene", scene_model=model, reference="a.png")
        align_photos(tmp_path / "photos", tmp_path / model, align=options, film=FilmOptions(size=(120, 80)))
        first, second = (np.asarray(Image.open(tmp_path / model / f"{name}.jpg"), dtype=float) for name in "ab")
        apart[model] = np.abs(first - second)[10:-10, 10:-10].mean()
    assert apart["homography"] < 0.5 * apart["similarity"]


@pytest.mark.photos
def test_a_juggler_who_leans_stays_before_a_level_meadow(photos):
    folder = photos / "bodies" / "sam2-gallery" / "frames_juggle_1s"
    paths = [folder / f"000{number}.jpg" for number in ("02", "05", "10")]
    report = inspect_photos(paths, align=AlignOptions(on="body", reference="00002.jpg"))
    turns = [np.degrees(split_similarity(np.array(fate.reference_from_photo))[1]) for fate in report.fates]
    assert np.abs(turns).max() < 5.0
