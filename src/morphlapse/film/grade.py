"""Light and colour of each photo brought to those of the photos around it: filter first, correct second.

What is measured of each photo is smoothed along the series by a robust local line; each photo is then corrected by what
lies between it and that line. A change that many photos share, such as nights that draw in or a tan, is in the line and
stays; what one photo has alone, such as another lamp, is not and goes.
"""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float
from numpy import ndarray
from torch import Tensor

from morphlapse.imaging.colour import linear_from_srgb
from morphlapse.records import Flicker

CLIPPED = 0.02
"""Encoded medians so near to black or white tell nothing: most of what was looked at is clipped."""
FEWEST_PX = 24
"""Fewer pixels tell nothing either."""
NEIGHBOURS = 11
"""The line at a photo is drawn through so many photos about it, the nearer ones counting more."""
ROUNDS = 4
"""How often the line is drawn anew, what lies far from it counting less each time."""
ODD = 6.0
"""What lies so many times as far from the line as half of the photos do is not heard at all."""
LEAST_SPREAD = 0.02
"""In stops: half of the photos lie this far from the line at least, or the last bits would make outliers."""
STEP = 1.0 / 64.0
"""Corrections are whole steps of so many stops, which nobody sees: what lies nearer to the line is shown as it is, and
what was found of a photo holds when others come to the album."""
WHITE_FROM_RGB = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE_FROM_RGB /= WHITE_FROM_RGB.sum(axis=1, keepdims=True)
"""X, Y and Z of linear sRGB (IEC 61966-2-1), as shares of those of its white."""
LINEAR = (6.0 / 29.0) ** 3
"""Below this share CIELAB's root is a straight line."""


def measure_light(image: Float[Tensor, "3 h w"], weight: Float[Tensor, "1 h w"]) -> Float[ndarray, " 3"]:
    """The usual light of a part of a photo: per channel, the log2-odds of its weighted median.

    A median does not care about clipped pixels as long as they are the smaller half, nor about small things that come
    and go.

    Parameters
    ----------
    image : Tensor, (3, H, W)
        sRGB-encoded.
    weight : Tensor, (1, H, W)
        How much each pixel belongs to the part that is looked at, 0 to 1.

    Returns
    -------
    array, (3,)
        log2(x / (1 - x)) of the light x: stops, in the dark. NaN in all channels where there are too few pixels, or
        where a median is clipped.
    """
    flat = weight.reshape(-1)
    if float(flat.sum()) < FEWEST_PX:
        return np.full(3, np.nan)
    values, order = image.reshape(3, -1).sort(dim=1)
    share = flat[order].double().cumsum(dim=1)
    middle = (share < share[:, -1:] / 2).sum(dim=1, keepdim=True).clamp_max(len(flat) - 1)
    median = values.double().gather(1, middle)[:, 0].cpu()
    if bool((median < CLIPPED).any()) or bool((median > 1.0 - CLIPPED).any()):
        return np.full(3, np.nan)
    return torch.logit(linear_from_srgb(median)).div(np.log(2.0)).numpy()


def smooth_light(light: Float[ndarray, "n 3"], at: Float[ndarray, " n"]) -> Float[ndarray, "n 3"]:
    """Draw a robust line through the light of a series (LOWESS, Cleveland 1979).

    Parameters
    ----------
    light : array, (N, 3)
        Of each photo; NaN where it is not known.
    at : array, (N,)
        When each photo is seen: what flickers is the film, so neighbours in it are compared.

    Returns
    -------
    array, (N, 3)
        What the light should be; a steady change stays as it is. NaN where nothing is known at all.
    """
    known = np.isfinite(light).all(axis=1)
    if not known.any():
        return np.full_like(light, np.nan)
    x, y = at[known], light[known]
    trust = np.ones(len(x))
    for _ in range(ROUNDS):
        off = np.linalg.norm(y - np.stack([_line_at(each, x, y, trust) for each in x]), axis=1)
        # Of the photos about it, so that a photo more at one end of an album changes nothing at the other.
        near = [np.argsort(np.abs(x - each), kind="stable")[:NEIGHBOURS] for each in x]
        usual = np.maximum([np.median(off[each]) for each in near], LEAST_SPREAD)
        trust = np.square(np.clip(1.0 - np.square(off / (ODD * usual)), 0.0, 1.0))
    return np.stack([_line_at(each, x, y, trust) for each in at])


def _line_at(
    here: float, x: Float[ndarray, " m"], y: Float[ndarray, "m 3"], trust: Float[ndarray, " m"]
) -> Float[ndarray, " 3"]:
    """The value at one place of a line through what lies about it."""
    away = np.abs(x - here)
    reach = np.partition(away, min(NEIGHBOURS, len(x)) - 1)[min(NEIGHBOURS, len(x)) - 1]
    near = np.power(np.clip(1.0 - np.power(away / max(1.01 * reach, 1e-9), 3), 0.0, 1.0), 3)
    weight = near * np.maximum(trust, 1e-6)
    weight = weight / weight.sum()
    middle = weight @ x
    spread = weight @ np.square(x - middle)
    mean = weight @ y
    if spread <= 1e-12:
        return mean
    return mean + (here - middle) * ((weight * (x - middle)) @ (y - mean)) / spread


def correct_light(
    light: Float[ndarray, "n 3"], target: Float[ndarray, "n 3"], *, strength: float, most: float
) -> Float[ndarray, "n 3"]:
    """By how many stops each channel of each photo is brightened, capped together so that the hue is not bent.

    Parameters
    ----------
    light, target : array, (N, 3)
        What it is and what it should be; a photo whose light is not known is not touched.
    strength : float
        0 leaves the photos as they are, 1 brings them all the way.
    most : float
        No channel is changed by more stops.
    """
    stops = strength * np.nan_to_num(target - light)
    largest = np.abs(stops).max(axis=1, keepdims=True)
    return np.trunc(stops * np.minimum(1.0, most / np.maximum(largest, 1e-12)) / STEP) * STEP + 0.0


def lab_from_light(light: Float[ndarray, "n 3"]) -> Float[ndarray, "n 3"]:
    """CIELAB (CIE 15) of lights in stops, as `measure_light` gives them: L* from 0 to 100; NaN where one is NaN.

    OpenCV would first make tables for whole pictures, which takes longer than all else that is told of a film.
    """
    shares = (1.0 / (1.0 + np.exp2(-light))) @ WHITE_FROM_RGB.T
    x, y, z = np.where(shares > LINEAR, np.cbrt(shares), shares / (3.0 * LINEAR ** (2.0 / 3.0)) + 4.0 / 29.0).T
    return np.stack([116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)], axis=1)


def measure_flicker(light: Float[ndarray, "n 3"]) -> Flicker | None:
    """How much a series of lights flickers; None where fewer than three are known."""
    known = light[np.isfinite(light).all(axis=1)]
    if len(known) < 3:
        return None
    lab = lab_from_light(known)
    second = np.abs(np.diff(lab[:, :1], n=2, axis=0)), np.diff(lab[:, 1:], n=2, axis=0)
    return Flicker(float(second[0].mean()), float(np.linalg.norm(second[1], axis=1).mean()))
