import re
import sys
from types import ModuleType

import pytest

from morphlapse.errors import BackendMissing, OptionError
from morphlapse.subjects import registry
from morphlapse.subjects.registry import close_detector, load_detector, open_detector


class Still:
    """A detector that sees nobody."""

    keypoint_names = ("nose",)

    def __init__(self) -> None:
        self.open = True

    def detect(self, image: object) -> tuple[()]:  # noqa: ARG002
        return ()

    def close(self) -> None:
        self.open = False


def register(monkeypatch: pytest.MonkeyPatch, kind: object) -> None:
    module = ModuleType("still_life")
    module.Still = kind  # pyright: ignore[reportAttributeAccessIssue]
    monkeypatch.setitem(sys.modules, "still_life", module)
    monkeypatch.setitem(registry.DETECTORS, "still", "still_life:Still")
    monkeypatch.setitem(registry.INSTALL, "still", "pip install still-life")


def test_an_unknown_name_is_an_error_that_lists_the_known_ones() -> None:
    with pytest.raises(OptionError, match=r"detector 'yolo' is not known: use one of .*mediapipe"):
        load_detector("yolo")


def test_every_detector_has_an_install_command() -> None:
    assert registry.DETECTORS.keys() == registry.INSTALL.keys()


def test_a_missing_library_is_an_error_that_gives_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry.DETECTORS, "still", "no_such_library.still:Still")
    monkeypatch.setitem(registry.INSTALL, "still", "pip install still-life")
    with pytest.raises(BackendMissing, match=r"cannot be loaded \(.*no_such_library.*\): pip install still-life"):
        load_detector("still")


def test_mediapipe_missing_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "mediapipe"]:
        monkeypatch.delitem(sys.modules, name)
    for room in ("mediapipe", "people", "networks", "graphs"):
        monkeypatch.delitem(sys.modules, f"morphlapse.subjects.{room}", raising=False)
    monkeypatch.setitem(sys.modules, "mediapipe", None)
    with pytest.raises(BackendMissing, match=re.escape("pip install --no-deps mediapipe==0.10.21")):
        load_detector("mediapipe")


def test_a_missing_model_is_an_error_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise RuntimeError("graph failed:\n  no model file")

    register(monkeypatch, fail)
    with pytest.raises(BackendMissing) as caught:
        load_detector("still")
    assert "\n" not in str(caught.value)


def test_where_nothing_can_be_unpacked_another_folder_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise FileNotFoundError(2, "No usable temporary directory found in ['/tmp']")

    register(monkeypatch, fail)
    with pytest.raises(BackendMissing, match=r"set TMPDIR to a folder that can be written to$"):
        load_detector("still")


def test_a_loaded_detector_is_made_anew_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    register(monkeypatch, Still)
    assert load_detector("still") is not load_detector("still")


def test_an_opened_detector_is_closed_after_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    register(monkeypatch, Still)
    seen: list[Still] = []

    def fail_while_open() -> None:
        with open_detector("still") as detector:
            assert isinstance(detector, Still)
            seen.append(detector)
            assert detector.open
            raise ValueError("on purpose")

    with pytest.raises(ValueError, match="on purpose"):
        fail_while_open()
    assert not seen[0].open


def test_a_detector_without_close_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(Still, "close")
    close_detector(Still())
