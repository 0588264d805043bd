"""The film as a function of time, from the sample album."""

from dataclasses import replace
from datetime import datetime
from fractions import Fraction

import av
import numpy as np
import pytest
import torch
from PIL import Image

from morphlapse.album.decode import decode
from morphlapse.album.folder import read_album
from morphlapse.album.sample import sample_transforms
from morphlapse.errors import AlignmentError, OptionError
from morphlapse.geometry.similarity import map_points
from morphlapse.imaging.compare import psnr, ssim
from morphlapse.options import AlignOptions, FilmOptions, MorphOptions, SelectOptions
from morphlapse.pipeline.detecting import detect
from morphlapse.pipeline.film import Film
from morphlapse.pipeline.output import settle_output
from morphlapse.pipeline.placing import align
from morphlapse.pipeline.selecting import select
from morphlapse.pipeline.writing import write_film
from morphlapse.records import Album, Choice, Detections, Plan

DAY = datetime(2021, 3, 1, 12)
QUICK = FilmOptions(size=(192, 240), fps=Fraction(5), hold_s=0.4, transition_s=0.6)
COARSE = MorphOptions(working_px=96)


@pytest.fixture(scope="module")
def album(sample) -> Album:
    return read_album(sample[:4])


@pytest.fixture(scope="module")
def people(album, recalling) -> Detections:
    return detect(album, context=recalling)


@pytest.fixture(scope="module")
def plan(album, people) -> Plan:
    return align(album, select(album, people), AlignOptions(on="face"))


@pytest.fixture(scope="module")
def pair(album, people) -> Plan:
    """Of two photos alone."""
    return align(album, Choice(people.found[:2]), AlignOptions(on="face"))


@pytest.fixture(scope="module")
def film(plan) -> Film:
    return Film(plan, QUICK, COARSE)


def test_every_photo_has_its_person(people):
    assert [len(found.subjects) for found in people.found] == [1] * 4


def test_the_face_stays_where_it_is(plan):
    """The same point of the portrait lands on the same point of the reference, to a hundredth of the picture."""
    eye = np.array([[215.0, 115.0]])
    truth = sample_transforms()[:4]
    placed = [map_points(p.registration.matrix @ m, eye)[0] for p, m in zip(plan.placed, truth, strict=True)]
    assert np.linalg.norm(np.array(placed) - np.mean(placed, axis=0), axis=1).max() < 10.0


def test_a_photo_that_stands_is_the_photo(film):
    still = film.frame_at(Fraction(0))
    assert still.shape == (3, 240, 192)
    assert torch.equal(film.frame_at(Fraction(1, 5)), still)
    assert torch.equal(still, film.still(0))


def test_a_transition_runs_at_its_pace(film, plan):
    moment = film.timeline.moment_at(Fraction(3, 5))
    morph = film.transition(0, 1)
    assert torch.equal(film.frame_at(Fraction(3, 5)), morph.frame_at(morph.pace(moment.progress)))
    plain = Film(plan, QUICK, MorphOptions(pace="plain", working_px=96))
    assert torch.equal(plain.frame_at(Fraction(3, 5)), plain.transition(0, 1).frame_at(moment.progress))


def test_where_nothing_stands_time_runs_on_over_a_photo(plan):
    flowing = Film(plan, QUICK.model_copy(update={"hold_s": 0.0, "easing": "linear", "loop": True}))
    morph, step = flowing.transition(0, 1), Fraction(1, 1000)
    assert torch.equal(flowing.frame_at(step * 600), flowing.still(1))
    assert torch.equal(flowing.frame_at(step * 6), morph.frame_at(morph.pace.joined()(0.01)))
    assert morph.pace.joined()(0.01) == pytest.approx(0.01, abs=5e-4)


def test_the_still_is_the_photo_warped_once(film, plan):
    photo = decode(plan.placed[1].photo)
    matrix = torch.from_numpy(np.linalg.inv(film.canvas_from_photo(1)))
    ys, xs = torch.meshgrid(torch.arange(60, 180, 8), torch.arange(40, 150, 8), indexing="ij")
    at = torch.stack((xs, ys, torch.ones_like(xs)), dim=-1).double() @ matrix.T
    nearest = at[..., :2].round().long()
    wanted = photo[:, nearest[..., 1], nearest[..., 0]]
    assert (film.still(1)[:, ys, xs] - wanted).abs().mean() < 0.06


def test_the_frame_between_is_no_dissolve(plan):
    morphed, dissolved = (
        Film(plan, QUICK.model_copy(update={"transition": kind}), COARSE).frame_at(Fraction(7, 10))
        for kind in ("morph", "dissolve")
    )
    assert not torch.equal(morphed, dissolved)
    assert float(morphed.diff(dim=-1).abs().mean()) > float(dissolved.diff(dim=-1).abs().mean())


def test_aligned_photos_agree_better_than_they_lay(film, plan):
    fitted = Film(align_none(plan), QUICK)
    aligned = ssim(film.still(0)[None], film.still(2)[None])
    assert aligned > ssim(fitted.still(0)[None], fitted.still(2)[None]) + 0.1


def test_what_auto_takes_keeps_the_head_in_its_size(album, people):
    """The hips of the sample are guessed under the suit: aligned on them, the head would grow and shrink by 15 %."""
    plan = align(album, select(album, people))
    eyes = np.array([[200.0, 112.0], [247.0, 112.0]])
    truth = sample_transforms()[:4]
    placed = [map_points(p.registration.matrix @ m, eyes) for p, m in zip(plan.placed, truth, strict=True)]
    apart = np.array([np.linalg.norm(points[1] - points[0]) for points in placed])
    assert plan.on == "face"
    assert apart.max() / apart.min() < 1.03


def test_a_film_of_faces_shows_the_hair_and_the_eyes_where_they_are_looked_for(plan):
    """The sample's hair begins 15 pixels below the portrait's edge, where the photos have little room."""
    film = Film(plan, FilmOptions(preview=True))
    points = np.array([[225.0, 15.0], [224.0, 112.0]])
    for k, photo_from_portrait in enumerate(sample_transforms()[:4]):
        hair, eyes = map_points(film.canvas_from_photo(k) @ photo_from_portrait, points)
        assert hair[1] > -0.01 * film.size.height
        assert 0.15 < eyes[1] / film.size.height < 0.45
        assert 0.4 < eyes[0] / film.size.width < 0.6


def test_zooming_in_brings_the_eyes_nearer_to_two_fifths(plan):
    near, far = (Film(plan, FilmOptions(preview=True, zoom=zoom)) for zoom in (2.0, 1.0))
    eyes = sample_transforms()[0] @ [224.0, 112.0, 1.0]
    heights = [(film.canvas_from_photo(0) @ eyes)[1] / film.size.height for film in (near, far)]
    assert abs(heights[0] - 0.4) < abs(heights[1] - 0.4)
    assert max(near.frame.fill_share) <= max(far.frame.fill_share)


def align_none(plan: Plan) -> Plan:
    used = tuple(placed.detection for placed in plan.placed)
    return align(Album(tuple(d.photo for d in used)), Choice(used), AlignOptions(on="none"))


def test_frames_made_ahead_are_those_made_one_by_one_and_memory_does_not_grow(plan):
    single, several = Film(plan, QUICK, COARSE), Film(plan, QUICK, COARSE)
    single.workers, several.workers = 1, 3
    for one, other in zip(single.frames(), several.frames(), strict=True):
        assert (one - other).abs().mean() < 1e-4
        assert len(single._layers) <= 3
        assert len(single._morphs) <= 2
        assert len(several._layers) <= several.ahead + 2
        assert len(several._morphs) <= several.ahead + 1


@pytest.mark.parametrize(("workers", "ahead"), [(1, 0), (2, 2), (4, 4)])
def test_each_transition_that_is_seen_is_made_once_and_no_other(plan, workers, ahead):
    film = Film(replace(plan, placed=plan.placed * 3), QUICK, COARSE)
    film.workers, stop = workers, film.timeline.frames // 2
    made, solve = [], film._solve
    film._solve = lambda first, second: made.append((first, second)) or solve(first, second)
    assert film.ahead == ahead
    assert len(list(film.frames(0, stop))) == stop
    moments = list(film.timeline.moments())[:stop]
    assert sorted(made) == sorted({(each.first, each.second) for each in moments if each.first != each.second})


def test_the_file_has_every_frame_and_the_photos_at_its_ends(film, tmp_path):
    facts = write_film(film, tmp_path / "film.mp4")
    with av.open(str(tmp_path / "film.mp4")) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(frames) == facts.frames == film.timeline.frames
    for shown, index in ((frames[0], 0), (frames[-1], 3)):
        decoded = torch.from_numpy(shown).permute(2, 0, 1)[None].float() / 255.0
        assert psnr(decoded, film.still(index)[None]).item() > 30.0


def test_a_preview_is_the_same_film_small(plan):
    whole = Film(plan, FilmOptions(preview=False))
    small = Film(plan, FilmOptions(preview=True))
    assert small.size.long_side <= 480 < whole.size.long_side
    assert small.timeline == whole.timeline
    assert small.size.aspect == pytest.approx(whole.size.aspect, abs=0.01)


def test_one_photo_is_a_film_that_stands(album, people):
    chosen = select(album, people, SelectOptions(exclude=tuple(p.path.name for p in album.photos[1:])))
    film = Film(align(album, chosen, AlignOptions(on="face")), QUICK)
    assert film.duration_s >= 1
    assert torch.equal(film.frame_at(Fraction(0)), film.frame_at(film.duration_s))


def test_two_identical_photos_stand_still(album, people):
    twice = Choice((people.found[0], people.found[0]))
    film = Film(align(album, twice, AlignOptions(on="face")), QUICK)
    first = film.frame_at(Fraction(0))
    assert (film.frame_at(Fraction(7, 10)) - first).abs().max() < 0.02


def test_a_named_reference_stays_where_it_is(album, people):
    name = album.photos[2].path.name
    plan = align(album, select(album, people), AlignOptions(on="face", reference=name))
    assert plan.placed[plan.reference].photo.path.name == name
    assert np.allclose(plan.placed[plan.reference].registration.matrix, np.eye(3), atol=1e-6)


def test_a_reference_that_is_not_there_is_refused(album, people):
    with pytest.raises(OptionError, match="no photo that is used is named"):
        align(album, select(album, people), AlignOptions(reference="nobody.jpg"))


def test_an_album_of_nothing_is_told_with_its_reasons(album, people):
    none = Choice((), select(album, people, SelectOptions(exclude=("*",))).skipped)
    with pytest.raises(AlignmentError, match="none of the 4 photos can be used"):
        align(album, none)


@pytest.mark.parametrize("background", ["dissolve", "stay", "#204060"])
def test_a_photo_stands_as_its_transitions_begin_and_end(plan, background):
    film = Film(plan, QUICK, MorphOptions(background=background, working_px=96))
    assert not film.whole
    morph = film.transition(0, 1)
    assert torch.equal(morph.frame_at(0.0), film.still(0))
    assert torch.equal(morph.frame_at(1.0), film.still(1))


def test_a_film_before_a_colour_has_that_colour_behind_the_person(plan):
    film = Film(plan, QUICK, MorphOptions(background="#204060", working_px=96))
    wanted = torch.tensor([0x20, 0x40, 0x60]) / 255.0
    seen = film.frame_at(Fraction(7, 10))
    assert torch.allclose(seen[:, 2, 2], wanted, atol=1e-3)
    assert (seen[:, 110:130, 90:110] - wanted.view(3, 1, 1)).abs().mean() > 0.1


@pytest.mark.parametrize("size", [(300, 90), (60, 200), (16, 12)])
def test_a_picture_behind_the_person_fills_the_frame_about_its_middle_and_stays(plan, tmp_path, size):
    x, y = np.meshgrid(np.linspace(0.0, 1.0, size[0]), np.linspace(0.0, 1.0, size[1]))
    ramp = np.stack([x, y, np.zeros_like(x)], axis=-1)
    Image.fromarray((ramp * 255.0).round().astype(np.uint8)).save(tmp_path / "beach.png")
    film = Film(plan, QUICK, MorphOptions(background=str(tmp_path / "beach.png"), working_px=64, effort="quick"))
    still = film.still(0)
    frame, aspect = film.size, size[0] / size[1]
    # Edges of what is seen of the picture, in shares of it.
    across, down = min(1.0, frame.aspect / aspect), min(1.0, aspect / frame.aspect)
    want_x = 0.5 + across * ((np.array([2, frame.width - 3]) + 0.5) / frame.width - 0.5)
    want_y = 0.5 + down * (2.5 / frame.height - 0.5)
    assert np.allclose(still[0, 2, [2, frame.width - 3]], want_x, atol=0.05)
    assert np.allclose(still[1, 2, [2, frame.width - 3]], want_y, atol=0.05)
    assert torch.equal(film.transition(0, 1).frame_at(0.5)[:, 2, 2], still[:, 2, 2])


def test_a_picture_that_is_not_there_is_told_before_any_work(tmp_path):
    with pytest.raises(OptionError, match=r"background: .*beach\.jpg: there is no such file; name another picture"):
        settle_output(tmp_path / "film.mp4", ["photos"], None, MorphOptions(background=str(tmp_path / "beach.jpg")))


def test_a_photo_without_an_outline_stands_as_it_is_and_is_told(plan, film):
    bare = replace(plan.placed[1].detection, subjects=(replace(plan.placed[1].detection.subjects[0], mask=None),))
    placed = (plan.placed[0], replace(plan.placed[1], detection=bare), *plan.placed[2:])
    mixed = Film(replace(plan, placed=placed), QUICK, MorphOptions(background="#204060", working_px=96))
    assert mixed.whole == {plan.placed[1].photo.path}
    assert torch.equal(mixed.still(1), film.still(1))
    assert not torch.equal(mixed.still(0), film.still(0))
    morph = mixed.transition(0, 1)
    assert torch.equal(morph.frame_at(0.0), mixed.still(0))
    assert torch.equal(morph.frame_at(1.0), mixed.still(1))


def test_a_transparent_film_shows_the_person_alone(pair, tmp_path):
    film = Film(pair, QUICK, MorphOptions(background="transparent", working_px=96))
    morph = film.transition(0, 1)
    assert torch.equal(morph.frame_at(0.0), film.still(0))
    assert torch.equal(morph.frame_at(1.0), film.still(1))
    write_film(film, tmp_path / "film.mov")
    with av.open(str(tmp_path / "film.mov")) as container:
        frames = [frame.to_ndarray(format="rgba") for frame in container.decode(video=0)]
    for frame in (frames[0], frames[3], frames[-1]):
        assert frame[4:12, 4:12, 3].max() <= 8
        assert frame[120:140, 90:110, 3].min() >= 247
    with pytest.raises(OptionError, match="cannot be transparent"):
        write_film(film, tmp_path / "film.mp4")


@pytest.mark.parametrize("fill", ["transparent", "neighbour"])
def test_a_photo_stands_as_its_transitions_begin_whatever_surrounds_it(pair, fill):
    options = QUICK.model_copy(update={"fill": fill, "zoom": 0.6})
    film = Film(pair, options, COARSE)
    assert len(film.still(0)) == (4 if fill == "transparent" else 3)
    morph = film.transition(0, 1)
    assert torch.equal(morph.frame_at(0.0), film.still(0))
    assert torch.equal(morph.frame_at(1.0), film.still(1))
    dissolved = Film(pair, options.model_copy(update={"transition": "dissolve"})).frame_at(Fraction(7, 10))
    assert dissolved.shape == film.still(0).shape


def test_neighbours_are_read_from_their_photos_and_fill_what_a_photo_lacks(plan):
    options = QUICK.model_copy(update={"zoom": 0.8})
    alone, joined = (Film(plan, options.model_copy(update={"fill": fill})) for fill in ("#ff00ff", "neighbour"))
    empty = [
        (film.still(0) - torch.tensor([1.0, 0.0, 1.0])[:, None, None]).abs().amax(0) < 0.02 for film in (alone, joined)
    ]
    assert empty[0].float().mean() > 0.05
    assert not empty[1].any()


def test_fill_and_background_may_not_contradict_each_other(plan):
    with pytest.raises(OptionError, match="fill: transparent goes with background auto, whole or transparent"):
        Film(plan, FilmOptions(fill="transparent"), MorphOptions(background="stay"))
