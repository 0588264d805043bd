"""Captions on a film: one for each photo, going over into the next without a jump."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from morphlapse.errors import OptionError
from morphlapse.film.timeline import Moment
from morphlapse.options import FilmOptions
from morphlapse.pipeline.film import Film
from morphlapse.pipeline.jobs import make_film
from morphlapse.records import Detection, Photo, Placed, Plan, Registration, Size

DAYS = (0, 1, 9, None)


@pytest.fixture(scope="module")
def plan(tmp_path_factory) -> Plan:
    """Four gray photos, the last without a date."""
    folder = tmp_path_factory.mktemp("gray")
    placed = []
    for number, day in enumerate(DAYS):
        path = folder / f"p{number}.png"
        Image.new("RGB", (160, 120), (90, 90, 90)).save(path)
        date = None if day is None else datetime(2020, 1, 1) + timedelta(days=day)
        placed.append(Placed(Detection(Photo(path, Size(120, 160), date)), Registration(np.eye(3))))
    return Plan(tuple(placed), 0, "none")


def film_of(plan: Plan, **more: Any) -> Film:
    return Film(plan, FilmOptions(**{"size": (320, 240), "transition": "dissolve", "caption_size": 0.1, **more}))


def test_each_photo_has_its_own_caption(plan):
    captions = film_of(plan, caption="Day {day}").captions
    assert captions is not None
    assert captions.texts == ("Day 1", "Day 2", "Day 10", None)
    assert captions.note == "1 photo has no caption, for a date is missing or is too early"


def test_without_a_caption_the_frame_is_the_picture_itself(plan):
    film = film_of(plan)
    assert film.captions is None
    assert film.show(Moment(0, 0, 0.0)) is film.still(0)


def test_stills_have_none_for_photos_are_morphed_without(plan):
    film = film_of(plan, caption="Day {day}")
    assert torch.equal(film.still(0), film_of(plan).still(0))
    assert not torch.equal(film.show(Moment(0, 0, 0.0)), film.still(0))


def test_one_caption_becomes_the_other_in_the_middle_without_a_jump(plan):
    film = film_of(plan, caption="Day {day}")
    steps = [film.show(Moment(0, 1, k / 60)) for k in range(61)]
    ends = film.show(Moment(0, 0, 0.0)), film.show(Moment(1, 1, 0.0))
    assert torch.equal(steps[15], ends[0])
    assert torch.equal(steps[45], ends[1])
    jumps = torch.stack([(b - a).abs().max() for a, b in pairwise(steps)])
    assert jumps.max() < 0.1 * (ends[1] - ends[0]).abs().max()


def test_what_two_captions_share_stands(plan):
    film = film_of(plan, caption="{name}: Day {day}")
    first, middle = film.show(Moment(0, 0, 0.0)), film.show(Moment(0, 1, 0.5))
    assert film.captions is not None
    assert film.captions.setting is not None
    left = film.captions.setting.columns.start
    assert torch.equal(first[..., : left + 10], middle[..., : left + 10])
    assert not torch.equal(first, middle)


def test_a_caption_fades_where_the_next_photo_has_none(plan):
    film = film_of(plan, caption="Day {day}")
    seen = [(film.show(Moment(2, 3, t)) - film.still(3)).abs().max() for t in (0.2, 0.5, 0.8)]
    assert seen[0] > seen[1] > seen[2] == 0.0


def test_a_caption_that_all_photos_lack_changes_nothing(plan):
    bare = replace(plan, placed=plan.placed[3:])
    film = film_of(bare, caption="{date}")
    assert film.show(Moment(0, 0, 0.0)) is film.still(0)


def test_a_cut_changes_the_caption_with_the_photo(plan):
    film = film_of(plan, caption="Day {day}", transition="cut")
    before, after = (film.frame_at(film.timeline.starts_s[1] + shift) for shift in (-1, 0))
    assert not torch.equal(before, after)
    assert torch.equal(after, film.show(Moment(1, 1, 0.0)))


def test_a_preview_has_the_same_caption_in_proportion(plan):
    large, small = (film_of(plan, size=(960, 720), caption="Day {day}", preview=preview) for preview in (False, True))
    rows = []
    for film in (large, small):
        assert film.captions is not None
        assert film.captions.setting is not None
        middle = (film.captions.setting.rows.start + film.captions.setting.rows.stop) / 2
        rows.append(middle / film.size.height)
    assert rows[0] == pytest.approx(rows[1], abs=0.01)


def test_a_sign_that_cannot_be_drawn_is_told_before_the_photos_are_read():
    with pytest.raises(OptionError, match="no sign for '日'"):
        make_film(Path(__file__).parent, "never.mp4", film=FilmOptions(caption="日 {number}"))
