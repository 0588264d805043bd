"""Where a GPU has too little memory the CPU takes over, and it is told."""

import numpy as np
import pytest
import torch
from PIL import Image

import morphlapse.pipeline.footage as home
from morphlapse.options import AlignOptions, FilmOptions, MorphOptions
from morphlapse.pipeline.context import Context
from morphlapse.pipeline.film import Film
from morphlapse.pipeline.looking import InTurns
from morphlapse.pipeline.memory import NOTE, make_in_room
from morphlapse.pipeline.planning import plan_photos, prepare_job

GPU = torch.device("cuda")


class Scarce:
    """Gives 3 after memory was too small so many times."""

    def __init__(self, times: int) -> None:
        self.times, self.forgotten = times, 0

    def make(self) -> int:
        if self.times:
            self.times -= 1
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return 3

    def forget(self) -> None:
        self.forgotten += 1


@pytest.mark.parametrize(("times", "made", "forgotten"), [(0, 3, 0), (1, 3, 1), (2, None, 2)])
def test_what_finds_no_room_is_made_again_once_all_else_is_forgotten(times, made, forgotten):
    scarce = Scarce(times)
    assert make_in_room(scarce.make, GPU, scarce.forget) == made
    assert scarce.forgotten == forgotten


def test_of_a_cpu_the_error_is_raised():
    with pytest.raises(torch.OutOfMemoryError):
        make_in_room(Scarce(1).make, torch.device("cpu"), list)


def test_a_film_goes_on_on_the_cpu_and_is_the_same(tmp_path, monkeypatch):
    for name in "ab":
        noise = np.random.default_rng(ord(name)).integers(0, 255, (6, 8, 3), np.uint8)
        Image.fromarray(noise).resize((64, 48)).save(tmp_path / f"{name}.png")
    plan = plan_photos(prepare_job(tmp_path, align=AlignOptions(on="none")), Context()).plan
    options, morph = FilmOptions(size=(64, 48), grade=0.0, hints="none"), MorphOptions(working_px=64)
    wanted = Film(plan, options, morph, context=Context("cpu")).frame_at(1.5)
    film = Film(plan, options, morph, context=Context("cpu"))
    film.device, load = GPU, home.load_layer

    def load_or_fail(*given):
        if any(isinstance(each, torch.device) and each == GPU for each in given):
            raise torch.OutOfMemoryError("CUDA out of memory")
        return load(*given)

    monkeypatch.setattr(home, "load_layer", load_or_fail)
    assert torch.equal(film.frame_at(1.5), wanted)
    assert film.device.type == "cpu"
    assert film.notes == (NOTE,)


class Crowded:
    """A detector that a GPU has no room for."""

    keypoint_names = ()

    def detect(self, image):
        if image.device.type == "meta":
            raise torch.OutOfMemoryError("CUDA out of memory")
        return ()


def test_a_detector_goes_over_to_the_cpu():
    # No GPU is needed for a device on which nothing can be done.
    shared = InTurns(Crowded(), torch.device("meta"))
    assert shared.detect(torch.zeros(3, 4, 4)) == ()
    assert shared.notes == (NOTE,)
