"""Which files could be photos, by the end of their names."""

from __future__ import annotations

import re
from pathlib import Path

READ = re.compile(
    r"\.(jpe?g|jpe|jfif|mpo|a?png|webp|tiff?|heic|heif|heics|heifs|hif|avifs?|bmp|dib|gif|p[pgbn]m|jp2|j2k|jpx|jpf)"
)
"""Endings of files that are opened."""

CAMERA_RAW = re.compile(
    r"\.(3fr|arw|cr2|cr3|crw|dcr|dng|erf|fff|gpr|iiq|k25|kdc|mef|mos|mrw|nef|nrw|orf|pef|raf|raw|rw2|rwl|sr2|srf|srw|x3f)"
)
"""Endings of what a camera's sensor saw; such a file holds no finished picture."""

OTHER_PICTURES = {
    ".jxl": "JPEG XL, which cannot be read here: export it as JPEG",
    ".psd": "a Photoshop document, which cannot be read here: export it as JPEG",
    ".exr": "OpenEXR, which cannot be read here: export it as JPEG",
    ".hdr": "Radiance HDR, which cannot be read here: export it as JPEG",
    ".ico": "an icon, not a photo",
    ".svg": "a drawing, not a photo",
}
"""Endings of pictures that are not opened, and why."""


def could_be_photo(path: Path) -> bool:
    """Whether a file's name ends as those of pictures do, the ones included that cannot be read."""
    ending = path.suffix.lower()
    return bool(READ.fullmatch(ending) or CAMERA_RAW.fullmatch(ending)) or ending in OTHER_PICTURES


def reason_unopened(path: Path) -> str | None:
    """Why a file is not even opened, judged by its name; None where it may be."""
    ending = path.suffix.lower()
    if CAMERA_RAW.fullmatch(ending):
        return f"{ending[1:].upper()} is a camera's raw format, which needs a raw decoder: export it as JPEG"
    if ending in OTHER_PICTURES:
        return f"it is {OTHER_PICTURES[ending]}"
    return None
