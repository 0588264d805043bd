"""What is installed, what is missing, and how to get it.

Nothing is imported here before it is looked for, so that the doctor can speak where a library is missing.
"""

from __future__ import annotations

import os
import platform
from importlib import import_module
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

LIBRARIES = (
    ("torch", "torch", "torch"),
    ("NumPy", "numpy", "numpy"),
    ("kornia", "kornia", "kornia"),
    ("mediapipe", "mediapipe", "--no-deps mediapipe==0.10.21"),
    ("scikit-image", "skimage", "scikit-image"),
    ("Pillow", "PIL", "pillow"),
    ("pillow-heif", "pillow_heif", "pillow-heif"),
    ("PyAV", "av", "av"),
)
"""What is shown, the module, and what pip calls it."""

MODELS = {
    "pose": "pose_landmark/pose_landmark_full.tflite",
    "person": "pose_detection/pose_detection.tflite",
    "far face": "face_detection/face_detection_full_range_sparse.tflite",
    "near face": "face_detection/face_detection_short_range.tflite",
    "face mesh": "face_landmark/face_landmark_with_attention.tflite",
}
"""The models in mediapipe's wheel that find people, below its `modules`."""

PHOTO_FEATURES = {"JPEG": "jpg", "PNG": "zlib", "WebP": "webp", "TIFF": "libtiff", "AVIF": "avif"}
"""What Pillow calls the decoder of each format."""


class Finding(NamedTuple):
    """One thing that was looked for."""

    name: str
    """What it is."""
    found: str | None
    """What is there; None if it is missing."""
    remedy: str | None
    """What to do, where something is to be done."""


def diagnose() -> list[Finding]:
    """Look for all that morphlapse needs.

    Returns
    -------
    list of Finding
        One for each thing, in the order in which they depend on each other.
    """
    return [
        Finding("morphlapse", _version_of("morphlapse"), None),
        Finding("Python", f"{platform.python_version()} on {platform.system()} {platform.machine()}", None),
        *(_find_library(*library) for library in LIBRARIES),
        _find_opencv(),
        _find_device(),
        _find_models(),
        _find_photo_formats(),
        _find_colour_profiles(),
        _find_encoder(),
    ]


def _version_of(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "of unknown version"


def _find_library(name: str, module: str, package: str) -> Finding:
    try:
        import_module(module)
    except ImportError as error:
        return Finding(name, None, f"pip install {package} ({error})")
    return Finding(name, _version_of(package.split()[-1].split("==")[0]), None)


def _find_opencv() -> Finding:
    try:
        cv2 = import_module("cv2")
    except ImportError as error:
        return Finding("OpenCV", None, f"pip install --no-deps opencv-contrib-python-headless==4.11.0.86 ({error})")
    packages = sorted(set(packages_distributions().get("cv2", [])))
    found = f"{cv2.__version__} of {' and '.join(packages) or 'an unknown package'}"
    if len(packages) > 1:
        return Finding(
            "OpenCV", found, f"they write the same files: pip uninstall {' '.join(packages)}, then install one"
        )
    return Finding("OpenCV", found, None)


def _find_device() -> Finding:
    try:
        torch = import_module("torch")
    except ImportError:
        return Finding("device", None, "pip install torch")
    if torch.cuda.is_available():
        memory = torch.cuda.get_device_properties(0).total_memory / 2**30
        return Finding("device", f"cuda: {torch.cuda.get_device_name(0)}, {memory:.0f} GiB", None)
    return Finding("device", f"cpu: {os.cpu_count()} cores, {torch.get_num_threads()} threads; no GPU", None)


def _find_models() -> Finding:
    remedy = "pip install --force-reinstall --no-deps mediapipe==0.10.21"
    found = find_spec("mediapipe")
    if found is None or found.origin is None:
        return Finding("models", None, remedy)
    folder = Path(found.origin).parent / "modules"
    missing = [name for name, place in MODELS.items() if not (folder / place).is_file()]
    if missing:
        return Finding("models", None, f"{remedy} (missing: {', '.join(missing)})")
    return Finding("models", f"{', '.join(MODELS)}: in mediapipe's wheel", None)


def _find_photo_formats() -> Finding:
    try:
        features = import_module("PIL.features")
    except ImportError:
        return Finding("photo formats", None, "pip install pillow pillow-heif")
    there = [name for name, feature in PHOTO_FEATURES.items() if features.check(feature)]
    missing = [name for name in PHOTO_FEATURES if name not in there]
    (there if find_spec("pillow_heif") else missing).append("HEIC")
    remedy = f"pip install --force-reinstall pillow pillow-heif (missing: {', '.join(missing)})" if missing else None
    return Finding("photo formats", ", ".join(there), remedy)


def _find_colour_profiles() -> Finding:
    try:
        lcms = import_module("PIL.features").version("littlecms2")
    except ImportError:
        lcms = None
    if lcms is None:
        return Finding("colour profiles", None, "pip install --force-reinstall pillow (its wheels have LittleCMS)")
    return Finding("colour profiles", f"LittleCMS {lcms}", None)


def _find_encoder() -> Finding:
    try:
        av = import_module("av")
    except ImportError as error:
        return Finding("film encoder", None, f"pip install av ({error})")
    if "libx264" not in av.codecs_available:
        return Finding("film encoder", None, "pip install --force-reinstall --only-binary av av (this one has no x264)")
    return Finding("film encoder", f"x264 in FFmpeg {av.ffmpeg_version_info}", None)
