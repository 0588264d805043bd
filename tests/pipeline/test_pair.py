import numpy as np
import pytest
import skimage.data
import torch

import morphlapse as ml
from morphlapse.errors import OptionError, PhotoError

ARRAY = skimage.data.astronaut()[::4, ::4].copy()
TENSOR = torch.from_numpy(ARRAY).permute(2, 0, 1).float() / 255.0


def test_a_missing_file_is_a_photo_error():
    with pytest.raises(PhotoError):
        ml.morph("nowhere.jpg", ARRAY)


def test_images_of_two_sizes_are_fitted_and_exact_at_their_end():
    morph = ml.morph(ARRAY, ARRAY[:100, :90])
    assert torch.equal(morph.frame_at(0.0), TENSOR)
    assert morph.frame_at(0.5).shape == TENSOR.shape


def test_points_that_the_user_gives_land_within_a_pixel():
    a = np.array([[50.0, 40.0], [70.0, 42.0], [60.0, 80.0]])
    b = a + np.array([[3.0, 2.0], [2.0, 2.0], [4.0, 1.0]])
    morph = ml.morph(ARRAY, ARRAY, ml.MorphOptions(prealign=False), hints=(a, b))
    landed = morph.carry(torch.from_numpy(a).float(), 1.0).numpy()
    assert np.linalg.norm(landed - b, axis=1).max() < 1.0


def test_hints_of_two_lengths_are_refused():
    with pytest.raises(OptionError, match="hints are two arrays"):
        ml.morph(ARRAY, ARRAY, hints=([[1.0, 2.0]], [[1.0, 2.0], [3.0, 4.0]]))


def test_a_hint_of_no_weight_says_nothing():
    a, b = [[20.0, 20.0], [100.0, 100.0]], [[60.0, 40.0], [100.0, 100.0]]
    options = ml.MorphOptions(prealign=False)
    free = ml.morph(ARRAY, ARRAY, options, hints=(a[1:], b[1:]))
    weightless = ml.morph(ARRAY, ARRAY, options, hints=(a, b, [0.0, 1.0]))
    assert torch.allclose(free.maps.velocity, weightless.maps.velocity, atol=1e-4)


@pytest.mark.parametrize("weights", [[1.0], [1.0, -1.0], [1.0, float("nan")]])
def test_wrong_weights_of_hints_are_refused(weights):
    points = [[1.0, 2.0], [3.0, 4.0]]
    with pytest.raises(OptionError, match="hints are"):
        ml.morph(ARRAY, ARRAY, hints=(points, points, weights))


def test_behind_a_mask_what_has_no_counterpart_dissolves():
    mask = np.zeros((64, 64), dtype=bool)
    mask[20:44, 20:44] = True
    options, other = ml.MorphOptions(prealign=False), skimage.data.rocket()[:128, :128].copy()
    calm, whole = (ml.morph(ARRAY, other, options, masks=masks) for masks in ((mask, mask), None))
    assert (
        calm.maps.velocity[..., :15, :].norm(dim=1).mean() < 0.4 * whole.maps.velocity[..., :15, :].norm(dim=1).mean()
    )


@pytest.mark.parametrize("masks", [(np.ones((4, 4)),), (np.ones(4), np.ones(4)), (np.full((4, 4), 2.0),) * 2])
def test_what_is_no_mask_is_refused(masks):
    with pytest.raises(OptionError, match="mask"):
        ml.morph(ARRAY, ARRAY, masks=masks)


def test_a_loss_of_the_user_moves_the_images():
    moved = np.roll(ARRAY, 3, axis=1)
    options = ml.MorphOptions(prealign=False)
    found = ml.morph(ARRAY, moved, options, loss=lambda a, b: (a - b).square().mean(), start="zero")
    at = torch.tensor([[60.0, 60.0]])
    assert (found.carry(at, 1.0) - at - torch.tensor([3.0, 0.0])).norm() < 0.5


def test_a_subject_before_nothing_has_an_alpha():
    mask = np.zeros((64, 64), dtype=bool)
    mask[20:44, 20:44] = True
    options = ml.MorphOptions(prealign=False, background="transparent")
    frame = ml.morph(ARRAY, ARRAY[:, ::-1], options, masks=(mask, mask)).frame_at(0.5)
    assert frame.shape == (4, *ARRAY.shape[:2])
    assert frame[3, :20].max() == 0.0


def test_without_an_outline_the_background_is_auto_and_cannot_be_transparent():
    quick = {"prealign": False, "working_px": 64}
    frames = [
        ml.morph(ARRAY, ARRAY[:, ::-1], ml.MorphOptions(background=background, **quick)).frame_at(0.5)
        for background in ("auto", "dissolve")
    ]
    assert torch.equal(frames[0], frames[1])
    with pytest.raises(OptionError, match="outline in both"):
        ml.morph(ARRAY, ARRAY, ml.MorphOptions(background="transparent", **quick))
