"""Hints that a detector guessed, beside what photos of one moment tell."""

import pytest
import torch

from morphlapse.imaging.warp import warp_by_field
from morphlapse.morphing.dense import find_flow
from morphlapse.morphing.doubts import leave_out_doubtful
from morphlapse.morphing.hints import Hints
from morphlapse.morphing.search import find_velocity
from morphlapse.options import MorphOptions
from morphlapse.records import Size
from synthetic import picture

SIZE = Size(192, 192)
MOVED = (6.0, -4.0)
"""How far all of b has moved."""
WRONG = (60.0, 45.0)
"""Where the last hint is put in b, off its place."""


def moved_pair():
    a = picture("astronaut", SIZE)
    back = torch.tensor(MOVED).neg()[None, :, None, None].expand(1, 2, SIZE.height, SIZE.width)
    return a, warp_by_field(a, back)


def hints_with(wrong, tolerance):
    x, y = torch.meshgrid(torch.linspace(50.0, 130.0, 5), torch.linspace(50.0, 130.0, 4), indexing="ij")
    a = torch.cat((torch.stack((x.flatten(), y.flatten()), dim=-1), torch.tensor([[90.0, 60.0]])))
    b = a + torch.tensor(MOVED)
    b[-1] += torch.tensor(wrong)
    near = torch.full((len(a),), 1.0)
    near[-1] = tolerance
    return Hints(a, b, torch.ones(len(a)), near)


def leave_out(a, b, hints):
    return leave_out_doubtful(a, b, hints, find_flow(a, b))


def test_a_guess_is_left_out_that_the_pictures_contradict():
    kept = leave_out(*moved_pair(), hints_with(WRONG, 16.0))
    assert len(kept.a) == len(kept.b) == len(kept.weight) == len(torch.as_tensor(kept.tolerance_px)) == 20
    assert torch.equal(kept.a, hints_with(WRONG, 16.0).a[:-1])


def test_it_is_the_same_with_the_pictures_exchanged():
    (a, b), hints = moved_pair(), hints_with(WRONG, 16.0)
    assert len(leave_out(b, a, hints._replace(a=hints.b, b=hints.a)).a) == 20


@pytest.mark.parametrize(("wrong", "tolerance"), [(WRONG, 0.0), ((0.0, 0.0), 16.0), ((5.0, 0.0), 16.0)])
def test_what_is_given_and_what_is_about_right_is_kept(wrong, tolerance):
    assert len(leave_out(*moved_pair(), hints_with(wrong, tolerance)).a) == 21


def test_between_photos_of_two_days_every_guess_is_kept():
    hints = hints_with(WRONG, 16.0)
    kept = leave_out(picture("astronaut", SIZE), picture("chelsea", SIZE), hints)
    assert kept is hints


def test_flat_pictures_contradict_nothing():
    gray = torch.full((1, 3, SIZE.height, SIZE.width), 0.5)
    assert len(leave_out(gray, gray, hints_with(WRONG, 16.0)).a) == 21


def test_pictures_in_which_no_flow_is_sought_keep_their_guesses():
    """What is too small for flow may still have hints."""
    a, b = picture("astronaut", Size(20, 600)), picture("chelsea", Size(20, 600))
    hints = Hints(torch.tensor([[30.0, 8.0]]), torch.tensor([[40.0, 9.0]]), torch.ones(1), torch.full((1,), 3.0))
    assert find_velocity(a, b, MorphOptions(), hints).isfinite().all()
