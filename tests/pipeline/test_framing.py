"""The frame of drawn photos, portraits and landscapes: what is filled, what is never seen, and what is left out."""

from fractions import Fraction

import numpy as np
import pytest
import torch
from PIL import Image

from morphlapse.errors import OptionError
from morphlapse.geometry.similarity import similarity
from morphlapse.imaging.warp import coverage, map_positions, pixel_positions
from morphlapse.options import FilmOptions, MorphOptions, SelectOptions
from morphlapse.pipeline.film import Film
from morphlapse.pipeline.framing import frame_plan, leave_out_sparse
from morphlapse.pipeline.placing import fit_centre
from morphlapse.records import Detection, Photo, Placed, Plan, Registration, Size

LANDSCAPE, PORTRAIT, PANORAMA = Size(120, 160), Size(160, 120), Size(20, 640)
EDGE = (0, 255, 0)
DRAFT = MorphOptions(working_px=64, effort="quick")
FILL = "#ff00ff"


def draw_photo(path, size, seed):
    """Soft grey clouds in a bright frame, which would show wherever it is drawn out."""
    clouds = np.random.default_rng(seed).integers(40, 200, (6, 8, 3), dtype=np.uint8)
    inner = Image.fromarray(clouds).convert("L").convert("RGB").resize((size.width - 6, size.height - 6))
    photo = Image.new("RGB", (size.width, size.height), EDGE)
    photo.paste(inner, (3, 3))
    photo.save(path)
    return Photo(path, size)


def plan_of(folder, sizes):
    """Photos centre on centre, a little shaken."""
    placed = []
    for k, size in enumerate(sizes):
        photo = draw_photo(folder / f"{k}.png", size, k)
        shake = similarity(angle_rad=0.02 * (k % 3 - 1), shift=(3.0 * (k % 2), 2.0 * (k % 3)), centre=(80.0, 60.0))
        placed.append(Placed(Detection(photo), Registration(shake @ fit_centre(size, sizes[0]).matrix)))
    return Plan(tuple(placed), 0, "none")


@pytest.fixture
def plan(tmp_path):
    return plan_of(tmp_path, [LANDSCAPE, PORTRAIT, LANDSCAPE, PORTRAIT, LANDSCAPE])


def covered(film, k):
    """1 where the film shows a photo, 0 where it is filled."""
    back = torch.from_numpy(np.linalg.inv(film.canvas_from_photo(k)))
    positions = map_positions(back[None], pixel_positions(film.size, like=back))
    return coverage(positions, film.plan.placed[k].photo.size)[0, 0]


def grown(region, px):
    """A region and what is within some pixels of it."""
    return torch.nn.functional.max_pool2d(region[None, None].float(), 2 * px + 1, 1, px)[0, 0] > 0.0


@pytest.mark.parametrize("size", ["auto", (200, 100), (100, 200)])
@pytest.mark.parametrize(("fit", "zoom"), [("auto", 1.0), ("auto", 0.5), ("contain", 1.0)])
def test_beyond_a_photo_there_is_the_fill_and_no_streak_of_its_border(plan, size, fit, zoom):
    film = Film(plan, FilmOptions(size=size, fit=fit, zoom=zoom, fill=FILL))
    for k in range(len(plan.placed)):
        still, outside = film.still(k), ~grown(covered(film, k) > 0.0, 2)
        assert outside.float().mean() == pytest.approx(film.frame.fill_share[k], abs=0.1)
        assert bool(((still[:, outside] - torch.tensor([1.0, 0.0, 1.0])[:, None]).abs() < 1e-3).all())


def test_beyond_both_photos_of_a_morph_there_is_the_fill(plan):
    options = FilmOptions(size=(200, 100), zoom=0.5, fill=FILL, fps=Fraction(4), hold_s=0.25, transition_s=1.0)
    film = Film(plan, options, MorphOptions(working_px=64))
    outside = ~grown((covered(film, 0) + covered(film, 1)) > 0.0, 10)
    frame = film.frame_at(Fraction(3, 4))
    assert outside.float().mean() > 0.2
    assert bool(((frame[:, outside] - torch.tensor([1.0, 0.0, 1.0])[:, None]).abs() < 1e-3).all())


@pytest.mark.parametrize("size", ["auto", (200, 100), (100, 200)])
def test_a_film_that_covers_never_shows_the_fill(plan, size):
    film = Film(plan, FilmOptions(size=size, fit="cover", fill=FILL, fps=Fraction(4)), DRAFT)
    assert max(film.frame.fill_share) == pytest.approx(0.0, abs=1e-9)
    frames = [film.still(k) for k in range(len(plan.placed))] + [film.frame_at(Fraction(1))]
    assert all(not is_fill(frame).any() for frame in frames)


def is_fill(frame):
    """Where a frame is nearer to magenta than clouds or the bright edge can be."""
    return (frame[0] - frame[1] > 0.3) & (frame[2] - frame[1] > 0.3)


def test_a_film_that_contains_shows_the_border_of_every_photo(plan):
    film = Film(plan, FilmOptions(fit="contain", fill=FILL))
    for k in range(len(plan.placed)):
        still = film.still(k)
        edge = (still[1] - still[0] > 0.5) & (still[1] - still[2] > 0.5)
        rows, columns = edge.nonzero().T
        inside = covered(film, k).nonzero().T
        assert abs(int(rows.min()) - int(inside[0].min())) <= 2
        assert abs(int(rows.max()) - int(inside[0].max())) <= 2
        assert abs(int(columns.max()) - int(inside[1].max())) <= 2


def test_a_panorama_is_left_out_and_told(tmp_path):
    plan = leave_out_sparse(plan_of(tmp_path, [PORTRAIT, PORTRAIT, PANORAMA, PORTRAIT, LANDSCAPE]))
    assert [entry.photo.path.name for entry in plan.placed] == ["0.png", "1.png", "3.png", "4.png"]
    assert plan.skipped[0].path.name == "2.png"
    assert plan.skipped[0].reason.startswith("would leave 8")
    assert plan.skipped[0].reason.endswith("% of the frame empty (max_fill is 75 %)")


@pytest.mark.parametrize("select", [SelectOptions(max_fill=1.0), SelectOptions(include=("2*",))])
def test_a_panorama_stays_where_that_is_asked(tmp_path, select):
    plan = plan_of(tmp_path, [PORTRAIT, PORTRAIT, PANORAMA, PORTRAIT])
    assert leave_out_sparse(plan, select) == plan


def test_the_reference_stays_and_is_still_the_reference(tmp_path):
    plan = plan_of(tmp_path, [PANORAMA, LANDSCAPE, LANDSCAPE, PANORAMA, LANDSCAPE, LANDSCAPE])
    kept = leave_out_sparse(Plan(plan.placed, 3, "none"))
    assert kept.placed[kept.reference].photo.path.name == "3.png"
    assert [skipped.path.name for skipped in kept.skipped] == ["0.png"]


def test_mixed_photos_are_all_used_by_default(plan):
    assert leave_out_sparse(plan) == plan


@pytest.mark.parametrize("film", [FilmOptions(fit="contain"), FilmOptions(fit="cover"), FilmOptions(zoom=0.2)])
def test_a_panorama_is_judged_alike_whatever_the_frame_shows(tmp_path, film):
    plan = leave_out_sparse(plan_of(tmp_path, [PORTRAIT, PORTRAIT, PANORAMA, PORTRAIT]), film=film)
    assert [skipped.path.name for skipped in plan.skipped] == ["2.png"]


def test_a_photo_that_makes_covering_impossible_is_named(tmp_path):
    plan = plan_of(tmp_path, [LANDSCAPE, LANDSCAPE])
    away = Placed(plan.placed[1].detection, Registration(similarity(shift=(155.0, 0.0))))
    with pytest.raises(OptionError, match=r"^fit: the photos share too little .*\([01]\.png lies farthest off\)"):
        frame_plan(Plan((plan.placed[0], away), 0, "none"), FilmOptions(fit="cover"))
