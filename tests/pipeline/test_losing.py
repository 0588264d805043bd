import shutil
from fractions import Fraction
from pathlib import Path

import pytest

import hard_pictures as made
from morphlapse.album.faults import UnreadablePhotoError
from morphlapse.errors import AlignmentError
from morphlapse.options import AlignOptions, FilmOptions, MorphOptions, SelectOptions
from morphlapse.pipeline.context import Context
from morphlapse.pipeline.jobs import make_film
from morphlapse.pipeline.losing import leave_out_lost, outlast
from morphlapse.records import Detection, Detections, Photo, Progress, Size

PLAIN = AlignOptions(on="none")
QUICK = FilmOptions(size=(64, 80), fps=Fraction(4), hold_s=0.25, transition_s=0.5, transition="dissolve", hints="none")
ALL = SelectOptions(identify="none", duplicates=False, burst_s=0.0, max_left_out=1.0)


@pytest.fixture
def folder(tmp_path) -> Path:
    """Four photos."""
    (tmp_path / "in").mkdir()
    for number in range(4):
        turned = made.picture().rotate(20 * number).resize((240, 160))
        (tmp_path / "in" / f"{number}.jpg").write_bytes(made.encode(turned, "JPEG"))
    return tmp_path / "in"


def film_while(folder: Path, at: str, hurt, target: Path):
    """Make a film, and do something to the photos when a stage begins."""
    done: list[bool] = []

    def listen(step: Progress) -> None:
        if step.stage == at and not done:
            done.append(True)
            hurt()

    context = Context(device="cpu", listener=listen)
    report = make_film(folder, target, select=ALL, align=PLAIN, film=QUICK, morph=MorphOptions(), context=context)
    assert done
    return report


def change_to_nothing(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:200])


def grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(bytes(1000))


@pytest.mark.parametrize("at", ["reading", "look", "film"])
@pytest.mark.parametrize("hurt", [Path.unlink, change_to_nothing])
def test_a_photo_that_is_lost_under_way_is_left_out_and_the_film_is_made(at, hurt, folder, tmp_path) -> None:
    victim = sorted(folder.iterdir())[2]
    report = film_while(folder, at, lambda: hurt(victim), tmp_path / "film.mp4")
    assert (tmp_path / "film.mp4").exists()
    fates = {fate.path: fate for fate in report.fates}
    assert len(fates) == 4
    assert [path for path, fate in fates.items() if not fate.used] == [victim]
    assert fates[victim].reason


def test_a_photo_that_grows_under_way_is_still_used(folder, tmp_path) -> None:
    victim = sorted(folder.iterdir())[2]
    report = film_while(folder, "look", lambda: grow(victim), tmp_path / "film.mp4")
    assert all(fate.used for fate in report.fates)


def test_a_card_that_is_pulled_out_ends_the_job_in_one_line(folder, tmp_path) -> None:
    with pytest.raises(AlignmentError, match="no such file") as caught:
        film_while(folder, "film", lambda: shutil.rmtree(folder), tmp_path / "film.mp4")
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def detections_of(*paths: Path) -> Detections:
    return Detections(tuple(Detection(Photo(path, Size(4, 4))) for path in paths))


def test_photos_that_are_gone_are_left_out_together(folder) -> None:
    paths = sorted(folder.iterdir())
    for path in paths[1:3]:
        path.unlink()
    left = leave_out_lost(detections_of(*paths), UnreadablePhotoError(paths[0], "it is damaged"))
    assert left is not None
    assert [found.photo.path for found in left.found] == paths[3:]
    assert [skipped.path for skipped in left.skipped] == paths[:3]


def test_another_file_that_fails_ends_the_work(folder) -> None:
    def work(_: Detections) -> None:
        raise UnreadablePhotoError(folder / "backdrop.png", "it is damaged")

    with pytest.raises(UnreadablePhotoError, match="backdrop"):
        outlast(detections_of(*folder.iterdir()), work)
