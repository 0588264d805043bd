"""What is typed becomes a command, or one line that says what is wrong with it."""

from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from morphlapse.cli.commands import AlignCommand, AnyCommand, FilmCommand, MorphCommand, StillOptions
from morphlapse.cli.flags import UsageError, condense, flag_of, parse_command
from morphlapse.options import (
    AlbumOptions,
    AlignOptions,
    CacheOptions,
    ExtraOptions,
    FilmOptions,
    MorphOptions,
    Options,
    OverviewOptions,
    SelectOptions,
)

RECORDS = (SelectOptions, AlignOptions, MorphOptions, FilmOptions, AlbumOptions, CacheOptions)


def parse(*typed: str) -> Any:
    """The command that is typed."""
    return parse_command(AnyCommand, typed, description="")


def parse_film(*typed: str) -> FilmCommand:
    """A film with these flags."""
    return parse("film", "photos", "-o", "film.mp4", *typed)


def fault(*typed: str) -> str:
    """What is said about what is typed."""
    with pytest.raises(UsageError) as error:
        parse(*typed)
    return str(error.value)


def test_defaults_are_those_of_the_library():
    command = parse_film()
    records = (command.select, command.align, command.morph, command.film, command.album, command.store)
    assert records == tuple(record() for record in RECORDS)


def test_what_is_typed_is_known_from_what_is_left_as_it_is():
    command = parse_film("--no-loop", "--hold-s=0.5", "--caption_size", "0.05", "--min-light", "0.1")
    assert command.film.given == {"loop": False, "hold_s": 0.5, "caption_size": 0.05}
    assert command.select.given == {"min_light": 0.1}
    assert command.morph.given == {}


@pytest.mark.parametrize("record", RECORDS)
def test_every_flag_that_is_typed_arrives_alone(record: type[Options]):
    arrived = []
    for name, field in record.model_fields.items():
        switch, value = field.annotation is bool, "x" if field.default in ((), None) else str(field.default)
        # What takes a date, say, refuses an x.
        with suppress(UsageError):
            parsed = parse_film(flag_of(name)) if switch else parse_film(flag_of(name), value)
            arrived += [list(each.given) for each in vars(parsed).values() if isinstance(each, record)]
    assert len(arrived) >= 0.8 * len(record.model_fields)
    assert all(len(given) == 1 for given in arrived)
    assert len({given[0] for given in arrived}) == len(arrived)


def test_stills_have_the_defaults_of_films():
    assert parse("align", "photos", "-o", "out").stills == StillOptions()
    assert FilmOptions(**dict(StillOptions())) == FilmOptions()


@pytest.mark.parametrize("record", RECORDS)
def test_every_option_has_a_flag_and_its_sentence_in_the_help(
    record: type[Options], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        parse("film", "--help")
    shown = " ".join(capsys.readouterr().out.replace("│", " ").split())
    for name, field in record.model_fields.items():
        assert flag_of(name) in shown
        assert " ".join((field.description or "").split()) in shown


def test_every_extra_of_a_morph_is_in_its_help(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        parse("morph", "--help")
    shown = " ".join(capsys.readouterr().out.replace("│", " ").split())
    for name, field in ExtraOptions.model_fields.items():
        assert flag_of(name) in shown
        assert " ".join((field.description or "").split()) in shown


@pytest.mark.parametrize("command", ["film", "align"])
def test_every_view_of_a_series_is_in_the_help(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        parse(command, "--help")
    shown = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert all(" ".join((field.description or "").split()) in shown for field in OverviewOptions.model_fields.values())


def test_no_two_options_share_a_name():
    names = [name for record in (*RECORDS, ExtraOptions, OverviewOptions) for name in record.model_fields]
    assert len(names) == len(set(names))


def test_photos_may_be_several():
    assert parse("film", "a", "b/c", "-o", "x.mp4").photos == (Path("a"), Path("b/c"))


def test_odd_bytes_in_a_path_are_kept():
    assert parse("film", "odd\udce9.jpg", "-o", "x.mp4").photos == (Path("odd\udce9.jpg"),)


def test_size_is_width_by_height():
    assert parse_film("--size", "640x480").film.size == (640, 480)


def test_rate_may_be_a_ratio():
    assert parse_film("--fps", "30000/1001").film.fps == Fraction(30000, 1001)


def test_duration_may_be_a_number_or_auto():
    assert parse_film("--duration", "12.5").film.duration == 12.5
    assert parse_film("--duration", "auto").film.duration == "auto"


def test_underscores_and_equals_signs_are_understood():
    assert parse_film("--hold_s=2").film.hold_s == 2.0


def test_repeated_names_add_up_and_swallow_no_photo():
    command = parse("film", "-o", "x.mp4", "--exclude", "a*", "--exclude", "b*", "photos")
    assert command.select.exclude == ("a*", "b*")
    assert command.photos == (Path("photos"),)


def test_switches_go_both_ways():
    assert parse_film("--loop", "--no-prealign").film.loop
    assert not parse_film("--no-prealign").morph.prealign


def test_each_flag_reaches_its_record():
    command = parse_film("--on", "face", "--reference", "a.jpg", "--tint", "0.5", "--quality", "best", "--preview")
    assert command.align == AlignOptions(on="face", reference="a.jpg")
    assert command.morph == MorphOptions(tint=0.5)
    assert command.film == FilmOptions(quality="best", preview=True)


def test_commands_are_told_apart():
    assert isinstance(parse("morph", "a", "b", "-o", "x.mp4"), MorphCommand)
    assert isinstance(parse("align", "a", "-o", "x"), AlignCommand)


@pytest.mark.parametrize(
    ("flag", "value", "said"),
    [
        ("--fps", "0", "--fps: Input should be greater than 0 (got '0')"),
        ("--fps", "fast", "--fps: Input is not a valid fraction (got 'fast')"),
        (
            "--size",
            "big",
            "--size: write it as auto or WIDTHxHEIGHT, for example 1920x1080, or as an aspect such as 16:9 (got 'big')",
        ),
        ("--size", "641x480", "--size: width and height are even numbers from 16 to 8192 (got '641x480')"),
        ("--zoom", "0", "--zoom: Input should be greater than or equal to 0.05 (got '0')"),
        ("--fit", "most", "invalid choice 'most' for argument '--fit'. Expected one of ('auto', 'cover', 'contain')."),
        ("--max-fill", "2", "--max-fill: Input should be less than or equal to 1 (got '2')"),
        ("--duration", "-3", "--duration: Input should be 'auto' or greater than 0 (got '-3')"),
        (
            "--fill",
            "red",
            "--fill: write it as blur, neighbour, transparent or as a colour, for example #202020 (got 'red')",
        ),
        ("--warp", "3", "--warp: Input should be less than or equal to 2 (got '3')"),
        ("--min-light", "2", "--min-light: Input should be less than or equal to 1 (got '2')"),
    ],
)
def test_wrong_value_is_one_line_with_its_flag(flag: str, value: str, said: str):
    assert fault("film", "photos", "-o", "film.mp4", flag, value) == said


@pytest.mark.parametrize(
    ("fit", "zoom", "said"), [("cover", "0.5", "fit is cover"), ("contain", "2", "fit is contain")]
)
@pytest.mark.parametrize("command", ["film", "align"])
def test_zoom_that_breaks_the_fit_is_refused(command: str, fit: str, zoom: str, said: str):
    told = fault(command, "photos", "-o", "film.mp4", "--fit", fit, "--zoom", zoom)
    assert told.startswith("--zoom: ")
    assert said in told


def test_wrong_choice_lists_what_works():
    assert fault("film", "p", "-o", "x.mp4", "--on", "feet") == (
        "invalid choice 'feet' for argument '--on'. "
        "Expected one of ('auto', 'body', 'face', 'mask', 'points', 'scene', 'none')."
    )


def test_unknown_flag_is_named_with_the_nearest_one():
    assert fault("film", "p", "-o", "x.mp4", "--holds", "3").startswith("unrecognized options: --holds, 3; ")
    assert "--hold-s" in fault("film", "p", "-o", "x.mp4", "--holds", "3")


def test_unknown_command_lists_the_commands():
    assert (
        fault("flim")
        == "unrecognized options: flim; Available subcommands: film, morph, align, inspect, album, cache, doctor,"
        " completion"
    )


def test_missing_command_lists_the_commands():
    assert fault() == "expected one of {film, morph, align, inspect, album, cache, doctor, completion}."


def test_missing_output_is_named():
    assert "-o PATH, --output PATH" in fault("film", "photos")


@pytest.mark.parametrize("columns", ["20", "200"])
def test_faults_are_one_line_in_any_terminal(columns: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COLUMNS", columns)
    said = fault("film", "p", "-o", "x.mp4", "--quality", "superb")
    assert "\n" not in said
    assert not set("╭╮╰╯│─") & set(said)


def test_frame_drawn_in_ascii_is_taken_off_too():
    box = " Unrecognized options \n --------- \n  Unrecognized options: --x \n  -------- \n For full helptext, run x "
    assert condense(box) == "unrecognized options: --x"


def test_text_without_a_frame_is_kept_whole():
    assert condense("Something else\nwent wrong") == "something else went wrong"
