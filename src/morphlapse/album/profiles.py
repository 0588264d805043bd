"""From whatever colours a file holds to 8-bit sRGB, or to 16-bit gray."""

from __future__ import annotations

import itertools
from io import BytesIO

import numpy as np
from PIL import Image, ImageCms

DEEP = frozenset(("I;16", "I;16B", "I"))
"""Modes of gray pictures with 16 bits."""


def settle_mode(image: Image.Image) -> Image.Image:
    """Bring a loaded picture to a mode that can be resized: L, RGB, RGBA, CMYK, or F (0 to 1) for gray of 16 bits.

    A gray picture of 16 bits with a colour profile becomes L, for profiles work on 8 bits.
    """
    if image.mode in DEEP:
        return _settle_deep(image)
    if "transparency" in image.info or image.mode in ("LA", "PA", "RGBa"):
        return image.convert("RGBA")
    if image.mode == "1":
        return image.convert("L")
    return image if image.mode in ("L", "RGB", "RGBA", "CMYK") else image.convert("RGB")


def _settle_deep(image: Image.Image) -> Image.Image:
    values = np.asarray(image).astype(np.float32) / 65535.0
    clear = image.info.get("transparency")
    if isinstance(clear, int):
        values = np.where(np.asarray(image) == clear, np.float32(1.0), values)
    if image.info.get("icc_profile"):
        return Image.fromarray(np.round(values * 255.0).astype(np.uint8))
    return Image.fromarray(values)


def flatten_to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert L, RGB, RGBA or CMYK to sRGB; what is transparent becomes white, as on paper."""
    if image.mode != "RGBA":
        return _convert_to_srgb(image, profile)
    white = Image.new("RGB", image.size, "white")
    white.paste(_convert_to_srgb(image.convert("RGB"), profile), mask=image.getchannel("A"))
    return white


def _convert_to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    found = _open_profile(profile, image.mode) if profile else None
    if found is None:
        return image.convert("RGB")
    source, mode = found
    try:
        transform = ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), mode, "RGB")
        if mode == "RGB" and _changes_nothing(transform):
            return image.convert("RGB")
        converted = ImageCms.applyTransform(image.convert(mode), transform)
    except (ImageCms.PyCMSError, ValueError):
        converted = None
    return converted or image.convert("RGB")


def _open_profile(profile: bytes, mode: str) -> tuple[ImageCms.ImageCmsProfile, str] | None:
    """A profile and the mode it works on; None where it is broken or is not for such pixels: then sRGB is assumed."""
    try:
        opened = ImageCms.ImageCmsProfile(BytesIO(profile))
    except (OSError, TypeError, ValueError):
        return None
    space = str(getattr(opened.profile, "xcolor_space", "")).strip()
    suits = {"RGB": ("L", "RGB"), "GRAY": ("L",), "CMYK": ("CMYK",)}
    if mode not in suits.get(space, ()):
        return None
    return opened, {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}[space]


def _changes_nothing(transform: ImageCms.ImageCmsTransform) -> bool:
    """Whether a transform moves no colour by more than a level: the profile is sRGB under one of its many names."""
    levels = (0, 16, 64, 128, 192, 240, 255)
    colours = np.array(list(itertools.product(levels, repeat=3)), dtype=np.uint8)[None]
    moved = ImageCms.applyTransform(Image.fromarray(colours), transform)
    return moved is not None and int(np.abs(np.asarray(moved).astype(int) - colours).max()) <= 1
