"""torchvision's networks with random weights, wherever it can be imported: what does not need to recognise anything."""

from importlib import import_module

import pytest
import torch

from morphlapse.errors import BackendMissing
from morphlapse.records import Subject
from morphlapse.subjects.protocol import COCO_KEYPOINTS, Detector
from morphlapse.subjects.registry import load_detector
from morphlapse.subjects.torchvision import TorchVision


@pytest.fixture(scope="module")
def detector() -> TorchVision:
    try:
        import_module("torchvision")
    except (ImportError, RuntimeError, OSError) as error:
        pytest.skip(f"torchvision cannot be imported beside this torch: {error}")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return TorchVision(pretrained=False)


def test_it_keeps_the_protocol(detector: Detector) -> None:
    assert isinstance(detector, Detector)
    assert detector.keypoint_names == COCO_KEYPOINTS


@pytest.mark.parametrize("size", [(1, 1), (2, 300), (120, 160)])
def test_any_size_is_looked_at(detector: Detector, size: tuple[int, int]) -> None:
    image = torch.rand(3, *size)
    before = image.clone()
    assert all(isinstance(each, Subject) for each in detector.detect(image))
    assert torch.equal(image, before)


def test_several_at_once_are_found_as_each_alone(detector: TorchVision) -> None:
    images = [torch.rand(3, 120, 160, generator=torch.Generator().manual_seed(seed)) for seed in range(3)]
    together = detector.detect_batch(images)
    assert len(together) == 3
    for image, found in zip(images, together, strict=True):
        alone = detector.detect(image)
        assert [each.score for each in found] == pytest.approx([each.score for each in alone], abs=1e-3)
    assert detector.detect_batch([]) == ()


def test_where_it_is_missing_the_command_is_told() -> None:
    try:
        import_module("torchvision")
    except (ImportError, RuntimeError):
        with pytest.raises(BackendMissing, match="pip install torch torchvision"):
            load_detector("torchvision")
    else:
        pytest.skip("torchvision is there")
