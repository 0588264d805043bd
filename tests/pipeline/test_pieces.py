"""Pieces of a film: where it is cut, and that each is named by what it shows."""

from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from morphlapse.album.cache import Cache
from morphlapse.film.formats import choose_encoding
from morphlapse.film.timeline import plan_timeline
from morphlapse.options import AlignOptions, FilmOptions, MorphOptions
from morphlapse.pipeline.context import Context
from morphlapse.pipeline.film import Film
from morphlapse.pipeline.pieces import LONGEST_S, cut_timeline, name_pieces
from morphlapse.pipeline.planning import plan_photos, prepare_job
from morphlapse.pipeline.storing import Store
from synthetic import draw_photos

QUICK = FilmOptions(size=(64, 48), fps=Fraction(4), grade=0.0, transition="dissolve")
MARK = st.integers(0, 2**80 - 1).map(lambda value: f"{value:020x}")


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    return draw_photos(tmp_path_factory.mktemp("photos"), "abcdefg")


def film_of(photos, kept, *, without="", morph=None, **options):
    plan = plan_photos(
        prepare_job(
            [each for each in sorted(photos.iterdir()) if each.stem not in without], align=AlignOptions(on="none")
        ),
        Context(),
    ).plan
    context = Context(device="cpu", store=Store(Cache(kept, 10**9)))
    return Film(plan, QUICK.model_copy(update=options), morph or MorphOptions(), context=context)


def names_of(film):
    store = film.context.store
    found = name_pieces(film, choose_encoding(Path("a.mp4"), quality=film.options.quality), store)
    assert found is not None
    return [name for name, _ in found]


@settings(max_examples=10, deadline=None)
@given(
    st.lists(MARK, min_size=1, max_size=15, unique=True),
    st.sampled_from([Fraction(30), Fraction(30000, 1001), Fraction(2)]),
    st.sampled_from([0.0, 0.1, 0.5, 12.0]),
    st.sampled_from([0.5, 1.0]),
    st.booleans(),
)
def test_pieces_are_all_frames_once_and_no_longer_than_they_may_be(marks, fps, hold_s, transition_s, loop):
    options = FilmOptions(fps=fps, hold_s=hold_s, transition_s=transition_s, loop=loop)
    timeline = plan_timeline(len(marks), options)
    pieces = cut_timeline(timeline, marks)
    assert [number for piece in pieces for number in piece] == list(range(timeline.frames))
    assert all(1 <= len(piece) <= max(1, round(LONGEST_S * fps)) for piece in pieces)


def test_a_photo_that_is_seen_for_long_has_a_piece_of_its_own_and_quick_ones_share_one():
    marks = [f"{k * 7919:x}" for k in range(60)]
    slow = plan_timeline(60, FilmOptions(hold_s=0.5, transition_s=1.0))
    assert len(cut_timeline(slow, marks)) == 60
    quick = plan_timeline(60, FilmOptions(hold_s=0.0, transition_s=0.1))
    assert 2 <= len(cut_timeline(quick, marks)) <= 12


@settings(max_examples=15, deadline=None)
@given(st.lists(MARK, min_size=20, max_size=24, unique=True), st.data())
def test_one_more_photo_cuts_only_nearby(marks, data):
    place = data.draw(st.integers(0, len(marks) - 1))
    fewer = [mark for k, mark in enumerate(marks) if k != place]
    options = FilmOptions(hold_s=0.0, transition_s=0.25, fps=Fraction(8))
    shown = []
    for each in (marks, fewer):
        timeline = plan_timeline(len(each), options)
        moments = list(timeline.moments())
        shown.append(
            {
                tuple((each[m.first], each[m.second], m.progress) for m in moments[part.start : part.stop])
                for part in cut_timeline(timeline, each)
            }
        )
    # Until photos whose marks begin a piece; by chance they may be far.
    gone = sorted({marks.index(first) for piece in shown[1] - shown[0] for first, _, _ in piece})
    begins = [k for k, mark in enumerate(marks) if int(mark, 16) % 4 == 0]
    ends = [k for k in begins if k > place][:1] or [len(marks)]
    assert all(k <= ends[0] for k in gone)


@pytest.mark.parametrize(
    "changed",
    [
        {"easing": "linear"},
        {"fill": "#000000"},
        {"zoom": 1.5},
        {"quality": "best"},
        {"transition": "morph"},
        {"size": (48, 48)},
        {"fps": Fraction(5)},
        {"caption": "{name}"},
        {"hints": "none"},
    ],
)
def test_pieces_are_named_by_all_that_is_asked_for(photos, tmp_path, changed):
    before, after = (names_of(film_of(photos, tmp_path, **options)) for options in ({}, changed))
    # The last piece is a photo that stands, however it came.
    assert not set(before[:-1]) & set(after)


def test_pieces_are_named_by_how_photos_become_each_other(photos, tmp_path):
    before, after = (names_of(film_of(photos, tmp_path, morph=each)) for each in (None, MorphOptions(tint=0.5)))
    assert not set(before) & set(after)


def test_a_photo_that_lies_elsewhere_changes_the_pieces_that_show_it(photos, tmp_path):
    film = film_of(photos, tmp_path)
    before = names_of(film)
    last = film.plan.placed[-1]
    shift = np.array([[0.0, 0.0, 1e-3], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    moved = replace(last, registration=replace(last.registration, matrix=last.registration.matrix + shift))
    film.plan = replace(film.plan, placed=(*film.plan.placed[:-1], moved))
    after = names_of(film)
    assert before[:-2] == after[:-2]
    assert not set(before[-2:]) & set(after[-2:])


def test_one_more_photo_costs_two_transitions(photos, tmp_path):
    before = names_of(film_of(photos, tmp_path, without="d"))
    after = names_of(film_of(photos, tmp_path))
    # From c to d, and from d to e.
    assert len(set(after) - set(before)) == 2
    assert set(before) - set(after) == {before[2]}


def test_what_stays_behind_all_photos_is_part_of_every_piece(photos, tmp_path):
    stays = MorphOptions(background="stay")
    before = names_of(film_of(photos, tmp_path, morph=stays, without="g"))
    after = names_of(film_of(photos, tmp_path, morph=stays))
    assert not set(before) & set(after)


def test_a_neighbour_that_fills_is_part_of_a_piece(photos, tmp_path):
    before, after = (names_of(film_of(photos, tmp_path, fill="neighbour", without=w)) for w in ("g", ""))
    # g fills what d, e and f lack; c becomes d.
    assert [k for k in range(6) if before[k] == after[k]] == [0, 1]


def test_a_caption_changes_the_pieces_that_show_it(photos, tmp_path):
    plain, said = (names_of(film_of(photos, tmp_path, caption="{number}", without=w)) for w in ("", "a"))
    assert not set(plain) & set(said)
    alone = [names_of(film_of(photos, tmp_path, caption="{name}", born=born)) for born in (None, date(2020, 1, 1))]
    assert not set(alone[0]) & set(alone[1])


def test_pieces_are_named_by_what_the_picture_behind_the_subject_shows(photos, tmp_path):
    behind = MorphOptions(background=str(tmp_path / "beach.png"))
    names = []
    for colour in ("blue", "sienna"):
        Image.new("RGB", (64, 48), colour).save(tmp_path / "beach.png")
        names.append(names_of(film_of(photos, tmp_path / "kept", morph=behind)))
    assert not set(names[0]) & set(names[1])
