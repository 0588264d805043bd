import time

import cv2
import pytest
import torch

from morphlapse.errors import BackendMissing, OptionError
from morphlapse.pipeline.context import Clock, Context, choose_device, limited_threads, peak_memory_mb
from morphlapse.records import Progress


def test_a_listener_hears_each_step():
    heard = []
    Context(listener=heard.append).tell("look", 1, 3)
    assert heard == [Progress("look", 1, 3)]


def test_without_a_listener_nothing_happens():
    Context().tell("look", 1, 3)


def test_auto_is_a_device_that_is_there():
    assert choose_device("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")


def test_an_unknown_device_is_refused():
    with pytest.raises(OptionError, match="use auto, cpu or cuda"):
        choose_device("abacus")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_a_gpu_that_is_not_there_is_refused():
    with pytest.raises(BackendMissing, match="finds no GPU"):
        choose_device("cuda")


def test_a_stage_within_a_stage_is_taken_off_it(monkeypatch):
    now = iter([0.0, 1.0, 4.0, 10.0])
    monkeypatch.setattr(time, "perf_counter", lambda: next(now))
    clock = Clock()
    with clock.stage("outer"), clock.stage("inner"):
        pass
    assert clock.seconds == {"inner": 3.0, "outer": 7.0}


def test_memory_is_measured():
    assert peak_memory_mb() > 10.0


def test_threads_are_limited_for_a_while():
    before = torch.get_num_threads(), cv2.getNumThreads()
    with limited_threads(1):
        assert (torch.get_num_threads(), cv2.getNumThreads()) == (1, 1)
    assert (torch.get_num_threads(), cv2.getNumThreads()) == before
