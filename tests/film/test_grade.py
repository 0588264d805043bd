"""Light along a series: flicker goes, trends stay, and what tells nothing is left alone."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from kornia.color import rgb_to_lab
from skimage.data import astronaut

from morphlapse.film.grade import STEP, correct_light, lab_from_light, measure_flicker, measure_light, smooth_light
from morphlapse.imaging.colour import expose, srgb_from_linear

few = settings(max_examples=10)
PICTURE = torch.from_numpy(astronaut()[::4, ::4].copy()).movedim(2, 0).double() / 255.0
WHOLE = torch.ones(1, *PICTURE.shape[1:], dtype=torch.float64)


def days(count: int) -> np.ndarray:
    return np.arange(count, dtype=np.float64)


def jumps(count: int, size: float, seed: int = 0) -> np.ndarray:
    return size * np.random.default_rng(seed).standard_normal((count, 3))


def corrected(light: np.ndarray) -> np.ndarray:
    target = smooth_light(light, days(len(light)))
    return light + correct_light(light, target, strength=1.0, most=9.0)


@few
@given(st.floats(-2.0, 2.0), st.floats(-2.0, 2.0))
def test_a_gain_is_measured_as_what_it_is(exposure: float, warmth: float):
    stops = torch.tensor([exposure + warmth / 2, exposure, exposure - warmth / 2], dtype=torch.float64)
    before, after = measure_light(PICTURE, WHOLE), measure_light(expose(PICTURE, stops), WHOLE)
    assert after - before == pytest.approx(stops.numpy(), abs=0.02)


def test_light_is_measured_where_the_weight_is():
    left = WHOLE.clone()
    left[..., left.shape[-1] // 2 :] = 0.0
    half = torch.cat((PICTURE[:, :, :64], torch.rand(3, 128, 64, dtype=torch.float64)), dim=-1)
    assert measure_light(half, left) == pytest.approx(measure_light(PICTURE, left))


def test_a_third_that_is_clipped_changes_nothing():
    burnt = PICTURE.clone()
    bright = PICTURE[1] > PICTURE[1].quantile(0.7)
    burnt[:, bright] = 1.0
    assert measure_light(burnt, WHOLE)[1] == pytest.approx(measure_light(PICTURE, WHOLE)[1])


@pytest.mark.parametrize("level", [0.0, 0.01, 0.995, 1.0])
def test_what_is_clipped_tells_nothing(level: float):
    assert np.isnan(measure_light(torch.full_like(PICTURE, level), WHOLE)).all()


def test_too_few_pixels_tell_nothing():
    speck = torch.zeros_like(WHOLE)
    speck[..., :3, :3] = 1.0
    assert np.isnan(measure_light(PICTURE, speck)).all()


@few
@given(st.integers(3, 40), st.floats(-0.3, 0.3), st.floats(-4.0, 1.0))
def test_a_steady_change_stays_as_it_is(count: int, slope: float, start: float):
    light = start + slope * days(count)[:, None] * np.array([1.0, 0.9, 0.6])
    assert smooth_light(light, days(count)) == pytest.approx(light, abs=1e-9)


def test_a_slow_wave_stays_to_a_tenth():
    """A year of a photo a week: nights draw in by two stops, and evenings get warm."""
    wave = np.sin(2 * np.pi * days(53) / 52)[:, None] * np.array([1.0, 1.0, 0.6])
    assert np.abs(smooth_light(wave, days(53)) - wave).max() < 0.1


def test_jumps_fall_to_a_fifth_and_the_trend_below_them_stays():
    trend = np.linspace(0.0, -2.0, 40)[:, None] * np.ones(3) - 2.0
    light = trend + jumps(40, 0.5)
    after = corrected(light)
    before, now = measure_flicker(light), measure_flicker(after)
    assert before is not None
    assert now is not None
    assert now.lightness < before.lightness / 5
    assert now.chroma < before.chroma / 5
    assert np.abs(after - trend).mean() < np.abs(light - trend).mean() / 1.5


def test_one_photo_in_another_light_does_not_bend_those_around_it():
    light = np.zeros((15, 3)) + jumps(15, 0.05)
    alone = light.copy()
    alone[7] += (2.0, 0.0, -3.0)
    others = np.arange(15) != 7
    target = smooth_light(alone, days(15))
    assert np.abs(target[others] - smooth_light(light, days(15))[others]).max() < 0.1
    assert np.abs(target[7]).max() < 0.15


def test_a_change_that_lasts_stays():
    """Ten photos in a new flat: their light is theirs, and only about the move it is softened."""
    light = np.repeat([[0.0, 0.0, 0.0], [1.0, 0.5, -1.0]], 10, axis=0)
    after = smooth_light(light, days(20))
    assert after[:5] == pytest.approx(light[:5], abs=0.05)
    assert after[15:] == pytest.approx(light[15:], abs=0.05)


def test_two_photos_are_left_alone_for_nothing_tells_which_of_them_is_right():
    light = np.array([[0.0, 0.0, 0.0], [2.0, 1.0, 0.0]])
    assert smooth_light(light, days(2)) == pytest.approx(light)


def test_a_photo_that_tells_nothing_is_not_touched_and_bends_no_other():
    light = np.zeros((9, 3)) - 1.0
    light[4] = np.nan
    target = smooth_light(light, days(9))
    stops = correct_light(light, target, strength=1.0, most=2.0)
    assert np.isfinite(target).all()
    assert not stops.any()


def test_where_nothing_is_known_nothing_is_done():
    light = np.full((4, 3), np.nan)
    assert not correct_light(light, smooth_light(light, days(4)), strength=1.0, most=2.0).any()
    assert measure_flicker(light) is None


@few
@given(st.floats(0.0, 1.0), st.floats(0.1, 3.0), st.integers(0, 99))
def test_no_photo_is_changed_by_more_than_is_allowed_and_the_hue_of_a_change_is_kept(strength, most, seed):
    light, target = jumps(6, 2.0, seed), jumps(6, 2.0, seed + 100)
    stops = correct_light(light, target, strength=strength, most=most)
    assert np.abs(stops).max() <= most + 1e-12
    wanted = strength * (target - light)
    along = (stops * wanted).sum(axis=1, keepdims=True) / np.square(wanted).sum(axis=1, keepdims=True).clip(1e-9)
    assert np.abs(stops - along * wanted).max() < 2 * STEP


def test_photos_that_come_later_leave_what_was_found_of_the_others():
    light = jumps(60, 0.4)
    early, late = (correct_light(light[:n], smooth_light(light[:n], days(n)), strength=0.8, most=2.0) for n in (59, 60))
    assert np.array_equal(early[:30], late[:30])


def test_lights_are_told_in_cielab():
    lights = np.array([[0.0, 0.0, 0.0], [-2.0, 1.0, 3.0], [np.nan, 0.0, 0.0]])
    amounts = 1.0 / (1.0 + np.exp2(-lights[:2]))
    encoded = srgb_from_linear(torch.from_numpy(amounts.T[None, ..., None]))
    lab = lab_from_light(lights)
    assert np.abs(lab[:2] - rgb_to_lab(encoded)[0, ..., 0].T.numpy()).max() < 0.01
    assert np.isnan(lab[2]).all()


def test_an_even_series_does_not_flicker():
    flicker = measure_flicker(np.linspace([-3.0, -3.0, -3.0], [0.0, 0.0, 0.0], 30))
    assert flicker is not None
    assert flicker.lightness < 0.2
    assert flicker.chroma < 0.02
