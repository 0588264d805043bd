from pathlib import Path

import pytest

from morphlapse.album.paths import leads_outside, show_path


def test_hostile_names_are_shown_as_one_printable_line() -> None:
    shown = show_path(Path("a\nb\x1b[31m\udc80é.jpg"))
    assert shown == r"a\nb\x1b[31m\udc80é.jpg"


@pytest.mark.parametrize(
    ("name", "outside"),
    [
        ("a.jpg", False),
        ("photos/..b/a..jpg", False),
        ("..", True),
        ("a/../../b.jpg", True),
        ("/a.jpg", True),
        ("C:\\a.jpg", True),
        ("\\\\host\\a.jpg", True),
        ("a\\..\\..\\b.jpg", True),
    ],
)
def test_paths_that_lead_out_are_known(name, outside):
    assert leads_outside(name) == outside
