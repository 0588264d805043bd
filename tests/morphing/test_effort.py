from typing import Literal

from morphlapse.morphing.effort import EFFORTS, settings_of, working_size
from morphlapse.morphing.gauss_newton import DEFAULTS
from morphlapse.options import MorphOptions
from morphlapse.records import Size


def test_every_effort_of_the_options_is_there():
    assert set(EFFORTS) == set(MorphOptions.model_json_schema()["properties"]["effort"]["enum"])


def test_the_normal_effort_is_what_was_measured_best():
    assert settings_of(MorphOptions()) == DEFAULTS
    assert working_size(Size(600, 1000), MorphOptions()) == Size(461, 768)


def test_more_effort_is_more_steps():
    efforts: tuple[Literal["quick", "normal", "high"], ...] = ("quick", "normal", "high")
    quick, normal, high = (settings_of(MorphOptions(effort=effort)) for effort in efforts)
    assert quick.steps_fine < normal.steps_fine < high.steps_fine
    assert quick.steps_coarse < normal.steps_coarse
    assert normal.conjugate_steps < high.conjugate_steps


def test_quick_looks_at_a_smaller_picture():
    assert working_size(Size(600, 1000), MorphOptions(effort="quick", working_px=500)) == Size(150, 250)
