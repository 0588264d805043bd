import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from morphlapse.imaging.warp import sample
from morphlapse.morphing.matches import keep_consistent, match_pictures
from morphlapse.records import Size
from synthetic import warped_pair

SIZE = Size(256, 256)


def test_matches_lie_on_a_large_smooth_motion():
    a, b, truth = warped_pair("chelsea", SIZE, 60.0, seed=2)
    hints = match_pictures(a[0], b[0])
    assert hints is not None
    expected = hints.a + sample(truth, hints.a[None, None])[0, :, 0].T
    apart = (expected - hints.b).norm(dim=-1)
    assert (apart < 3.0).float().mean() > 0.9
    assert float((hints.b - hints.a).norm(dim=-1).max()) > 30.0


def test_pictures_that_have_nothing_in_common_have_no_matches():
    draw = torch.Generator().manual_seed(0)
    first, second = (torch.rand(3, 128, 128, generator=draw) for _ in range(2))
    assert match_pictures(first, second) is None


@given(seed=st.integers(0, 1000), wrong=st.integers(0, 30), turn=st.floats(-0.4, 0.4))
@settings(max_examples=20, deadline=None)
def test_what_moves_alone_is_left_out(seed, wrong, turn):
    draw = np.random.default_rng(seed)
    at_a = draw.uniform(0.0, 400.0, (90, 2))
    at_b = at_a @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]) + (40.0, -25.0)
    truth = at_b.copy()
    at_b[:wrong] += draw.choice([-1.0, 1.0], (wrong, 2)) * draw.uniform(120.0, 300.0, (wrong, 2))
    kept_a, kept_b = keep_consistent(at_a, at_b, slack_px=2.0)
    right = (kept_b[:, None] == truth).all(axis=-1).any(axis=1)
    assert right.mean() > 0.95
    assert right.sum() >= 0.8 * (90 - wrong)
    assert len(kept_a) == len(kept_b)


def test_a_few_matches_are_left_as_they_are():
    few = np.arange(8.0).reshape(4, 2)
    assert np.array_equal(keep_consistent(few, few[::-1], slack_px=1.0)[1], few[::-1])
