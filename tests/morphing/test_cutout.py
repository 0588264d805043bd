"""A figure cut out of its photo, and what is put in its place."""

import numpy as np
import torch

from cutouts import BEHIND, cut, outline
from morphlapse.imaging.warp import resize
from morphlapse.morphing.cutout import Cutout, cut_out, fill_in_place, make_backdrop
from morphlapse.morphing.layer import make_layer
from morphlapse.records import Size


def test_a_coarse_outline_is_found_to_the_pixel():
    y, x = torch.meshgrid(torch.arange(160.0), torch.arange(160.0), indexing="ij")
    disc = (((x - 80.0) ** 2 + (y - 70.0) ** 2).sqrt() < 45.0).float()[None, None]
    coarse = resize(resize(disc, Size(20, 20)), Size(160, 160))
    found = cut_out(make_layer((0.2 + 0.5 * disc)[0].expand(3, -1, -1), np.eye(3), Size(160, 160)), coarse).alpha
    assert (found - disc).abs().mean() < 0.5 * (coarse - disc).abs().mean()


def test_the_plate_from_the_other_photo_is_the_truth_and_alone_it_is_smooth():
    a, b = cut(20), cut(80)
    hole = (slice(None), slice(None), slice(35, 75), slice(23, 39))
    assert (fill_in_place(a, b) - BEHIND)[hole].abs().mean() < 0.02
    assert (fill_in_place(a, b) - BEHIND)[hole].abs().mean() < 0.5 * (a.plate - BEHIND)[hole].abs().mean()


def test_other_light_is_brought_to_this_photos():
    a, b = cut(20), cut(80)
    dim = Cutout(0.6 * b.photo, b.alpha, b.around)
    hole = (slice(None), slice(None), slice(35, 75), slice(23, 39))
    assert (fill_in_place(a, dim) - BEHIND)[hole].mean().abs() < 0.08


def test_the_blurred_backdrop_has_nothing_of_the_figure():
    white = Cutout(torch.where(outline(40) > 0.0, 1.0, 0.2 * BEHIND), outline(40), BEHIND)
    assert make_backdrop("blur", white).max() < 0.4
