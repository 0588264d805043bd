from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms
from PIL.Image import Transpose

import hard_pictures as made
from morphlapse.album.boxes import Coding, read_coding
from morphlapse.album.decode import decode, read_photo
from morphlapse.album.pixels import TURNS, turn_pixels
from morphlapse.album.tones import (
    HLG,
    PQ,
    SRGB_FROM,
    light_from_srgb,
    needs_mapping,
    nits_from_pq,
    pq_from_nits,
    roll_off,
    srgb_from_coded,
    srgb_from_light,
)

WIDE: dict[str, Any] = {"color_primaries": 9, "matrix_coefficients": 9, "full_range_flag": 1}


def values_of(name: str) -> np.ndarray:
    """The picture in PQ or HLG and BT.2020, its white at 90 of 203 cd/m², where nothing is rolled off."""
    light = made.light_of_picture() @ np.linalg.inv(np.array(SRGB_FROM[9])).T
    return made.pq_from_nits(90.0 * light) if name == "pq" else hlg_of_nits(90.0 * light)


def hlg_of_nits(nits: np.ndarray) -> np.ndarray:
    luminance = nits @ np.array([0.2627, 0.6780, 0.0593])
    scene = nits / 1000.0 * np.maximum(luminance / 1000.0, 1e-9)[..., None] ** (-0.2 / 1.2)
    return made.hlg_from_light(scene)


def expected_picture() -> np.ndarray:
    """What must come out: the picture, darker by 90 to 203."""
    light = made.light_of_picture() * (90.0 / 203.0)
    return srgb_from_light(light.astype(np.float32))


@pytest.mark.parametrize(("name", "curve"), [("pq", PQ), ("hlg", HLG)])
@pytest.mark.parametrize("ending", ["heic", "avif"])
def test_pictures_for_bright_screens_look_as_on_paper(name: str, curve: int, ending: str, tmp_path: Path) -> None:
    values, path = values_of(name), tmp_path / f"a.{ending}"
    if ending == "heic":
        path.write_bytes(made.deep_heic(np.round(values * 65535.0), transfer_characteristics=curve, **WIDE))
    else:
        coded = Image.fromarray(np.round(values * 255.0).astype(np.uint8))
        path.write_bytes(made.recoloured(made.avif(coded, subsampling="4:4:4"), 9, curve))
    image = decode(read_photo(path)).permute(1, 2, 0).numpy()
    off, off_as_stored = (np.abs(each - expected_picture()).mean() for each in (image, values))
    assert off < min(0.02, 0.5 * off_as_stored)


def test_what_is_dark_stays_and_what_is_bright_rolls_off() -> None:
    nits = np.array([0.1, 10.0, 90.0, 203.0, 500.0, 1000.0, 4000.0], dtype=np.float32)
    mapped = roll_off(nits[:, None, None].repeat(3, axis=2))[:, 0, 0]
    assert np.allclose(mapped[:3], nits[:3], rtol=2e-3)
    assert np.all(np.diff(mapped[:6]) > 0)
    assert np.allclose(mapped[5:], 203.0, rtol=2e-3)


def test_hues_stay_where_light_rolls_off() -> None:
    nits = np.array([[[800.0, 400.0, 100.0]]], dtype=np.float32)
    mapped = roll_off(nits)
    assert np.allclose(mapped / mapped.max(), nits / nits.max(), rtol=1e-4)


def test_pq_and_srgb_go_back_and_forth() -> None:
    shares = np.linspace(0.0, 1.0, 101, dtype=np.float32)
    assert np.allclose(pq_from_nits(nits_from_pq(shares)), shares, atol=1e-4)
    assert np.allclose(srgb_from_light(light_from_srgb(shares)), shares, atol=1e-5)


@pytest.mark.parametrize("primaries", sorted(SRGB_FROM))
@pytest.mark.parametrize("transfer", [13, PQ, HLG, 8])
def test_gray_is_gray_in_all_codings(primaries: int, transfer: int) -> None:
    gray = np.linspace(0.0, 1.0, 9, dtype=np.float32)[:, None, None].repeat(3, axis=2)
    mapped = srgb_from_coded(gray, Coding(primaries, transfer))
    assert np.allclose(mapped, mapped[..., :1], atol=2e-3)
    assert np.all(np.diff(mapped[:, 0, 0]) >= 0)
    assert mapped.min() == 0.0
    assert mapped.max() == pytest.approx(1.0, abs=2e-3)


def test_plain_codings_are_left_alone() -> None:
    assert not needs_mapping(None)
    assert not needs_mapping(Coding(1, 13))
    assert not needs_mapping(Coding(2, 2))
    assert needs_mapping(Coding(12, 13))


def test_the_coding_is_read_from_the_main_picture() -> None:
    assert read_coding(BytesIO(made.recoloured(made.plain("AVIF"), 9, 16))) == Coding(9, 16)
    heic = made.heic(transfer_characteristics=18, **WIDE)
    assert read_coding(BytesIO(heic)) == Coding(9, 18)


def test_a_colour_profile_goes_before_the_coding() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert read_coding(BytesIO(made.avif(icc_profile=profile))) is None


@pytest.mark.parametrize("share", [0.0, 0.02, 0.1, 0.3])
def test_a_damaged_file_has_no_coding_or_one(share: float) -> None:
    content = made.plain("AVIF")
    for seed in range(40):
        damaged = made.scratch(content[:400], start=8, seed=seed, count=6)[: max(8, int(400 * (1 - share)))]
        found = read_coding(BytesIO(damaged))
        assert found is None or isinstance(found, Coding)


def test_wide_colours_without_a_profile_become_those_of_srgb(tmp_path: Path) -> None:
    light = made.light_of_picture() @ np.linalg.inv(np.array(SRGB_FROM[12])).T
    stored = np.round(srgb_from_light(np.clip(light, 0, 1).astype(np.float32)) * 255.0).astype(np.uint8)
    (tmp_path / "a.avif").write_bytes(made.recoloured(made.avif(Image.fromarray(stored), subsampling="4:4:4"), 12, 13))
    image = decode(tmp_path / "a.avif").permute(1, 2, 0).numpy()
    assert np.abs(image - np.asarray(made.picture()) / 255.0).mean() < 0.01


def test_what_is_transparent_is_white_in_all_codings(tmp_path: Path) -> None:
    clear = made.picture().copy()
    clear.putalpha(0)
    (tmp_path / "a.avif").write_bytes(made.recoloured(made.avif(clear), 9, PQ))
    assert decode(tmp_path / "a.avif").min() == 1.0


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pixels_are_turned_as_pillow_turns_them(orientation: int) -> None:
    pixels = np.arange(12, dtype=np.float32).reshape(3, 4)
    image = Image.fromarray(pixels)
    turn: Transpose | None = TURNS.get(orientation)
    expected = np.asarray(image if turn is None else image.transpose(turn))
    assert np.array_equal(turn_pixels(pixels, orientation), expected)
