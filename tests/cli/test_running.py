"""Each command is one call of the library, after all that can be checked is checked."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import morphlapse
from morphlapse.cli import main
from morphlapse.options import AlbumOptions, AlignOptions, ExtraOptions, FilmOptions, MorphOptions, SelectOptions
from morphlapse.pipeline.report import FilmReport

from .conftest import FakeLibrary


def test_film_is_made_with_what_was_typed(library: FakeLibrary, film: list[str]):
    main([*film, "--on", "face", "--fps", "25", "--tint", "0", "--exclude", "*.png"])
    name, given, options = library.calls[0]
    assert (name, given) == ("make_film", ([Path("photos")], Path(film[-1])))
    assert options["select"] == SelectOptions(exclude=("*.png",))
    assert options["align"] == AlignOptions(on="face")
    assert options["morph"] == MorphOptions(tint=0.0)
    assert options["film"] == FilmOptions(fps=Fraction(25))


def test_morph_is_made_of_the_images_in_their_order(library: FakeLibrary, tmp_path: Path):
    main(["morph", "b.png", "a.png", "b.png", "-o", str(tmp_path / "m.mp4"), "--loop"])
    name, given, options = library.calls[0]
    assert (name, given[0]) == ("morph_images", [Path("b.png"), Path("a.png"), Path("b.png")])
    assert options["film"].loop


def test_morph_is_given_what_else_is_to_be_written(library: FakeLibrary, tmp_path: Path):
    film, wanted = tmp_path / "m.mp4", {"maps": tmp_path / "m.png", "save_maps": tmp_path / "m.npz"}
    wanted |= {"strip": tmp_path / "s.jpg", "stills": tmp_path / "s"}
    flags = [word for name, path in wanted.items() for word in (f"--{name.replace('_', '-')}", str(path))]
    assert main(["morph", "a.png", "b.png", "-o", str(film), "--frames", "5", *flags]) == 0
    assert library.options["extras"] == ExtraOptions.model_validate({"frames": 5, **wanted})


@pytest.mark.parametrize(
    ("flag", "name", "code", "said"),
    [
        ("--maps", "maps.bmp", 2, "use .png, .jpg, .jpeg"),
        ("--strip", "there.png", 1, "--overwrite"),
        ("--save-maps", "maps.png", 2, "use .npz"),
        ("--save-maps", "nowhere/maps.npz", 1, "make the folder first"),
        ("--stills", "there.png", 1, "is a file"),
        ("--stills", ".", 1, "is not empty"),
    ],
)
def test_what_else_is_written_is_checked_before_any_work(
    library: FakeLibrary,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    flag: str,
    name: str,
    code: int,
    said: str,
):
    (tmp_path / "there.png").write_bytes(b"old")
    assert main(["morph", "a.jpg", "b.jpg", "-o", str(tmp_path / "m.mp4"), flag, str(tmp_path / name)]) == code
    assert said in capsys.readouterr().err
    assert not library.calls


def test_so_many_megapixels_as_are_typed_are_read(library: FakeLibrary, tmp_path: Path):
    limit = ["--max-megapixels", "300"]
    main(["morph", "a.jpg", "b.jpg", "-o", str(tmp_path / "m.mp4"), *limit])
    assert library.options["max_megapixels"] == 300.0
    main(["film", "photos", "-o", str(tmp_path / "f.mp4"), *limit])
    assert library.options["select"] == SelectOptions(max_megapixels=300.0)


def test_stills_have_the_size_and_fill_that_were_typed(library: FakeLibrary, tmp_path: Path):
    main(["align", "photos", "-o", str(tmp_path / "out"), "--size", "640x480", "--fill", "#102030", "--zoom", "2"])
    name, given, options = library.calls[0]
    assert (name, given[1]) == ("align_photos", tmp_path / "out")
    assert options["film"] == FilmOptions(size=(640, 480), fill="#102030", zoom=2.0)


def test_inspect_writes_nothing(library: FakeLibrary):
    main(["inspect", "a.jpg", "b.jpg", "--on", "none"])
    name, given, options = library.calls[0]
    assert (name, given) == ("inspect_photos", ([Path("a.jpg"), Path("b.jpg")], None))
    assert options["align"] == AlignOptions(on="none")


def test_inspect_draws_into_the_folder_and_the_frame_that_were_typed(library: FakeLibrary, tmp_path: Path):
    main(["inspect", "photos", "--pictures", str(tmp_path / "look"), "--fit", "contain", "--zoom", "0.5"])
    _, given, options = library.calls[0]
    assert given[1] == tmp_path / "look"
    assert options["film"] == FilmOptions(fit="contain", zoom=0.5)


def test_pictures_over_the_originals_are_refused_before_any_work(
    library: FakeLibrary, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "a.jpg").touch()
    assert main(["inspect", str(tmp_path), "--pictures", str(tmp_path)]) == 1
    assert "holds the originals" in capsys.readouterr().err
    assert not library.calls


def test_device_is_handed_on(library: FakeLibrary, film: list[str]):
    main([*film, "--device", "cpu"])
    assert library.options["context"].device == "cpu"


@pytest.mark.parametrize("command", ["film", "morph"])
def test_sample_photos_are_made_and_go_again(library: FakeLibrary, tmp_path: Path, command: str):
    assert main([command, "--sample", "-o", str(tmp_path / "s.mp4")]) == 0
    photos = library.calls[0][1][0]
    assert [path.name for path in photos] == ["one.jpg", "two.jpg"]
    assert not photos[0].parent.exists()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["film"], "no photos: name a folder or files, or try --sample"),
        (["film", "photos", "--sample"], "give photos or --sample, not both"),
        (["morph", "only.png"], "a morph needs two images or more (got only only.png)"),
    ],
)
def test_photos_that_make_no_sense_are_usage_errors(
    library: FakeLibrary, tmp_path: Path, capsys: pytest.CaptureFixture[str], typed: list[str], said: str
):
    assert main([*typed, "-o", str(tmp_path / "x.mp4")]) == 2
    assert capsys.readouterr().err == f"morphlapse: {said} (see morphlapse {typed[0]} --help)\n"
    assert not library.calls


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        ("film.avi", 2, "use .mp4, .m4v, .mov, .mkv"),
        ("nowhere/film.mp4", 1, "make the folder first"),
        ("there.mp4", 1, "--overwrite"),
        ("folder.mp4", 1, "is a folder"),
    ],
)
@pytest.mark.parametrize("command", ["film", "morph"])
def test_output_is_checked_before_any_work(
    library: FakeLibrary,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    command: str,
    name: str,
    code: int,
    said: str,
):
    (tmp_path / "there.mp4").write_bytes(b"old")
    (tmp_path / "folder.mp4").mkdir()
    assert main([command, "a.jpg", "b.jpg", "-o", str(tmp_path / name)]) == code
    assert said in capsys.readouterr().err
    assert not library.calls
    assert (tmp_path / "there.mp4").read_bytes() == b"old"


@pytest.mark.usefixtures("library")
def test_output_that_is_there_is_replaced_when_asked(tmp_path: Path):
    (tmp_path / "there.mp4").touch()
    assert main(["film", "photos", "-o", str(tmp_path / "there.mp4"), "--overwrite"]) == 0


def test_stills_over_the_originals_are_refused_before_any_work(
    library: FakeLibrary, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "a.jpg").touch()
    assert main(["align", str(tmp_path), "-o", str(tmp_path), "--overwrite"]) == 1
    assert "holds the originals" in capsys.readouterr().err
    assert not library.calls


def test_what_is_kept_is_handed_on_and_trouble_is_told_once(
    library: FakeLibrary,
    film: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
):
    assert main(film) == 0
    assert library.options["context"].store is None
    (tmp_path / "file").touch()

    def keep(*_given: object, **options: Any) -> FilmReport:
        options["context"].store.cache.put("maps", "0" * 40, b"found")
        return FilmReport(tmp_path / "film.mp4", (), {}, 1.0)

    monkeypatch.setitem(vars(morphlapse), "make_film", keep)
    assert main([*film, "--cache", str(tmp_path / "file" / "kept")]) == 0
    said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("cache: ")]
    assert len(said) == 1
    assert "not a directory" in said[0]


@pytest.mark.parametrize(("command", "flag"), [("film", "-o"), ("align", "-o"), ("inspect", "--pictures")])
def test_the_album_file_is_handed_on(library: FakeLibrary, tmp_path: Path, command: str, flag: str):
    target = tmp_path / ("x.mp4" if command == "film" else "x")
    assert main([command, "photos", flag, str(target), "--album", "a.json", "--realign"]) == 0
    assert library.options["album"] == AlbumOptions(album=Path("a.json"), realign=True)


def test_an_album_file_is_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    book = tmp_path / "a.json"
    book.write_text('{"version": 1, "photos": [{"path": "gone.jpg"}]}')
    assert main(["album", str(book)]) == 0
    assert json.loads(capsys.readouterr().out)["missing"] == ["gone.jpg"]
    book.write_text('{"version": 1, "photos": [{"path": "gone.jpg", "correction": {"scale": "big"}}]}')
    assert main(["album", str(book)]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"morphlapse: {book}: photos[0].correction.scale: input should be a valid number")
    assert said.count("\n") == 1


def test_the_form_of_an_album_file_is_printed(capsys: pytest.CaptureFixture[str]):
    assert main(["album", "--schema"]) == 0
    assert "photos" in json.loads(capsys.readouterr().out)["properties"]
    assert main(["album"]) == 2
    assert "--schema" in capsys.readouterr().err
