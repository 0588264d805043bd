from pathlib import Path

import pytest

from morphlapse.album.cache_folder import find_folder


@pytest.mark.parametrize(
    ("wanted", "variables", "folder"),
    [
        ("off", {"MORPHLAPSE_CACHE": "/there"}, None),
        ("auto", {"MORPHLAPSE_CACHE": "off"}, None),
        ("auto", {"MORPHLAPSE_CACHE": "/there"}, Path("/there")),
        ("/here", {"MORPHLAPSE_CACHE": "/there"}, Path("/here")),
        ("auto", {"XDG_CACHE_HOME": "/xdg"}, Path("/xdg/morphlapse")),
        ("auto", {"XDG_CACHE_HOME": "relative"}, Path.home() / ".cache" / "morphlapse"),
    ],
)
def test_the_folder_is_the_one_that_is_named(wanted, variables, folder, monkeypatch):
    monkeypatch.setattr("sys.platform", "linux")
    assert find_folder(wanted, variables) == folder


def test_a_mac_has_its_own_folder_for_caches(monkeypatch):
    monkeypatch.setattr("sys.platform", "darwin")
    assert find_folder("auto", {}) == Path.home() / "Library" / "Caches" / "morphlapse"
