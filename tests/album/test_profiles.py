from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from morphlapse.album.decode import decode

COLOUR = (200, 30, 60)
ROUNDING = -20
"""Of the red primary, in 65536ths: as much as moves pure red by a level in blue or green."""


def first_pixel(path: Path) -> list[int]:
    return [round(float(value) * 255) for value in decode(path)[:, 0, 0]]


@pytest.mark.parametrize("ending", ["png", "tif", "webp", "avif"])
def test_an_embedded_profile_is_converted_to_srgb(ending: str, tmp_path: Path, swapping_profile: bytes) -> None:
    path = tmp_path / f"a.{ending}"
    options = {"webp": {"lossless": True}, "avif": {"quality": 100}}.get(ending, {})
    Image.new("RGB", (16, 16), COLOUR).save(path, icc_profile=swapping_profile, **options)
    assert np.abs(np.array(first_pixel(path)) - (30, 200, 60)).max() <= 3


def test_an_srgb_profile_changes_no_bit(tmp_path: Path, picture: Image.Image, levels: np.ndarray) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    picture.save(tmp_path / "a.png", icc_profile=profile)
    assert np.array_equal(decode(tmp_path / "a.png").numpy(), levels)


def test_a_profile_that_is_srgb_but_for_rounding_changes_no_bit(tmp_path: Path) -> None:
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    at = profile.index(b"rXYZ")
    red = int.from_bytes(profile[at + 4 : at + 8], "big") + 8
    profile[red : red + 4] = (int.from_bytes(profile[red : red + 4], "big") + ROUNDING).to_bytes(4, "big")
    Image.new("RGB", (4, 4), (255, 0, 0)).save(tmp_path / "a.png", icc_profile=bytes(profile))
    assert first_pixel(tmp_path / "a.png") == [255, 0, 0]


@pytest.mark.parametrize("profile", [b"broken", b"\0" * 200])
def test_a_broken_profile_is_taken_for_srgb(profile: bytes, tmp_path: Path) -> None:
    Image.new("RGB", (4, 4), COLOUR).save(tmp_path / "a.png", icc_profile=profile)
    assert first_pixel(tmp_path / "a.png") == list(COLOUR)


def test_a_profile_for_other_pixels_is_taken_for_srgb(tmp_path: Path, swapping_profile: bytes) -> None:
    plain, tagged = tmp_path / "plain.tif", tmp_path / "tagged.tif"
    Image.new("CMYK", (4, 4), (10, 200, 30, 5)).save(plain)
    Image.new("CMYK", (4, 4), (10, 200, 30, 5)).save(tagged, icc_profile=swapping_profile)
    assert first_pixel(tagged) == first_pixel(plain)


def test_a_gray_picture_with_a_colour_profile_stays_gray(tmp_path: Path, swapping_profile: bytes) -> None:
    Image.new("L", (4, 4), 100).save(tmp_path / "a.png", icc_profile=swapping_profile)
    red, green, blue = first_pixel(tmp_path / "a.png")
    assert abs(red - 100) <= 2
    assert abs(green - 100) <= 2
    assert abs(blue - 100) <= 2


def test_colours_under_alpha_are_converted_too(tmp_path: Path, swapping_profile: bytes) -> None:
    Image.new("RGBA", (4, 4), (*COLOUR, 255)).save(tmp_path / "a.png", icc_profile=swapping_profile)
    assert np.abs(np.array(first_pixel(tmp_path / "a.png")) - (30, 200, 60)).max() <= 3


@pytest.mark.parametrize(
    ("mode", "colour", "seen"),
    [
        ("RGBA", (*COLOUR, 0), [255, 255, 255]),
        ("RGBA", (*COLOUR, 255), list(COLOUR)),
        ("RGBA", (0, 0, 0, 51), [204, 204, 204]),
        ("LA", (0, 0), [255, 255, 255]),
        ("L", 77, [77, 77, 77]),
        ("1", 1, [255, 255, 255]),
        ("CMYK", (0, 0, 0, 0), [255, 255, 255]),
        ("CMYK", (0, 255, 255, 0), [255, 0, 0]),
    ],
)
def test_every_kind_of_pixel_becomes_rgb_over_white(mode: str, colour: object, seen: list[int], tmp_path: Path) -> None:
    path = tmp_path / ("a.tif" if mode == "CMYK" else "a.png")
    Image.new(mode, (4, 4), colour).save(path)  # pyright: ignore[reportArgumentType]
    assert first_pixel(path) == seen


def test_adobes_inverted_cmyk_comes_right(tmp_path: Path) -> None:
    Image.new("CMYK", (16, 16), (0, 255, 255, 0)).save(tmp_path / "a.jpg", quality=100)
    red, green, blue = first_pixel(tmp_path / "a.jpg")
    assert red > 250
    assert max(green, blue) < 5


def test_a_palettes_transparent_colour_is_white(tmp_path: Path) -> None:
    picture = Image.new("P", (4, 4), 0)
    picture.putpalette([10, 20, 30, 40, 50, 60])
    picture.save(tmp_path / "a.png", transparency=0)
    assert first_pixel(tmp_path / "a.png") == [255, 255, 255]


def test_gray_of_16_bits_keeps_them(tmp_path: Path) -> None:
    values = (np.arange(64, dtype=np.uint16) + 30000).reshape(8, 8)
    Image.fromarray(values).save(tmp_path / "a.png")
    decoded = decode(tmp_path / "a.png").numpy()
    assert np.allclose(decoded * 65535, values[None], atol=0.01)


def test_the_transparent_value_of_a_16_bit_gray_picture_is_white(tmp_path: Path) -> None:
    Image.new("I;16", (4, 4), 1234).save(tmp_path / "a.png", transparency=1234)
    assert first_pixel(tmp_path / "a.png") == [255, 255, 255]


def test_gray_of_16_bits_with_a_profile_comes_as_8(tmp_path: Path, swapping_profile: bytes) -> None:
    buffer = BytesIO()
    Image.new("I;16", (4, 4), 100 * 257).save(buffer, "PNG", icc_profile=swapping_profile)
    (tmp_path / "a.png").write_bytes(buffer.getvalue())
    assert np.abs(np.array(first_pixel(tmp_path / "a.png")) - 100).max() <= 2


def test_colour_of_16_bits_is_read(tmp_path: Path) -> None:
    header = b"P6 2 1 65535\n"
    values = np.array([[60000, 30000, 1000], [0, 65535, 40000]], dtype=">u2")
    (tmp_path / "a.ppm").write_bytes(header + values.tobytes())
    assert np.allclose(decode(tmp_path / "a.ppm").numpy()[:, 0].T * 65535, values, atol=260)
