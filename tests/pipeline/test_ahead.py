import threading
import time

import pytest

from morphlapse.pipeline.ahead import Recent, work_ahead


def test_a_value_is_made_once():
    made = []
    recent: Recent[str, int] = Recent(2)
    assert [recent.get("a", lambda: made.append(1) or 7) for _ in range(3)] == [7, 7, 7]
    assert len(made) == 1


def test_what_was_not_asked_for_the_longest_is_forgotten():
    recent: Recent[str, str] = Recent(2)
    for key in ("a", "b", "a", "c"):
        recent.get(key, lambda key=key: key)
    assert len(recent) == 2
    assert recent.get("a", lambda: "made again") == "a"
    assert recent.get("b", lambda: "made again") == "made again"


def test_what_is_renewed_is_kept():
    recent: Recent[str, str] = Recent(2)
    for key in ("a", "b"):
        recent.get(key, lambda key=key: key)
    recent.renew(["a", "never made"])
    recent.get("c", lambda: "c")
    assert recent.get("a", lambda: "made again") == "a"
    assert len(recent) == 2


def test_a_value_that_another_thread_makes_is_waited_for():
    recent: Recent[str, int] = Recent(2)
    begun, go_on = threading.Event(), threading.Event()

    def make() -> int:
        begun.set()
        assert go_on.wait(10)
        return 1

    first = threading.Thread(target=recent.get, args=("a", make))
    first.start()
    assert begun.wait(10)
    found = []
    second = threading.Thread(target=lambda: found.append(recent.get("a", lambda: 2)))
    second.start()
    go_on.set()
    first.join(10)
    second.join(10)
    assert found == [1]


def test_a_failure_is_told_and_may_be_tried_again():
    recent: Recent[str, int] = Recent(2)
    with pytest.raises(ValueError, match="broken"):
        recent.get("a", _fail)
    assert recent.get("a", lambda: 3) == 3


def _fail() -> int:
    raise ValueError("broken")


@pytest.mark.parametrize("workers", [1, 3])
def test_results_come_in_order(workers):
    def late(n: int) -> int:
        time.sleep(0.01 * (n % 3))
        return n

    tasks = ((lambda n=n: late(n), ()) for n in range(20))
    assert list(work_ahead(tasks, workers)) == list(range(20))


def test_only_a_few_tasks_are_taken_ahead():
    taken = []

    def tasks():
        for n in range(50):
            taken.append(n)
            yield lambda n=n: n, ()

    ahead = work_ahead(tasks(), 2)
    assert next(ahead) == 0
    assert len(taken) <= 4
    ahead.close()


def test_what_is_made_ready_is_not_given():
    ready = []
    tasks = [(lambda: 1, [lambda: ready.append("next")]), (lambda: 2, [])]
    assert list(work_ahead(tasks, 1)) == [1, 2]
    assert ready == ["next"]


def test_a_task_that_fails_ends_it():
    with pytest.raises(ValueError, match="broken"):
        list(work_ahead([(_fail, ()), (lambda: 1, ())], 2))
