"""Captions as pictures: within the frame, sharp, and figures that stand still."""

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from morphlapse.film.fonts import choose_font, load_font
from morphlapse.film.lettering import (
    Setting,
    lay_over,
    measure_line,
    set_line,
)
from morphlapse.options import FilmOptions
from morphlapse.records import Size

PLACES = ["top-left", "top", "top-right", "left", "centre", "right", "bottom-left", "bottom", "bottom-right"]
few = settings(max_examples=15)


def setting(*texts: str, frame: Size | None = None, **how) -> Setting:
    return Setting(texts, FilmOptions(caption="x", **how), Size(270, 480) if frame is None else frame)


def box_of(each: Setting, text: str) -> tuple[int, int, int, int]:
    """Left, top, right and bottom (both exclusive) of the letters of a caption on a black frame."""
    frame = torch.zeros(3, each.frame.height, each.frame.width)
    seen = lay_over(frame, each.draw(text), each.rows, each.columns)[0] > 0.3
    rows, columns = seen.any(dim=1).nonzero()[:, 0], seen.any(dim=0).nonzero()[:, 0]
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


@pytest.mark.parametrize("place", PLACES)
def test_a_caption_stands_where_it_is_asked_for(place: str):
    left, top, right, bottom = box_of(setting("7 months", caption_place=place), "7 months")
    across = 1 - ("left" in place) + ("right" in place)
    down = 1 - ("top" in place) + ("bottom" in place)
    assert [left < 20, abs(left + right - 480) < 8, right > 460][across]
    assert [top < 30, abs(top + bottom - 270) < 20, bottom > 245][down]


@few
@example(text="07322570q95y547pq5p8b", place="bottom-left", frame=Size(200, 64), size=0.115)
@given(
    st.text("abcgjpqy ÄÅ0123456789", min_size=1, max_size=60).filter(lambda text: bool(text.strip())),
    st.sampled_from(PLACES),
    st.sampled_from([Size(1080, 1920), Size(64, 200), Size(200, 64)]),
    st.floats(0.01, 0.5),
)
def test_no_letter_is_cut_however_long_or_large(text: str, place: str, frame: Size, size: float):
    each = setting(text, frame=frame, caption_place=place, caption_size=size, caption_edge="none")
    letters = each.draw(text)[3]
    seen = lay_over(torch.zeros(3, frame.height, frame.width), each.draw(text), each.rows, each.columns)[0]
    assert seen.sum() == pytest.approx(float(letters.sum()), rel=1e-4)
    assert seen[[0, -1]].max() == seen[:, [0, -1]].max() == 0.0


def test_far_too_long_a_caption_is_drawn_too_small_to_be_read():
    each = setting("ab " * 2000, frame=Size(64, 64))
    assert each.px == 0.5
    assert each.draw("ab ").max() <= 1.0


def test_figures_stand_still_while_they_count():
    each = setting("Day 111 of 777", "Day 888 of 777")
    first, second = (each.draw(f"Day {number} of 777") for number in (111, 888))
    differs = (first != second).any(dim=0).any(dim=0).nonzero()[:, 0]
    font = each.font
    width = measure_line("888", font)
    assert int(differs[-1] - differs[0]) < 1.4 * width
    assert measure_line("111", font) == width


def test_figures_of_any_font_have_cells_of_one_width():
    font = load_font(None, 40.0)
    starts = [x for run, x in set_line("10 a1", font) if run.isdigit()]
    cell = max(font.getlength(figure) for figure in "0123456789")
    assert starts[1] - starts[0] == pytest.approx(cell + (font.getlength("1") - font.getlength("0")) / 2)


def test_a_line_from_right_to_left_is_one_piece():
    font = load_font(choose_font(["שלום 12"], None), 20.0)
    assert [run for run, _ in set_line("שלום 12", font)] == ["שלום 12"]


def test_all_captions_of_a_film_have_one_size_so_that_the_longest_fits():
    short, both = setting("1 day"), setting("1 day", "a" * 90)
    assert both.px < short.px == pytest.approx(0.05 * 270)


def test_letters_are_as_sharp_in_a_small_frame_as_in_a_large_one():
    """From ink to paper within two pixels, at any size: letters are drawn, not scaled."""
    for frame in (Size(270, 480), Size(1080, 1920)):
        letters = setting("H", frame=frame, caption_edge="none", caption_size=0.2).draw("H")[3]
        row = letters[letters.shape[0] // 2]
        partly = ((row > 0.02) & (row < 0.98)).sum()
        assert int(partly) <= 6
        assert float(row.max()) == 1.0


def test_a_caption_has_its_colour_and_an_edge_of_the_opposite_one():
    each = setting("M", caption_colour="#ff8000", caption_size=0.4, caption_edge="outline")
    red, green, blue, opacity = each.draw("M")
    ink = red > 0.99
    assert ink.any()
    assert green[ink].median() == pytest.approx(128 / 255, abs=0.01)
    assert blue[ink].max() < 0.05
    assert ((red < 0.01) & (opacity > 0.99)).any()


def test_dark_letters_have_a_light_edge():
    red, _, _, opacity = setting("M", caption_colour="#101010", caption_size=0.4).draw("M")
    assert red.max() > 0.7
    assert opacity.max() <= 1.0 + 1e-6


def test_the_frame_is_not_changed_and_stays_as_it_is_elsewhere():
    frame = torch.rand(3, 270, 480)
    before, each = frame.clone(), setting("1 day")
    out = lay_over(frame, each.draw("1 day"), each.rows, each.columns)
    assert torch.equal(frame, before)
    assert torch.equal(out[:, :100], frame[:, :100])
    assert not torch.equal(out, frame)


def test_over_nothing_a_caption_is_all_there_is_and_over_a_picture_as_ever():
    each = setting("1 day", caption_edge="none")
    clear, picture = torch.zeros(4, 270, 480), torch.rand(3, 270, 480)
    letters = lay_over(clear, each.draw("1 day"), each.rows, each.columns)
    assert letters[:3][letters[3:].expand(3, -1, -1) > 0.01].min() > 0.98
    assert letters[3, 0, 0] == 0.0
    solid = torch.cat((picture, torch.ones(1, 270, 480)))
    both = [lay_over(under, each.draw("1 day"), each.rows, each.columns)[:3] for under in (picture, solid)]
    assert torch.allclose(both[0], both[1], atol=1e-6)
