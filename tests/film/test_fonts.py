"""Fonts for captions: which signs they have, told before any work."""

from pathlib import Path

import pytest

from morphlapse.errors import OptionError
from morphlapse.film.fonts import check_font, choose_font, find_missing, load_font


@pytest.mark.parametrize(("text", "missing"), [("Day 7", ""), ("日本 7", "日本"), ("a ä", "ä")])
def test_signs_that_a_font_lacks_are_known(text: str, missing: str):
    assert find_missing(text, load_font(None, 20.0)) == missing


def test_a_sign_that_no_font_has_is_named():
    with pytest.raises(OptionError, match=r"no sign for '日' \(U\+65E5\) in 'x日'; give a font file"):
        choose_font(["abc", "x日"], None)


def test_words_of_a_caption_are_looked_at_before_any_work():
    check_font("{name} and {date}", None)
    check_font(None, Path("no.ttf"))
    with pytest.raises(OptionError, match="no sign"):
        check_font("{number} 日", None)
    with pytest.raises(OptionError, match="cannot be read as a font"):
        check_font("{number}", Path(__file__))
