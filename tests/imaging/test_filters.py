import pytest
import torch

from morphlapse.imaging.filters import box_blur, gaussian_blur, gradients, pyramid, pyramid_sizes, wide_blur
from morphlapse.imaging.warp import size_of
from morphlapse.records import Size
from synthetic import picture, ramp


@pytest.mark.parametrize("sigma", [0.5, 1.8, 6.0])
def test_both_gaussian_blurs_agree(sigma):
    image = picture(size=Size(40, 33))
    tracked = image.clone().requires_grad_()
    assert torch.allclose(gaussian_blur(image, sigma), gaussian_blur(tracked, sigma).detach(), atol=1e-5)


@pytest.mark.parametrize("radius", [1, 4])
def test_both_box_blurs_agree(radius):
    image = picture(size=Size(40, 33))
    tracked = image.clone().requires_grad_()
    assert torch.allclose(box_blur(image, radius), box_blur(tracked, radius).detach(), atol=1e-5)


def test_blurring_keeps_a_constant():
    assert torch.allclose(gaussian_blur(torch.full((1, 2, 9, 9), 0.3), 3.0), torch.tensor(0.3), atol=1e-6)


def test_blurring_leaves_its_input_alone():
    image = picture(size=Size(12, 12))
    before = image.clone()
    gaussian_blur(image, 2.0)
    assert torch.equal(image, before)


def test_slopes_of_a_ramp_are_one():
    dx, dy = gradients(ramp(Size(6, 7)))
    assert torch.equal(dx[:, 0], torch.ones(1, 6, 7, dtype=torch.float64))
    assert torch.equal(dy[:, 1], torch.ones(1, 6, 7, dtype=torch.float64))
    assert dx[:, 1].abs().max() == 0.0


@pytest.mark.parametrize("size", [Size(1, 1), Size(1, 9), Size(9, 1), Size(2, 2)])
def test_slopes_exist_for_any_size(size):
    dx, dy = gradients(torch.rand(1, 1, size.height, size.width))
    assert size_of(dx) == size_of(dy) == size


def test_a_pyramid_ends_at_full_size():
    sizes = pyramid_sizes(Size(300, 400), smallest=16, ratio=1.5)
    assert sizes[-1] == Size(300, 400)
    assert sizes[0].long_side == 16
    assert [size.long_side for size in sizes] == sorted(size.long_side for size in sizes)


def test_a_pyramid_of_a_small_image_is_the_image():
    image = torch.rand(1, 3, 5, 7)
    assert torch.equal(pyramid(image, pyramid_sizes(Size(5, 7), smallest=16, ratio=2.0))[0], image)


@pytest.mark.parametrize("sigma", [3.0, 12.0, 20.0])
def test_a_wide_blur_on_a_smaller_copy_is_nearly_the_blur_itself(sigma):
    # Well inside: at the border the one repeats a pixel, the other the mean of a few.
    image, inner = picture("astronaut", Size(240, 320)), (..., slice(60, -60), slice(60, -60))
    assert (wide_blur(image, sigma) - gaussian_blur(image, sigma))[inner].abs().max() < 0.02
