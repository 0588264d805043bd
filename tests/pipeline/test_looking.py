"""Photos looked at by several threads at once."""

import gc
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from morphlapse.album.faults import UnreadablePhotoError
from morphlapse.album.folder import read_album
from morphlapse.pipeline import looking
from morphlapse.pipeline.context import Context
from morphlapse.pipeline.detecting import detect
from morphlapse.pipeline.looking import MOST_AT_ONCE, InTurns, count_workers, look_ahead, share_detector
from morphlapse.records import Box, Detection, Photo, Size, Skipped, Subject

PHOTOS = [Photo(Path(f"{number}.jpg"), Size(1, 1)) for number in range(12)]


class Slow:
    """Finds one person, and notes how many ask at once."""

    keypoint_names = ()
    concurrent = False

    def __init__(self) -> None:
        self.inside = self.most = 0

    def detect(self, image):
        self.inside += 1
        self.most = max(self.most, self.inside)
        time.sleep(0.01)
        self.inside -= 1
        return (Subject(float(image.mean()), Box(0.0, 0.0, 5.0, 5.0)),)


class Together(Slow):
    concurrent = True


@pytest.fixture
def folder(tmp_path):
    for number in range(9):
        Image.fromarray(np.full((30, 40, 3), 20 * number + 40, dtype=np.uint8)).save(tmp_path / f"{number}.png")
    whole = (tmp_path / "4.png").read_bytes()
    (tmp_path / "4.png").write_bytes(whole[: len(whole) - 30])
    return tmp_path


@pytest.fixture
def four_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(4)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("workers", [1, 4])
def test_what_is_found_comes_in_the_order_of_the_photos(workers):
    def look(photo):
        time.sleep(0.002 * (hash(photo.path.name) % 5))
        return Detection(photo)

    assert [each.photo for each in look_ahead(PHOTOS, look, workers=workers)] == PHOTOS


def test_photos_are_looked_at_at_once():
    together = threading.Barrier(3, timeout=10)

    def look(photo):
        together.wait()
        return Detection(photo)

    assert len(list(look_ahead(PHOTOS, look, workers=3))) == len(PHOTOS)


def test_a_photo_that_cannot_be_read_is_skipped_with_its_reason():
    def look(photo):
        if photo is PHOTOS[3]:
            raise UnreadablePhotoError(photo.path, "it is cut off")
        return Detection(photo)

    found = list(look_ahead(PHOTOS, look, workers=2))
    assert found[3] == Skipped(PHOTOS[3].path, "it is cut off", PHOTOS[3])
    assert sum(isinstance(each, Detection) for each in found) == len(PHOTOS) - 1


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_after_an_interruption_or_an_error_no_thread_is_left_and_settings_are_as_before(error):
    before = threading.active_count(), torch.get_num_threads()

    def stop():
        for number, _ in enumerate(look_ahead(PHOTOS, Detection, workers=3)):
            if number == 2:
                raise error

    with pytest.raises(error):
        stop()
    gc.collect()
    assert (threading.active_count(), torch.get_num_threads()) == before


def test_only_a_few_photos_are_looked_at_before_they_are_asked_for():
    begun = []

    def look(photo):
        begun.append(photo)
        return Detection(photo)

    ahead = look_ahead(PHOTOS, look, workers=2)
    next(ahead)
    time.sleep(0.05)
    assert len(begun) <= 5
    ahead.close()


def test_a_detector_is_asked_in_turns_unless_it_says_otherwise():
    slow, together = Slow(), Together()
    assert isinstance(share_detector(slow, "cpu"), InTurns)
    assert share_detector(together, "cpu") is together
    assert share_detector(None, "cpu") is None


@pytest.mark.usefixtures("four_threads")
def test_an_own_detector_meets_one_photo_at_a_time_and_finds_the_same_in_the_same_order(folder):
    assert count_workers() == 4
    detector, heard = Slow(), []
    found = detect(read_album(folder), detector, context=Context(listener=heard.append))
    assert detector.most == 1
    scores = [each.main.score for each in found.found if each.main is not None]
    assert scores == sorted(scores)
    assert [each.photo.path.name for each in found.found] == [f"{k}.png" for k in range(9) if k != 4]
    assert [each.path.name for each in found.skipped] == ["4.png"]
    looks = [step.done for step in heard if step.stage == "look"]
    assert looks == list(range(10))


class Batches(Slow):
    """Takes several pictures at once; the first call waits until others have asked too."""

    def __init__(self, asked: threading.Event) -> None:
        super().__init__()
        self.sizes: list[int] = []
        self._asked = asked

    def detect_batch(self, images):
        self.sizes.append(len(images))
        self._asked.wait(10.0)
        if any(float(image.mean()) == 99.0 for image in images):
            raise RuntimeError("it has broken")
        return tuple(self.detect(image) for image in images)


@pytest.mark.parametrize("broken", [False, True])
def test_on_a_gpu_all_who_wait_are_asked_for_at_once(broken):
    """The CPU stands for the GPU."""
    asked = threading.Event()
    detector = Batches(asked)
    shared = looking.Together(detector, torch.device("cpu"))
    scores: dict[int, float] = {}

    def ask(number: int) -> None:
        try:
            scores[number] = shared.detect(torch.full((3, 2, 2), float(number)))[0].score
        except RuntimeError:
            scores[number] = -1.0

    first = threading.Thread(target=ask, args=(99 if broken else 0,))
    first.start()
    while not detector.sizes:
        time.sleep(0.001)
    others = [threading.Thread(target=ask, args=(number,)) for number in range(1, 12)]
    for thread in others:
        thread.start()
    while shared.waiting < len(others):
        time.sleep(0.001)
    asked.set()
    for thread in (first, *others):
        thread.join()
    assert scores == {**({99: -1.0} if broken else {0: 0.0}), **{k: float(k) for k in range(1, 12)}}
    assert detector.sizes == [1, MOST_AT_ONCE, 11 - MOST_AT_ONCE]
    assert detector.most == 1


def test_on_a_cpu_pictures_are_looked_at_one_by_one():
    assert type(share_detector(Batches(threading.Event()), "cpu")) is InTurns
