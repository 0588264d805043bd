import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from morphlapse.imaging.warp import (
    coverage,
    enlarge,
    fit_within,
    map_positions,
    pixel_positions,
    resize,
    resize_field,
    resized_from_full,
    sample,
    size_of,
    warp_by_field,
    warp_by_matrix,
)
from morphlapse.records import Size
from synthetic import picture, ramp

SIZES = st.builds(Size, st.integers(4, 40), st.integers(4, 40))


def similar(angle: float, scale: float, shift: tuple[float, float]) -> torch.Tensor:
    c, s = scale * torch.cos(torch.tensor(angle)), scale * torch.sin(torch.tensor(angle))
    return torch.tensor([[c, -s, shift[0]], [s, c, shift[1]], [0, 0, 1]], dtype=torch.float64)[None]


def test_identity_returns_the_image_itself():
    image = picture(size=Size(20, 30))
    assert warp_by_matrix(image, torch.eye(3)[None], Size(20, 30)) is image


@pytest.mark.parametrize("resampling", ["bilinear", "catmull_rom"])
@given(angle=st.floats(-3, 3), scale=st.floats(0.5, 2), x=st.floats(-5, 5), y=st.floats(-5, 5))
@settings(max_examples=10, deadline=None)
def test_a_ramp_tells_where_it_was_read(resampling, angle, scale, x, y):
    matrix = similar(angle, scale, (20 + x, 20 + y))
    out = warp_by_matrix(ramp(Size(48, 48)), matrix, Size(9, 7), resampling=resampling)
    wanted = map_positions(matrix, pixel_positions(Size(9, 7), like=out)).movedim(-1, 1)
    inside = ((wanted > 2) & (wanted < 44)).all(dim=1, keepdim=True).expand_as(out)
    assert torch.allclose(out[inside], wanted[inside], atol=1e-9)


def test_catmull_rom_is_exact_on_pixels():
    image = picture(size=Size(16, 16)).double()
    positions = pixel_positions(Size(16, 16), like=image)
    assert torch.allclose(sample(image, positions, resampling="catmull_rom"), image, atol=1e-9)


def test_catmull_rom_is_the_cubic_of_keys():
    line = torch.tensor([0.0, 1.0, 0.5, 2.0, 1.0, 3.0], dtype=torch.float64).view(1, 1, 1, 6).expand(1, 1, 6, 6)
    f = 0.3
    p0, p1, p2, p3 = line[0, 0, 0, 1:5]
    wanted = p1 + 0.5 * f * (p2 - p0 + f * (2 * p0 - 5 * p1 + 4 * p2 - p3 + f * (3 * (p1 - p2) + p3 - p0)))
    out = sample(line, torch.tensor([[[[2.3, 3.0]]]], dtype=torch.float64), resampling="catmull_rom")
    assert torch.allclose(out.squeeze(), wanted)


@given(full=SIZES, reduced=SIZES)
@settings(max_examples=10, deadline=None)
def test_resizing_moves_points_as_its_matrix_says(full, reduced):
    shape = ramp(full)
    grown = resize(shape, reduced)
    wanted = map_positions(torch.linalg.inv(resized_from_full(full, reduced))[None], ramp(reduced).movedim(1, -1))
    middle = (
        slice(None),
        slice(reduced.height // 2, reduced.height // 2 + 1),
        slice(reduced.width // 2, reduced.width // 2 + 1),
    )
    assert torch.allclose(grown.movedim(1, -1)[middle], wanted[middle], atol=1.0)


def test_halving_averages():
    image = torch.rand(1, 3, 8, 12, dtype=torch.float64)
    assert torch.allclose(resize(image, Size(4, 6)).mean(), image.mean(), atol=0.02)


def test_a_resized_field_means_the_same_motion():
    field = torch.ones(1, 2, 6, 8) * torch.tensor([2.0, 3.0]).view(1, 2, 1, 1)
    grown = resize_field(field, Size(12, 24))
    assert torch.allclose(grown[:, 0], torch.tensor(6.0))
    assert torch.allclose(grown[:, 1], torch.tensor(6.0))


def test_a_field_is_read_backward():
    field = torch.zeros(1, 2, 10, 10, dtype=torch.float64)
    field[:, 0] = 2.0
    out = warp_by_field(ramp(Size(10, 10)), field)
    assert torch.equal(out[0, 0, :, 3], torch.full((10,), 5.0, dtype=torch.float64))


def test_what_lies_behind_the_horizon_is_not_covered():
    matrix = torch.tensor([[[1.0, 0, 0], [0, 1, 0], [-0.1, 0, 1]]])
    covered = coverage(map_positions(matrix, pixel_positions(Size(4, 20), like=torch.zeros(1))), Size(4, 20))
    assert covered[..., 12:].max() == 0.0


def test_coverage_is_half_at_the_edge_of_a_picture():
    edge = torch.tensor([[[[-0.5, 2.0], [2.0, 2.0], [5.0, 2.0]]]])
    assert torch.allclose(coverage(edge, Size(5, 5)).flatten(), torch.tensor([0.5, 1.0, 0.0]))


@given(size=st.builds(Size, st.integers(1, 5000), st.integers(1, 5000)), long_side=st.integers(1, 3000))
@settings(max_examples=20, deadline=None)
def test_fitting_never_enlarges_and_keeps_a_pixel(size, long_side):
    fitted = fit_within(size, long_side)
    assert fitted.short_side >= 1
    assert fitted.long_side == min(size.long_side, long_side)


def test_size_of_reads_rows_first():
    assert size_of(torch.zeros(1, 3, 4, 7)) == Size(height=4, width=7)


def test_both_ways_of_enlarging_agree():
    small = picture(size=Size(9, 14))
    tracked = small.clone().requires_grad_()
    assert torch.allclose(enlarge(small, Size(50, 61)), enlarge(tracked, Size(50, 61)).detach(), atol=1e-6)
