from morphlapse.pipeline.paper import break_text, load_font


def test_text_is_broken_between_words_and_long_words_anywhere():
    font = load_font(14.0)
    lines = break_text("one two " + 60 * "x", font, 100)
    assert lines[0] == "one two"
    assert len(lines) > 2
    assert all(font.getlength(line) <= 100.0 for line in lines)
