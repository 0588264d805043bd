import re
import shutil
import subprocess
from dataclasses import replace
from datetime import datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import morphlapse as ml
from morphlapse.errors import EncodeError
from morphlapse.pipeline.cards import FIRST
from morphlapse.pipeline.glances import DENSITY, Glance, Glances, to_jpeg
from morphlapse.pipeline.page import make_page, write_page
from morphlapse.pipeline.report import Fate, FilmReport, LightReport
from morphlapse.records import FilmFacts, Flicker
from synthetic import copy_files, picture

JPEG = to_jpeg(picture("coffee", ml.Size(48, 64))[0], 64)
HOSTILE = "\"><script>alert(1)<img src='https:evil.example' onerror=alert(1)>.jpg"


def fate_of(name: str, *, used: bool = True, shift: float = 0.0) -> Fate:
    matrix = np.eye(3)
    matrix[0, 2] = shift
    return Fate(
        path=Path(name),
        date=datetime(2020, 5, 1, 9, 30),
        date_source="exif",
        used=used,
        reason=None if used else "too <dark>",
        person=1.0,
        score=0.9 if used else None,
        reference_from_photo=tuple(map(tuple, matrix.tolist())) if used else None,
    )


FATES = (fate_of("a.jpg"), fate_of(HOSTILE, used=False), fate_of("c.jpg", shift=5.0))
REPORT = FilmReport(Path("film.mp4"), FATES, {"render": 3.0, "read": 1.0}, 500.0, "face", "capture date", ("a <note>",))
GLANCES = Glances({fate.path: JPEG for fate in FATES}, [Glance(FATES[0].path, FATES[2].path, 0.3, JPEG)], (JPEG, JPEG))


class Reader(HTMLParser):
    """The tags of a page with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


@pytest.fixture(scope="module")
def page() -> Reader:
    return Reader(make_page(REPORT, GLANCES, "film.mp4"))


def test_a_page_fetches_nothing_and_runs_no_script_but_its_own(page):
    assert [tag for tag, _ in page.tags].count("script") == 1
    assert not any(tag in ("link", "iframe", "object") for tag, _ in page.tags)
    assert all(found["src"].startswith("data:") for tag, found in page.tags if tag == "img")
    policy = next(found["content"] for tag, found in page.tags if found.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'")


def test_names_and_reasons_are_shown_as_they_are(page):
    assert HOSTILE in page.text
    assert "too <dark>" in page.text
    assert "a <note>" in page.text


def test_every_photo_is_shown_once_and_the_odd_ones_first(page):
    places = [found["id"] for tag, found in page.tags if tag == "img" and "id" in found]
    assert [place for place in places if place.startswith("photo-")] == ["photo-1", "photo-2", "photo-3"]
    assert [found["data-copy"] for tag, found in page.tags if tag == "img" and "data-copy" in found] == ["2"]
    assert page.text.index("To look at first") < page.text.index(HOSTILE) < page.text.index("All photos, in order")


def test_a_photo_can_be_laid_over_the_one_before_and_over_the_reference(page):
    pairs = [(found["data-under"], found["data-over"]) for tag, found in page.tags if "data-under" in found]
    assert pairs == [("1", "3"), ("1", "3")]
    assert next(found["data-used"] for _, found in page.tags if "data-used" in found) == "1 3"


def test_used_photos_that_lie_badly_come_before_those_left_out():
    fates = (*FATES, replace(fate_of("odd.jpg"), score=0.2))
    text = Reader(make_page(replace(REPORT, fates=fates), GLANCES, "film.mp4")).text
    assert text.index("odd.jpg") < text.index("Left out: 1") < text.index("All photos, in order")


def test_of_many_that_are_left_out_a_few_are_shown_at_once():
    fates = tuple(fate_of(f"{k}.jpg", used=k == 0) for k in range(40))
    page = Reader(make_page(replace(REPORT, fates=fates), GLANCES, "film.mp4"))
    assert "Left out: 39" in page.text
    assert f"{39 - FIRST} more" in page.text


def test_what_was_written_is_told_with_its_length_and_rate():
    facts = FilmFacts(Path("film.mp4"), ml.Size(360, 640), 60, timedelta(seconds=2))
    page = Reader(make_page(replace(REPORT, film=facts), GLANCES, "film.mp4"))
    assert "640 x 360 pixels, 2.0 s, 30 frames a second" in page.text


def test_what_is_left_and_how_much_it_flickers_are_plotted_where_they_are_known():
    lit = [replace(fate, residual_px=k, light=(50.0 + k, 50.0)) for k, fate in enumerate(FATES)]
    light = LightReport("face", Flicker(21.0, 2.0), Flicker(6.8, 1.0))
    told = Reader(make_page(replace(REPORT, fates=tuple(lit), light=light), GLANCES, "film.mp4")).text
    bare = Reader(make_page(replace(REPORT, on="scene"), GLANCES, "film.mp4")).text
    for words in ("How far its points are from those of the reference (face)", "Flicker: lightness of the face"):
        assert words in told
        assert words not in bare


def test_pictures_full_of_detail_are_as_small_as_others():
    noise = torch.rand(3, 150, 200, generator=torch.Generator().manual_seed(0))
    assert len(to_jpeg(noise, 200)) < 1.3 * DENSITY * 150 * 200


def test_a_page_of_a_thousand_photos_and_transitions_has_a_bound():
    jpeg = bytes(round(DENSITY * 150 * 200))
    fates = tuple(fate_of(f"{k}.jpg", used=k % 2 == 0) for k in range(1000))
    glances = Glances({fate.path: jpeg for fate in fates}, [Glance(Path("a"), Path("b"), 0.3, jpeg)] * 1000, None)
    assert len(make_page(replace(REPORT, fates=fates), glances, "film.mp4")) < 25e6


def test_a_page_of_nothing_is_a_page():
    empty = Reader(make_page(replace(REPORT, fates=(), output=None), Glances({}, [], None), "Photos"))
    assert "0 of 0 used" in empty.text


def test_a_page_that_cannot_be_written_is_an_error_of_one_line(tmp_path):
    with pytest.raises(EncodeError, match=r"^[^\n]+$"):
        write_page(tmp_path / "missing" / "report.html", REPORT, GLANCES, "film.mp4")


def test_a_film_has_its_page(sample, tmp_path, recalling):
    photos = copy_files(sample[:3], tmp_path / "photos")
    Image.new("RGB", (64, 48)).save(tmp_path / "photos" / "black.png")
    report = ml.make_film(
        [*photos, tmp_path / "photos" / "black.png"],
        tmp_path / "film.mp4",
        align=ml.AlignOptions(on="none"),
        morph=ml.MorphOptions(working_px=64, effort="quick"),
        film=ml.FilmOptions(size=(64, 48), fps=4, hints="none"),
        report=tmp_path / "report.html",
        context=recalling,
    )
    page = Reader((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert sum(fate.used for fate in report.fates) == 3
    assert "3 of 4 used" in page.text
    assert page.text.count("agreement 0.") + page.text.count("agreement 1.") == 2
    assert len([1 for tag, found in page.tags if tag == "img" and str(found.get("id")).startswith("photo-")]) == 4


def show(page: Path, own: Path) -> str:
    """What a browser makes of a page."""
    words = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", f"--user-data-dir={own}"]
    return subprocess.run([*words, page.as_uri()], capture_output=True, text=True, timeout=60, check=True).stdout


@pytest.mark.skipif(shutil.which("chromium") is None, reason="no chromium here")
def test_a_browser_runs_the_page(tmp_path):
    write_page(tmp_path / "report.html", REPORT, GLANCES, "film.mp4")
    shown = show(tmp_path / "report.html", tmp_path / "own")
    assert "photo 1 (a.jpg) under photo 3 (c.jpg)" in shown
    assert re.findall(r'data-copy="2"[^>]*src="data:(.)', shown) == ["i"]


@pytest.mark.skipif(shutil.which("chromium") is None, reason="no chromium here")
def test_in_a_browser_one_goes_from_photo_to_photo_and_fades_the_upper_one(tmp_path):
    fates = tuple(fate_of(f"{k}.jpg", shift=float(k)) for k in range(4))
    page = make_page(replace(REPORT, fates=fates), Glances({fate.path: JPEG for fate in fates}, [], None), "film.mp4")
    done = """<script>document.querySelectorAll('[data-step="1"]').forEach(b=>{b.click();b.click();b.click()});
        let dial=document.getElementById('dial');dial.value=20;dial.dispatchEvent(new Event('input'))</script>"""
    (tmp_path / "report.html").write_text(page.replace("</body>", f"{done}</body>"), encoding="utf-8")
    shown = show(tmp_path / "report.html", tmp_path / "own")
    assert "photo 3 (2.jpg) under photo 4 (3.jpg)" in shown
    assert "opacity: 0.2" in shown
