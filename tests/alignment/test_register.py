"""Registration of two pictures: every model, loss and start on known transforms."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from morphlapse.alignment.pairs import RegisterOptions
from morphlapse.alignment.register import register, register_batch
from morphlapse.errors import AlignmentError, OptionError
from morphlapse.geometry.similarity import invert, similarity
from morphlapse.imaging.warp import resize, resized_from_full, warp_by_matrix
from morphlapse.records import Size

SMALL = {
    "translation": lambda move: move(1.0, 0.0, (7.3, -4.1)),
    "rotation": lambda move: move(1.0, 6.0),
    "scale": lambda move: move(1.1, 0.0),
    "similarity": lambda move: move(1.08, -5.0, (6.0, 3.0)),
    "affine": lambda move: (
        move(1.05, 3.0, (4.0, 2.0)) @ np.array([[1.03, 0.04, 0.0], [0.0, 0.97, 0.0], [0.0, 0.0, 1.0]])
    ),
    "homography": lambda move: move(1.04, 2.0) @ np.array([[1.0, 0.02, 0.0], [0.0, 1.0, 0.0], [2e-4, -1e-4, 1.0]]),
}


@pytest.mark.parametrize("start", [None, "auto"])
@pytest.mark.parametrize("model", SMALL)
def test_every_model_finds_its_transform_in_another_light(model, start, make_pair, move, miss):
    truth = SMALL[model](move)
    found = register(*make_pair(truth), model=model, start=start)
    assert miss(found.matrix, truth) < 0.15
    assert found.status == "converged"
    assert found.model == model


@pytest.mark.parametrize("loss", ["l2", "l1", "correlation", torch.nn.functional.mse_loss, torch.nn.functional.l1_loss])
def test_every_loss_finds_the_transform(loss, make_pair, move, miss):
    truth = move(1.03, 3.0, (4.0, -2.0))
    found = register(*make_pair(truth, light=False), loss=loss, start=None)
    assert miss(found.matrix, truth) < 0.2


def test_a_users_loss_may_be_blind_to_gain(make_pair, move, miss):
    def unlike(a, b):
        return 1.0 - torch.nn.functional.cosine_similarity((a - a.mean()).flatten(), (b - b.mean()).flatten(), dim=0)

    truth = move(1.04, -3.0, (3.0, 2.0))
    moving, fixed = make_pair(truth, light=False)
    assert miss(register(0.5 * moving + 0.2, fixed, loss=unlike, start=None).matrix, truth) < 0.4


class Slide(torch.nn.Module):
    """A user's model: the shift along a line."""

    start = torch.zeros(1)

    def forward(self, parameters):
        matrix = torch.eye(3, dtype=parameters.dtype)
        matrix[0, 2], matrix[1, 2] = 2.0 * parameters[0], -parameters[0]
        return matrix


def test_a_users_model_is_sought_in(make_pair, move, miss):
    truth = move(1.0, 0.0, (6.0, -3.0))
    found = register(*make_pair(truth), model=Slide())
    assert miss(found.matrix, truth) < 0.1
    assert found.model == "Slide"


TURNS = {"astronaut": (1.35, 25.0), "coffee": (0.6, 170.0), "chelsea": (1.7, -95.0)}


@pytest.mark.parametrize(
    ("name", "scale", "degrees"),
    [
        pytest.param(name, *turn, marks=() if of == name else pytest.mark.hard)
        for name in TURNS
        for of, turn in TURNS.items()
    ],
)
def test_any_turn_and_size_is_found_without_a_start(name, scale, degrees, make_pair, move, miss):
    truth = move(scale, degrees, (25.0, -15.0))
    found = register(*make_pair(truth, name=name))
    assert miss(found.matrix, truth) < 0.3


def test_a_third_of_the_picture_may_be_hidden(make_pair, move, miss):
    truth = move(1.15, 20.0, (10.0, 5.0))
    moving, fixed = make_pair(truth)
    other, _ = make_pair(np.eye(3), name="coffee")
    moving[..., :85] = other[..., :85]
    assert miss(register(moving, fixed).matrix, truth) < 0.3


def test_pictures_may_differ_in_size(make_pair, miss):
    truth = similarity(1.0, 0.05, (30.0, 20.0))
    size = Size(160, 180)
    moving, fixed = make_pair(truth, size=size)
    assert miss(register(moving, fixed).matrix, truth, size) < 0.2


def test_the_same_picture_needs_no_step(make_pair):
    picture, _ = make_pair(np.eye(3))
    found = register(picture, picture, start=None)
    assert np.abs(found.matrix - np.eye(3)).max() < 1e-4
    assert found.score > 0.95


@pytest.mark.parametrize("model", ["similarity", "affine", "homography"])
def test_exchanging_the_pictures_gives_the_inverse(model, make_pair, move, miss):
    moving, fixed = make_pair(move(1.06, 4.0, (5.0, -3.0)))
    there = register(moving, fixed, model=model, start=None)
    back = register(fixed, moving, model=model, start=None)
    assert miss(there.matrix @ back.matrix, np.eye(3)) < 0.02


@settings(deadline=None, max_examples=6)
@given(st.floats(0.9, 1.1), st.floats(-8.0, 8.0), st.floats(-8.0, 8.0), st.floats(-8.0, 8.0))
def test_small_similarities_are_found_from_the_plain_start(make_pair, move, miss, scale, degrees, x, y):
    truth = move(scale, degrees, (x, y))
    assert miss(register(*make_pair(truth), start=None).matrix, truth) < 0.2


def test_a_known_start_is_refined(make_pair, move, miss):
    truth = move(0.7, 120.0, (12.0, 6.0))
    near = truth @ similarity(1.02, 0.03, (3.0, -2.0))
    assert miss(register(*make_pair(truth), start=near).matrix, truth) < 0.2


def test_pixels_without_weight_have_no_say(make_pair, move, miss):
    truth = move(1.0, 0.0, (5.0, 3.0))
    moving, fixed = make_pair(truth, light=False)
    weight = torch.ones(1, *fixed.shape[-2:])
    weight[..., 100:] = 0.0
    moving[..., 105:] = fixed[..., 105:]
    options = RegisterOptions(fixed_weight=weight)
    found = register(moving, fixed, model="translation", loss="l2", start=None, options=options)
    assert miss(found.matrix, truth) < 0.3


def test_masks_are_brought_together_from_afar(miss):
    def blobs(matrix):
        y, x = torch.meshgrid(torch.arange(160.0), torch.arange(160.0), indexing="ij")
        centres = (
            np.array([[60.0, 50.0], [80.0, 90.0], [70.0, 120.0], [110.0, 70.0]]) @ matrix[:2, :2].T + matrix[:2, 2]
        )
        spread = 6.0 * np.sqrt(abs(np.linalg.det(matrix[:2, :2])))
        return torch.stack([torch.exp(-((x - u) ** 2 + (y - v) ** 2) / (2 * spread**2)) for u, v in centres])

    truth = similarity(1.2, 0.8, (60.0, -50.0))
    found = register(blobs(np.eye(3)).float(), blobs(truth).float())
    assert miss(found.matrix, truth, Size(160, 160)) < 0.5
    assert found.score > 0.95


LAWS = settings(deadline=None, max_examples=3)
SMALL_MOVES = (st.floats(0.93, 1.07), st.floats(-6.0, 6.0), st.floats(-6.0, 6.0), st.floats(-6.0, 6.0))


@pytest.mark.parametrize("model", SMALL)
@pytest.mark.parametrize("loss", ["l2", "l1", "correlation"])
def test_a_picture_lies_on_itself(model, loss, make_pair):
    picture, _ = make_pair(np.eye(3))
    found = register(picture[:, 40:120, 60:160], picture[:, 40:120, 60:160], model=model, loss=loss, start=None)
    assert np.abs(found.matrix - np.eye(3)).max() < 1e-4
    assert found.status == "converged"


@LAWS
@given(*SMALL_MOVES)
def test_one_way_after_another_is_the_way_of_both(make_pair, move, miss, scale, degrees, x, y):
    moving, fixed = make_pair(move(scale, degrees, (x, y)))
    between, _ = make_pair(move(1.02, 2.0, (3.0, -2.0)))
    first, second = register(moving, between, start=None), register(between, fixed, start=None)
    assert miss(second.matrix @ first.matrix, register(moving, fixed, start=None).matrix) < 0.15


@LAWS
@given(*SMALL_MOVES)
def test_pictures_on_their_side_turn_the_matrix_with_them(make_pair, move, miss, scale, degrees, x, y):
    moving, fixed = make_pair(move(scale, degrees, (x, y)))
    swap = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    wide, tall = (
        register(moving, fixed, start=None),
        register(moving.mT.contiguous(), fixed.mT.contiguous(), start=None),
    )
    assert miss(swap @ tall.matrix @ swap, wide.matrix) < 0.02
    assert abs(wide.steps - tall.steps) <= 1


@LAWS
@given(*SMALL_MOVES)
def test_larger_copies_have_the_same_transform_in_their_pixels(make_pair, move, miss, scale, degrees, x, y):
    moving, fixed = make_pair(move(scale, degrees, (x, y)))
    size = Size(288, 384)
    large = [resize(picture[None], size)[0] for picture in (moving, fixed)]
    from_small = resized_from_full(Size(192, 256), size).numpy()
    found = register(*large, start=None).matrix
    assert miss(invert(from_small) @ found @ from_small, register(moving, fixed, start=None).matrix) < 0.1


@pytest.mark.parametrize("size", [Size(24, 480), Size(480, 24)])
def test_long_frames_are_registered_as_well_as_square_ones(size, miss):
    x, y = torch.meshgrid(torch.arange(480.0), torch.arange(480.0), indexing="xy")
    waves = [torch.sin(a * x + b * y + c) for a, b, c in ((0.2, 0.1, 0.0), (0.1, -0.3, 1.0), (0.03, 0.25, 2.0))]
    cloth = 0.5 + 0.12 * torch.stack(waves).sum(dim=0)
    middle = ((size.width - 1) / 2.0, (size.height - 1) / 2.0)
    truth = similarity(1.01, 0.01, (2.0, -1.5), centre=middle)
    source_from_fixed = similarity(shift=(239.5 - middle[0], 239.5 - middle[1]))
    fixed, moving = (
        warp_by_matrix(cloth[None, None], torch.from_numpy(matrix)[None], size, resampling="catmull_rom")[0]
        for matrix in (source_from_fixed, source_from_fixed @ truth)
    )
    assert miss(register(moving, fixed, loss="l2", start=None).matrix, truth, size) < 0.1


def test_sixty_four_pairs_are_registered_in_one_call(make_pair, move, miss):
    truths = [move(1.0 + 0.002 * k, 0.2 * k, (0.1 * k, -0.1 * k)) for k in range(-4, 4)]
    pairs = [make_pair(truth) for truth in truths]
    moving, fixed = (torch.stack(side)[..., ::2, ::2].repeat(8, 1, 1, 1) for side in zip(*pairs, strict=True))
    found = register_batch(moving, fixed, start=None)
    half = similarity(0.5)
    assert len(found) == 64
    assert all(miss(each.matrix, half @ truths[k % 8] @ invert(half)) < 0.3 for k, each in enumerate(found))


def test_each_pair_of_a_batch_has_its_own_weights(make_pair, move, miss):
    truth = move(1.0, 0.0, (5.0, 3.0))
    moving, fixed = make_pair(truth, light=False)
    left, right = torch.ones(1, *fixed.shape[-2:]), torch.ones(1, *fixed.shape[-2:])
    left[..., 100:], right[..., :150] = 0.0, 0.0
    spoilt = moving.repeat(2, 1, 1, 1)
    spoilt[0, ..., 105:], spoilt[1, ..., :155] = fixed[..., 105:], fixed[..., :155]
    options = RegisterOptions(fixed_weight=torch.stack([left, right]))
    both = register_batch(spoilt, fixed.repeat(2, 1, 1, 1), model="translation", loss="l2", start=None, options=options)
    assert max(miss(found.matrix, truth) for found in both) < 0.4


def test_a_users_model_is_sought_for_each_pair(make_pair, move, miss):
    truths = [move(1.0, 0.0, (6.0, -3.0)), move(1.0, 0.0, (-4.0, 2.0))]
    moving, fixed = (torch.stack(side) for side in zip(*(make_pair(truth) for truth in truths), strict=True))
    found = register_batch(
        moving, fixed, model=Slide(), options=RegisterOptions(fixed_weight=torch.ones(2, 1, 192, 256))
    )
    assert max(miss(each.matrix, truth) for each, truth in zip(found, truths, strict=True)) < 0.1


class Collapse(torch.nn.Module):
    """A user's model that begins with what cannot be undone."""

    start = torch.zeros(1)

    def forward(self, parameters):
        return parameters * torch.eye(3, dtype=parameters.dtype)


def test_a_users_model_must_begin_with_what_can_be_undone(make_pair):
    with pytest.raises(AlignmentError, match="no inverse"):
        register(*make_pair(np.eye(3)), model=Collapse())


def test_a_loss_that_is_not_finite_is_a_failure_with_a_reason(make_pair):
    found = register(*make_pair(np.eye(3)), loss=lambda a, b: (a - b).mean() * torch.nan, start=None)
    assert (found.status, found.reason) == ("failed", "the loss gives no finite number")
    assert np.isfinite(found.matrix).all()


def test_pictures_whose_valid_parts_never_meet_are_a_failure(make_pair):
    moving, fixed = make_pair(np.eye(3))
    left, right = torch.zeros(1, *fixed.shape[-2:]), torch.zeros(1, *fixed.shape[-2:])
    left[..., :60], right[..., -60:] = 1.0, 1.0
    found = register(moving, fixed, start=None, options=RegisterOptions(moving_weight=left, fixed_weight=right))
    assert found.status == "failed"
    assert "hardly a pixel" in found.reason


@pytest.mark.parametrize("wrong", [np.full((3, 3), np.nan), np.zeros((3, 3))])
def test_a_start_that_leads_nowhere_is_refused(wrong, make_pair):
    with pytest.raises(OptionError, match="no inverse"):
        register(*make_pair(np.eye(3)), start=wrong)


def test_a_start_beside_a_users_model_is_refused(make_pair):
    with pytest.raises(OptionError, match="attribute"):
        register(*make_pair(np.eye(3)), model=Slide(), start=np.eye(3))


def test_a_loss_must_give_one_number(make_pair):
    with pytest.raises(OptionError, match="one number"):
        register(*make_pair(np.eye(3)), loss=lambda a, b: a - b, start=None)


@pytest.mark.parametrize(
    ("weight", "kind", "message"),
    [
        (torch.zeros(1, 192, 256), AlignmentError, "0 everywhere"),
        (torch.full((1, 192, 256), torch.nan), OptionError, "not finite"),
        (torch.ones(1, 10, 10), OptionError, "same size"),
        (torch.ones(3, 1, 192, 256), OptionError, "as many"),
    ],
)
def test_weights_that_say_nothing_are_refused(weight, kind, message, make_pair):
    with pytest.raises(kind, match=message):
        register(*make_pair(np.eye(3)), options=RegisterOptions(moving_weight=weight))


def test_a_batch_tells_which_picture_cannot_be_compared(make_pair):
    moving, fixed = make_pair(np.eye(3))
    with pytest.raises(AlignmentError, match="number 2 of 2"):
        register_batch(torch.stack([moving, 0.0 * moving]), torch.stack([fixed, fixed]))
    with pytest.raises(OptionError, match="as many"):
        register_batch(moving[None][:0], fixed[None][:0])


def test_a_batch_gives_what_single_pairs_give(make_pair, move, miss):
    truths = [move(1.05, 3.0, (2.0, 1.0)), move(0.95, -4.0, (-3.0, 4.0))]
    pairs = [make_pair(truth) for truth in truths]
    moving, fixed = (torch.stack(side) for side in zip(*pairs, strict=True))
    together = register_batch(moving, fixed, start=None)
    assert max(miss(found.matrix, truth) for found, truth in zip(together, truths, strict=True)) < 0.15


def test_unrelated_pictures_are_said_to_have_failed(make_pair):
    moving, _ = make_pair(np.eye(3), name="astronaut")
    _, fixed = make_pair(np.eye(3), name="coffee")
    found = register(moving, fixed)
    assert found.status == "failed"
    assert "do not agree" in found.reason
    assert np.isfinite(found.matrix).all()


def test_too_few_steps_are_told(make_pair, move):
    found = register(*make_pair(move(1.05, 4.0)), start=None, options=RegisterOptions(steps=1))
    assert found.status == "stopped"
    assert "not enough" in found.reason


@pytest.mark.parametrize(
    ("moving", "message"),
    [
        (torch.full((3, 64, 64), 0.5), "same everywhere"),
        (torch.full((3, 64, 64), torch.nan), "not finite"),
    ],
)
def test_what_cannot_be_compared_is_refused(moving, message, make_pair):
    with pytest.raises(AlignmentError, match=message):
        register(moving, make_pair(np.eye(3))[1])


def test_a_start_without_overlap_is_refused(make_pair):
    with pytest.raises(AlignmentError, match="do not overlap"):
        register(*make_pair(np.eye(3)), start=similarity(shift=(1000.0, 0.0)))


@pytest.mark.parametrize(
    "wrong", [{"model": "spline"}, {"loss": "l3"}, {"start": "somewhere"}, {"model": lambda p: p, "start": None}]
)
def test_a_wrong_word_is_refused(wrong, make_pair):
    with pytest.raises(OptionError):
        register(*make_pair(np.eye(3)), **wrong)


def test_bytes_and_unequal_channels_are_refused(make_pair):
    moving, fixed = make_pair(np.eye(3))
    with pytest.raises(OptionError, match="type"):
        register((255 * moving).byte(), fixed)
    with pytest.raises(OptionError, match="channels"):
        register(moving[:2], fixed, loss="l2")


def test_the_frames_size_does_not_matter(make_pair, move, miss):
    truth = move(1.05, 5.0, (4.0, 3.0))
    moving, fixed = make_pair(truth)
    cut = similarity(shift=(20.0, 10.0))
    found = register(moving[..., 10:-10, 20:-20], fixed)
    assert miss(found.matrix @ invert(cut), truth) < 0.2


def test_mere_shifts_are_found_to_a_hundredth_of_a_pixel(make_pair, move, miss):
    """Reading between pixels blurs, and draws shifts to where both pictures are blurred alike."""
    shifts = [(7.25, -4.1), (3.5, 0.5), (-6.6, 2.75), (0.25, 5.9)]
    apart = [
        miss(register(*make_pair(truth, light=False), model="translation", start=None).matrix, truth)
        for truth in (move(1.0, 0.0, shift) for shift in shifts)
    ]
    assert np.mean(apart) < 0.015


def test_a_similarity_is_not_stretched(make_pair, move):
    """Pictures are reduced to whole pixels, by a little more on one axis."""
    truth = move(1.1, 100.0, (4.0, 3.0))
    matrix = register(*make_pair(truth, size=Size(331, 411)), model="similarity").matrix
    assert np.allclose(matrix[0, 0], matrix[1, 1], atol=1e-9)
    assert np.allclose(matrix[0, 1], -matrix[1, 0], atol=1e-9)
