"""A list of images of one person or scene, brought onto each other."""

from pathlib import Path

import numpy as np
import pytest
import skimage.data
import torch
from PIL import Image

import morphlapse as ml
from figures import registered
from morphlapse.errors import AlignmentError, OptionError
from morphlapse.geometry.similarity import invert, map_points, similarity
from morphlapse.imaging.warp import warp_by_matrix
from morphlapse.records import Size

SCENE = torch.from_numpy(skimage.data.coffee()[50:290, 150:470].copy()).permute(2, 0, 1).float() / 255.0
SIZE = Size(240, 320)
TURN = similarity(1.1, 0.15, (6.0, -8.0), centre=(160.0, 120.0))
CORNERS = np.array([[20.0, 20.0], [300.0, 20.0], [300.0, 220.0]])


def moved(image: torch.Tensor, matrix: np.ndarray) -> torch.Tensor:
    """The image as a camera sees it whose `seen_from_image` is the matrix."""
    return warp_by_matrix(image[None], torch.from_numpy(invert(matrix))[None], SIZE, border="zeros")[0]


def test_images_of_each_kind_are_brought_onto_the_reference(tmp_path: Path):
    turned = moved(SCENE, TURN)
    pixels = (turned.permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "turned.png")
    kinds = [SCENE, turned, pixels, Image.fromarray(pixels), str(tmp_path / "turned.png")]
    aligned = ml.sequence(kinds, ml.AlignOptions(on="scene"), reference=0)
    assert aligned.reference == 0
    assert aligned.on == "scene"
    for result in aligned.results[1:]:
        assert np.abs(map_points(registered(result).matrix @ TURN, CORNERS) - CORNERS).max() < 0.3
    images = list(aligned.images())
    assert torch.equal(images[0], SCENE)
    assert all((image - SCENE)[:, 60:-60, 60:-60].abs().mean() < 0.03 for image in images)


def test_an_image_without_a_place_has_a_reason_and_no_picture():
    aligned = ml.sequence([SCENE, torch.zeros(3, 90, 120)], ml.AlignOptions(on="scene"), reference=0)
    assert aligned.placed == (0,)
    assert "same everywhere" in str(aligned.results[1])
    with pytest.raises(AlignmentError, match="image 1 has no place, for"):
        aligned.image(1)


def test_points_are_given_as_arrays_or_by_name():
    here = np.array([[100.0, 80.0], [220.0, 80.0], [220.0, 160.0]])
    there = map_points(TURN, here)
    given = [here, {str(k + 1): point for k, point in enumerate(there)}, None]
    aligned = ml.sequence([SCENE] * 3, ml.AlignOptions(on="points", keep_all=True), reference=0, points=given)
    assert np.allclose(map_points(registered(aligned.results[1]).matrix, there), here)
    assert registered(aligned.results[2]).status == "interpolated"


def test_a_person_is_found_in_images(sample: list[Path]):
    heard = []
    aligned = ml.sequence(sample[:2], ml.AlignOptions(on="face"), context=ml.Context(listener=heard.append))
    assert len(aligned.placed) == 2
    assert {step.stage for step in heard} == {"look", "align"}
    first, second = aligned.images(fill="blur")
    assert first.shape == second.shape


@pytest.mark.parametrize(
    ("images", "more", "said"),
    [
        ([], {}, "needs an image or more"),
        ([SCENE], {"reference": 1}, "reference: 1 is none of the 1 images"),
        ([SCENE], {"options": ml.AlignOptions(reference="a.jpg")}, "reference: images have no names"),
        ([SCENE], {"points": []}, "points: there are 0 for 1 images"),
        (
            [SCENE],
            {"points": [np.array([[500.0, 1.0]])], "options": ml.AlignOptions(on="points")},
            "points: of image 0, the point '1' at .* is outside",
        ),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(images, more, said):
    with pytest.raises(OptionError, match=said):
        ml.sequence(images, **more)
