"""Proposals from spectra."""

import pytest

from morphlapse.alignment.fourier_mellin import propose_similarities


@pytest.mark.parametrize(("scale", "degrees"), [(1.0, 0.0), (1.3, 40.0), (0.7, -110.0), (0.55, 180.0), (1.8, 75.0)])
def test_one_proposal_is_near_the_truth(scale, degrees, make_pair, move, miss):
    truth = move(scale, degrees, (20.0, -12.0))
    moving, fixed = make_pair(truth)
    proposals = propose_similarities(moving[None], fixed[None])
    assert min(miss(proposal.numpy(), truth) for proposal in proposals) < 8.0


def test_a_mere_shift_is_always_proposed(make_pair, move, miss):
    truth = move(1.0, 0.0, (60.0, 40.0))
    moving, fixed = make_pair(truth)
    assert miss(propose_similarities(moving[None], fixed[None], peaks=1)[0].numpy(), truth) < 3.0 or (
        miss(propose_similarities(moving[None], fixed[None], peaks=1)[1].numpy(), truth) < 3.0
    )
