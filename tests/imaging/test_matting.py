import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from morphlapse.imaging.filters import box_blur
from morphlapse.imaging.matting import guided_filter, push_pull
from morphlapse.imaging.warp import enlarge, resize
from morphlapse.records import Size
from synthetic import picture

SIZE = Size(45, 61)


def some_known(seed: int, share: float = 0.3) -> torch.Tensor:
    return (torch.rand(1, 1, SIZE.height, SIZE.width, generator=torch.Generator().manual_seed(seed)) < share).float()


@settings(max_examples=10)
@given(value=st.floats(0.0, 1.0), seed=st.integers(0, 99), share=st.floats(0.01, 0.9))
def test_a_constant_is_filled_with_itself(value, seed, share):
    known = some_known(seed, share)
    known[..., 0, 0] = 1.0
    filled = push_pull(value * known, known)
    assert torch.allclose(filled, torch.tensor(value), atol=1e-5)


@settings(max_examples=10)
@given(seed=st.integers(0, 99))
def test_what_is_known_stays_and_what_is_not_has_no_say(seed):
    known, image = some_known(seed), picture(size=SIZE)
    filled = push_pull(image * known, known)
    other = push_pull(torch.where(known > 0.0, image, 0.7), known)
    assert torch.equal(filled * known, image * known)
    assert torch.allclose(filled, other, atol=1e-5)
    assert filled.min() >= image.min() - 1e-5
    assert filled.max() <= image.max() + 1e-5


def test_a_hole_in_a_ramp_is_closed_about_along_it():
    x = torch.linspace(0.0, 1.0, 64).expand(1, 1, 64, 64).contiguous()
    known = torch.ones(1, 1, 64, 64)
    known[..., 20:44, 20:44] = 0.0
    assert (push_pull(x * known, known) - x).abs().max() < 0.12


def test_a_coarse_mask_comes_onto_the_edge():
    y, x = torch.meshgrid(torch.arange(160.0), torch.arange(160.0), indexing="ij")
    disc = (((x - 80.0) ** 2 + (y - 70.0) ** 2).sqrt() < 45.0).float()[None, None]
    coarse = resize(resize(disc, Size(40, 40)), Size(80, 80))
    refined, plain = guided_filter(coarse, 0.2 + 0.5 * disc, radius=6, eps=2e-3), enlarge(coarse, Size(160, 160))
    edge = (plain > 0.05) & (plain < 0.95)
    assert (refined - disc).abs()[edge].mean() < 0.6 * (plain - disc).abs()[edge].mean()


def test_where_the_guide_is_flat_the_mask_is_only_smoothed():
    mask = picture(size=Size(40, 40))[:, :1]
    flat = guided_filter(mask, torch.full((1, 1, 80, 80), 0.4), radius=1, eps=1e-3)
    smooth = enlarge(box_blur(box_blur(mask, 1), 1), Size(80, 80))
    assert torch.allclose(flat, smooth, atol=1e-4)
