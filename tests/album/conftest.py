"""A small picture with a clear up and left, and ways to write it."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms
from PIL.ExifTags import IFD
from skimage import data

Writer = Callable[..., Path]


@pytest.fixture(scope="session")
def picture() -> Image.Image:
    """An astronaut, 96 x 64."""
    return Image.fromarray(data.astronaut()[:340, :510]).resize((96, 64), Image.Resampling.BOX)


@pytest.fixture(scope="session")
def swapping_profile() -> bytes:
    """A colour profile that is sRGB with red and green exchanged."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    head, tags = profile[:128], profile[128:]
    return head + tags.replace(b"rXYZ", b"????").replace(b"gXYZ", b"rXYZ").replace(b"????", b"gXYZ")


@pytest.fixture
def write_jpeg(tmp_path: Path, picture: Image.Image) -> Writer:
    """Writes the picture as a JPEG, with EXIF tags where given: (name, plain={tag: value}, photo={tag: value})."""

    def write(name: str, *, plain: dict | None = None, photo: dict | None = None) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        exif = Image.Exif()
        for tag, value in (plain or {}).items():
            exif[tag] = value
        exif.get_ifd(IFD.Exif).update(photo or {})
        picture.save(path, "JPEG", quality=95, exif=exif)
        return path

    return write


@pytest.fixture(scope="session")
def encoded(picture: Image.Image) -> dict[str, bytes]:
    """The picture as the bytes of files, by the ending of their names."""
    pillow_names = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP", "tif": "TIFF", "avif": "AVIF", "gif": "GIF"}
    files: dict[str, bytes] = {}
    for ending, name in pillow_names.items():
        buffer = BytesIO()
        picture.save(buffer, name, **({"lossless": True} if ending == "webp" else {}))
        files[ending] = buffer.getvalue()
    return files


@pytest.fixture(scope="session")
def levels(picture: Image.Image) -> np.ndarray:
    """The picture's values, (3, H, W), 0 to 1."""
    return np.asarray(picture, dtype=np.float32).transpose(2, 0, 1) / 255.0
