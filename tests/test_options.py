from fractions import Fraction
from typing import Any

import pytest

from morphlapse.errors import OptionError
from morphlapse.options import AlbumOptions, AlignOptions, CacheOptions, FilmOptions, MorphOptions, SelectOptions

RECORDS = (SelectOptions, AlignOptions, MorphOptions, FilmOptions, AlbumOptions, CacheOptions)


@pytest.mark.parametrize("record", RECORDS)
def test_defaults_are_valid(record):
    assert record(**record().model_dump()) == record()


@pytest.mark.parametrize("record", RECORDS)
def test_each_option_has_its_sentence(record):
    assert all(field.description for field in record.model_fields.values())


@pytest.mark.parametrize("record", RECORDS)
def test_options_do_not_change(record):
    with pytest.raises(ValueError, match="frozen"):
        setattr(record(), next(iter(record.model_fields)), None)


@pytest.mark.parametrize(
    ("record", "values", "said"),
    [
        (FilmOptions, {"size": "19"}, "size: write it as auto or WIDTHxHEIGHT"),
        (FilmOptions, {"size": "641x480"}, "size: width and height are even"),
        (FilmOptions, {"fps": 0}, "fps: "),
        (FilmOptions, {"fill": "pink"}, "fill: write it as blur, neighbour, transparent or as a colour"),
        (FilmOptions, {"size": "16:0"}, "size: write it as auto or WIDTHxHEIGHT"),
        (FilmOptions, {"size": "100:1"}, "size: an aspect is from 1:8 to 8:1"),
        (FilmOptions, {"offset_x": 3}, "offset_x: "),
        (FilmOptions, {"codec": "mpeg2"}, "codec: "),
        (FilmOptions, {"max_mb": 0}, "max_mb: "),
        (FilmOptions, {"hold_s": -1}, "hold_s: "),
        (FilmOptions, {"transition_s": 0}, "transition_s: "),
        (AlignOptions, {"on": "dog"}, "on: "),
        (MorphOptions, {"tint": 1.5}, "tint: "),
        (SelectOptions, {"min_light": 2}, "min_light: "),
        (SelectOptions, {"colour": 2}, "colour: "),
        (CacheOptions, {"cache_gb": 0}, "cache_gb: "),
        (CacheOptions, {"cache": " "}, "cache: name a folder"),
    ],
)
def test_a_wrong_value_is_one_line_with_its_place(record, values, said):
    with pytest.raises(OptionError) as caught:
        record(**values)
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)


def test_rates_and_sizes_are_read_as_written():
    written: dict[str, Any] = {"fps": "30000/1001", "size": "1920x1080"}
    options = FilmOptions(**written)
    assert options.fps == Fraction(30000, 1001)
    assert options.size == (1920, 1080)
    assert FilmOptions.model_validate({"size": "16:9"}).size == Fraction(16, 9)
    assert FilmOptions(**FilmOptions.model_validate({"size": "4/5"}).model_dump()).size == Fraction(4, 5)
    assert FilmOptions.model_validate({"fps": 29.97}).fps == Fraction(2997, 100)
