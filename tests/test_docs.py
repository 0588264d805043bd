"""What of the site is made tells of everything there is, and no page is left out of it."""

import json
import re
from dataclasses import fields
from pathlib import Path

import PIL.Image
import pytest

import morphlapse
from makers.api import ROOMS, find_group, names_page
from makers.docstrings import escape_line
from makers.gallery import gallery_page, list_scripts
from makers.notebooks import list_notebooks, notebook_page
from makers.options import find_commands, find_records, find_sentence, find_users, options_page, say_range
from makers.pictures import PICTURES
from morphlapse.cli.commands import AnyCommand
from morphlapse.cli.flags import parse_command
from morphlapse.options import FilmOptions, SelectOptions

DOCS = Path(__file__).parents[1] / "docs"
PAGES = [path for path in DOCS.glob("**/*.md") if not {"makers", "generated"} & set(path.parts)]
LINK = re.compile(r"\]\(([^()\s#:]+\.\w+)(?:#[^()]*)?\)")
QUICK = ("folds", "series")
"""Pictures that take half a second."""


@pytest.fixture(scope="module")
def page() -> str:
    return options_page()


@pytest.mark.parametrize("record", find_records(), ids=lambda record: record.__name__)
def test_every_option_is_on_the_page_with_its_default_and_its_sentence(record, page):
    part = page.partition(f"`{record.__name__}`: ")[2].partition("\n## ")[0]
    for name, field in record.model_fields.items():
        flag = ("--no-" if field.default is True else "--") + name.replace("_", "-")
        entry = part.partition(f"`{flag}`\n")[2].partition("\n`")[0]
        assert " ".join(field.description.split())[:40] in entry.replace("\\", "")
        assert str(field.default) in entry or "by default" in entry


@pytest.mark.parametrize("name", find_commands())
def test_every_flag_that_the_help_shows_is_on_the_page(name, page, capsys):
    with pytest.raises(SystemExit):
        parse_command(AnyCommand, [name, "--help"], description="")
    shown = set(re.findall(r"(?<![\w`-])--[a-z][a-z-]*[a-z]", re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)))
    told = set(re.findall(r"`(--[a-z-]+)", page))
    assert len(shown) > 2
    for flag in shown - {"--help"}:
        assert {flag, flag.replace("--no-", "--"), flag.replace("--", "--no-", 1)} & told, flag


def test_the_commands_own_fields_have_their_sentences():
    for command in find_commands().values():
        for field in fields(command):
            assert find_sentence(command, field.name).endswith(".")


def test_every_record_has_a_command():
    assert all(find_users().values())


def test_a_range_is_told_in_words():
    film, select = (kind.model_json_schema()["properties"] for kind in (FilmOptions, SelectOptions))
    assert say_range(select["min_light"]) == "a number from 0 to 1"
    assert say_range(film["fps"]) == "a number or a fraction above 0 to 240"
    assert say_range(film["duration"]) == "auto or a number above 0 to 86 400"
    assert say_range(film["easing"]) == "linear, smooth, gentle"


def test_every_public_name_is_on_the_page():
    page = names_page()
    for name in morphlapse.__all__:
        if not name.startswith("__"):
            assert len(re.findall(rf"(:: morphlapse|^- `ml)\.{name}\b", page, re.MULTILINE)) == 1, name


def test_names_stand_with_their_like():
    assert find_group("morphlapse.pipeline.jobs") == "Whole jobs"
    assert find_group("morphlapse.pipeline.placing") == "Steps of a film"
    assert find_group("morphlapse.morphing.blend") == "Images"


def test_signs_of_mathematics_stand_for_themselves():
    assert escape_line("|v| and φ_-½, `a_` and `|`, frame_at") == "\\|v\\| and φ\\_-½, `a_` and `|`, frame_at"


def test_every_script_of_the_gallery_is_on_its_page():
    page = gallery_page()
    for script in list_scripts():
        assert page.count(f"(pictures/{script.stem}.png)") == 1
        assert script.read_text(encoding="utf-8").strip() in page
    assert list_scripts()[0].stem == "morph_of_two"


def test_a_notebook_s_page_has_its_words_its_code_and_what_came_of_it(tmp_path):
    cells = [
        ("markdown", "# A title"),
        ("code", "from PIL import Image\ngray = 90\nprint(gray + 1)"),
        ("code", "Image.new('L', (8, 6), gray)"),
    ]
    book = tmp_path / "small.ipynb"
    book.write_text(json.dumps({"cells": [{"cell_type": kind, "source": [text]} for kind, text in cells]}))
    page = notebook_page(book, tmp_path)
    assert page.index("# A title") < page.index("print(gray + 1)") < page.index("```text\n91\n```")
    assert "![what the code above shows](pictures/notebook-small-02.png)" in page
    with PIL.Image.open(tmp_path / "notebook-small-02.png") as picture:
        assert picture.getpixel((4, 3)) == 90


def test_every_page_is_in_the_site():
    """Guides are taken in by themselves (`*`), as is what lies in a folder that the index names so."""
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    entries = [line for block in re.findall(r"```\{toctree\}(.*?)```", index, re.DOTALL) for line in block.splitlines()]
    listed = {page for entry in entries if entry and not entry.startswith(":") for page in DOCS.glob(f"{entry}.md")}
    assert set(PAGES) - listed == set()


def test_every_link_leads_somewhere():
    made = {DOCS / "generated" / f"{name}.md" for name in ("gallery", "options")}
    made |= {DOCS / "generated" / f"notebook-{book.stem}.md" for book in list_notebooks()}
    made |= {DOCS / "generated" / "api" / f"{name}.md" for name in ("names", *ROOMS)}
    made |= {DOCS / "generated" / "pictures" / f"{name}.png" for name in PICTURES}
    for page in PAGES:
        for target in LINK.findall(page.read_text(encoding="utf-8")):
            path = (page.parent / target).resolve()
            assert path in made or path.exists(), f"{page.name}: {target}"


@pytest.mark.parametrize("name", [pytest.param(n, marks=() if n in QUICK else pytest.mark.hard) for n in PICTURES])
def test_every_picture_is_drawn_and_small(name, tmp_path):
    path = tmp_path / "picture.png"
    PICTURES[name](path)
    with PIL.Image.open(path) as picture:
        assert min(picture.size) > 100
        assert len(set(picture.convert("L").resize((16, 16)).tobytes())) > 8
    assert path.stat().st_size < 800_000


DESIGN = (DOCS.parent / "DESIGN.md").read_text(encoding="utf-8")
SOURCE = Path(morphlapse.__file__).parent


def test_the_design_tells_of_every_file_of_the_largest_room():
    told = set(re.findall(r"`(\w+)`", DESIGN.partition("The largest room")[2].partition("## ")[0]))
    assert {path.stem for path in (SOURCE / "pipeline").glob("[!_]*.py")} == told


def test_what_the_design_names_is_there():
    named = re.findall(r"`((?:[a-z]+/)+\w+\.py)`", DESIGN)
    named += [
        f"{room}/{file}.py" for room, file in re.findall(r"`([a-z]+)\.(\w+)[.`]", DESIGN) if (SOURCE / room).is_dir()
    ]
    assert len(named) > 30
    missing = [each for each in named if not any((root / each).exists() for root in (SOURCE, DOCS.parent))]
    assert missing == []
