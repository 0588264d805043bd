import math
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from morphlapse.album.decode import decode
from morphlapse.imaging.lightness import lightness_from_srgb, measure_lightness
from morphlapse.options import SelectOptions


def gray(level: float, size: tuple[int, int] = (8, 12)) -> torch.Tensor:
    return torch.full((3, *size), level)


def test_black_is_0_and_white_is_1() -> None:
    assert measure_lightness(gray(0.0)) == pytest.approx(0.0, abs=1e-6)
    assert measure_lightness(gray(1.0)) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize(("level", "lightness"), [(119 / 255, 0.5003), (5 / 255, 0.0137)])
def test_an_even_gray_has_its_cielab_lightness(level: float, lightness: float) -> None:
    assert measure_lightness(gray(level)) == pytest.approx(lightness, abs=2e-4)


def test_colours_have_their_cielab_lightness() -> None:
    primaries = torch.eye(3)[:, None, :]
    assert lightness_from_srgb(primaries)[0].tolist() == pytest.approx([0.5324, 0.8773, 0.3230], abs=1e-3)


@settings(deadline=None, max_examples=10)
@given(st.floats(0.0, 0.98), st.floats(0.01, 0.02))
def test_more_light_is_lighter(level: float, more: float) -> None:
    assert measure_lightness(gray(level + more)) > measure_lightness(gray(level))


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 1000))
def test_where_the_light_is_does_not_matter(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    image = torch.rand(3, 9, 7, generator=generator)
    shuffled = image.flatten(1)[:, torch.randperm(63, generator=generator)].view(3, 9, 7)
    assert measure_lightness(shuffled) == pytest.approx(measure_lightness(image), abs=1e-6)


def test_a_lamp_in_a_dark_room_hardly_counts() -> None:
    room = gray(0.02, (100, 100))
    room[:, 40:60, 40:60] = 1.0
    assert measure_lightness(room) < 0.03


def test_the_size_of_a_photo_hardly_matters() -> None:
    y, x = torch.meshgrid(torch.arange(1500), torch.arange(2000), indexing="ij")
    large = (0.5 + 0.4 * torch.sin(x / 190.0) * torch.cos(y / 230.0)).expand(3, -1, -1)
    small = large[:, 2::5, 2::5]
    assert measure_lightness(large) == pytest.approx(measure_lightness(small), abs=2e-3)


def test_a_picture_with_a_gradient_is_measured_as_well() -> None:
    image = gray(0.5).requires_grad_()
    assert math.isfinite(measure_lightness(image))


@pytest.mark.photos
def test_only_the_two_nights_of_the_series_are_too_dark(photos: Path) -> None:
    paths = sorted((photos / "faces" / "agelapse-photo-a-day").glob("*.jpg"))
    paths += sorted((photos / "faces" / "deepface").glob("img5*.jpg"))
    paths += sorted((photos / "bodies").glob("mmpose-mpii/*.jpg"))
    least = SelectOptions().min_light
    dark = {path.stem for path in paths if measure_lightness(decode(path, long_side=512)) < least}
    assert dark == {"2008-04-14_Day_6", "2008-04-24_Day_16"}
