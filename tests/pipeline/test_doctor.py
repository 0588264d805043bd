"""The doctor finds what is here, and says how to get what is not."""

import importlib
from typing import Any

import pytest

from morphlapse.pipeline import doctor
from morphlapse.pipeline.doctor import Finding, diagnose


def finding(name: str) -> Finding:
    """What the doctor says of one thing."""
    return next(each for each in diagnose() if each.name == name)


def hide(monkeypatch: pytest.MonkeyPatch, hidden: str) -> None:
    """Let a module be missing."""

    def load(name: str, *rest: Any) -> Any:
        if name.split(".")[0] == hidden:
            raise ImportError(f"No module named {name!r}")
        return importlib.import_module(name, *rest)

    monkeypatch.setattr(doctor, "import_module", load)


def test_nothing_is_missing_where_the_tests_run():
    assert [each.name for each in diagnose() if each.found is None] == []


def test_each_thing_is_told_once():
    names = [each.name for each in diagnose()]
    assert len(names) == len(set(names)) > 10


@pytest.mark.parametrize(
    ("module", "name", "remedy"),
    [
        ("torch", "torch", "pip install torch"),
        ("torch", "device", "pip install torch"),
        ("mediapipe", "mediapipe", "pip install --no-deps mediapipe==0.10.21"),
        ("cv2", "OpenCV", "pip install --no-deps opencv-contrib-python-headless"),
        ("av", "film encoder", "pip install av"),
        ("PIL", "photo formats", "pip install pillow"),
        ("PIL", "colour profiles", "pip install --force-reinstall pillow"),
    ],
)
def test_what_is_missing_comes_with_its_remedy(monkeypatch: pytest.MonkeyPatch, module: str, name: str, remedy: str):
    hide(monkeypatch, module)
    told = finding(name)
    assert told.found is None
    assert (told.remedy or "").startswith(remedy)


def test_missing_model_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(doctor, "MODELS", {"pose": "pose_landmark/pose_landmark_full.tflite", "hair": "hair.tflite"})
    told = finding("models")
    assert told.found is None
    assert "missing: hair)" in (told.remedy or "")


def test_two_opencv_packages_are_warned_of(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(doctor, "packages_distributions", lambda: {"cv2": ["opencv-python", "opencv-contrib-python"]})
    assert "pip uninstall opencv-contrib-python opencv-python" in (finding("OpenCV").remedy or "")


def test_ffmpeg_without_x264_is_no_encoder(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("av.codecs_available", {"h264"})
    assert finding("film encoder").found is None
