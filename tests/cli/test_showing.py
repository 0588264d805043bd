"""Results as people and as programs read them."""

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from morphlapse.cli import main
from morphlapse.cli.showing import summary
from morphlapse.options import CacheOptions
from morphlapse.pipeline.doctor import Finding
from morphlapse.pipeline.report import Fate, FilmReport, LightReport
from morphlapse.pipeline.report_json import report_as_dict
from morphlapse.pipeline.storing import open_store
from morphlapse.records import Flicker

from .conftest import FakeLibrary

DARK = Fate(Path("b.jpg"), None, "none", False, "too dark", None, None, None)


@pytest.mark.usefixtures("library")
def test_path_of_the_film_is_the_last_line_and_the_only_one(film: list[str], capsys: pytest.CaptureFixture[str]):
    assert main(film) == 0
    assert capsys.readouterr().out == f"{film[-1]}\n"


@pytest.mark.usefixtures("library")
def test_photos_left_out_are_told_with_their_reasons(film: list[str], capsys: pytest.CaptureFixture[str]):
    main(film)
    assert capsys.readouterr().err.splitlines() == [
        "1 of 2 photos used; order: capture date; aligned on body; up to 12 % of the frame filled in",
        "  b.jpg: too dark",
    ]


def test_photos_placed_by_their_neighbours_are_told(
    library: FakeLibrary, film: list[str], capsys: pytest.CaptureFixture[str]
):
    guessed = replace(library.fates[0], status="interpolated", placement="placed as photo 2 is, for no face was found")
    library.fates = (guessed, DARK)
    main(film)
    assert "  a.jpg: placed as photo 2 is, for no face was found" in capsys.readouterr().err.splitlines()


def test_very_many_photos_left_out_are_counted(
    library: FakeLibrary, film: list[str], capsys: pytest.CaptureFixture[str]
):
    library.fates = tuple(replace(DARK, path=Path(f"{k}.jpg"), date_source="file") for k in range(50))
    main(film)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 22
    assert lines[-1] == "  … and 30 more (morphlapse inspect lists them all)"


def unreadable(count: int) -> tuple[Fate, ...]:
    """Files of which nothing could be read."""
    return tuple(replace(DARK, path=Path(f"{k}.jpg"), reason="no picture") for k in range(count))


def test_files_that_cannot_be_read_for_one_reason_are_counted(
    library: FakeLibrary, film: list[str], capsys: pytest.CaptureFixture[str]
):
    library.fates = (*unreadable(10_000), DARK)
    main(film)
    lines = capsys.readouterr().err.splitlines()
    assert lines[1:] == [
        *(f"  {k}.jpg: no picture" for k in range(5)),
        "  b.jpg: too dark",
        "  … and 9995 more: no picture",
    ]


def test_inspect_counts_them_too_and_json_has_them_all(library: FakeLibrary, capsys: pytest.CaptureFixture[str]):
    library.fates = unreadable(1000)
    main(["inspect", "photos"])
    rows = capsys.readouterr().out.splitlines()
    assert len(rows) == 52
    assert rows[-1].split() == ["…", "and", "950", "more", "left", "out:", "no", "picture"]
    main(["inspect", "photos", "--json"])
    assert len(json.loads(capsys.readouterr().out)["photos"]) == 1000


def test_what_concerns_the_whole_choice_is_told(
    library: FakeLibrary, film: list[str], capsys: pytest.CaptureFixture[str]
):
    library.notes = ("min_eyes would leave out all",)
    main(film)
    assert "  note: min_eyes would leave out all" in capsys.readouterr().err.splitlines()
    main([*film, "--json"])
    assert json.loads(capsys.readouterr().out)["notes"] == ["min_eyes would leave out all"]


@pytest.mark.usefixtures("library")
def test_json_is_one_object_and_nothing_else(film: list[str], capsys: pytest.CaptureFixture[str]):
    assert main([*film, "--json"]) == 0
    shown = capsys.readouterr()
    told = json.loads(shown.out)
    assert {"output", "photos", "seconds", "peak_memory_mb"} <= set(told)
    assert told["output"] == film[-1]
    assert told["photos"][1] == {
        "path": "b.jpg",
        "date": None,
        "date_source": "none",
        "used": False,
        "reason": "too dark",
        "person": None,
        "likeness": None,
        "score": None,
        "residual_px": None,
        "status": None,
        "placement": None,
        "reference_from_photo": None,
        "fill_share": None,
        "behind": None,
        "mirrored": False,
        "light": None,
        "lightness": None,
        "sharpness": None,
        "face_lightness": None,
        "eyes_open": None,
        "pose": None,
    }
    assert shown.err == ""


@pytest.mark.usefixtures("library")
def test_json_of_inspect_has_no_output(capsys: pytest.CaptureFixture[str]):
    main(["inspect", "photos", "--json"])
    assert json.loads(capsys.readouterr().out)["output"] is None


@pytest.mark.usefixtures("library")
def test_inspect_shows_a_line_for_each_photo(capsys: pytest.CaptureFixture[str]):
    assert main(["inspect", "photos"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        ["photo", "date", "from", "person", "likeness", "score", "fill"],
        ["a.jpg", "2024-03-02", "10:30", "exif", "0.90", "0.80", "0.12", "used"],
        ["b.jpg", "none", "left", "out:", "too", "dark"],
    ]


def test_inspect_leaves_out_the_folder_that_all_photos_share(library: FakeLibrary, capsys: pytest.CaptureFixture[str]):
    library.fates = tuple(replace(DARK, path=Path("/albums/one", name)) for name in ("a.jpg", "more/b.jpg"))
    main(["inspect", "/albums/one"])
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()[1:]] == ["a.jpg", "more/b.jpg"]


def test_date_without_a_time_is_shown_as_a_day(library: FakeLibrary, capsys: pytest.CaptureFixture[str]):
    library.fates = (replace(DARK, date=datetime(2024, 3, 2)),)
    main(["inspect", "photos"])
    assert capsys.readouterr().out.splitlines()[1].split()[:3] == ["b.jpg", "2024-03-02", "none"]


def test_hostile_names_cannot_command_the_terminal(library: FakeLibrary, capsys: pytest.CaptureFixture[str]):
    library.fates = (replace(DARK, path=Path("\x1b[2J\n\udcff[red].jpg")),)
    main(["inspect", "photos"])
    assert capsys.readouterr().out.splitlines()[1].split()[0] == r"\x1b[2J\n\udcff[red].jpg"


def test_doctor_lists_what_is_there(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    findings = [Finding("torch", "2.13", None), Finding("PyAV", None, "pip install av")]
    monkeypatch.setattr("morphlapse.cli.running.diagnose", lambda: findings)
    assert main(["doctor"]) == 1
    assert [line.split() for line in capsys.readouterr().out.splitlines()[1:]] == [
        ["torch", "2.13"],
        ["PyAV", "missing", "pip", "install", "av"],
    ]


def test_doctor_speaks_json(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("morphlapse.cli.running.diagnose", lambda: [Finding("torch", "2.13", None)])
    assert main(["doctor", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"findings": [{"name": "torch", "found": "2.13", "remedy": None}]}


def test_what_is_kept_is_shown_and_removed(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    store = open_store(CacheOptions(cache=str(tmp_path)))
    assert store is not None
    store.cache.put("maps", "0" * 40, bytes(1_500_000))
    assert main(["cache", "--cache", str(tmp_path), "--cache-gb", "1"]) == 0
    shown = capsys.readouterr()
    assert "maps" in shown.out
    assert "1.5" in shown.out
    assert shown.err == f"{tmp_path}: 1.5 of at most 1000.0 MB\n"
    assert main(["cache", "--cache", str(tmp_path), "--clear", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["folder"], told["kinds"], told["removed"]) == (str(tmp_path), [], 1_500_016)


def test_no_cache_is_said_to_be_none(capsys: pytest.CaptureFixture[str]):
    assert main(["cache"]) == 0
    assert "nothing is kept" in capsys.readouterr().err


def test_how_much_the_light_was_evened_out_is_told():
    light = LightReport("face", Flicker(21.04, 16.7), Flicker(6.72, 3.8))
    report = FilmReport(Path("film.mp4"), (), {}, 0.0, light=light)
    assert summary(report).endswith("light evened out on the face: jumps of 21.0 are now 6.7")
    assert report_as_dict(report)["light"]["after"] == {"lightness": 6.72, "chroma": 3.8}
