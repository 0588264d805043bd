from pathlib import Path

from morphlapse.album.paths import show_path


def test_hostile_names_are_shown_as_one_printable_line() -> None:
    shown = show_path(Path("a\nb\x1b[31m\udc80é.jpg"))
    assert shown == r"a\nb\x1b[31m\udc80é.jpg"
