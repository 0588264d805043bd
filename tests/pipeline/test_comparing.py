import numpy as np
import pytest
import torch

from morphlapse.errors import OptionError
from morphlapse.geometry.similarity import similarity
from morphlapse.imaging.warp import warp_by_matrix
from morphlapse.pipeline.comparing import show_matches, show_overlay, show_residual
from morphlapse.pipeline.paper import lay_beside
from morphlapse.records import Size
from synthetic import picture


def test_an_overlay_is_half_of_each():
    assert torch.allclose(show_overlay(torch.zeros(3, 8, 9), torch.ones(3, 8, 9)), torch.full((3, 8, 9), 0.5))


def test_where_two_pictures_agree_the_residual_is_black_and_the_brighter_the_less_they_do():
    shades = torch.linspace(0.0, 0.5, 32).expand(3, 8, 32)
    shown = show_residual(shades, torch.zeros(3, 8, 32)).mean(dim=(0, 1))
    assert shown[0] < 0.02
    assert bool((shown.diff() > -0.01).all())
    assert shown[-1] > 0.7


def test_the_residual_is_grey_where_one_picture_ends():
    seen = torch.zeros(1, 8, 32)
    shown = show_residual(torch.rand(3, 8, 32), torch.rand(3, 8, 32), seen=seen)
    assert float(shown.std(dim=0).max()) == pytest.approx(0.0, abs=1e-6)


def test_pictures_of_two_sizes_cannot_be_laid_over_each_other():
    with pytest.raises(OptionError, match="of one size, got 9x8 and 8x8"):
        show_overlay(torch.zeros(3, 8, 9), torch.zeros(3, 8, 8))


def test_matches_are_green_where_the_placement_is_right_and_red_where_it_is_wrong():
    a = picture("astronaut", Size(200, 200))
    b_from_a = similarity(shift=(12.0, 7.0))
    b = warp_by_matrix(a, torch.from_numpy(np.linalg.inv(b_from_a)).float()[None], Size(200, 180))
    right, wrong = (show_matches(a[0], b[0], matrix) for matrix in (b_from_a, similarity(shift=(80.0, 90.0))))
    plain = lay_beside([a[0], b[0]], gap=0)
    more_green = ((right - plain)[1] - (right - plain)[0] > 0.2).float().mean()
    more_red = ((wrong - plain)[0] - (wrong - plain)[1] > 0.2).float().mean()
    assert right.shape == (3, 200, 380)
    assert min(more_green, more_red) > 0.01
    assert not ((wrong - plain)[1] - (wrong - plain)[0] > 0.2).any()


def test_pictures_without_a_match_are_shown_all_the_same():
    assert show_matches(torch.zeros(3, 40, 50), torch.zeros(3, 30, 20), np.eye(3)).shape == (3, 40, 70)
