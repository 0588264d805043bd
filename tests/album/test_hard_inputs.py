"""Every kind of bad or odd file: each is read, or listed with the right reason, and nothing is lost."""

import re
from pathlib import Path

import pytest

from hard_inputs import HardInput, hard_inputs, write_hard_folder
from morphlapse.album.decode import decode
from morphlapse.album.faults import UnreadablePhotoError
from morphlapse.album.folder import read_album


def fates_of(folder: Path) -> dict[Path, tuple[str, str]]:
    """What becomes of each file of a folder: read or listed, and why."""
    album = read_album(folder)
    fates = {skipped.path: ("listed", skipped.reason) for skipped in album.skipped}
    for photo in album.photos:
        assert photo.path not in fates
        try:
            image = decode(photo, long_side=500)
        except UnreadablePhotoError as error:
            fates[photo.path] = "listed", error.reason
        else:
            assert image.shape[0] == 3
            assert 0.0 <= float(image.min()) <= float(image.max()) <= 1.0
            fates[photo.path] = "read", ""
    return fates


def is_as_expected(expected: HardInput, fate: str, reason: str) -> bool:
    if expected.fate != "listed":
        return fate == expected.fate
    return fate == "listed" and bool(reason) and "\n" not in reason and bool(re.search(expected.reason, reason))


def wrong_fates(written: dict[Path, HardInput]) -> list[tuple[str, str, str, str]]:
    fates = fates_of(next(iter(written)).parent)
    assert set(fates) <= set(written)
    found = {path: fates.get(path, ("ignored", "")) for path in written}
    return [
        (expected.kind, expected.name, *found[path])
        for path, expected in written.items()
        if not is_as_expected(expected, *found[path])
    ]


def test_no_two_hard_inputs_share_a_name() -> None:
    names = [each.name for each in hard_inputs(heavy=True)]
    assert len({name.casefold() for name in names}) == len(names)


def test_every_hard_input_is_read_or_listed_with_its_reason(tmp_path: Path) -> None:
    assert wrong_fates(write_hard_folder(tmp_path)) == []


@pytest.mark.hard
def test_the_heavy_ones_too(tmp_path: Path) -> None:
    heavy = [each for each in hard_inputs(heavy=True) if each.heavy]
    assert wrong_fates(write_hard_folder(tmp_path, heavy)) == []


def test_reading_writes_to_no_file(tmp_path: Path) -> None:
    written = write_hard_folder(tmp_path, hard_inputs(kinds="cut off|turned|alpha|HEIC|broken"))
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in written}
    fates_of(tmp_path)
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in tmp_path.iterdir()} == before
