"""From values of any transfer curve and primaries to sRGB: more light than paper has is rolled off towards white.

NumPy alone, for pictures are read where no torch is loaded.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32
from numpy import ndarray
from numpy.typing import NDArray

from morphlapse.album.boxes import Coding

PQ, HLG, LINEAR = 16, 18, 8
"""Transfer curves: SMPTE ST 2084, ARIB STD-B67, none."""

SRGB_FROM = {
    9: ((1.660491, -0.587641, -0.072850), (-0.124550, 1.132900, -0.008349), (-0.018151, -0.100579, 1.118730)),
    11: ((1.224940, -0.224940, 0.0), (-0.042057, 1.042057, 0.0), (-0.019638, -0.078636, 1.098274)),
    12: ((1.224940, -0.224940, 0.0), (-0.042057, 1.042057, 0.0), (-0.019638, -0.078636, 1.098274)),
}
"""From linear light of wider primaries to that of sRGB: BT.2020, and the two of P3 (the white of the first is taken for
that of sRGB)."""

WHITE_NITS = 203.0
"""Of paper white in HDR (ITU-R BT.2408): it becomes the white of sRGB."""

PEAK_NITS = 1000.0
"""What is as bright or brighter becomes white; the same for all photos, so that a series does not flicker."""

LUMA_2020 = np.array([0.2627, 0.6780, 0.0593], dtype=np.float32)
"""Weights of red, green and blue in luminance (ITU-R BT.2020)."""

M1, M2, C1, C2, C3 = 0.1593017578125, 78.84375, 0.8359375, 18.8515625, 18.6875
"""Of SMPTE ST 2084."""

HLG_A, HLG_B, HLG_C = 0.17883277, 0.28466892, 0.55991073
"""Of ARIB STD-B67."""


def needs_mapping(coding: Coding | None) -> bool:
    """Whether values of a coding look wrong where they are taken for sRGB."""
    return coding is not None and (coding.transfer in (PQ, HLG, LINEAR) or coding.primaries in SRGB_FROM)


def srgb_from_coded(values: Float32[ndarray, "h w 3"], coding: Coding) -> Float32[ndarray, "h w 3"]:
    """Bring values from 0 to 1 to sRGB.

    Parameters
    ----------
    values : ndarray, (H, W, 3)
        As stored, 0 to 1, R'G'B'.
    coding : Coding
        What they stand for.

    Returns
    -------
    ndarray, (H, W, 3)
        sRGB-encoded, 0 to 1. PQ and HLG are mapped to a white of 203 nits by the curve of ITU-R BT.2390 (5.4.1) on the
        largest of the three channels, which keeps hues and leaves what is darker than about 100 nits as it is.
    """
    if coding.transfer == PQ:
        light = roll_off(nits_from_pq(values)) / np.float32(WHITE_NITS)
    elif coding.transfer == HLG:
        light = roll_off(nits_from_hlg(values)) / np.float32(WHITE_NITS)
    else:
        light = values if coding.transfer == LINEAR else light_from_srgb(values)
    matrix = SRGB_FROM.get(coding.primaries)
    light = light if matrix is None else light @ np.asarray(matrix, dtype=np.float32).T
    return srgb_from_light(np.clip(light, 0.0, 1.0))


def nits_from_pq(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Luminance of values of SMPTE ST 2084, in cd/m²."""
    root = np.power(np.clip(values, 0.0, 1.0), np.float32(1.0 / M2))
    return np.float32(10000.0) * np.power(np.maximum(root - C1, 0.0) / (C2 - C3 * root), np.float32(1.0 / M1))


def pq_from_nits(nits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Values of SMPTE ST 2084 for luminances in cd/m²."""
    root = np.power(np.clip(nits, 0.0, 10000.0) / np.float32(10000.0), np.float32(M1))
    return np.power((C1 + C2 * root) / (1.0 + C3 * root), np.float32(M2))


def nits_from_hlg(values: Float32[ndarray, "h w 3"]) -> Float32[ndarray, "h w 3"]:
    """Luminance that a display of 1000 cd/m² shows for values of ARIB STD-B67 (ITU-R BT.2100, gamma 1.2)."""
    values = np.clip(values, 0.0, 1.0)
    scene = np.where(values <= 0.5, values**2 / 3.0, (np.exp((values - HLG_C) / HLG_A) + HLG_B) / 12.0)
    luminance = scene @ LUMA_2020
    return (PEAK_NITS * scene * np.maximum(luminance, 1e-9)[..., None] ** 0.2).astype(np.float32)


def roll_off(nits: Float32[ndarray, "h w 3"]) -> Float32[ndarray, "h w 3"]:
    """Bring up to `PEAK_NITS` into `WHITE_NITS` by the curve of ITU-R BT.2390, on the largest channel of each pixel."""
    largest = nits.max(axis=-1, keepdims=True)
    peak, white = (float(pq_from_nits(np.full(1, each, dtype=np.float32))[0]) for each in (PEAK_NITS, WHITE_NITS))
    value, top = np.minimum(pq_from_nits(largest) / np.float32(peak), 1.0), white / peak
    knee = 1.5 * top - 0.5
    t = np.maximum(value - knee, 0.0) / (1.0 - knee)
    curve = (2 * t**3 - 3 * t**2 + 1) * knee + (t**3 - 2 * t**2 + t) * (1.0 - knee) + (3 * t**2 - 2 * t**3) * top
    mapped = nits_from_pq(np.where(value < knee, value, curve).astype(np.float32) * np.float32(peak))
    return nits * (mapped / np.maximum(largest, np.float32(1e-6)))


def light_from_srgb(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Amounts of light of sRGB's values (IEC 61966-2-1)."""
    upper = np.power((np.maximum(values, 0.04045) + 0.055) / 1.055, np.float32(2.4))
    return np.where(values <= 0.04045, values / np.float32(12.92), upper)


def srgb_from_light(light: NDArray[np.float32]) -> NDArray[np.float32]:
    """SRGB's values of amounts of light from 0 to 1."""
    upper = 1.055 * np.power(np.maximum(light, 0.0031308), np.float32(1.0 / 2.4)) - 0.055
    return np.where(light <= 0.0031308, light * np.float32(12.92), upper).astype(np.float32)
