import torch

from morphlapse.imaging.warp import resize_field
from morphlapse.morphing.judge import Judged, join_judged, judge, pick_best
from morphlapse.records import Size
from synthetic import picture, warped_pair

DOUBTFUL = 0.35


def judged(*rows: tuple[float, float]) -> Judged:
    """Proposals of which the k-th is k everywhere, each with a correlation and a strain."""
    velocity = torch.stack([torch.full((1, 2, 4, 4), float(k)) for k in range(len(rows))])
    return Judged(velocity, *(torch.tensor([[row[i]] for row in rows]) for i in (0, 1)))


def test_where_pictures_show_one_thing_the_one_that_correlates_most_is_taken():
    assert pick_best(judged((0.6, 0.1), (0.7, 2.0)), DOUBTFUL).mean() == 1.0


def test_where_they_do_not_a_little_more_correlation_is_not_worth_much_strain():
    assert pick_best(judged((0.12, 0.1), (0.18, 0.4)), DOUBTFUL).mean() == 0.0
    assert pick_best(judged((0.12, 0.1), (0.18, 0.11)), DOUBTFUL).mean() == 1.0


def test_pairs_are_judged_one_by_one():
    first, second = judged((0.6, 0.0), (0.7, 0.0)), judged((0.7, 0.0), (0.6, 0.0))
    both = Judged(*(torch.cat(each, dim=1) for each in zip(first, second, strict=True)))
    assert pick_best(both, DOUBTFUL).mean(dim=(1, 2, 3)).tolist() == [1.0, 0.0]
    assert torch.equal(both.of(1).alike, torch.tensor([[0.7], [0.6]]))
    assert join_judged([both.of(0), both.of(1)]).velocity.shape == (4, 1, 2, 4, 4)


def test_the_true_motion_correlates_more_and_is_strained():
    a, b, truth = warped_pair("astronaut", Size(96, 96), 8.0)
    proposals = torch.stack((torch.zeros(1, 2, 48, 48), resize_field(truth, Size(48, 48))))
    found = judge((a, b), proposals)
    assert found.alike[1] > found.alike[0] + 0.2
    assert found.strain[0] == 0.0 < found.strain[1]
    assert judge((picture("coffee"), picture("coffee")), proposals[:1]).alike > 0.5
