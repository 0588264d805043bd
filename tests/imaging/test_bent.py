import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from morphlapse.geometry.similarity import similarity
from morphlapse.imaging.bent import STRIP, interleave, interleave_levels, sample_bent
from morphlapse.imaging.warp import map_positions, pixel_positions, sample, size_of
from morphlapse.records import Size
from synthetic import picture, ramp


@pytest.mark.parametrize("pitch", [1, 2])
@given(angle=st.floats(-0.3, 0.3), scale=st.floats(0.5, 1.5), x=st.floats(-3, 3))
@settings(max_examples=10, deadline=None)
def test_an_affine_map_with_a_bend_is_read_where_both_say(pitch, angle, scale, x):
    image = ramp(Size(64, 72))
    matrix = torch.from_numpy(similarity(scale, angle, (25.0 + x, 20.0)))[None]
    bend = torch.full((1, 2, 3, 4), 1.25, dtype=torch.float64)
    out = sample_bent(interleave(image) if pitch == 2 else image, matrix[0], bend, Size(12, 16), pitch=pitch)
    wanted = (map_positions(matrix, pixel_positions(Size(12, 16), like=out)) + 1.25).movedim(-1, 1)
    inside = ((wanted > 2) & (wanted < 60)).all(dim=1, keepdim=True).expand_as(out)
    assert torch.allclose(out[inside], wanted[inside], atol=1e-9)


@pytest.mark.parametrize("memory_format", [torch.contiguous_format, torch.channels_last])
def test_both_ways_of_reading_agree(memory_format):
    image = picture(size=Size(40, 50)).contiguous(memory_format=memory_format)
    bend, matrix = torch.rand(1, 2, 4, 5) * 6.0, torch.from_numpy(similarity(1.1, 0.2, (4.0, 2.0)))
    read = sample_bent(image, matrix, bend, Size(33, 16))
    tracked = sample_bent(image.clone().requires_grad_(), matrix, bend, Size(33, 16)).detach()
    steepest = max(float(image.diff(dim=axis).abs().max()) for axis in (-1, -2))
    assert (read - tracked).abs().max() < 2.0 * steepest / 64.0


def test_interleaving_keeps_the_old_pixels():
    image = picture(size=Size(9, 14))
    fine = interleave(image)
    assert torch.equal(fine[..., ::2, ::2], image)
    assert size_of(fine) == Size(18, 28)
    assert torch.equal(fine[..., -1, :], fine[..., -2, :])


def test_reading_an_interleaved_picture_is_nearly_catmull_rom():
    image = picture(size=Size(96, 96))
    positions = pixel_positions(Size(96, 96), like=image) + torch.tensor([0.3, 0.6])
    shift = torch.eye(3, dtype=torch.float64)
    shift[0, 2], shift[1, 2] = 0.3, 0.6
    wanted = sample(image, positions, resampling="catmull_rom")
    fine = sample_bent(interleave(image), shift, torch.zeros(1, 2, 4, 4), Size(96, 96), pitch=2)
    coarse = sample_bent(image, shift, torch.zeros(1, 2, 4, 4), Size(96, 96))
    assert (fine - wanted).abs().mean() < 0.4 * (coarse - wanted).abs().mean()


def test_interleaving_a_single_pixel_repeats_it():
    assert torch.equal(interleave(torch.full((1, 3, 1, 1), 0.5)), torch.full((1, 3, 2, 2), 0.5))


def test_strips_leave_no_seam():
    image = picture(size=Size(2 * STRIP + 7, 30))
    whole = interleave(image.movedim(2, 3)).movedim(2, 3)
    assert torch.allclose(interleave(image), whole, atol=1e-6)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_levels_hold_the_same_but_for_rounding(channels):
    image = picture(size=Size(70, 40)).mul(1.4).sub(0.2).clamp(0.0, 1.0).repeat(1, 2, 1, 1)[:, :channels]
    levels = interleave_levels(image)
    missed = (levels / 255.0 - interleave(image).clamp(0.0, 1.0)).abs() * 255.0
    assert levels.dtype == torch.uint8
    # Where a pixel is and halfway between two, 1 and (9 + 9 + 1 + 1) / 16 of half a level; twice where both ways.
    assert missed[..., ::2, ::2].max() <= 0.501
    assert missed.max() <= 0.501 * 1.25**2 + 1.0
    assert missed.mean() < 0.35


def test_levels_of_a_single_pixel_repeat_it():
    assert interleave_levels(torch.full((1, 3, 1, 1), 0.6)).unique().tolist() == [153]


def test_bytes_are_read_as_levels_to_the_nearest():
    image = picture(size=Size(60, 50))
    bend, matrix = torch.rand(1, 2, 4, 5), torch.from_numpy(similarity(1.0, 0.1, (4.0, 2.0)))
    levels = sample_bent(interleave_levels(image), matrix, bend, Size(33, 30), pitch=2)
    exact = sample_bent(interleave(image).clamp(0.0, 1.0), matrix, bend, Size(33, 30), pitch=2)
    assert levels.dtype == torch.float32
    # What is halfway between two both ways is missed by 1.3 levels at most, and what is read is rounded once more.
    assert (levels / 255.0 - exact).abs().max() <= 2.0 / 255.0
    assert (levels / 255.0 - exact).abs().mean() <= 0.4 / 255.0


def test_a_gradient_passes_through_the_positions_of_bytes():
    bend = torch.zeros(1, 2, 4, 5, requires_grad=True)
    levels = interleave_levels(picture(size=Size(40, 50)))
    sample_bent(levels, torch.eye(3, dtype=torch.float64), bend, Size(40, 50), pitch=2).sum().backward()
    assert bend.grad is not None
    assert float(bend.grad.abs().max()) > 0.0
