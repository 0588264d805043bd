import pytest
import torch

from morphlapse.morphing.depth import edge_depth
from morphlapse.records import Size

CANVAS = Size(60, 80)


@pytest.mark.parametrize(("x", "depth"), [(-0.5, 0.0), (0.0, 0.5), (39.5, 30.0), (80.5, -1.0)])
def test_depth_is_measured_from_the_edge(x, depth):
    at = torch.tensor([[[[x, 29.5]]]])
    assert edge_depth(at, torch.tensor([[CANVAS.width, CANVAS.height]])).min().item() == pytest.approx(depth)
