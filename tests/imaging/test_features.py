import numpy as np
import pytest
import torch

from morphlapse.geometry.similarity import fit_similarity, map_points, similarity
from morphlapse.imaging.features import find_features, match_features, match_images
from morphlapse.imaging.warp import warp_by_matrix
from morphlapse.records import Size
from synthetic import picture

SIZE = Size(192, 256)


@pytest.fixture(scope="module")
def image():
    return picture("astronaut", SIZE)[0]


def turned(image: torch.Tensor, matrix: np.ndarray) -> torch.Tensor:
    return warp_by_matrix(image[None], torch.from_numpy(np.linalg.inv(matrix))[None], SIZE)[0]


def test_matches_of_a_turned_picture_lie_where_they_belong(image):
    matrix = similarity(1.2, 0.6, (10.0, -8.0), centre=(128.0, 96.0))
    src, dst = match_images(image, turned(image, matrix))
    apart = np.linalg.norm(map_points(matrix, src) - dst, axis=1)
    assert len(src) > 30
    assert np.median(apart) < 0.5


def test_positions_have_no_offset(image):
    matrix = similarity(1.0, np.pi, centre=(127.5, 95.5))
    src, dst = match_images(image, torch.flip(image, (1, 2)))
    found = fit_similarity(src, dst)
    assert np.abs(map_points(found, np.array([[127.5, 95.5]])) - [127.5, 95.5]).max() < 0.05
    assert np.allclose(found[:2, :2], matrix[:2, :2], atol=0.01)


def test_darkness_matches_light(image):
    src, dst = match_images(image, 0.2 * image**1.5)
    assert len(src) > 30
    assert np.median(np.linalg.norm(src - dst, axis=1)) < 0.3


def test_unrelated_pictures_share_little(image):
    related, _ = match_images(image, turned(image, similarity(1.1, 0.3, (10.0, -8.0))))
    unrelated, _ = match_images(image, picture("coffee", SIZE)[0])
    assert len(unrelated) < 0.3 * len(related)


def test_descriptors_are_unit_vectors(image):
    features = find_features(image, limit=50)
    assert len(features.xy) <= 60
    assert np.allclose(np.linalg.norm(features.descriptors, axis=1), 1.0, atol=1e-3)


def test_a_flat_picture_has_no_features(image):
    flat = find_features(torch.full((3, 64, 64), 0.5))
    assert flat.xy.shape == (0, 2)
    assert [len(part) for part in match_features(flat, find_features(image))] == [0, 0]
